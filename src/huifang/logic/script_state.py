"""Where a conversation stands: everything needed to go on later or elsewhere, as JSON-safe data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from huifang.logic.dialogue import Found


class Phase(StrEnum):
    NEW = "new"
    ASKING = "asking"
    CONFIRMING = "confirming"
    """「您是说不满意，对吗？」 has been asked; ``pending`` is the answer in doubt."""
    TRANSFERRING = "transferring"
    """The waiting tune plays while a person's phone rings."""
    REACHING = "reaching"
    """Somebody else has answered, and is asked when the customer can be reached."""
    CLOSING = "closing"
    """The last words and the tune play; undo, a person and a refusal are still possible."""
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer given at ``step``.  ``channel``: key | speech | choice."""

    step: str
    item: str
    code: str
    score: int | None
    key: str | None
    text: str
    channel: str
    polarity: float | None = None
    category: str = ""
    secret: str = ""
    """The answer itself, where ``code`` is only what may be shown of it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How the last words were read, for conditions on them."""

    intent: str = ""
    emotion: str = ""
    polarity: float | None = None
    category: str = ""
    voice: str = ""
    """logic.voice_mood.Mood"""


@dataclass(frozen=True, slots=True)
class State:
    """A conversation between two inputs.

    ``at`` is the ask that waits for its answer; ``silences`` and ``misses`` count its tries.
    ``digits`` and ``picked`` are an answer that is not complete yet: what was typed, and the codes chosen of
    several.  ``question`` is the customer's own while its answer is looked up, or while it is asked whether ``guess`` is what they mean; ``refusing`` their words
    while it is asked whether these are a refusal; ``mistaken`` why this may be the wrong person and the words that say so, while that is asked; ``questions`` counts them, ``repeats`` the times that a question was repeated or waited with at their wish.
    ``empathy`` names the phrases that were used, ``anger`` counts the angry utterances.  ``tone`` is the most
    negative that was said about the question at hand.  ``resume`` is the step to go on from once a rating has
    been checked again, which happens once (``rechecked``).  ``fetching`` is the step that fetches a person.
    ``linked`` says that a text message with a link was announced.
    ``fetched``: whoever answered has gone to fetch the customer; ``slowed``: we were asked to speak more slowly.
    ``ending`` and ``outcome`` are known from CLOSING on; ``transfers`` counts the tries to hand over, and
    ``served`` says that a person has talked to the customer.
    """

    script: str
    version: int
    language: str
    phase: Phase = Phase.NEW
    at: str = ""
    answers: tuple[Answer, ...] = ()
    pending: Answer | None = None
    silences: int = 0
    misses: int = 0
    transfers: int = 0
    served: bool = False
    ending: str = ""
    outcome: str = ""
    digits: str = ""
    picked: tuple[str, ...] = ()
    question: str = ""
    guess: Found | None = None
    refusing: str = ""
    mistaken: tuple[str, ...] = ()
    questions: int = 0
    repeats: int = 0
    heard: Heard = Heard()
    empathy: tuple[str, ...] = ()
    anger: int = 0
    tone: float = 0.0
    resume: str = ""
    fetching: str = ""
    rechecked: bool = False
    fetched: bool = False
    linked: bool = False
    slowed: bool = False


def to_json(state: State) -> dict[str, Any]:
    """``state`` as JSON-safe data."""
    return asdict(state)


def from_json(data: Mapping[str, Any]) -> State:
    """The state in ``data``; ``KeyError``/``TypeError``/``ValueError`` where it does not fit."""
    values = dict(data)
    values["phase"] = Phase(values["phase"])
    values["answers"] = tuple(Answer(**a) for a in values["answers"])
    values["pending"] = Answer(**values["pending"]) if values["pending"] else None
    for name in ("picked", "empathy", "mistaken"):
        values[name] = tuple(values.get(name, ()))
    values["guess"] = Found(**values["guess"]) if values.get("guess") else None
    values["heard"] = Heard(**values.get("heard", {}))
    return State(**values)
