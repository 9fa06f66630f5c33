"""From a synthesiser's output to the telephone: rate, level, and the pause that the punctuation asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huifang.voice.resampling import resample

PHONE_HZ = 8_000
_SPEECH_RMS = 0.13  # -17.7 dBFS while speaking, as loud as a person on the line
_PEAK = 0.7  # -3.1 dBFS
_FLOOR = 0.01  # quieter than this (relative to the peak) is silence around the words
_SILENCE = 0.001  # a peak of -60 dBFS
_MOST_MAKE_UP, _MAKE_UP_STEPS = 2.0, 8  # of the gain, for what bending takes away
_FRAME = 160
_PAUSE_SHARE = 10**-1.59  # of the power
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
    """``pcm`` (shape (n,), ``hz``) at 8 kHz, at speaking level, trimmed, with the pause after ``words``.

    However loud it came, its words are heard at the same level; what is hardly more than the last bits of the
    samples is silence, and an empty clip.
    """
    samples = resample((pcm / np.float32(32768)).astype(np.float32), hz, PHONE_HZ)
    if len(samples):
        samples = samples - samples.mean()  # no telephone carries an offset
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < _SILENCE:
        return np.zeros(0, np.int16)
    loud = np.flatnonzero(np.abs(samples) > _FLOOR * peak)
    samples = _levelled(samples[loud[0] : loud[-1] + 1])
    lead = np.zeros(int(_LEAD_S * PHONE_HZ))
    pause = np.zeros(int(_PAUSE_S.get(words[-1:], 0.03) * PHONE_HZ))
    return np.asarray(np.rint(np.concatenate([lead, samples * 32767, pause])), np.int16)


def _levelled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each sample made louder or softer alike, the rare peak bent, not cut; order and signs stay."""
    speaking = samples[_speaking(samples)]
    gain = _SPEECH_RMS / float(np.sqrt((speaking**2).mean()))
    most = gain * _MOST_MAKE_UP
    for _ in range(_MAKE_UP_STEPS):  # bending takes loudness away
        gain = min(gain * _SPEECH_RMS / float(np.sqrt((_bent(speaking * gain) ** 2).mean())), most)
    return _bent(samples * gain)


def _bent(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(_PEAK * np.tanh(samples / _PEAK), np.float32)


def _speaking(samples: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which samples lie in frames of speech: not more than 16 dB below the level of all such frames, so that
    pauses do not count (the margin of ITU-T P.56)."""
    size = min(_FRAME, len(samples))
    power = (samples[: len(samples) // size * size].reshape(-1, size) ** 2).mean(axis=1)
    speaking, level = np.ones(len(power), np.bool_), 0.0
    while (mean := float(power[speaking].mean())) > level:  # rises until no frame falls out any more
        level = mean
        speaking = power >= level * _PAUSE_SHARE
    within = np.repeat(speaking, size)
    return np.concatenate([within, np.zeros(len(samples) - len(within), np.bool_)])
