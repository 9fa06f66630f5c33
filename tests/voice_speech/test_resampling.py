"""Change of sampling rate."""

from __future__ import annotations

import numpy as np
import pytest

from huifang.voice.resampling import resample


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
