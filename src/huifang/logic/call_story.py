"""What the events of one attempt add up to.

``read`` is a function of the *set* of events: neither the order of arrival nor repetition changes
its result.  That is why a node may report late, twice or after a crash and the centre still ends in
the same state.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from huifang.logic.high_risk import Risk, risk_of
from huifang.logic.live_mood import feeling_now
from huifang.logic.voice_line import EndCause, EventKind

_RANK = {EventKind.DIALLING: "dialling", EventKind.RINGING: "ringing", EventKind.ANSWERED: "talking"}
_HAND_OVER = (EventKind.TRANSFER, EventKind.TRANSFER_FAILED, EventKind.REFERRED, EventKind.BRIDGED)
_LIFE = frozenset({*_RANK, EventKind.ENDED, EventKind.IN_DOUBT})


@dataclass(frozen=True, slots=True)
class Logged:
    """One event as stored."""

    seq: int
    kind: EventKind
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that was not taken back."""

    item: str
    code: str
    key: str
    score: int | None
    text: str
    channel: str
    at: datetime
    polarity: float | None = None  # of the words, as ``Reading`` has it
    category: str = ""
    sealed: str = ""  # a telephone number, see ``sealed_number``


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise with its evidence: ``number`` is its event's, ``heard`` the customer's words just before, and
    ``at_ms`` where our words are in the recording."""

    kind: str
    text: str
    due_at: datetime | None
    at: datetime
    number: int
    data: dict[str, Any]
    heard: str
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class Story:
    """Where the attempt stands and what came of it.  ``state`` is a word of Attempt.State."""

    state: str = "claimed"
    dialled_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: EndCause | None = None
    outcome: str = ""
    ending: str = ""
    tune: str = ""
    tune_ms: int | None = None  # how much of it was heard
    tune_heard_all: bool | None = None
    agent: str = ""  # who took over
    agent_wanted_at: datetime | None = None
    bridged_at: datetime | None = None
    sip_status: int | None = None
    retry_after_s: int | None = None
    recording_s: float | None = None
    risk: Risk | None = None  # the customer's mood calls for care
    mood: str = ""  # what the customer feels as far as is known, "" = calm
    answers: tuple[Answered, ...] = ()
    promises: tuple[Promised, ...] = ()
    linked: tuple[str, ...] = ()  # items that are to be asked in a text message, each once

    @property
    def score(self) -> int | None:
        """The canonical rating (5 is best): the first scored item that was answered."""
        return next((answer.score for answer in self.answers if answer.score is not None), None)


def read(events: Iterable[Logged]) -> Story:
    """The story of one attempt.  An end is final; a doubt lasts until something later is known."""
    log = sorted({event.seq: event for event in events}.values(), key=lambda event: event.seq)
    first: dict[EventKind, Logged] = {}
    for event in log:
        first.setdefault(event.kind, event)
    life = [event.kind for event in log if event.kind in _LIFE]
    ended = first.get(EventKind.ENDED)
    data = ended.data if ended else {}
    bridged = first.get(EventKind.BRIDGED) or first.get(EventKind.REFERRED)
    recorded = first.get(EventKind.RECORDING)
    heard = [event.data for event in log if event.kind is EventKind.HEARD]
    feeling = feeling_now(heard)
    return Story(
        state=_state(life),
        dialled_at=min((first[kind].at for kind in _RANK if kind in first), default=None),
        ringing_at=_at(first.get(EventKind.RINGING)),
        answered_at=_at(first.get(EventKind.ANSWERED)),
        ended_at=_at(ended),
        cause=_cause(data.get("cause")) if ended else None,
        outcome=_text(data.get("outcome"), 20),
        ending=_text(data.get("ending"), 40),
        tune=_text(data.get("tune"), 40),
        tune_ms=_whole(data.get("tune_ms"), 2**31 - 1),
        tune_heard_all=data["tune_heard_all"] if isinstance(data.get("tune_heard_all"), bool) else None,
        agent_wanted_at=min((first[kind].at for kind in _HAND_OVER if kind in first), default=None),
        bridged_at=_at(bridged),
        sip_status=_whole(data.get("sip_status"), 999),
        retry_after_s=_whole(data.get("retry_after_s"), 2**31 - 1),
        agent=_text(bridged.data.get("agent"), 150) if bridged else "",
        recording_s=_number(recorded.data.get("seconds")) if recorded else None,
        risk=risk_of(heard),
        mood=feeling.emotion if feeling else "",
        answers=tuple(_answers(log)),
        promises=tuple(_promise(event, log) for event in log if event.kind is EventKind.PROMISE),
        linked=tuple(
            dict.fromkeys(
                _text(e.data.get("item"), 60) for e in log if e.kind is EventKind.LINK and e.data.get("item")
            )
        ),
    )


def _state(life: list[EventKind]) -> str:
    if EventKind.ENDED in life:
        return "ended"
    if life and life[-1] is EventKind.IN_DOUBT:
        return "in_doubt"
    reached = [word for kind, word in _RANK.items() if kind in life]
    return reached[-1] if reached else "claimed"


def _answers(log: list[Logged]) -> Iterable[Answered]:
    standing: dict[str, Answered] = {}
    for event in log:
        if event.kind is not EventKind.ANSWER:
            continue
        item = _text(event.data.get("item"), 60)
        standing.pop(item, None)  # a new answer to the same item replaces the old one
        if item and not event.data.get("undone"):
            score = event.data.get("score")
            words = _text(event.data.get("text"), 2000)
            said = _said(words, event, log)
            standing[item] = Answered(
                item=item,
                code=_text(event.data.get("code"), 60),
                key=_text(event.data.get("key"), 2),
                score=score if isinstance(score, int) and not isinstance(score, bool) else None,
                text=words,
                channel=_text(event.data.get("channel"), 10),
                at=event.at,
                polarity=_polarity(said.get("polarity")),
                category=_text(said.get("category"), 20),
                sealed=_text(event.data.get("sealed"), 200),
            )
    return standing.values()


def _said(words: str, answer: Logged, log: list[Logged]) -> dict[str, Any]:
    """How the words of an answer were read: they were heard just before it, or before it was confirmed."""
    for event in reversed(log):
        if (
            event.kind is EventKind.HEARD
            and event.seq < answer.seq
            and words
            and event.data.get("text") == words
        ):
            return event.data
    return {}


def _polarity(value: object) -> float | None:
    number = _number(value)
    return number if number is not None and -1 <= number <= 1 else None


def _promise(event: Logged, log: list[Logged]) -> Promised:
    due_at = None
    with suppress(ValueError):
        due_at = datetime.fromisoformat(str(event.data.get("due_at") or ""))
    if due_at is not None and due_at.tzinfo is None:
        due_at = None
    data = event.data.get("data")
    text = _text(event.data.get("text"), 500)
    heard = [e for e in log if e.kind is EventKind.HEARD and e.seq < event.seq]
    return Promised(
        kind=_text(event.data.get("kind"), 20),
        text=text,
        due_at=due_at,
        at=event.at,
        number=event.seq,
        data=dict(data) if isinstance(data, dict) else {},
        heard=_text(heard[-1].data.get("text") or heard[-1].data.get("key"), 500) if heard else "",
        at_ms=_spoken_at(event, text, log),
    )


def _spoken_at(event: Logged, text: str, log: list[Logged]) -> int | None:
    """When the words of a promise were said: it is reported as it is decided on, a little before.  Without
    those words (they were cut off, or are not reported yet) the moment of the decision."""
    for said in log:
        if said.kind is EventKind.SAID and said.seq > event.seq and text and said.data.get("text") == text:
            return _whole(said.data.get("start_ms"), 2**31 - 1) or 0
    answered = next((e for e in log if e.kind is EventKind.ANSWERED), None)
    if answered is None:
        return None
    return min(max(0, round((event.at - answered.at).total_seconds() * 1000)), 2**31 - 1)


def _cause(value: object) -> EndCause:
    try:
        return EndCause(str(value))
    except ValueError:
        return EndCause.NETWORK  # an end that cannot be named is the line's fault, not the customer's


def _at(event: Logged | None) -> datetime | None:
    return event.at if event else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: object, most: int) -> int | None:
    """A positive whole number (seconds are rounded up), at most ``most``; None for anything else."""
    number = _number(value)
    return min(math.ceil(number), most) if number is not None and number > 0 else None


def _text(value: object, longest: int) -> str:
    return "" if value is None else str(value)[:longest]
