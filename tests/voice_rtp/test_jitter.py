"""The jitter buffer: what comes out, whatever order things came in, and how long it waits."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huifang.voice.rtp.jitter import LONGEST_DELAY, JitterBuffer

SILENT = None
DELAY = 2


def frame(number: int) -> bytes:
    return bytes([number % 200 + 1]) * 160


def played(arrivals: list[list[int]], *, start: int = 0, ssrc: int = 1) -> list[bytes | None]:
    """Give the frames that arrive in each 20 ms, take one frame after each."""
    buffer = JitterBuffer(0xD5, delay_frames=DELAY)
    out = []
    for numbers in arrivals:
        for number in numbers:
            buffer.put(ssrc, (start + 160 * number) % 2**32, frame(number))
        out.append(buffer.take())
    return out


def test_nothing_yet_is_nothing():
    assert JitterBuffer(0xFF).take() is None


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


def test_a_lost_packet_leaves_its_place_empty():
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
        out += buffer.take() or b"\xd5" * 160
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
            assert len(buffer.take() or bytes(160)) == 160
        else:
            buffer.put(*step)
    assert len(buffer._ring) == 16 * 160


LOUD, QUIET = b"\x2a", b"\xd4"  # a frame of this and the number of the frame


def numbered(number: int, code: bytes) -> bytes:
    return code * 156 + bytes(0xD5 ^ number >> shift & 0xF for shift in (12, 8, 4, 0))


def number_of(frame: bytes) -> int:
    return int("".join(f"{code ^ 0xD5:x}" for code in frame[156:]), 16)


class Line:
    """A stream over a network that delays every packet by some frames; a delay of None loses it."""

    def __init__(self, *, code: bytes = LOUD) -> None:
        self.buffer = JitterBuffer(0xD5)
        self.code = code
        self.heard: list[int | None] = []
        self._sent = self._tick = 0
        self._coming: dict[int, list[int]] = {}

    def carry(self, delays: list[int | None]) -> list[int | None]:
        """What is heard while so many packets are sent."""
        begin = len(self.heard)
        for delay in delays:
            if delay is not None:
                self._coming.setdefault(self._tick + delay, []).append(self._sent)
            self._sent += 1
            for number in self._coming.pop(self._tick, []):
                stamp = (2**32 - 16_000 + 160 * number) % 2**32
                self.buffer.put(1, stamp, numbered(number, self.code))
            frame = self.buffer.take()
            self.heard.append(None if frame is None else number_of(frame))
            self._tick += 1
        return self.heard[begin:]


@settings(max_examples=20)
@given(st.integers(3, 8), st.integers(0, 10**6))
def test_on_a_restless_network_packets_soon_wait_long_enough(worst, seed):
    random, line = Random(seed), Line()
    line.carry([0] * 10 + [random.randint(0, worst) for _ in range(400)])
    heard = line.carry([random.randint(0, worst) for _ in range(400)])
    assert heard.count(None) <= 0.05 * 400
    assert 3 <= line.buffer.delay_frames <= LONGEST_DELAY


@pytest.mark.parametrize(("code", "delays"), [(QUIET, range(1, 5)), (LOUD, range(5, 9))])
def test_when_the_network_is_calm_again_the_wait_is_cut_in_the_pauses_of_what_is_said(code, delays):
    line = Line()
    line.carry([0] * 10 + [number % 7 for number in range(300)])
    assert line.buffer.delay_frames >= 5
    line.code = code
    heard = line.carry([0] * 1000)
    assert line.buffer.delay_frames in delays
    said = [number for number in heard[20:] if number is not None]
    assert said == sorted(set(said))
    if code == LOUD:
        assert said == list(range(said[0], said[0] + len(said)))


def test_one_late_packet_in_a_hundred_does_not_make_the_others_wait():
    line = Line()
    heard = line.carry([4 if number % 100 == 50 else 0 for number in range(1000)])
    assert line.buffer.delay_frames == DELAY
    assert heard[DELAY:].count(None) == 10


def test_a_slow_first_packet_is_no_reason_to_wait_for_ever():
    line = Line(code=QUIET)
    line.carry([6] + [6 - number for number in range(6)] + [0] * 600)
    assert line.heard[-1] == len(line.heard) - 1 - DELAY


@given(st.lists(st.one_of(st.none(), st.integers(0, 20)), min_size=1, max_size=300))
def test_whatever_the_network_does_nothing_is_heard_twice(delays):
    line = Line()
    line.carry(delays)
    said = [number for number in line.heard if number is not None]
    assert len(said) == len(set(said))


@given(st.lists(st.one_of(st.none(), st.integers(0, 4)), min_size=1, max_size=60))
def test_waiting_longer_puts_nothing_out_of_order(delays):
    line = Line()
    line.carry(delays)
    said = [number for number in line.heard if number is not None]
    assert said == sorted(said)
