"""From a synthesiser's output to the telephone: rate, level, and the pause that the punctuation asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huifang.voice.resampling import resample

PHONE_HZ = 8_000
_SPEECH_RMS = 0.13  # -17.7 dBFS while speaking, as loud as a person on the line
_PEAK = 0.7  # -3.1 dBFS
_FLOOR = 0.01  # quieter than this (relative to the peak) is silence around the words
_LEAD_S = 0.02
_PAUSE_S = {
    "，": 0.16,
    ",": 0.16,
    "、": 0.1,
    "；": 0.25,
    ";": 0.25,
    "。": 0.35,
    ".": 0.35,
    "？": 0.35,
    "?": 0.35,
}
_PAUSE_S |= {"！": 0.35, "!": 0.35}


def telephone(pcm: NDArray[np.int16], hz: int, words: str) -> NDArray[np.int16]:
    """``pcm`` (shape (n,), ``hz``) at 8 kHz, at speaking level, trimmed, with the pause after ``words``."""
    samples = resample((pcm / np.float32(32768)).astype(np.float32), hz, PHONE_HZ)
    loud = np.flatnonzero(np.abs(samples) > _FLOOR * max(float(np.abs(samples).max(initial=0.0)), 1e-6))
    if len(loud) == 0:
        return np.zeros(0, np.int16)
    samples = samples[loud[0] : loud[-1] + 1]
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    power = (frames**2).mean(axis=1) if len(frames) else np.array([float((samples**2).mean())])
    speaking = power[power > power.max() * 0.01]  # pauses do not count
    samples = samples * (_SPEECH_RMS / np.sqrt(speaking.mean()))
    samples = _PEAK * np.tanh(samples / _PEAK)  # the rare peak is bent, not cut
    lead = np.zeros(int(_LEAD_S * PHONE_HZ))
    pause = np.zeros(int(_PAUSE_S.get(words[-1:], 0.03) * PHONE_HZ))
    return np.concatenate([lead, samples * 32767, pause]).astype(np.int16)
