"""Steady noise is lowered and a voice is left."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from huifang.voice.ears.quieting import quieted


def rms(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def on_a_noisy_line(noise: float) -> NDArray[np.float32]:
    """Two seconds of noise with a voice-like buzz in its middle second."""
    at = np.arange(16_000)
    buzz = sum(np.sin(2 * np.pi * 150 * k * at / 8_000) / k for k in range(1, 12)) * 0.1
    buzz *= (at > 4_000) & (at < 12_000)
    return (buzz + np.random.default_rng(7).normal(0, noise, len(at))).astype(np.float32)


def test_noise_between_words_is_lowered_by_ten_decibels_and_the_words_by_less_than_one() -> None:
    noisy = on_a_noisy_line(0.01)
    quiet = quieted(noisy)
    assert len(quiet) == len(noisy)
    assert rms(quiet[500:3_500]) < rms(noisy[500:3_500]) * 10 ** (-8 / 20)
    assert abs(20 * np.log10(rms(quiet[5_000:11_000]) / rms(noisy[5_000:11_000]))) < 1


def test_a_clean_line_is_left_as_it_is() -> None:
    clean = on_a_noisy_line(1e-5)
    assert rms(quieted(clean) - clean) < rms(clean) * 0.03


@given(st.integers(0, 2_000), st.sampled_from([0.0, 1e-4, 1.0]), st.integers(0, 9))
def test_whatever_comes_as_much_comes_out_and_no_louder(length: int, level: float, seed: int) -> None:
    given_ = (np.random.default_rng(seed).normal(0, 1, length) * level).astype(np.float32)
    quiet = quieted(given_)
    assert quiet.shape == given_.shape
    assert quiet.dtype == np.float32
    assert np.isfinite(quiet).all()
    if length:
        assert rms(quiet) <= rms(given_) * 1.01
