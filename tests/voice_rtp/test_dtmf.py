"""Telephone keys: RFC 4733, section 2."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.rtp.dtmf import KEYS, EventMalformed, KeyReader, key_packets

KEY_EVERY = 1600  # timestamp units between two presses in these tests: 200 ms


def presses(keys: str, start: int = 0) -> list[tuple[int, bytes]]:
    """(timestamp, payload) of every packet, in the order of sending."""
    return [
        ((start + KEY_EVERY * index) % 2**32, packet.payload)
        for index, key in enumerate(keys)
        for packet in key_packets(key)
    ]


def read_all(packets: list[tuple[int, bytes]]) -> str:
    reader = KeyReader()
    return "".join(key for stamp, payload in packets if (key := reader.read(stamp, payload)))


keys = st.text(KEYS, min_size=1, max_size=12)


@given(keys, st.integers(0, 2**32 - 1))
def test_each_key_is_told_once(pressed, start):
    assert read_all(presses(pressed, start)) == pressed


@given(keys, st.data())
def test_lost_and_doubled_packets_do_not_matter_while_one_of_each_key_arrives(pressed, data):
    arrived = []
    for index in range(len(pressed)):
        ours = presses(pressed)[7 * index : 7 * index + 7]
        arrived += data.draw(st.lists(st.sampled_from(ours), min_size=1, max_size=14))
    assert read_all(arrived) == pressed


@given(keys, st.randoms(use_true_random=False))
def test_disorder_within_a_key_and_its_neighbour_tells_each_key_once(pressed, random):
    packets = presses(pressed)
    places = sorted(range(len(packets)), key=lambda place: place + random.uniform(0, 8))
    assert sorted(read_all([packets[place] for place in places])) == sorted(pressed)


def test_the_same_key_twice_is_two_keys():
    assert read_all(presses("55")) == "55"


def test_only_a_repeated_end_arrives():
    assert read_all(presses("7")[-1:]) == "7"


def test_a_key_held_for_long_goes_on_in_a_new_segment():
    held = [(0, struct.pack("!BBH", 5, 10, d)) for d in (0x8000, 0xFFFF)]
    held += [(0xFFFF, struct.pack("!BBH", 5, 10, d)) for d in (160, 320)]
    held += [(0xFFFF, struct.pack("!BBH", 5, 0x8A, 480))] * 3
    assert read_all(held) == "5"


def test_events_that_are_no_keys_are_passed_over():
    assert read_all([(0, struct.pack("!BBH", 16, 10, 160))]) == ""  # hook flash


@given(st.binary(max_size=3))
def test_a_short_event_is_malformed(payload):
    with pytest.raises(EventMalformed):
        KeyReader().read(0, payload)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_sent_for_100_ms_and_its_end_three_times(key):
    packets = list(key_packets(key))
    bodies = [struct.unpack("!BBH", packet.payload) for packet in packets]
    assert {event for event, _, _ in bodies} == {KEYS.index(key)}
    assert [duration for _, _, duration in bodies] == [160, 320, 480, 640, 800, 800, 800]
    assert [bool(flags & 0x80) for _, flags, _ in bodies] == [False] * 4 + [True] * 3
    assert all(flags & 0x40 == 0 for _, flags, _ in bodies)
    assert [packet.marker for packet in packets] == [True] + [False] * 6
