"""Change of sampling rate."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from huifang.voice.resampling import Doubling, resample


def tone(hz: float, rate: int, seconds: float = 0.5) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate).astype(np.float32)


def inner(samples: np.ndarray) -> np.ndarray:
    return samples[len(samples) // 5 : -len(samples) // 5]


@pytest.mark.parametrize(
    ("source", "target"), [(8000, 16000), (22050, 8000), (16000, 8000), (44100, 8000), (8000, 48000)]
)
def test_a_tone_in_the_band_keeps_its_pitch_and_level(source: int, target: int) -> None:
    got, wanted = resample(tone(1000, source), source, target), tone(1000, target)
    size = min(len(got), len(wanted))
    assert abs(len(got) - len(wanted)) <= 1
    assert np.abs(inner(got[:size]) - inner(wanted[:size])).max() < 0.003


@pytest.mark.parametrize("hz", [4500, 6000, 9000])
def test_what_the_lower_rate_cannot_carry_is_removed_not_folded(hz: int) -> None:
    assert np.abs(inner(resample(tone(hz, 22050), 22050, 8000))).max() < 0.003


def test_nothing_and_the_same_rate() -> None:
    assert len(resample(np.zeros(0, np.float32), 22050, 8000)) == 0
    same = tone(440, 8000)
    assert np.array_equal(resample(same, 8000, 8000), same)
    assert len(resample(np.ones(1, np.float32), 22050, 8000)) == 1


def test_a_stream_in_pieces_is_doubled_without_seams() -> None:
    t = np.arange(8000) / 8000
    samples = (np.sin(2 * np.pi * 700 * t) + 0.5 * np.sin(2 * np.pi * 3000 * t)).astype(np.float32)
    whole = Doubling()(samples)
    doubling = Doubling()
    cuts = [0, 3, 400, 1201, 1202, 8000]
    pieces = [doubling(samples[a:b]) for a, b in pairwise(cuts)]
    assert np.allclose(np.concatenate(pieces), whole, atol=1e-5)
    late = 64  # samples that wait for what follows
    assert len(whole) == 2 * len(samples) - late
    fine = np.arange(len(whole)) / 16_000
    want = np.sin(2 * np.pi * 700 * fine) + 0.5 * np.sin(2 * np.pi * 3000 * fine)
    assert np.abs(whole - want)[200:].max() < 0.01
