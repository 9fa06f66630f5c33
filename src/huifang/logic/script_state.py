"""Where a conversation stands: everything needed to go on later or elsewhere, as JSON-safe data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    NEW = "new"
    ASKING = "asking"
    CONFIRMING = "confirming"
    """「您是说不满意，对吗？」 has been asked; ``pending`` is the answer in doubt."""
    TRANSFERRING = "transferring"
    """The waiting tune plays while a person's phone rings."""
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


@dataclass(frozen=True, slots=True)
class State:
    """A conversation between two inputs.

    ``at`` is the ask that waits for its answer; ``silences`` and ``misses`` count its tries.
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


def to_json(state: State) -> dict[str, Any]:
    """``state`` as JSON-safe data."""
    return asdict(state)


def from_json(data: Mapping[str, Any]) -> State:
    """The state in ``data``; ``KeyError``/``TypeError``/``ValueError`` where it does not fit."""
    values = dict(data)
    values["phase"] = Phase(values["phase"])
    values["answers"] = tuple(Answer(**a) for a in values["answers"])
    values["pending"] = Answer(**values["pending"]) if values["pending"] else None
    return State(**values)
