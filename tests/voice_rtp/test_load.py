"""The load generator: far ends in another process.  How fast this machine is, is not tested."""

from __future__ import annotations

import select
import socket
import time

import numpy as np
import pytest

from huifang.voice.bench import run_bench
from huifang.voice.rtp.g711 import Codec, decode
from huifang.voice.rtp.load import DTMF_PAYLOAD, FarEnds, _FarEnd, burst, tone
from huifang.voice.rtp.loop import BatchedMediaLoop
from huifang.voice.rtp.packet import HEADER
from huifang.voice.rtp.port import KeyPressed, MediaEvent, MediaSession
from huifang.voice.rtp.rtcp import write_bye, write_report
from huifang.voice.rtp.suspicion import Arrived
from huifang.voice.rtp.voice_activity import VoiceActivity, frame_levels

LOUD, SOFT = tone(600, 8000), tone(600, 800)


class Answering:
    """Gives every key an audible answer."""

    def __init__(self) -> None:
        self.keys: dict[MediaSession, int] = {}

    def __call__(self, event: MediaEvent) -> None:
        if isinstance(event, KeyPressed):
            self.keys[event.session] = self.keys.get(event.session, 0) + 1
            event.session.stop_playing()
            event.session.play(SOFT if self.keys[event.session] % 2 else LOUD, None, loop=True)


def test_far_ends_in_another_process_talk_press_keys_and_hear_the_answers():
    answering = Answering()
    loop = BatchedMediaLoop(answering, ports=range(42500, 42600))
    loop.start()
    try:
        with FarEnds(8) as far_ends:
            sessions = [loop.open() for _ in far_ends.addresses]
            for session, (host, port) in zip(sessions, far_ends.addresses, strict=True):
                session.connect(host, port, codec="PCMA", dtmf_payload=DTMF_PAYLOAD)
                session.play(LOUD, None, loop=True)
            far_ends.run([("127.0.0.1", session.local_port) for session in sessions], 4.0)
            seen = far_ends.report()
        received = loop.stats()["packets_received"]
    finally:
        loop.stop()
    assert seen.packets + seen.lost > 8 * 4 * 50 * 0.8
    assert received > 8 * 4 * 50 * 0.8
    assert seen.keys_pressed >= 8
    assert 0 <= seen.keys_pressed - sum(answering.keys.values()) <= 1  # one may be under way at the end
    assert seen.keys_unanswered <= 1  # a machine may stand still for two seconds, not more often
    assert 0 < seen.key_turn_p50_ms <= seen.key_turn_p99_ms
    assert 0 <= seen.late_5ms_share <= 1


@pytest.fixture
def far_end():
    far_end = _FarEnd("127.0.0.1", seed=1)
    yield far_end
    far_end.sock.close()


def test_lateness_is_counted_against_the_grid_of_the_timestamps(far_end):
    for number in range(100):
        delay = 0.0055 if number in (20, 21) else 0.004 if number == 50 else 0.0
        far_end.arrivals.append(
            (1000.0 + 0.02 * number + delay, (2**32 - 800 + 160 * number) % 2**32, number)
        )
    assert far_end.lateness() == (100, 0, 2)


def test_a_late_first_packet_does_not_move_the_grid(far_end):
    far_end.arrivals = [(1000.0 + 0.02 * n + (0.008 if n == 0 else 0), 160 * n, n) for n in range(50)]
    assert far_end.lateness() == (50, 0, 1)


def test_lost_packets_are_counted_across_the_wrap(far_end):
    numbers = [n for n in range(100) if n not in (3, 40, 41)]
    far_end.arrivals = [(1000.0 + 0.02 * n, 160 * n, (65500 + n) % 65536) for n in numbers]
    assert far_end.lateness() == (97, 3, 0)


def test_a_report_for_the_neighbour_above_is_no_audio(far_end):
    """RTCP goes to the port above; another far end may sit there, and once counted millions as lost."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as node:
        to = far_end.sock.getsockname()
        node.sendto(write_report(1, time.time(), 0, 0, 0, None, "us") + write_bye(1), to)
        node.sendto(HEADER.pack(0x80, 8, 1, 160, 7) + bytes(160), to)
        for _ in range(2):
            select.select([far_end.sock], [], [], 10)
            far_end.receive(0.0)
    assert far_end.lateness() == (1, 0, 0)


def test_frames_that_were_left_out_count_as_lost_though_no_sequence_number_is_missing(far_end):
    frames = [n for n in range(100) if not 10 <= n < 15]
    far_end.arrivals = [(1000.0 + 0.02 * frame, 160 * frame, n) for n, frame in enumerate(frames)]
    assert far_end.lateness() == (95, 5, 0)


def test_a_long_run_is_judged_part_by_part_so_that_a_drifting_clock_is_no_lateness(far_end):
    for number in range(9_000):
        if number not in (100, 3_001, 3_002):
            drift = number * 0.02 * 10e-6 * 30  # 300 ppm: 54 ms in three minutes
            late = 0.02 if number == 5_000 else 0.0
            far_end.arrivals.append((1000.0 + 0.02 * number + drift + late, 160 * number, number % 65536))
        if len(far_end.arrivals) == 500:
            far_end.lateness()
    assert far_end.lateness() == (8_997, 3, 1)


def test_the_burst_is_a_voice_to_the_detector_and_what_was_before_it_is_not():
    activity = VoiceActivity()
    activity.add()
    codes = np.frombuffer(tone(1, 8) + burst() + tone(1, 8), np.uint8)
    level = frame_levels(decode(codes, Codec.PCMA).astype(np.float32).reshape(-1, 160))
    at, silence = np.arange(len(level)) * 160, np.full(1, -96, np.float32)
    steps = [
        activity.step(level[n : n + 1], Arrived(level[n : n + 1], at[n : n + 1]), silence)
        for n in range(len(level))
    ]
    assert [number for number, step in enumerate(steps) if step.perhaps[0]] == [51]
    (started,) = [number for number, step in enumerate(steps) if step.started[0]]
    assert 50 < started < 65
    assert sum(step.ended[0] for step in steps) == 1


FIGURES = [
    "calls",
    "seconds",
    "failed",
    "late_5ms_share",
    "cpu_share",
    "dtmf_turn_p50_ms",
    "dtmf_turn_p99_ms",
]
FIGURES += ["bargein_p99_ms", "rss_mb", "rss_growth_mb", "machine", "cores", "python", "numpy", "load"]


def test_whole_calls_are_measured_with_their_recordings():
    figures = run_bench(3, 9, record=True)
    assert set(FIGURES) <= figures.keys()
    assert (figures["calls"], figures["failed"], figures["recorded"]) == (3, 0, 3)
    assert figures["keys"] >= 3
    assert figures["bargeins"] >= 1
    assert figures["bargeins_unheard"] <= 1
    assert figures["bargein_p99_ms"] > 20  # the first two packets of a voice may be a click
    assert 0 < figures["dtmf_turn_p50_ms"] <= figures["dtmf_turn_p99_ms"]


def test_media_alone_has_no_turns():
    figures = run_bench(3, 2, media_only=True)
    assert set(FIGURES) <= figures.keys()
    assert (figures["failed"], figures["recorded"], figures["bargein_p99_ms"]) == (0, 0, None)
    assert figures["packets"] > 3 * 50


def test_a_far_end_process_that_dies_is_noticed():
    with pytest.raises(RuntimeError, match="far ends ended"):
        FarEnds(1, host="not an address")
