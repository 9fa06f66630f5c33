"""Making a tune for the telephone out of a sound: 8 kHz, one level, A-law, and a picture of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huifang.endings.wav import Samples, TuneUnusable, read_sound
from huifang.errors import N_
from huifang.voice.resampling import resample
from huifang.voice.rtp.g711 import Codec, encode

HZ = 8_000
MOST_BYTES = 40 * 1024 * 1024  # a minute of stereo at 96 kHz and 24 bits, and more
PEAKS = 240
KEY_LENGTH = 40

_PEAK = 0.63  # -4 dBFS, and …
_RMS = 0.11  # … -19 dBFS: what the shipped tunes have, so that none is louder than the voice before it
_SILENT_RMS = 10 ** (-60 / 20)
_CLIPPED_SHARE = 0.001  # so many samples at full scale are heard as a crackle
_FADE_IN_S, _FADE_OUT_S = 0.01, 0.25
_LOWEST_HZ = 200.0  # below, a telephone carries nothing, and the level would be spent in vain


@dataclass(frozen=True, slots=True)
class Prepared:
    """A tune as nodes play it.  ``is_overdriven``: the original is so loud that it crackles."""

    key: str
    alaw: bytes
    seconds: float
    peaks: list[int]
    is_overdriven: bool


def prepare(data: bytes, file_name: str) -> Prepared:
    """The tune in an uploaded file.  ``TuneUnusable`` in one sentence where it is none."""
    if len(data) > MOST_BYTES:
        raise TuneUnusable(file=file_name, reason=N_("it is larger than 40 MB; shorten it."))
    samples, rate = read_sound(data, file_name)
    is_overdriven = bool((np.abs(samples) >= 0.999).mean() > _CLIPPED_SHARE)
    tune = _audible(resample(np.asarray(samples, np.float32), rate, HZ))
    rms = float(np.sqrt((tune**2).mean()))
    if rms < _SILENT_RMS:
        raise TuneUnusable(file=file_name, reason=N_("nothing can be heard in it on a telephone."))
    tune = _faded(tune * min(_PEAK / float(np.abs(tune).max()), _RMS / rms))
    alaw = encode((tune * 32767).round().astype(np.int16), Codec.PCMA).tobytes()
    return Prepared(key_of(alaw), alaw, len(alaw) / HZ, peaks_of(tune), is_overdriven)


def key_of(alaw: bytes) -> str:
    """The name of a tune by its content: the first 160 bits of its SHA-256, as hexadecimal digits."""
    return hashlib.sha256(alaw).hexdigest()[:KEY_LENGTH]


def peaks_of(tune: NDArray[np.floating]) -> list[int]:
    """The loudness of each of up to ``PEAKS`` parts, 0-100."""
    parts = np.array_split(np.abs(tune), min(PEAKS, len(tune)))
    loud = np.array([part.max() for part in parts])
    return [int(value) for value in (loud / max(float(loud.max()), 1e-9) * 100).round()]


def _audible(tune: Samples) -> Samples:
    """Without what lies below the telephone's band, a constant offset among it."""
    spectrum = np.fft.rfft(tune)
    f = np.fft.rfftfreq(len(tune), 1 / HZ)
    return np.asarray(
        np.fft.irfft(spectrum * np.clip((f - _LOWEST_HZ / 2) / (_LOWEST_HZ / 2), 0, 1), len(tune)), np.float32
    )


def _faded(tune: Samples) -> Samples:
    """Soft at both ends: a hard cut is heard as a click."""
    t = np.arange(len(tune)) / HZ
    rise, fall = np.clip(t / _FADE_IN_S, 0, 1), np.clip((t[-1] - t) / _FADE_OUT_S, 0, 1)
    return np.asarray(tune * rise * fall, np.float32)
