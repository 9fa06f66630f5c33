"""How well an article fits a question, and how sure that makes it the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How an article fits a question, in shares from 0 to 1.

    covered: how much of the question the article speaks of, named: the same without its answer; like: how alike the
    question and one of its ways to ask are, back: how much of that way the question has; found, missing: amounts, 1 =
    much; lacking: words that the question turns on and the article has not, 0-2; same_kind, other_kind: it is asked
    for the same kind of answer (price, time …), or for another; gives, gives_not: its answer can give that kind, or
    cannot; other: it is about a product that the question does not name; topic, topic_named: covered and named without
    what may be asked of anything; astray: hardly anything of the topic; own: it is the store's, not the chain's.
    """

    covered: float
    named: float
    like: float
    back: float
    found: float
    missing: float
    lacking: float
    same_kind: float
    other_kind: float
    gives: float
    gives_not: float
    other: float
    topic: float
    topic_named: float
    astray: float
    own: bool
    word_for_word: bool

    NAMES: ClassVar = (
        "covered", "named", "like", "back", "found", "missing", "lacking", "same_kind",
        "other_kind", "gives", "gives_not", "other", "topic", "topic_named", "astray",
    )  # fmt: skip
    """What its value rests on, in the order of ``_VALUES``."""
    ALONE: ClassVar = -3.0
    """What the best of the others is worth where there is none."""

    @staticmethod
    def lead(ahead: float) -> float:
        """How far it is ahead of the best of the others, as far as that matters."""
        return max(-1.0, min(4.0, ahead))

    @property
    def features(self) -> tuple[float, ...]:
        """Those of ``NAMES``."""
        return tuple(getattr(self, name) for name in self.NAMES)

    @property
    def value(self) -> float:
        """How well it fits, as log odds against the others."""
        fitted = sum(weight * feature for weight, feature in zip(_VALUES, self.features, strict=True))
        return fitted + _OWN * self.own + _WORD_FOR_WORD * self.word_for_word

    def sure(self, rival: float, *, by_sound: bool) -> float:
        """0-1: how sure it is that it answers the question, when the best of the others is worth ``rival``.

        :param by_sound: only the sounds of the question are known
        """
        evidence = (*self.features, self.lead(self.value - rival))
        bias, weights = _SURE_BY_SOUND if by_sound else _SURE
        odds = bias + sum(weight * value for weight, value in zip(weights, evidence, strict=True))
        return max(1 / (1 + math.exp(-odds)), _CERTAIN if self.word_for_word else 0.0)


# Fitted by benchmarks/knowledge.py to the questions in tests/logic/knowledge/trades.txt and dev.tsv.
_VALUES = (0.76, 0.65, 0.91, 1.31, 0.62, -0.6, -0.83, 0.3, -0.27, 0.17, -0.17, -0.37, 0.78, 0.63, -0.62)
_SURE = (
    -2.12,
    (0.69, 0.06, 0.77, 1.18, 0.57, -0.48, -0.24, 0.03, -0.35, 0.32, -0.96, -1.54, 0.77, -0.23, -0.23, 0.64),
)
_SURE_BY_SOUND = (
    -2.87,
    (0.53, 0.31, 0.63, 1.27, 1.15, 0.47, -0.04, -0.15, -0.09, 0.25, -0.66, 0.0, 0.58, 0.23, -0.02, 0.52),
)
_OWN, _WORD_FOR_WORD, _CERTAIN = 1.0, 3.0, 0.95
