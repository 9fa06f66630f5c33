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
from huifang.logic.understanding.sounds import INSERTED_PARTICLE, NEGATION, NEGATIONS, distance, folded


class Index:
    """An index over ``phrases``."""

    def __init__(self, phrases: Iterable[Known]) -> None:
        self._known = tuple(phrases)
        self._exact: dict[tuple[str, ...], list[Known]] = {}
        for known in self._known:
            self._exact.setdefault(known.sounds, []).append(known)
        self._longest = max((len(k.sounds) for k in self._known), default=0)
        self._vocabulary = tuple(dict.fromkeys(s for k in self._known for s in k.sounds))
        self._folds = tuple(folded(s) for s in self._vocabulary)
        numbers = {s: n for n, s in enumerate(self._vocabulary)}
        # All syllables of all phrases in one row; a phrase begins at each of ``starts``.
        self._row = np.array([numbers[s] for k in self._known for s in k.sounds], np.intp)
        weights = [NEGATION if s in NEGATIONS else 1.0 for k in self._known for s in k.sounds]
        light = [is_soft for k in self._known for is_soft in k.soft]
        self._weights = np.array(weights, np.float32)
        self._left_out = np.where(light, np.float32(INSERTED_PARTICLE), self._weights)
        lengths = np.array([len(k.sounds) for k in self._known], np.intp)
        self._starts = np.concatenate(([0], np.cumsum(lengths)[:-1])).astype(np.intp)
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
        if not sounds or not self._known:
            return []
        columns = [self._column(s) for s in dict.fromkeys(sounds)]
        near = np.minimum.reduce([c[0] for c in columns])
        same = np.logical_or.reduce([c[1] for c in columns])
        cost = np.minimum(near[self._row] * self._weights, self._left_out)
        total = np.add.reduceat(cost, self._starts)
        dearest = (1 - np.maximum(self._likeness, np.float32(at_least))) * self._weight + np.float32(1e-4)
        shared = np.add.reduceat(same[self._row].astype(np.int8), self._starts)
        (found,) = np.nonzero((total <= dearest) & (shared >= self._needed))
        return [self._known[n] for n in found]

    def _new_column(self, heard: str) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """How far each known syllable is from ``heard``, and which are the same but for what is lost first."""
        # To miss or to hear a negation is dear, so a heard 不 is near to nothing but a negation.
        rate = NEGATION if heard in NEGATIONS else 1.0
        far = [distance(s, heard) * (1.0 if s in NEGATIONS else rate) for s in self._vocabulary]
        fold = folded(heard)
        return np.array(far, np.float32), np.array([f == fold for f in self._folds], np.bool_)


@lru_cache(maxsize=64)
def index_of(asked: Asked) -> Index:
    """What can answer ``asked``."""
    return Index(candidates(asked))
