"""The jitter buffer: what comes out, whatever order things came in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.rtp.jitter import JitterBuffer

SILENT = b"\xd5" * 160
DELAY = 2


def frame(number: int) -> bytes:
    return bytes([number % 200 + 1]) * 160


def played(arrivals: list[list[int]], *, start: int = 0, ssrc: int = 1) -> list[bytes]:
    """Give the frames that arrive in each 20 ms, take one frame after each."""
    buffer = JitterBuffer(0xD5, delay_frames=DELAY)
    out = []
    for numbers in arrivals:
        for number in numbers:
            buffer.put(ssrc, (start + 160 * number) % 2**32, frame(number))
        out.append(buffer.take())
    return out


def test_nothing_yet_is_silence():
    assert JitterBuffer(0xFF).take() == b"\xff" * 160


@given(st.integers(0, 2**32 - 1))
def test_order_is_kept_across_the_timestamp_wrap(start):
    out = played([[number] for number in range(20)], start=start)
    assert out == [SILENT] * DELAY + [frame(number) for number in range(20 - DELAY)]


@given(st.lists(st.integers(0, DELAY), min_size=1, max_size=40))
def test_packets_late_by_less_than_the_delay_are_all_heard_in_order(delays):
    delays[0] = 0
    arrivals: list[list[int]] = [[] for _ in range(len(delays) + DELAY)]
    for number, delay in enumerate(delays):
        arrivals[number + delay].append(number)
    assert played(arrivals)[DELAY:] == [frame(number) for number in range(len(delays))]


@given(st.lists(st.integers(1, 3), min_size=10, max_size=10))
def test_doubled_packets_are_heard_once(copies):
    out = played([[number] * times for number, times in enumerate(copies)] + [[]] * DELAY)
    assert out[DELAY:] == [frame(number) for number in range(10)]


def test_a_lost_packet_is_silence_in_its_place():
    out = played([[0], [1], [], [3], [4], [], []])
    assert out[DELAY:] == [frame(0), frame(1), SILENT, frame(3), frame(4)]


def test_a_late_packet_is_dropped():
    buffer = JitterBuffer(0xD5, delay_frames=1)
    for number in (0, 1, 2):
        buffer.put(1, 160 * number, frame(number))
        buffer.take()
    buffer.put(1, 0, frame(99))
    assert (buffer.take(), buffer.take(), buffer.late) == (frame(2), SILENT, 1)


def test_a_moved_clock_is_followed_after_a_few_late_packets():
    arrivals = [[number] for number in range(5)] + [[]] * 30 + [[number] for number in range(5, 20)]
    assert frame(19 - DELAY) in played(arrivals)


def test_a_pause_with_running_timestamps_keeps_the_delay():
    buffer = JitterBuffer(0xD5, delay_frames=DELAY)
    out = []
    for number in range(80):
        if not 10 <= number < 60:
            buffer.put(1, 160 * number, frame(number))
        out.append(buffer.take())
    assert out[60 + DELAY :] == [frame(number) for number in range(60, 80 - DELAY)]


def test_another_ssrc_begins_anew():
    buffer = JitterBuffer(0xD5, delay_frames=1)
    buffer.put(1, 0, frame(0))
    buffer.put(2, 5_000_000, frame(7))
    assert [buffer.take(), buffer.take(), buffer.take()] == [SILENT, frame(7), SILENT]


def test_another_ssrc_with_near_timestamps_is_not_mixed_in():
    buffer = JitterBuffer(0xD5, delay_frames=1)
    buffer.put(1, 0, frame(0))
    buffer.put(1, 160, frame(1))
    buffer.put(2, 160, frame(7))
    assert [buffer.take() for _ in range(4)] == [SILENT, frame(7), SILENT, SILENT]


def test_of_a_long_packet_the_part_in_time_is_heard():
    buffer = JitterBuffer(0xD5, delay_frames=1)
    buffer.put(1, 0, frame(0))
    assert [buffer.take(), buffer.take()] == [SILENT, frame(0)]
    buffer.put(1, 0, frame(0) + frame(1) + frame(2))
    assert [buffer.take() for _ in range(3)] == [frame(1), frame(2), SILENT]


@pytest.mark.parametrize("size", [80, 160, 240, 320, 480])
def test_any_packet_length_gives_the_same_stream(size):
    stream = bytes(i % 251 for i in range(160 * 30))
    buffer = JitterBuffer(0xD5)
    out, sent = b"", 0
    for tick in range(30):
        while sent < 160 * (tick + 1) and sent < len(stream):
            buffer.put(1, sent, stream[sent : sent + size])
            sent += size
        out += buffer.take()
    assert out.strip(b"\xd5")[: 160 * 20] == stream[: 160 * 20]


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.tuples(st.integers(0, 2), st.integers(0, 2**32 - 1), st.binary(max_size=3000)),
        ),
        max_size=60,
    )
)
def test_whatever_arrives_every_frame_has_160_codes_and_the_buffer_stays_bounded(steps):
    buffer = JitterBuffer(0xD5)
    for step in steps:
        if step is None:
            assert len(buffer.take()) == 160
        else:
            buffer.put(*step)
    assert len(buffer._ring) == 16 * 160
