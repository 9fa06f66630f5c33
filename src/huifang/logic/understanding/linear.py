"""The linear models: features times weights, one leaning per task.  Pure; ``huifang/nlu`` holds the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huifang.logic.sense import Leaning, Sense
from huifang.logic.understanding.features import Features, features
from huifang.logic.understanding.replying import with_question
from huifang.logic.understanding.votes import Votes

TASKS = ("polarity", "intent", "emotion", "category", "rating")
"""Learnt from texts that are made."""
ASIDE, REPLY = "aside", "reply"
"""Learnt from what people say in a turn, as it was said."""


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


Models = Mapping[str, Weights]
"""Weights by task, see ``TASKS``; and those of ``ASIDE`` and ``REPLY``."""


def sense(models: Models, text: str, pinyin: tuple[str, ...] = (), question: str = "") -> Sense:
    """What the models make of ``text``, or of ``pinyin`` where there is no text; empty for nothing said.

    :param question: the yes-or-no question that it replies to, in its own words
    """
    given = features(text, pinyin)
    if not len(given[0]):
        return Sense()
    polarity = models["polarity"].leaning(given, text)
    sign = 1.0 if polarity.label == "positive" else -1.0
    return Sense(
        polarity=round(sign * (2.0 * polarity.confidence - 1.0), 3),
        intent=models["intent"].leaning(given, text),
        emotion=models["emotion"].leaning(given, text),
        category=models["category"].leaning(given, text),
        rating=models["rating"].leaning(given, text),
        aside=models[ASIDE].leaning(given),
        reply=_reply(models, given, text, pinyin, question),
    )


def _reply(models: Models, given: Features, text: str, pinyin: tuple[str, ...], question: str) -> Leaning:
    return models[REPLY].leaning(with_question(given, text, pinyin, question)) if question else Leaning()
