"""Raises a quiet caller while they speak: the gain follows the loudest sample so far, and so never jumps up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEVEL = 0.7  # peak that quiet callers are raised to …
_MOST_GAIN = 10.0  # … by 20 dB at most, so that line noise does not become speech


_SILENCE = 0.003  # peak, -50 dBFS: below it nobody speaks, and a model that hears hiss makes words of it


class Loudness:
    """Of one utterance, in pieces."""

    def __init__(self) -> None:
        self._peak = 0.0

    @property
    def is_silence(self) -> bool:
        """Nothing so far was loud enough for a voice."""
        return self._peak < _SILENCE

    def raise_to_speech(self, pcm: NDArray[np.int16]) -> NDArray[np.float32]:
        """The next samples as floats within ±1."""
        samples = pcm.astype(np.float32) / np.float32(32768)
        self._peak = max(self._peak, float(np.abs(samples).max(initial=0.0)))
        if not self.is_silence:
            samples *= np.float32(min(_MOST_GAIN, max(1.0, _LEVEL / self._peak)))
        return samples
