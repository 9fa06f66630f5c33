"""How well texts are understood whose meaning somebody has written down: by the models alone, or as a call does."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Asked, Intent, understand
from huifang.nlu.model import Model


def evaluate(model: Model, task: str, rows: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Figures of ``task`` over (text, label) rows.

    An abstention (nothing could be told) counts as a fault in ``accuracy`` and in ``macro_f1``, the mean
    over the labels that occur.  ``ms_per_item`` is processor time: all five models and, for intents and
    ratings, the grammar before them.
    """
    answer = _ANSWERS[task]
    for text, _ in rows[:3]:
        answer(model.heard(text))  # reads the grammar's phrases now, which a call does at its start
    start = time.process_time()
    given = [answer(model.heard(text)) for text, _ in rows]
    spent = time.process_time() - start
    wanted = [label for _, label in rows]
    right = sum(g == w for g, w in zip(given, wanted, strict=True))
    return {
        "task": task,
        "n": len(rows),
        "accuracy": round(right / len(rows), 4),
        "macro_f1": round(_macro_f1(given, wanted), 4),
        "abstained": given.count(""),
        "ms_per_item": round(1000 * spent / len(rows), 3),
    }


def _macro_f1(given: Sequence[str], wanted: Sequence[str]) -> float:
    right = Counter(g for g, w in zip(given, wanted, strict=True) if g == w)
    said, meant = Counter(given), Counter(wanted)
    return sum(2 * right[label] / (said[label] + meant[label]) for label in meant) / len(meant)


def _polarity(heard: Utterance) -> str:
    polarity = heard.sense.polarity if heard.sense else None
    if not polarity:
        return ""
    return "positive" if polarity > 0 else "negative"


def _intent(heard: Utterance) -> str:
    intent = understand(heard).intent
    return "" if intent is Intent.UNCLEAR else intent.value


def _rating(heard: Utterance) -> str:
    reading = understand(heard, Asked("rating"))
    if reading.intent is Intent.COMPLAINT:
        return "1" if reading.code == "angry" else "2"
    return reading.code if reading.intent in (Intent.RATING, Intent.DIGIT) else ""


def _category(heard: Utterance) -> str:
    return heard.sense.category.label if heard.sense else ""


def _emotion(heard: Utterance) -> str:
    return heard.sense.emotion.label if heard.sense else ""


_ANSWERS: dict[str, Callable[[Utterance], str]] = {
    "polarity": _polarity,
    "intent": _intent,
    "category": _category,
    "emotion": _emotion,
    "rating": _rating,
}
