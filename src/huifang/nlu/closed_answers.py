"""How well a call understands closed answers: what it takes them for, and what it would do about it unasked.

A wrong answer that is read back (您是说不满意，对吗？) costs a sentence; one that is acted on costs a customer.  So
wrong commits are counted apart from mere misses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from huifang.logic.dialogue import Utterance
from huifang.logic.script import PARTING
from huifang.logic.understanding import Asked, Intent, Reading, understand
from huifang.logic.understanding.instant import instant
from huifang.logic.understanding.reading import GUESSED, SURE
from huifang.nlu.model import Model

NONE = "none"
"""The label of words that are no such answer."""
SAID_AT = datetime(2026, 11, 26, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
"""When the words of a file of callback times are taken to be said, unless another time is given: a Thursday."""

_CONFIRMED_BELOW = 0.8  # what shipped scripts say in ``confirm_below``
_ASKED_BACK = frozenset((Intent.RATING, Intent.YES, Intent.NO, Intent.CHOICE, Intent.INTEREST))
_NEVER_ACTED_ON = frozenset((Intent.UNCLEAR, Intent.FREE, Intent.DIGIT, Intent.COMPLAINT, Intent.UNSURE))
_MUST_BE_SURE = PARTING | {Intent.REFUSAL, Intent.REPEAT, Intent.PASS_ON}
"""What may be a refusal is asked about, and a question is put again whether it was understood or not."""
_CLOSED = frozenset(
    (
        *(Intent.REFUSAL, Intent.BUSY, Intent.CALLBACK, Intent.WRONG_NUMBER),
        *(Intent.HUMAN, Intent.ROBOT, Intent.REPEAT),
    )
)
GONE = "deceased_or_moved"
LABELS: dict[str, tuple[str, ...] | None] = {
    "closed": (*sorted(i.value for i in _CLOSED), GONE, NONE),
    "yes_no": ("yes", "no", NONE),
    "score": (*"12345", NONE),
    "opt_out": (Intent.REFUSAL.value, NONE),
    "callback": None,
}
"""What the column label of each task may hold; None: an instant such as 2026-11-26T15:00, or ``none``."""


def names_of(task: str) -> Mapping[str, str] | None:
    """Label by every name for it, as ``read_labelled`` takes them."""
    labels = LABELS[task]
    return None if labels is None else {label: label for label in labels}


@dataclass(frozen=True, slots=True)
class Answered:
    """What an utterance was taken for (``none``: for no such answer), and whether that is acted on without asking."""

    label: str
    is_committed: bool


Task = Callable[[Utterance, Asked], Answered]


def evaluate(
    model: Model,
    task: str,
    rows: Sequence[tuple[str, str]],
    said_at: datetime = SAID_AT,
    questions: Sequence[str] = (),
) -> dict[str, Any]:
    """Figures of ``task`` over (text, label) rows, each as the answer to the question that the task is about.

    :param questions: the words of each row's own question, where they are known: a yes or a no depends on them

    ``wrong_commits``: wrong answers that would be acted on without asking back.  ``abstained``: taken for no such answer
    though it was one.  ``recall`` and ``false_alarms``: of all that are labelled other than ``none``, how many are
    taken for what they are; and how many that are none are taken for one.
    """
    answer, asked = _answering(task, said_at), Asked("yes_no" if task == "yes_no" else "rating")
    for text, _ in rows[:3]:
        answer(model.heard(text), asked)  # reads the grammar's phrases now, which a call does at its start
    start = time.process_time()
    given = [
        answer(model.heard(text, question=question), replace(asked, words=question))
        for (text, _), question in zip(rows, questions or [""] * len(rows), strict=True)
    ]
    spent = time.process_time() - start
    pairs = [(g, wanted) for g, (_, wanted) in zip(given, rows, strict=True)]
    right = sum(g.label == wanted for g, wanted in pairs)
    meant = [(g, wanted) for g, wanted in pairs if wanted != NONE]
    return {
        "task": task,
        "n": len(rows),
        "accuracy": round(right / len(rows), 4),
        "wrong_commits": sum(g.label != wanted and g.is_committed for g, wanted in pairs),
        "abstained": sum(g.label == NONE for g, _ in meant),
        "recall": round(sum(g.label == wanted for g, wanted in meant) / len(meant), 4) if meant else None,
        "false_alarms": sum(g.label != NONE for g, wanted in pairs if wanted == NONE),
        "ms_per_item": round(1000 * spent / len(rows), 3),
    }


def _answering(task: str, said_at: datetime) -> Task:
    tasks: dict[str, Task] = {"closed": closed, "yes_no": yes_no, "score": rating, "opt_out": opt_out}
    return tasks[task] if task in tasks else callback_at(said_at)


def is_acted_on(reading: Reading) -> bool:
    """Whether a conversation acts on ``reading`` without asking the customer whether it is right."""
    if reading.intent in _NEVER_ACTED_ON:
        return False
    if reading.intent is Intent.WRONG_NUMBER and reading.evidence == GUESSED:
        return False  # nobody is struck off for a guess
    if reading.intent in _ASKED_BACK:
        return reading.confidence >= _CONFIRMED_BELOW
    return reading.intent not in _MUST_BE_SURE or reading.confidence >= SURE


def rating(heard: Utterance, asked: Asked) -> Answered:
    reading = understand(heard, asked)
    if reading.intent is Intent.COMPLAINT:
        return Answered("1" if reading.code == "angry" else "2", False)
    is_score = reading.intent in (Intent.RATING, Intent.DIGIT) and reading.code in "12345"
    return Answered(reading.code, is_acted_on(reading)) if is_score else Answered(NONE, False)


def yes_no(heard: Utterance, asked: Asked) -> Answered:
    reading = understand(heard, asked)
    if reading.intent in (Intent.YES, Intent.INTEREST):
        return Answered("yes", is_acted_on(reading))
    if reading.intent in (Intent.NO, Intent.DECLINE, Intent.BUSY):  # 「在开会」 answers 「您方便吗」
        return Answered("no", is_acted_on(reading))
    return Answered(NONE, False)


def closed(heard: Utterance, asked: Asked) -> Answered:
    reading = understand(heard, asked)
    if reading.intent not in _CLOSED:
        return Answered(NONE, False)
    is_gone = reading.intent is Intent.WRONG_NUMBER and reading.code in ("moved", "deceased")
    return Answered(GONE if is_gone else reading.intent.value, is_acted_on(reading))


def opt_out(heard: Utterance, asked: Asked) -> Answered:
    reading = understand(heard, asked)
    if reading.intent is not Intent.REFUSAL:
        return Answered(NONE, False)
    return Answered(Intent.REFUSAL.value, is_acted_on(reading))


def callback_at(now: datetime) -> Task:
    """The instant that is named, as ``2026-11-26T15:00`` of ``now``'s zone."""

    def callback(heard: Utterance, asked: Asked) -> Answered:
        reading = understand(heard, asked)
        at = instant(reading.code, now) if reading.intent is Intent.CALLBACK else None
        return Answered(f"{at:%Y-%m-%dT%H:%M}" if at else NONE, at is not None and is_acted_on(reading))

    return callback
