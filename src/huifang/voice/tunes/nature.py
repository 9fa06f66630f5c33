"""Rain and waves: shaped noise with a quiet harmony under it."""

from __future__ import annotations

import numpy as np

from huifang.voice.tunes.sound import HZ, LENGTH, SECONDS, Sound, add, hertz, in_band, pad, struck

_RAIN_SEED = 20_240_417  # any number; the same one makes the same rain
_WAVES_SEED = 20_240_418


def rain() -> Sound:
    """Steady rain with drops near by, over slow chords in A minor."""
    chance = np.random.default_rng(_RAIN_SEED)
    t = np.arange(LENGTH) / HZ
    gusts = 1 + 0.22 * np.sin(2 * np.pi * t * 2 / SECONDS) + 0.12 * np.sin(2 * np.pi * t * 5 / SECONDS + 1)
    tune = 0.07 * _noise(chance, 700, 3300) * gusts + 0.05 * _noise(chance, 300, 1200)
    for _ in range(340):
        add(tune, _drop(chance), float(chance.uniform(0, SECONDS)))
    for notes, at in (("A4+C5+E5", 0), ("F4+A4+C5+E5", 3), ("C4+G4+E5", 6), ("G4+B4+D5", 9)):
        for name in notes.split("+"):
            add(tune, pad(hertz(name), 3.6, 0.055), at)
    for name, when in (("E5", 0.8), ("C5", 2.6), ("A5", 4.4), ("G5", 6.6), ("E5", 8.2), ("D5", 10.2)):
        add(tune, struck(hertz(name), 0.2, 2.4, 0.3), when)
    return tune


def waves() -> Sound:
    """Two waves of the sea, each rising, breaking and running out, over slow chords in D."""
    chance = np.random.default_rng(_WAVES_SEED)
    t = np.arange(LENGTH) / HZ
    deep, bright = _noise(chance, 300, 1100), _noise(chance, 900, 3200)
    tune = 0.045 * deep
    for begins, period in ((0.0, 6.6), (6.4, 5.8)):
        phase = np.minimum(((t - begins) % SECONDS) / period, 1.0)  # 1 = run out, until it begins again
        swell = np.where(phase < 0.42, (phase / 0.42) ** 2.2, ((1 - phase) / 0.58) ** 1.8)
        crest = np.exp(-(((phase - 0.46) / 0.13) ** 2))
        tune = tune + 0.17 * deep * swell + 0.12 * bright * np.maximum(crest, 0.35 * swell)
    for notes, at in (("D4+A4+F#5", 0), ("B3+F#4+D5", 3), ("G4+B4+D5", 6), ("A4+C#5+E5", 9)):
        for name in notes.split("+"):
            add(tune, pad(hertz(name), 3.6, 0.05), at)
    return tune


def _noise(chance: np.random.Generator, low: float, high: float) -> Sound:
    """Noise of the band with an RMS of 1, on the circle."""
    noise = in_band(chance.standard_normal(LENGTH), low, high)
    return np.asarray(noise / np.sqrt((noise**2).mean()), np.float64)


def _drop(chance: np.random.Generator) -> Sound:
    """A drop: a short falling chirp."""
    seconds = chance.uniform(0.015, 0.05)
    t = np.arange(int(seconds * HZ)) / HZ
    pitch = chance.uniform(1200, 2900) * (1 - 0.25 * t / seconds)
    loudness = 0.1 * chance.beta(1.2, 5)
    return np.asarray(
        loudness * np.sin(2 * np.pi * np.cumsum(pitch) / HZ) * np.exp(-5 * t / seconds), np.float64
    )
