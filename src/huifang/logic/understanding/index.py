"""Which of some thousand phrases can possibly be in what was heard: found in a fraction of a millisecond.

Phrases that were said exactly are found by their syllables.  For the others a lower bound of what it would cost
to fit them is computed for all at once: every syllable of a phrase must be made of *some* syllable that was heard,
wherever it stood.  Only where that is cheap enough is it worth while to look for the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from huifang.logic.understanding.lexicon import Known, candidates
from huifang.logic.understanding.reading import Asked
from huifang.logic.understanding.sounds import (
    INSERTED_PARTICLE,
    NEGATION,
    NEGATIONS,
    apart,
    folded,
    split,
)


class Index:
    """An index over ``phrases``."""

    def __init__(self, phrases: Iterable[Known]) -> None:
        self._known = tuple(phrases)
        self._exact: dict[tuple[str, ...], list[Known]] = {}
        for known in self._known:
            self._exact.setdefault(known.sounds, []).append(known)
        self._longest = max((len(k.sounds) for k in self._known), default=0)
        self._vocabulary = tuple(dict.fromkeys(s for k in self._known for s in k.sounds))
        numbers = {s: n for n, s in enumerate(self._vocabulary)}
        self._parts = [_numbered(parts) for parts in zip(*map(split, self._vocabulary), strict=True)]
        self._denies = np.array([s in NEGATIONS for s in self._vocabulary], np.bool_)
        lengths = np.array([len(k.sounds) for k in self._known], np.intp)
        every = [sound for k in self._known for sound in k.sounds]
        rate = {s: NEGATION if s in NEGATIONS else 1.0 for s in self._vocabulary}
        weights = np.array([rate[s] for s in every], np.float32)
        light = np.array([is_soft for k in self._known for is_soft in k.soft], np.bool_)
        # A row for each phrase; what a shorter one leaves free costs nothing to fit.
        filled = np.arange(self._longest) < lengths[:, None]
        self._sounds, self._weights = np.zeros(filled.shape, np.intp), np.zeros(filled.shape, np.float32)
        self._left_out = np.zeros(filled.shape, np.float32)
        self._sounds[filled] = [numbers[s] for s in every]
        self._weights[filled] = weights
        self._left_out[filled] = np.where(light, np.float32(INSERTED_PARTICLE), weights)
        folds = {s: folded(s) for s in self._vocabulary}
        holding: dict[str, list[int]] = {}
        for row, sound in zip(np.repeat(np.arange(len(lengths)), lengths).tolist(), every, strict=True):
            holding.setdefault(folds[sound], []).append(row)
        self._holding = {fold: np.array(rows, np.intp) for fold, rows in holding.items()}
        self._needed = (lengths + 1) // 2  # at least half of a phrase must sound right
        self._likeness = np.array([k.needed for k in self._known], np.float32)
        self._weight = np.array([k.weight for k in self._known], np.float32)
        self._column = lru_cache(maxsize=2_000)(self._new_column)

    def exact(self, sounds: tuple[str, ...]) -> Iterator[tuple[Known, int, int]]:
        """The phrases that stand in ``sounds`` as they are, with their places."""
        for start in range(len(sounds)):
            for end in range(start + 1, min(len(sounds), start + self._longest) + 1):
                for known in self._exact.get(sounds[start:end], ()):
                    yield known, start, end

    def possible(self, sounds: tuple[str, ...], at_least: float = 0.0) -> list[Known]:
        """The phrases that may fit into ``sounds`` as well as they need to, and ``at_least`` so well.

        None that could is left out, except where less than half of it sounds right.
        """
        rows = self._sounding(sounds)
        if not len(rows):
            return []
        near = np.minimum.reduce([self._column(s) for s in dict.fromkeys(sounds)])
        cost = np.minimum(near[self._sounds[rows]] * self._weights[rows], self._left_out[rows]).sum(axis=1)
        needed = np.maximum(self._likeness[rows], np.float32(at_least))
        dearest = (1 - needed) * self._weight[rows] + np.float32(1e-4)
        return [self._known[row] for row in rows[cost <= dearest]]

    def _sounding(self, sounds: tuple[str, ...]) -> NDArray[np.intp]:
        """The phrases of which so many syllables were heard, wherever they stood, as must sound right."""
        folds = dict.fromkeys(folded(s) for s in sounds)
        holding = [self._holding[fold] for fold in folds if fold in self._holding]
        if not holding:
            return np.zeros(0, np.intp)
        shared = np.bincount(np.concatenate(holding), minlength=len(self._known))
        return np.flatnonzero(shared >= self._needed)

    def _new_column(self, heard: str) -> NDArray[np.float32]:
        """How far each known syllable is from ``heard``."""
        # To miss or to hear a negation is dear, so a heard 不 is near to nothing but a negation.
        rate = NEGATION if heard in NEGATIONS else 1.0
        far = np.zeros(len(self._vocabulary), np.float32)
        for (parts, places), part in zip(self._parts, split(heard), strict=True):
            far += np.array([0.5 * apart(known, part) for known in parts], np.float32)[places]
        return np.where(self._denies, far, far * np.float32(rate))


def _numbered(parts: Iterable[str]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """The different ones of ``parts``, and which of them stands at each place."""
    listed = tuple(parts)
    known = tuple(dict.fromkeys(listed))
    return known, np.array([known.index(part) for part in listed], np.intp)


@lru_cache(maxsize=64)
def index_of(asked: Asked) -> Index:
    """What can answer ``asked``."""
    return Index(candidates(asked))
