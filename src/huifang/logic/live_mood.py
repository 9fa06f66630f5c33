"""What a customer feels just now and what it is about, of the HEARD events of a call so far.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FEELINGS = ("angry", "disappointed", "anxious", "doubtful")
"""What is soothed; who is pleased needs no help."""
_EMOTIONS = (*FEELINGS, "pleased")
_CATEGORIES = (*("quality", "logistics", "service", "price", "environment", "after_sales", "usage", "other"),)
_FADES_AFTER = 2
"""Calm utterances; 「嗯」 and keys count for nothing."""


@dataclass(frozen=True, slots=True)
class Feeling:
    """A mood as it was last told.  ``category``: the problem at hand then, "" where none was named; ``data``: of
    the event."""

    emotion: str
    category: str
    data: Mapping[str, Any]


def feelings(heard: Iterable[Mapping[str, Any]]) -> list[Feeling]:
    """The moods of a call one after the other; the same mood about the same thing is one, as it was last told."""
    told: list[Feeling] = []
    category = ""
    for data in heard:
        category = _one_of(_CATEGORIES, data.get("category")) or category
        emotion = _one_of(_EMOTIONS, data.get("emotion"))
        if not emotion:
            continue
        if told and (told[-1].emotion, told[-1].category) == (emotion, category):
            told.pop()
        told.append(Feeling(emotion, category, data))
    return told


def feeling_now(heard: Iterable[Mapping[str, Any]]) -> Feeling | None:
    """The mood that lasts: the last one told, until the customer has said something calm twice."""
    turns = [data for data in heard if data.get("text") and data.get("intent") != "back_channel"]
    if any(_one_of(_EMOTIONS, data.get("emotion")) for data in turns[-_FADES_AFTER:]):
        return feelings(turns)[-1]
    return None


def problem_now(heard: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """The category that was named last, and the words; both empty where none was."""
    for data in reversed(list(heard)):
        category = _one_of(_CATEGORIES, data.get("category"))
        if category:
            return category, str(data.get("text") or "")
    return "", ""


def _one_of(known: tuple[str, ...], value: object) -> str:
    return value if isinstance(value, str) and value in known else ""
