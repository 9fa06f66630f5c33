"""The linear models: features times weights, one leaning per task.  Pure; ``huifang/nlu`` holds the weights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huifang.logic.sense import Leaning, Sense
from huifang.logic.understanding.features import Features, in_clauses, named, normal
from huifang.logic.understanding.known import Keys, known, places
from huifang.logic.understanding.votes import Votes

TASKS = ("polarity", "intent", "emotion", "category")
"""Learnt from texts that are made."""
ASIDE, REPLY, RATING = "aside", "reply", "rating"
"""Learnt from what people say in a turn, as it was said."""
_CLAUSE = re.compile("[，。！？~]+")
_CLAUSES = 8.0  # log odds that clauses of one mind add to those of the whole
_LAST = 0.7  # weight of the last clause, if the first has 1: people begin with their verdict
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Weights:
    """One task.  ``table`` is (``keys``, labels) of int8 times ``scale``.

    ``sharpness`` turns sums into probabilities (temperature scaling, Guo et al. 2017).  ``votes``: the words
    that tell a label by themselves, None for a task without such a list.
    """

    labels: tuple[str, ...]
    keys: Keys
    table: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    sharpness: float
    votes: Votes | None = None

    def sums(self, given: Features, text: str = "") -> NDArray[np.float32]:
        """How much speaks for each label; ``text``: the words that ``given`` was made of, where they are known."""
        rows, value = known(self.keys, given)
        sums: NDArray[np.float32] = (value @ self.table[rows].astype(np.float32)) * self.scale + self.bias
        if text and self.votes is not None:
            sums = sums + self.votes.cast(text, len(self.labels))
        return sums

    def shares(self, given: Features, text: str = "") -> NDArray[np.float32]:
        """The probability of each label."""
        return softmax(self.sums(given, text) * self.sharpness)

    def leaning(self, given: Features, text: str = "") -> Leaning:
        shares = self.shares(given, text)
        best = int(shares.argmax())
        return Leaning(self.labels[best], float(shares[best]))

    def shares_by_label(self, given: Features) -> dict[str, float]:
        return dict(zip(self.labels, self.shares(given).tolist(), strict=True))


Models = Mapping[str, Weights]
"""Weights by task: ``TASKS``, ``ASIDE`` and ``RATING``."""


def softmax(sums: NDArray[np.float32]) -> NDArray[np.float32]:
    """``sums`` of the last axis as shares of 1."""
    shares: NDArray[np.float32] = np.exp(sums - sums.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares


def sense(models: Models, given: Features, text: str) -> Sense:
    """What the models make of ``given``, the features of ``text`` where it is known; empty for nothing said."""
    if not len(given[0]):
        return Sense()
    return Sense(
        polarity=round(balance(models["polarity"], given, text), 3),
        intent=models["intent"].leaning(given, text),
        emotion=models["emotion"].leaning(given, text),
        category=models["category"].leaning(given, text),
        ratings=models[RATING].shares_by_label(given),
        asides=models[ASIDE].shares_by_label(given),
    )


def balance(polarity: Weights, given: Features, text: str = "") -> float:
    """From -1 (blame) to 1 (praise).

    The n-grams of a long account cannot tell one loud complaint from a dozen mild merits, so each of its clauses is
    weighed by itself, too, and none counts for more than one: the first more than the last, and a short verdict
    more than a long story.
    """
    whole = _log_odds(polarity, given, text)
    clauses = [c for c in _CLAUSE.split(normal(text)) if len(c) > 1]
    if len(clauses) > 1:
        weight = np.linspace(1.0, _LAST, len(clauses)) / np.sqrt([len(c) for c in clauses])
        minds = np.tanh(_of_clauses(polarity, clauses) / 4.0)
        whole = (whole + _CLAUSES * float(np.average(minds, weights=weight))) / 2.0
    return float(np.tanh(whole / 2.0))


def leans(polarity: Weights, given: Features, text: str = "") -> float:
    """From -1 (blame) to 1 (praise), weighed as a whole."""
    return float(np.tanh(_log_odds(polarity, given, text) / 2.0)) if len(given[0]) else 0.0


def tones(polarity: Weights, given: Features, text: str) -> Features:
    """Praise and blame in ``text`` as features of their own: by the model, and by its list of words alone."""
    leaning = {"model": leans(polarity, given, text), "words": _leans_by_words(polarity, text)}
    found = [
        (named(f"{by} {'praises' if tone > 0 else 'blames'}"), abs(tone))
        for by, tone in leaning.items()
        if tone
    ]
    return np.array([index for index, _ in found], np.int64), np.array(
        [tone for _, tone in found], np.float32
    )


def _leans_by_words(polarity: Weights, text: str) -> float:
    """From -1 (only words of blame) to 1 (only words of praise)."""
    if polarity.votes is None or not text:
        return 0.0
    good = polarity.labels.index("positive")
    votes = polarity.votes.cast(text, len(polarity.labels))
    return float(np.tanh(votes[good] - votes[1 - good]))


def _of_clauses(polarity: Weights, clauses: Sequence[str]) -> NDArray[np.float64]:
    """The log odds of each of ``clauses``."""
    at, index, value = in_clauses(clauses)
    good = polarity.labels.index("positive")
    found, is_known = places(polarity.keys, index)
    rows = polarity.table[found].astype(np.float32) * polarity.scale
    towards = (rows[:, good] - rows[:, 1 - good]) * value * is_known
    sums = np.bincount(at, towards) / np.sqrt(np.bincount(at, value * value))
    if polarity.votes is not None:
        votes = np.array([polarity.votes.cast(c, 2) for c in clauses])
        sums += votes[:, good] - votes[:, 1 - good]
    odds: NDArray[np.float64] = (sums + polarity.bias[good] - polarity.bias[1 - good]) * polarity.sharpness
    return odds


def _log_odds(polarity: Weights, given: Features, text: str) -> float:
    share = float(polarity.shares(given, text)[polarity.labels.index("positive")])
    return float(np.log((share + _TINY) / (1.0 - share + _TINY)))
