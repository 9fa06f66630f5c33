"""Yes or no to a question: a linear model whose weights turn with the question.

「挺好的」 is a yes to 「用着顺手吗」 and a no to 「有没有哪儿不舒服」.  Weights for every pair of a reply's and a question's n-grams
learn that only for questions they have seen.  So the question is summed up in a few numbers from -1 to 1, each of which
turns the weights of all n-grams of the reply (factors of those pairs, as in Rendle 2010, Factorization Machines).
The first begins as the question's tone: whether its yes is good news.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from huifang.logic.sense import Leaning
from huifang.logic.understanding.features import Features, features, normal
from huifang.logic.understanding.known import Keys, known
from huifang.logic.understanding.linear import Weights, softmax, tones

_ASKS = re.compile("请问|有没有|是不是|会不会|没有|您|觉得|吗|呢|吧|了没|了")


@dataclass(frozen=True, slots=True, eq=False)
class ReplyWeights:
    """``table`` is (``keys``, 1 + turns, labels) of int8 times ``scale`` (1 + turns, labels).

    ``turning`` (``question_keys``, turns) and ``turning_bias``: what the features of a question add to each turn;
    ``polarity``: the model that hears the tone of replies and of questions.
    """

    labels: tuple[str, ...]
    keys: Keys
    table: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    question_keys: Keys
    turning: NDArray[np.float16]
    turning_bias: NDArray[np.float32]
    sharpness: float
    polarity: Weights

    def sums(self, given: Features, question: str) -> NDArray[np.float32]:
        """How much speaks for each label."""
        rows, value = known(self.keys, given)
        each = np.tensordot(value, self.table[rows].astype(np.float32), 1) * self.scale
        sums: NDArray[np.float32] = _turns(self, question) @ each + self.bias
        return sums

    def leaning(self, given: Features, question: str) -> Leaning:
        """The likeliest label.  ``given``: features of the reply, see ``replying.reply_features``."""
        shares = softmax(self.sums(given, question) * self.sharpness)
        best = int(shares.argmax())
        return Leaning(self.labels[best], float(shares[best]))


def question_features(question: str, polarity: Weights) -> Features:
    """Its n-grams, and its tone without the words that only ask."""
    index, value = features(question)
    what = _ASKS.sub("", normal(question))
    tone, loudness = tones(polarity, features(what), what)
    return np.concatenate([index, tone]), np.concatenate([value, loudness])


@lru_cache(maxsize=500)
def _turns(weights: ReplyWeights, question: str) -> NDArray[np.float32]:
    """A 1 for the weights that hold for every question, and how far this one turns the others."""
    rows, value = known(weights.question_keys, question_features(question, weights.polarity))
    turned = np.tanh(value @ weights.turning[rows] + weights.turning_bias)
    return np.concatenate([np.ones(1, np.float32), turned])
