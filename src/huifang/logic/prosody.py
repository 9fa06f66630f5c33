"""How somebody speaks: loudness, tempo and pitch of one utterance of telephone speech, in three numbers.

The pitch is the normalised cross-correlation's (Talkin 1995, RAPT), which does not need the fundamental that
a telephone cuts off; syllables are peaks of the loudness behind a dip (de Jong & Wempe 2009).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HZ = 8_000
_HOP = 80  # 10 ms: the grid of loudness
_STEP = 160  # 20 ms: the grid of pitch
_SPAN = 320  # 40 ms are compared with what comes one period later
_SHORTEST, _LONGEST = HZ // 600, HZ // 65  # samples of a period
_TRANSFORM = 512  # holds a span and the longest period: nothing wraps around
LONGEST_SPEECH = 8 * HZ
"""Of a longer utterance the end is measured: it is how somebody speaks now, and the time stays bounded."""
_ACTIVE_DB = 25.0  # what lies further below the loudest moment is a pause
_VOICED = 0.55  # correlation of one period with the next
_AS_GOOD = 0.92  # of the best: the shortest period that explains the sound this well is the period
_NEIGHBOURS = 9  # frames that out-vote one which is an octave away
_OCTAVE_OFF = 0.7
_DIP_DB = 2.0
_LEAST_VOICED = 6  # frames
_QUIETEST = 1e-7  # mean square: -70 dB of full scale, below the smallest step of A-law


@dataclass(frozen=True, slots=True)
class Prosody:
    """``level_db``: of full scale, pauses left out.  ``rate``: syllables a second, pauses left out.
    ``pitch_hz``: the median, None where too little was voiced.  ``syllables`` and ``voiced_ms`` tell how much
    there was to measure."""

    level_db: float
    rate: float
    pitch_hz: float | None
    syllables: int
    voiced_ms: int


def prosody_of(pcm: NDArray[np.int16]) -> Prosody | None:
    """The prosody of an utterance (8 kHz mono); None where nobody speaks."""
    sound = pcm[-LONGEST_SPEECH:].astype(np.float32) / np.float32(32_768)
    if len(sound) < _SPAN + _LONGEST:
        return None
    sound -= sound.mean()
    power = _power(sound)
    loudest = float(power.max())
    if loudest < _QUIETEST:
        return None
    decibels = 10 * np.log10(np.maximum(power, loudest * 1e-9))
    is_active = decibels >= decibels.max() - _ACTIVE_DB
    spoken_s = float(is_active.sum()) * _HOP / HZ
    syllables = _syllables(decibels, is_active)
    periods = voiced_pitch(sound, is_active)
    return Prosody(
        level_db=round(10 * float(np.log10(power[is_active].mean())), 2),
        rate=round(syllables / spoken_s, 2),
        pitch_hz=round(float(np.exp(np.median(np.log(periods)))), 1)
        if len(periods) >= _LEAST_VOICED
        else None,
        syllables=syllables,
        voiced_ms=len(periods) * _STEP * 1000 // HZ,
    )


def voiced_pitch(sound: NDArray[np.float32], is_active: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The pitch in Hz of every voiced 20 ms, in order.  ``is_active``: of every 10 ms, whether anybody speaks."""
    starts = np.arange(0, len(sound) - _SPAN - _LONGEST, _STEP)
    starts = starts[is_active[np.minimum((starts + _SPAN // 2) // _HOP, len(is_active) - 1)]]
    if not len(starts):
        return np.zeros(0)
    smooth = np.convolve(sound, np.full(4, 0.25, np.float32), "same")  # the first formant bends periods least
    frames = smooth[starts[:, None] + np.arange(_SPAN + _LONGEST + 1)].astype(np.float64)
    alike = _correlation(frames)
    best = alike.max(axis=1)
    is_peak = np.zeros_like(alike, dtype=bool)
    is_peak[:, 1:-1] = (alike[:, 1:-1] >= alike[:, :-2]) & (alike[:, 1:-1] > alike[:, 2:])
    is_good = is_peak & (alike >= _AS_GOOD * best[:, None])
    voiced = np.flatnonzero((best >= _VOICED) & is_good.any(axis=1))
    if not len(voiced):
        return np.zeros(0)
    chosen = is_good[voiced].argmax(axis=1)
    chosen = _without_octaves(chosen, alike[voiced], is_peak[voiced])
    return HZ / (_SHORTEST + _refined(alike[voiced], chosen))


def _power(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean square around every 10 ms."""
    hops = len(sound) // _HOP
    raw = (sound[: hops * _HOP].reshape(hops, _HOP).astype(np.float64) ** 2).mean(axis=1)
    window = np.hanning(9)[1:-1]
    return np.convolve(raw, window / window.sum(), "same")


def _correlation(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of every frame's beginning with what comes one period later, for every period from the shortest on."""
    begun = np.fft.rfft(frames[:, :_SPAN], _TRANSFORM)
    products = np.fft.irfft(np.conj(begun) * np.fft.rfft(frames, _TRANSFORM), _TRANSFORM)
    summed = np.concatenate([np.zeros((len(frames), 1)), np.cumsum(frames**2, axis=1)], axis=1)
    energies = summed[:, _SPAN:] - summed[:, : summed.shape[1] - _SPAN]
    periods = slice(_SHORTEST, _LONGEST + 1)
    scale = np.sqrt(energies[:, :1] * energies[:, periods])
    alike: NDArray[np.float64] = np.zeros_like(scale)
    np.divide(products[:, periods], scale, out=alike, where=scale > 1e-12 * scale.max())
    return alike


def _without_octaves(
    chosen: NDArray[np.intp], alike: NDArray[np.float64], is_peak: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """``chosen`` with single frames that jump by an octave brought back to where their neighbours are."""
    octaves = np.log2(_SHORTEST + chosen)
    half = _NEIGHBOURS // 2
    padded = np.pad(octaves, half, mode="edge")
    around = np.median(np.lib.stride_tricks.sliding_window_view(padded, _NEIGHBOURS), axis=1)
    for at in np.flatnonzero(np.abs(octaves - around) > _OCTAVE_OFF):
        peaks = np.flatnonzero(is_peak[at])
        nearest = peaks[np.abs(np.log2(_SHORTEST + peaks) - around[at]).argmin()]
        is_near = abs(np.log2(_SHORTEST + nearest) - around[at]) < _OCTAVE_OFF / 2
        if is_near and alike[at, nearest] >= 0.8 * alike[at, chosen[at]]:
            chosen[at] = nearest
    return chosen


def _refined(alike: NDArray[np.float64], chosen: NDArray[np.intp]) -> NDArray[np.float64]:
    """Each chosen period between the samples: the top of the parabola through it and its neighbours."""
    rows = np.arange(len(chosen))
    before, at, after = alike[rows, chosen - 1], alike[rows, chosen], alike[rows, chosen + 1]
    bend = before - 2 * at + after
    shift = np.divide(before - after, 2 * bend, out=np.zeros_like(bend), where=bend < 0)
    between: NDArray[np.float64] = chosen + np.clip(shift, -0.5, 0.5)
    return between


def _syllables(decibels: NDArray[np.float64], is_active: NDArray[np.bool_]) -> int:
    """Peaks of loudness, each behind a dip."""
    count, lowest, highest, is_rising = 0, float(decibels[0]), -np.inf, True
    for level, is_speech in zip(decibels.tolist(), is_active.tolist(), strict=True):
        if is_rising:
            highest = max(highest, level) if is_speech else highest
            if highest >= lowest + _DIP_DB and level <= highest - _DIP_DB:
                count, lowest, is_rising = count + 1, level, False
            elif highest == -np.inf:
                lowest = min(lowest, level)
        else:
            lowest = min(lowest, level)
            if level >= lowest + _DIP_DB and is_speech:
                highest, is_rising = level, True
    return count + (is_rising and highest >= lowest + _DIP_DB)
