"""Who may have begun to speak: told from packets as they arrive, and taken back."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.rtp.batch import Batch
from huifang.voice.rtp.endpoint import Endpoint, PacketCounts
from huifang.voice.rtp.g711 import FRAME, Codec, encode
from huifang.voice.rtp.packet import RtpPacket, serialise_packet
from huifang.voice.rtp.port import Played
from huifang.voice.rtp.suspicion import Arrived, Suspicion

FAR_END = ("127.0.0.1", 9)
QUIET = -62


class Line:
    """One session of a batch; what a caller sends it and what it tells."""

    def __init__(self, sock: socket.socket) -> None:
        self.batch = Batch(PacketCounts(), phases=1, end_of_turn_ms=600)
        self.told: list[str] = []
        self.endpoint = Endpoint(object(), sock, PacketCounts(), self._emit)  # type: ignore[arg-type]
        self.endpoint.connect(FAR_END, Codec.PCMA, 101)
        self.batch.add(self.endpoint)
        self._sequence = self._timestamp = 0

    def _emit(self, event: object) -> None:
        if not isinstance(event, Played):
            self.told.append(type(event).__name__)

    def arrive(self, codes: bytes, *, back: int = 0, ssrc: int = 7) -> None:
        """A packet, ``back`` packets before its turn."""
        length = len(codes)
        at = self._timestamp - back * length
        packet = RtpPacket(Codec.PCMA, False, (self._sequence - back) % 65536, at % 2**32, ssrc, codes)
        self.endpoint.receive(serialise_packet(packet), FAR_END, self._timestamp / 8000)
        self._sequence += 1
        self._timestamp += length

    def listen(self) -> list[str]:
        """20 ms pass; what they told."""
        self.told.clear()
        self.batch.talk(0, time.monotonic())
        self.batch.listen()
        return list(self.told)

    def be_quiet(self, frames: int = 120) -> list[str]:
        told = []
        for _ in range(frames):
            self.arrive(voice(QUIET))
            told += self.listen()
        return told


@pytest.fixture
def line() -> Iterator[Line]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        line = Line(sock)
        line.be_quiet()
        yield line


def voice(level: float, samples: int = FRAME) -> bytes:
    turns = np.arange(samples) / 8000
    sound = 32768 * np.sqrt(2) * 10 ** (level / 20) * np.sin(2 * np.pi * 400 * turns)
    return encode(sound.astype(np.int16), Codec.PCMA).tobytes()


def test_60_ms_of_a_voice_are_told_as_soon_as_they_have_arrived(line: Line) -> None:
    told = []
    for _ in range(3):
        line.arrive(voice(-40))
        told.append(line.listen())
    assert told == [[], [], ["SpeechPerhaps"]]


def test_of_a_voice_far_above_the_noise_40_ms_are_enough(line: Line) -> None:
    line.arrive(voice(-20))
    assert line.listen() == []
    line.arrive(voice(-20))
    assert line.listen() == ["SpeechPerhaps"]


def test_packets_that_come_together_count_as_what_they_hold(line: Line) -> None:
    assert line.listen() == []  # nothing came for 20 ms
    line.arrive(voice(-40))
    assert line.listen() == []
    line.arrive(voice(-40))
    line.arrive(voice(-40))
    assert line.listen() == ["SpeechPerhaps"]


def test_a_lost_packet_inside_a_voice_does_not_begin_it_anew(line: Line) -> None:
    line.arrive(voice(-40))
    assert line.listen() == []
    line._timestamp += FRAME
    line._sequence += 1
    assert line.listen() == []
    line.arrive(voice(-40))
    assert line.listen() == ["SpeechPerhaps"]


@pytest.mark.parametrize("repeats", [1, 5])
def test_a_packet_that_comes_again_is_no_voice_of_its_own(line: Line, repeats: int) -> None:
    line.arrive(voice(-40))
    for _ in range(repeats):
        assert line.listen() == []
        line.arrive(voice(-40), back=1)
        line._timestamp -= FRAME
        line._sequence -= 1
    assert line.listen() == []


@pytest.mark.parametrize("samples", [80, 160, 240, 320, 480])
def test_packets_of_every_usual_length_are_told_within_80_ms(line: Line, samples: int) -> None:
    arrived = heard = 0
    while "SpeechPerhaps" not in line.told:
        while arrived < heard + FRAME:
            line.arrive(voice(-40, samples))
            arrived += samples
        heard += FRAME
        line.listen()
        assert heard <= 4 * FRAME
    assert arrived <= 2 * 480


def test_another_stream_may_begin_with_any_timestamp(line: Line) -> None:
    line._timestamp += 2**31 - 5
    told = []
    for _ in range(4):  # the first packet of another stream is not trusted
        line.arrive(voice(-40), ssrc=9)
        told.append(line.listen())
    assert told == [[], [], [], ["SpeechPerhaps"]]


def test_what_is_not_gone_on_with_is_taken_back_after_120_ms_of_quiet_behind_the_jitter_buffer(
    line: Line,
) -> None:
    for _ in range(3):
        line.arrive(voice(-40))
        line.listen()
    told = [line.be_quiet(1) for _ in range(20)]
    assert told.index(["SpeechDismissed"]) == 40 // 20 + 120 // 20 - 1
    assert sum(map(len, told)) == 1


def test_what_was_taken_back_must_be_louder_the_next_time_and_is_forgiven(line: Line) -> None:
    def knock(level: float) -> list[str]:
        told = []
        for _ in range(3):
            line.arrive(voice(level))
            told += line.listen()
        return told + line.be_quiet(25)

    assert knock(-40) == ["SpeechPerhaps", "SpeechDismissed"]
    assert knock(-39) == []
    assert knock(-30) == ["SpeechPerhaps", "SpeechDismissed"]
    assert knock(-40) == []
    line.be_quiet(15 * 50)
    assert knock(-40) == ["SpeechPerhaps", "SpeechDismissed"]


def test_our_own_words_that_come_back_30_db_quieter_are_no_voice(line: Line) -> None:
    prompt = voice(-12)
    line.endpoint.talker.play(prompt * 50, None)
    told = []
    for number in range(50):
        line.arrive(voice(-42) if number % 10 > 3 else voice(QUIET))
        told += line.listen()
    assert told == []
    line.be_quiet(40)  # our words are over and their echo forgotten
    for _ in range(3):
        line.arrive(voice(-42))
        told += line.listen()
    assert told == ["SpeechPerhaps"]


@pytest.mark.parametrize(("comes_back", "is_heard"), [(QUIET, True), (-42, False)])
def test_a_soft_voice_is_heard_over_our_words_on_a_line_that_has_shown_no_echo(
    line: Line, comes_back: int, is_heard: bool
) -> None:
    line.endpoint.talker.play(voice(-12), None, loop=True)
    soft = [voice(-44)] * 3
    told = []
    for codes in [*soft, *[voice(comes_back)] * 400]:
        line.arrive(codes)
        told += line.listen()
    assert told == []  # nothing is known of the line at first
    for codes in soft:
        line.arrive(codes)
        told += line.listen()
    assert told == (["SpeechPerhaps"] if is_heard else [])


def alone(levels: list[float]) -> list[tuple[bool, bool]]:
    """One row that hears what has arrived at once; (suspected, taken back) by frame."""
    suspicion = Suspicion()
    suspicion.add()
    nobody = np.zeros(1, np.bool_)
    floor, quietest = np.full(1, -60, np.float32), np.full(1, -50, np.float32)
    silent = np.full(1, 99, np.int32)
    told = []
    for number, level in enumerate(levels):
        arrivals = Arrived(np.full(1, level, np.float32), np.full(1, FRAME * (number + 1), np.int64))
        perhaps = suspicion.step(arrivals, floor, quietest, nobody)
        told.append((bool(perhaps[0]), bool(suspicion.settle(nobody, silent)[0])))
    return told


@given(st.lists(st.tuples(st.floats(-90, -5), st.integers(1, 12)), max_size=60))
def test_every_suspicion_is_settled_before_the_next_and_none_comes_without_40_ms_of_voice(
    pieces: list[tuple[float, int]],
) -> None:
    levels = [level for level, frames in pieces for _ in range(frames)]
    told = alone([*levels, *[-96.0] * 8])
    is_open = False
    for number, (perhaps, dismissed) in enumerate(told):
        if perhaps:
            assert not is_open
            assert min(levels[number - 1 : number + 1]) > -50
        is_open = (is_open or perhaps) and not dismissed
    assert not is_open


def test_a_noise_that_keeps_coming_back_is_told_less_and_less() -> None:
    minute = ([-35.0] * 4 + [-80.0] * 11) * 200
    told = [number for number, (perhaps, _) in enumerate(alone(minute)) if perhaps]
    assert 1 <= len(told) <= 20  # once in four seconds at most, not 200 times
    assert np.diff(told).min() > 2.9 * 50
