"""Learning the models: what each task learns from, how much of it, and how sure of itself it may be."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from huifang.errors import N_, Clause, FileUnusable
from huifang.logic.understanding.features import Features, features, normal
from huifang.logic.understanding.known import known
from huifang.logic.understanding.linear import ASIDE, RATING, REPLY, TASKS, Weights
from huifang.logic.understanding.sounds import syllables
from huifang.logic.understanding.votes import Votes
from huifang.nlu.clauses import digest, feelings, strengths, topics
from huifang.nlu.fitting import SEED, Recipe, learn, mean, measured, often, packed
from huifang.nlu.grammar import Example, Grammar
from huifang.nlu.labels import LABELS, every_name
from huifang.nlu.learning_replies import train_replies
from huifang.nlu.mishearing import Blurring
from huifang.nlu.model import Model
from huifang.nlu.tables import read_labelled
from huifang.nlu.turns import Turn, told, turns

RECIPES = {
    # Who complains is polite, and made reviews are not: every set of texts that we know leans so.
    "polarity": Recipe(40_000, 3, start=0.1, vote=1.0, lean=("negative", 0.3), trainings=3),
    "intent": Recipe(26_000, 3, start=1.5),
    "emotion": Recipe(10_000, 3, start=0.5, vote=2.0),
    "category": Recipe(14_000, 3, start=0.5, vote=2.0),
}
_OF_TURNS = {
    ASIDE: Recipe(0, 5, start=0.3, epochs=4),
    RATING: Recipe(0, 3, start=0.3, epochs=6),
}
"""Of what is learnt as it was said; chosen on held-out questions and texts."""
_HELD_OUT_TEXTS = 2_000


def train_model(extra: Mapping[str, Sequence[Example]], *, tell: Callable[[str], object]) -> Model:
    """Every task, as many at once as there are processors; ``tell`` hears of each one done."""
    weights = {}
    tasks = (*TASKS, ASIDE, RATING)
    with ProcessPoolExecutor(min(len(tasks), os.cpu_count() or 1)) as pool:
        learning = {task: pool.submit(_train, task, tuple(extra.get(task, ()))) for task in tasks}
        replying = pool.submit(train_replies, learning["polarity"].result()[0])
        for task, learnt in learning.items():
            weights[task], right = learnt.result()
            tell(_told_of(task, weights[task].labels, right))
        replies, right = replying.result()
        tell(_told_of(REPLY, replies.labels, right))
    made_of = {"corpus": digest(), "extra": {task: len(texts) for task, texts in extra.items()}}
    return Model(weights, replies, made_of)


def _told_of(task: str, labels: Sequence[str], right: float) -> str:
    return f"{task}: {len(labels)} labels, {right:.3f} right on what was held out"


def _train(task: str, extra: Sequence[Example]) -> tuple[Weights, float]:
    return train_task(task, extra=extra) if task in TASKS else train_turns(task, extra=extra)


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
    made = _texts(task, seed, held_out=False, count=int(recipe.texts * share))
    learnt = _learnt(made, extra, recipe, seed, votes)
    aside = [e for e in aside if e.label in learnt.labels]
    sums = np.array([learnt.sums(*_given(e)) for e in aside])
    sharpness, right = measured(sums, np.array([learnt.labels.index(e.label) for e in aside]))
    everything = [
        _learnt(
            _texts(task, chance, held_out=None, count=int(recipe.texts * share)), extra, recipe, chance, votes
        )
        for chance in range(seed, seed + recipe.trainings)
    ]
    learnt = replace(mean(everything), sharpness=sharpness)
    return _leaning(learnt, *recipe.lean), right


def _leaning(weights: Weights, label: str, log_odds: float) -> Weights:
    bias = weights.bias.copy()
    if label:
        bias[weights.labels.index(label)] += np.float32(log_odds / weights.sharpness)
    return replace(weights, bias=bias)


def train_turns(
    task: str, *, extra: Sequence[Example] = (), seed: int = SEED, share: float = 1.0
) -> tuple[Weights, float]:
    """The weights of ``ASIDE`` or ``RATING``; as in ``train_task``, what is held out tells how
    sure to be, and is learnt in the end.

    :param extra: a user's own texts
    :param share: how much of what is known to learn (tests learn little)
    """
    recipe = _OF_TURNS[task]
    said = turns(task)
    said = [*said[:: round(1 / share)], *(Turn(e.text, e.label) for e in extra)]
    labels = tuple(sorted({turn.label for turn in said}))
    ear = Blurring((turn.text for turn in said), random.Random(seed))

    def learnt(of: Sequence[Turn]) -> Weights:
        keys = often((features(turn.text) for turn in of), recipe.least)
        pairs = [
            (known(keys, features(*said)), labels.index(turn.label))
            for turn in of
            for said in turn.heard(ear.blurred)
        ]
        vectors, goal = [v for v, _ in pairs], np.array([label for _, label in pairs])
        chance = np.random.default_rng(seed)
        return packed(labels, keys, *learn(vectors, goal, len(labels), len(keys), recipe, chance))

    aside = [turn for turn in said if turn.is_held_out]
    first = learnt([turn for turn in said if not turn.is_held_out])
    sums = np.array([first.sums(features(turn.text), turn.text) for turn in aside])
    sharpness, right = measured(sums, np.array([labels.index(turn.label) for turn in aside]))
    return replace(learnt(said), sharpness=sharpness), right


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
    keys = often(vectors, recipe.least)
    vectors = [known(keys, v) for v in vectors]
    table, bias = learn(vectors, goal, len(labels), len(keys), recipe, np.random.default_rng(seed))
    return replace(packed(labels, keys, table, bias), votes=votes)


def _given(example: Example) -> tuple[Features, str]:
    return vector(example), "" if example.only_sounds else example.text


def vector(example: Example) -> Features:
    if example.only_sounds:
        return features("", syllables(example.text) or ("en",))
    return features(example.text)
