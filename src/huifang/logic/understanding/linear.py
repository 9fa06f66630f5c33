"""The linear models: features times weights, one leaning per task.  Pure; ``huifang/nlu`` holds the weights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huifang.logic.sense import Leaning, Sense
from huifang.logic.understanding.features import Features, features, in_clauses, normal
from huifang.logic.understanding.replying import with_question
from huifang.logic.understanding.votes import Votes

TASKS = ("polarity", "intent", "emotion", "category")
"""Learnt from texts that are made."""
ASIDE, REPLY, RATING = TURNS = ("aside", "reply", "rating")
"""Learnt from what people say in a turn, as it was said."""
_CLAUSE = re.compile("[，。！？~]+")
_CLAUSES = 8.0  # log odds that clauses of one mind add to those of the whole
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Weights:
    """One task.  ``table`` is (rows, labels) of int8 times ``scale``; rows are a power of two.

    ``sharpness`` turns sums into probabilities (temperature scaling, Guo et al. 2017).  ``votes``: the words
    that tell a label by themselves, None for a task without such a list.
    """

    labels: tuple[str, ...]
    table: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    sharpness: float
    votes: Votes | None = None

    def shares(self, given: Features, text: str = "") -> NDArray[np.float32]:
        """The probability of each label; ``text``: the words that ``given`` was made of, where they are known."""
        index, value = given
        rows = self.table[index & (len(self.table) - 1)]
        sums = (value @ rows.astype(np.float32)) * self.scale + self.bias
        if text and self.votes is not None:
            sums = sums + self.votes.cast(text, len(self.labels))
        sums = (sums - sums.max()) * self.sharpness
        shares: NDArray[np.float32] = np.exp(sums)
        shares /= shares.sum()
        return shares

    def leaning(self, given: Features, text: str = "") -> Leaning:
        shares = self.shares(given, text)
        best = int(shares.argmax())
        return Leaning(self.labels[best], float(shares[best]))

    def shares_by_label(self, given: Features) -> dict[str, float]:
        return dict(zip(self.labels, self.shares(given).tolist(), strict=True))


Models = Mapping[str, Weights]
"""Weights by task, see ``TASKS`` and ``TURNS``."""


def sense(models: Models, text: str, pinyin: tuple[str, ...] = (), question: str = "") -> Sense:
    """What the models make of ``text``, or of ``pinyin`` where there is no text; empty for nothing said.

    :param question: the yes-or-no question that it replies to, in its own words
    """
    given = features(text, pinyin)
    if not len(given[0]):
        return Sense()
    return Sense(
        polarity=round(balance(models["polarity"], given, text), 3),
        intent=models["intent"].leaning(given, text),
        emotion=models["emotion"].leaning(given, text),
        category=models["category"].leaning(given, text),
        ratings=models[RATING].shares_by_label(given),
        asides=models[ASIDE].shares_by_label(given),
        reply=_reply(models, given, text, pinyin, question),
    )


def balance(polarity: Weights, given: Features, text: str = "") -> float:
    """From -1 (blame) to 1 (praise).

    The n-grams of a long account cannot tell one loud complaint from a dozen mild merits, so each of its clauses is
    weighed by itself, too, and none counts for more than one.
    """
    whole = _log_odds(polarity, given, text)
    clauses = [c for c in _CLAUSE.split(normal(text)) if len(c) > 1]
    if len(clauses) > 1:
        whole = (whole + _CLAUSES * float(np.mean(np.tanh(_of_clauses(polarity, clauses) / 2.0)))) / 2.0
    return float(np.tanh(whole / 2.0))


def _of_clauses(polarity: Weights, clauses: Sequence[str]) -> NDArray[np.float64]:
    """The log odds of each of ``clauses``."""
    at, index, value = in_clauses(clauses)
    good = polarity.labels.index("positive")
    rows = polarity.table[index & (len(polarity.table) - 1)].astype(np.float32) * polarity.scale
    towards = (rows[:, good] - rows[:, 1 - good]) * value
    sums = np.bincount(at, towards) / np.sqrt(np.bincount(at, value * value))
    if polarity.votes is not None:
        votes = np.array([polarity.votes.cast(c, 2) for c in clauses])
        sums += votes[:, good] - votes[:, 1 - good]
    odds: NDArray[np.float64] = (sums + polarity.bias[good] - polarity.bias[1 - good]) * polarity.sharpness
    return odds


def _log_odds(polarity: Weights, given: Features, text: str) -> float:
    share = float(polarity.shares(given, text)[polarity.labels.index("positive")])
    return float(np.log((share + _TINY) / (1.0 - share + _TINY)))


def _reply(models: Models, given: Features, text: str, pinyin: tuple[str, ...], question: str) -> Leaning:
    return models[REPLY].leaning(with_question(given, text, pinyin, question)) if question else Leaning()
