"""The load generator and what it measures.  How fast this machine is, is not tested."""

from __future__ import annotations

import wave

import numpy as np
import pytest

from huifang.voice.rtp.load import FarEnds, _FarEnd
from huifang.voice.rtp.measure import measure_media


def test_far_ends_in_another_process_talk_press_keys_and_hear_the_answers(tmp_path):
    measured = measure_media(8, 4.0, ports=range(42500, 42600), recordings=tmp_path)
    seen = measured.far_ends
    assert seen.packets > 8 * 4 * 50 * 0.8
    assert seen.lost <= seen.packets * 0.05
    assert seen.keys_pressed >= 8
    assert seen.keys_unanswered == 0
    assert 0 < seen.key_turn_p50_ms <= seen.key_turn_p99_ms
    assert 0 <= seen.late_5ms_share <= 1
    assert measured.cpu_share > 0
    assert measured.us_per_pair > 0
    recordings = sorted(tmp_path.glob("*.wav"))
    assert len(recordings) == 8
    with wave.open(str(recordings[0])) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert np.abs(samples[:, 0]).max() > 5000  # the far end's voice
    assert np.abs(samples[:, 1]).max() > 7000  # our tone


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


def test_a_far_end_process_that_dies_is_noticed():
    with pytest.raises(RuntimeError, match="far ends ended"):
        FarEnds(1, host="not an address")
