"""Learning the weights: multinomial logistic regression from a naive Bayes start, by numpy alone.

Wang and Manning (2012) showed that naive Bayes ratios help short texts; here they are where the gradient
starts, and a decay pulls back to them, so that a rare n-gram keeps what its counts say.  AdaGrad (Duchi
2011) with averaged weights (Polyak 1992).  The same corpus and seed give the same weights on one machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from huifang.errors import N_, Clause, FileUnusable
from huifang.logic.understanding.features import Features, features, normal
from huifang.logic.understanding.linear import ASIDE, RATING, REPLY, TASKS, TURNS, Weights
from huifang.logic.understanding.sounds import syllables
from huifang.logic.understanding.votes import Votes
from huifang.nlu.clauses import digest, feelings, strengths, topics
from huifang.nlu.grammar import Example, Grammar
from huifang.nlu.labels import LABELS, every_name
from huifang.nlu.model import Model
from huifang.nlu.tables import read_labelled
from huifang.nlu.turns import Turn, told, turns

SEED = 279


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one task is learnt: texts made, rows of its table, how much of the naive Bayes ratios the weights
    begin with (chosen on held-out patterns), and what a unanimous vote of its word list adds to a sum."""

    texts: int
    rows: int
    start: float
    vote: float = 0.0
    lean: tuple[str, float] = ("", 0.0)  # a label and by how much its log odds are raised
    rate: float = 0.2
    epochs: int = 4


RECIPES = {
    # Who complains is polite, and made reviews are not: every set of texts that we know leans so.
    "polarity": Recipe(40_000, 2**18, start=0.1, vote=1.0, lean=("negative", 0.3)),
    "intent": Recipe(26_000, 2**16, start=1.5),
    "emotion": Recipe(10_000, 2**15, start=0.5, vote=2.0),
    "category": Recipe(14_000, 2**16, start=0.5, vote=2.0),
}
_OF_TURNS = {
    ASIDE: Recipe(0, 2**17, start=0.3, epochs=4),
    REPLY: Recipe(0, 2**18, start=0.3, epochs=3),
    RATING: Recipe(0, 2**16, start=0.3, epochs=6),
}
"""Of what is learnt as it was said; chosen on held-out questions and texts."""
_HELD_OUT_TEXTS = 2_000
_DECAY = 2e-6
_FAINT = 0.5  # int8 steps; what rounds to less is left out


def train_model(extra: Mapping[str, Sequence[Example]], *, tell: Callable[[str], object]) -> Model:
    """Every task, as many at once as there are processors; ``tell`` hears of each one done."""
    weights = {}
    tasks = (*TURNS, *TASKS)  # the longest first
    with ProcessPoolExecutor(min(len(tasks), os.cpu_count() or 1)) as pool:
        learnt = pool.map(_train, tasks, [tuple(extra.get(task, ())) for task in tasks])
        for task, (weights[task], held_out) in zip(tasks, learnt, strict=True):
            tell(f"{task}: {len(weights[task].labels)} labels, {held_out:.3f} right on what was held out")
    made_of = {"corpus": digest(), "extra": {task: len(texts) for task, texts in extra.items()}}
    return Model(weights, made_of)


def _train(task: str, extra: Sequence[Example]) -> tuple[Weights, float]:
    return train_turns(task, extra=extra) if task in TURNS else train_task(task, extra=extra)


def own_texts(files: Sequence[Path]) -> dict[str, list[Example]]:
    """Texts with labels by task; no two tasks share a label, so a file's labels say which task it teaches.

    :raises FileUnusable: with one sentence naming what is wrong
    """
    found: dict[str, list[Example]] = {}
    for file in files:
        rows = read_labelled(file, every_name())
        meant = {task for task, labels in LABELS.items() for _, label in rows if label in labels}
        if len(meant) > 1:
            raise FileUnusable(
                path=file,
                reason=Clause(
                    N_("its labels belong to more than one task (%(tasks)s); use a file for each."),
                    tasks=", ".join(sorted(meant)),
                ),
            )
        found.setdefault(meant.pop(), []).extend(Example(text, label) for text, label in rows)
    return found


def train_task(
    task: str, *, extra: Sequence[Example] = (), share: float = 1.0, seed: int = SEED
) -> tuple[Weights, float]:
    """The weights of one task, and how much of the texts of held-out patterns it had right before it learnt
    from these, too: what is measured on them (and how sure to be) holds for the rest, what is shipped knows all.

    :param extra: a user's own texts; like our texts that are told whole, learnt three times as often as made ones
    :param share: how much of the usual number of texts to make (tests make few)
    """
    recipe = RECIPES[task]
    aside = _texts(task, seed + 1, held_out=True, count=int(_HELD_OUT_TEXTS * share))
    votes = _votes(task, recipe.vote)
    extra = [*(Example(text, label) for text, label in told(task)), *extra]
    known = _texts(task, seed, held_out=False, count=int(recipe.texts * share))
    learnt = _learnt(known, extra, recipe, seed, votes)
    aside = [e for e in aside if e.label in learnt.labels]
    sharpness, right = _measured(learnt, [_given(e) for e in aside], [e.label for e in aside])
    everything = _texts(task, seed, held_out=None, count=int(recipe.texts * share))
    learnt = replace(_learnt(everything, extra, recipe, seed, votes), sharpness=sharpness)
    return _leaning(learnt, *recipe.lean), right


def _leaning(weights: Weights, label: str, log_odds: float) -> Weights:
    bias = weights.bias.copy()
    if label:
        bias[weights.labels.index(label)] += np.float32(log_odds / weights.sharpness)
    return replace(weights, bias=bias)


def train_turns(
    task: str, *, extra: Sequence[Example] = (), seed: int = SEED, share: float = 1.0
) -> tuple[Weights, float]:
    """The weights of one of ``TURNS``; as in ``train_task``, what is held out (whole questions, or texts) tells how
    sure to be, and is learnt in the end.

    :param extra: a user's own texts
    :param share: how much of what is known to learn (tests learn little)
    """
    known = turns(task)
    known = [*known[:: round(1 / share)], *(Turn(e.text, e.label) for e in extra)]
    labels = tuple(sorted({turn.label for turn in known}))

    def learnt(of: Sequence[Turn]) -> Weights:
        pairs = [(v, labels.index(turn.label)) for turn in of for v in turn.vectors()]
        vectors, goal = [v for v, _ in pairs], np.array([label for _, label in pairs])
        return _packed(
            labels, *_learn(vectors, goal, len(labels), _OF_TURNS[task], np.random.default_rng(seed))
        )

    aside = [turn for turn in known if turn.is_held_out]
    first = learnt([turn for turn in known if not turn.is_held_out])
    given = [(next(turn.vectors()), turn.text) for turn in aside]
    sharpness, right = _measured(first, given, [turn.label for turn in aside])
    return replace(learnt(known), sharpness=sharpness), right


def _texts(task: str, seed: int, *, held_out: bool | None, count: int) -> list[Example]:
    return list(getattr(Grammar(seed, held_out=held_out), task)(count))


def _votes(task: str, weight: float) -> Votes | None:
    """The word list of a task; of a word that stands in it twice, the first counts."""
    labels = sorted(LABELS[task])
    listed: Sequence[tuple[str, str, float]]
    if task == "polarity":
        listed = [(w, "positive" if s > 0 else "negative", abs(s)) for w, s in strengths()]
    elif task == "category":
        listed = [(w, category, 1.0) for w, category in topics()]
    elif task == "emotion":
        listed = [(w, emotion, 1.0) for w, emotion in feelings()]
    else:
        return None
    words = {normal(w): (labels.index(label), strength) for w, label, strength in reversed(listed)}
    return Votes(words, weight, turns=task == "polarity")


def _learnt(
    texts: list[Example], extra: Sequence[Example], recipe: Recipe, seed: int, votes: Votes | None
) -> Weights:
    texts = texts + [e for e in extra for _ in range(3)]
    labels = tuple(sorted({e.label for e in texts}))
    goal = np.array([labels.index(e.label) for e in texts])
    vectors = [vector(e) for e in texts]
    table, bias = _learn(vectors, goal, len(labels), recipe, np.random.default_rng(seed))
    return replace(_packed(labels, table, bias), votes=votes)


def _given(example: Example) -> tuple[Features, str]:
    return vector(example), "" if example.only_sounds else example.text


def vector(example: Example) -> Features:
    if example.only_sounds:
        return features("", syllables(example.text) or ("en",))
    return features(example.text)


def _learn(
    vectors: list[Features],
    goal: NDArray[np.int64],
    labels: int,
    recipe: Recipe,
    chance: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    mask = recipe.rows - 1
    start = recipe.start * _naive_bayes(vectors, goal, labels, recipe.rows)
    weights, total = start.copy(), np.zeros_like(start)
    slope = np.full_like(start, 1e-3)
    bias: NDArray[np.float32] = np.zeros(labels, np.float32)
    rounds = 0
    for epoch in range(recipe.epochs):
        rate = recipe.rate / (1 + epoch)
        for at in chance.permutation(len(vectors)):
            index, value = vectors[at]
            rows = index & mask
            now = weights[rows]
            sums = value @ now + bias
            shares = np.exp(sums - sums.max())
            shares /= shares.sum()
            shares[goal[at]] -= 1.0
            step = value[:, None] * shares[None, :] + _DECAY * (now - start[rows])
            slope[rows] += step * step
            weights[rows] = now - rate * step / np.sqrt(slope[rows])
            bias -= 0.01 * rate * shares
        if epoch >= recipe.epochs // 2:
            total += weights
            rounds += 1
    mean: NDArray[np.float32] = (total / max(1, rounds)).astype(np.float32)
    return mean, bias


def _naive_bayes(
    vectors: list[Features], goal: NDArray[np.int64], labels: int, rows: int
) -> NDArray[np.float32]:
    """Log ratios of how often a feature occurs with a label and with the others."""
    counts = np.zeros((rows, labels), np.float32)
    for (index, _), label in zip(vectors, goal, strict=True):
        counts[index & (rows - 1), label] += 1
    seen = counts.sum(axis=1, keepdims=True)
    sizes = np.bincount(goal, minlength=labels).astype(np.float32)
    with_it = (counts + 0.5) / (sizes + 1.0)
    without = (seen - counts + 0.5) / (sizes.sum() - sizes + 1.0)
    ratios = np.where(seen > 0, np.log(with_it / without), 0.0)
    return ratios.astype(np.float32)


def _packed(labels: tuple[str, ...], table: NDArray[np.float32], bias: NDArray[np.float32]) -> Weights:
    scale = np.maximum(np.percentile(np.abs(table), 99.95, axis=0), 1e-6).astype(np.float32) / 127
    steps = table / scale
    steps[np.abs(steps) < _FAINT] = 0
    small = np.clip(np.rint(steps), -127, 127).astype(np.int8)
    return Weights(labels, small, scale, bias.astype(np.float32), 1.0)


def _measured(
    weights: Weights, given: Sequence[tuple[Features, str]], labels: Sequence[str]
) -> tuple[float, float]:
    """The temperature that makes the probabilities of held-out texts come true most nearly, and the share of
    them that are right."""
    goal = [weights.labels.index(label) for label in labels]

    def loss(sharpness: float) -> float:
        tried = replace(weights, sharpness=sharpness)
        return -float(
            np.mean([np.log(tried.shares(v, t)[g] + 1e-9) for (v, t), g in zip(given, goal, strict=True)])
        )

    best = min((0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0), key=loss)
    right = [weights.leaning(v, t).label == label for (v, t), label in zip(given, labels, strict=True)]
    return best, float(np.mean(right))
