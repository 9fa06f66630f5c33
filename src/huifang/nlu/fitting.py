"""Fitting weights: multinomial logistic regression from a naive Bayes start, by numpy alone.

Wang and Manning (2012) showed that naive Bayes ratios help short texts; here they are where the gradient
starts, and a decay pulls back to them, so that a rare n-gram keeps what its counts say.  AdaGrad (Duchi
2011) with averaged weights (Polyak 1992).  The same corpus and seed give the same weights on one machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huifang.logic.understanding.features import Features
from huifang.logic.understanding.known import Keys
from huifang.logic.understanding.linear import Weights, softmax

SEED = 279
DECAY = 2e-6
_FAINT = 0.5  # int8 steps; what rounds to less is left out
_HARDLY = 8  # int8 steps; an n-gram without a weight above is not kept
_SHARPNESS = (0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one task is learnt: texts made, how many of them must have an n-gram, how much of the naive Bayes ratios
    the weights begin with (chosen on held-out patterns), and what a unanimous vote of its word list adds to a sum."""

    texts: int
    least: int
    start: float
    vote: float = 0.0
    lean: tuple[str, float] = ("", 0.0)  # a label and by how much its log odds are raised
    rate: float = 0.2
    epochs: int = 4
    trainings: int = 1  # on fresh texts each; their weights are averaged, and chance with them (Breiman 1996)


def often(vectors: Iterable[Features], least: int) -> Keys:
    """The features that ``least`` of ``vectors`` have, or more."""
    index, times = np.unique(np.concatenate([index for index, _ in vectors]), return_counts=True)
    return index[times >= least].astype(np.uint32)


def learn(
    vectors: Sequence[Features],
    goal: NDArray[np.int64],
    labels: int,
    rows: int,
    recipe: Recipe,
    chance: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The table (``rows``, labels) and bias of ``vectors`` whose labels are ``goal``; these name rows, as ``known`` gives them."""
    start = recipe.start * naive_bayes(vectors, goal, labels, rows)
    weights, total = start.copy(), np.zeros_like(start)
    slope = np.full_like(start, 1e-3)
    bias: NDArray[np.float32] = np.zeros(labels, np.float32)
    rounds = 0
    for epoch in range(recipe.epochs):
        rate = recipe.rate / (1 + epoch)
        for at in chance.permutation(len(vectors)):
            rows, value = vectors[at]
            now = weights[rows]
            sums = value @ now + bias
            shares = np.exp(sums - sums.max())
            shares /= shares.sum()
            shares[goal[at]] -= 1.0
            step = value[:, None] * shares[None, :] + DECAY * (now - start[rows])
            slope[rows] += step * step
            weights[rows] = now - rate * step / np.sqrt(slope[rows])
            bias -= 0.01 * rate * shares
        if epoch >= recipe.epochs // 2:
            total += weights
            rounds += 1
    mean: NDArray[np.float32] = (total / max(1, rounds)).astype(np.float32)
    return mean, bias


def naive_bayes(
    vectors: Sequence[Features], goal: NDArray[np.int64], labels: int, rows: int
) -> NDArray[np.float32]:
    """Log ratios of how often a row occurs with a label and with the others."""
    counts = np.zeros((rows, labels), np.float32)
    for (index, _), label in zip(vectors, goal, strict=True):
        counts[index, label] += 1
    seen = counts.sum(axis=1, keepdims=True)
    sizes = np.bincount(goal, minlength=labels).astype(np.float32)
    with_it = (counts + 0.5) / (sizes + 1.0)
    without = (seen - counts + 0.5) / (sizes.sum() - sizes + 1.0)
    ratios = np.where(seen > 0, np.log(with_it / without), 0.0)
    return ratios.astype(np.float32)


def packed(
    labels: tuple[str, ...], keys: Keys, table: NDArray[np.float32], bias: NDArray[np.float32]
) -> Weights:
    """Small weights, of those ``keys`` that tell anything to speak of."""
    small, scale = in_steps(table)
    tells = np.abs(small).max(axis=1) > _HARDLY
    return Weights(labels, keys[tells], small[tells], scale, bias.astype(np.float32), 1.0)


def mean(trained: Sequence[Weights]) -> Weights:
    """The mean of what was learnt with the same labels and votes; one alone stays as it is."""
    if len(trained) == 1:
        return trained[0]
    keys = np.unique(np.concatenate([each.keys for each in trained]))
    table = np.zeros((len(keys), len(trained[0].labels)), np.float32)
    for each in trained:
        table[np.searchsorted(keys, each.keys)] += each.table * each.scale / len(trained)
    bias = np.mean([each.bias for each in trained], axis=0)
    return replace(packed(trained[0].labels, keys, table, bias), votes=trained[0].votes)


def in_steps(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """``table`` (rows, …) as whole steps, and how large a step of each column is."""
    scale = np.maximum(np.percentile(np.abs(table), 99.95, axis=0), 1e-6).astype(np.float32) / 127
    steps = table / scale
    steps[np.abs(steps) < _FAINT] = 0
    return np.clip(np.rint(steps), -127, 127).astype(np.int8), scale


def measured(sums: NDArray[np.float32], goal: NDArray[np.int64]) -> tuple[float, float]:
    """The temperature that makes the probabilities of held-out texts come true most nearly (Guo et al. 2017), and the
    share of them that are right.  ``sums``: (texts, labels); ``goal``: the place of each text's label."""

    def loss(sharpness: float) -> float:
        shares = softmax(sums * np.float32(sharpness))[np.arange(len(goal)), goal]
        return -float(np.mean(np.log(shares + 1e-9)))

    return min(_SHARPNESS, key=loss), float(np.mean(sums.argmax(axis=1) == goal))
