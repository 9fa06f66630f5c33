"""The load generator: far ends in another process.  How fast this machine is, is not tested."""

from __future__ import annotations

import pytest

from huifang.voice.rtp.load import DTMF_PAYLOAD, FarEnds, _FarEnd, tone
from huifang.voice.rtp.loop import BatchedMediaLoop
from huifang.voice.rtp.port import KeyPressed, MediaEvent, MediaSession

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


def test_frames_that_were_left_out_count_as_lost_though_no_sequence_number_is_missing(far_end):
    frames = [n for n in range(100) if not 10 <= n < 15]
    far_end.arrivals = [(1000.0 + 0.02 * frame, 160 * frame, n) for n, frame in enumerate(frames)]
    assert far_end.lateness() == (95, 5, 0)


def test_a_far_end_process_that_dies_is_noticed():
    with pytest.raises(RuntimeError, match="far ends ended"):
        FarEnds(1, host="not an address")
