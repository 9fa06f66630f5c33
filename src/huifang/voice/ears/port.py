"""The port of recognisers: telephone audio in, words or syllables out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recogniser made of one utterance.

    ``text`` is empty for models that write sounds; ``pinyin`` are toneless syllables, ü as v;
    ``confidence`` is 0-1; ``tokens`` are the model's own, for the log.  Nothing heard: both empty.
    """

    text: str
    pinyin: tuple[str, ...]
    confidence: float
    tokens: tuple[str, ...] = ()


NOTHING = Heard("", (), 0.0)


class Recogniser(Protocol):
    """An engine.  One object serves several threads at once."""

    def recognise(self, pcm: NDArray[np.int16]) -> Heard:
        """The words in ``pcm`` (8 kHz mono, shape (n,)).  Takes a few per cent of its length."""
