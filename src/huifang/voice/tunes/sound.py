"""The sounds that tunes are made of: struck strings, soft pads, and a circle to lay them on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HZ = 8_000
SECONDS = 12
LENGTH = HZ * SECONDS
BAND_HZ = (300.0, 3_400.0)  # what a telephone carries

Sound = NDArray[np.float64]

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def hertz(name: str) -> float:
    """The pitch of a note such as ``C5``, ``F#4`` or ``Bb4`` (A4 = 440 Hz, equal temperament)."""
    step = _STEPS[name[0]] + name.count("#") - name.count("b") + 12 * int(name[-1])
    return float(440.0 * 2 ** ((step - 57) / 12))


def struck(pitch: float, loudness: float, seconds: float, brightness: float) -> Sound:
    """A piano-like note: partials that fall silent the sooner the higher they are.

    Strings are stiff, so partials lie a little above whole multiples; a string gives its energy away
    quickly at first and slowly later (two decays).  After ``seconds`` the damper falls.
    """
    t = np.arange(int((seconds + 0.25) * HZ)) / HZ
    note = np.zeros(len(t))
    for k in range(1, 9):
        partial = pitch * k * np.sqrt(1 + 0.0004 * k * k)
        if partial > BAND_HZ[1]:
            break
        fall = (0.9 + pitch / 900) * (1 + 0.55 * (k - 1))
        decay = 0.7 * np.exp(-2.6 * fall * t) + 0.3 * np.exp(-0.8 * fall * t)
        note += brightness ** (k - 1) / k**0.6 * decay * np.sin(2 * np.pi * partial * t + 0.3 * k)
    attack = np.minimum(1.0, t / 0.006)
    damper = np.clip((seconds + 0.25 - t) / 0.25, 0.0, 1.0) ** 1.5
    return np.asarray(loudness * note * attack * damper, np.float64)


def pad(pitch: float, seconds: float, loudness: float) -> Sound:
    """A soft tone that swells and goes, two voices a hair apart so that it lives."""
    t = np.arange(int(seconds * 1.25 * HZ)) / HZ
    swell = np.sin(np.pi * np.clip(t / t[-1], 0, 1)) ** 1.4
    tone = np.zeros(len(t))
    for k, weight in ((1, 1.0), (2, 0.45), (3, 0.16)):
        for detune in (0.9985, 1.0015):
            tone += weight * np.sin(2 * np.pi * pitch * k * detune * t)
    return np.asarray(loudness * tone * swell, np.float64)


def add(circle: Sound, sound: Sound, at_s: float) -> None:
    """Lay ``sound`` on the circle from ``at_s`` on; what passes the end goes on at the beginning."""
    start = int(at_s * HZ)
    at = (start + np.arange(len(sound))) % len(circle)
    np.add.at(circle, at, sound)


def in_band(circle: Sound, low: float = BAND_HZ[0], high: float = BAND_HZ[1]) -> Sound:
    """Only what lies between ``low`` and ``high`` Hz, with soft edges; circular, so no seam appears."""
    spectrum = np.fft.rfft(circle)
    f = np.fft.rfftfreq(len(circle), 1 / HZ)
    rise = np.clip((f - low) / 40, 0, 1)
    fall = np.clip((high - f) / 150, 0, 1)
    return np.asarray(np.fft.irfft(spectrum * rise * fall, len(circle)), np.float64)
