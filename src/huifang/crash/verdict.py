"""Who was rung twice and who was forgotten, by the far end's own record.  Pure.

The far end writes a line when a telephone begins to ring, when somebody answers and when it is over, and
knows nothing of our database.  Our rows only say what was owed and what we believe.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_FINAL = frozenset({"done", "failed", "skipped"})
_GRACE = timedelta(seconds=2)
"""Between the far end's clock reading of an end and the node's report of it."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt as our rows tell it.  ``dialled``: we know that an INVITE may have left."""

    call_id: str
    node: str
    dialled: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """One follow-up: whom to ring (as the far end names the number), and where it stands with us."""

    number: str
    state: str
    tries: tuple[Try, ...] = ()


@dataclass(frozen=True, slots=True)
class Kill:
    node: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sums; ``is_clean`` is what a run must be."""

    rung: int
    """telephones that rang at least once"""
    answered: int
    doubled: int
    """rings of a telephone that had been answered, was still ringing, or was rung under the same Call-ID"""
    lost: int
    """follow-ups that ended, or hang, although the telephone never rang"""
    unknown: int
    """follow-ups that wait for a person, because nobody can know how the call ended"""
    in_flight: int
    """calls that were going on at a node when it was killed: the most that may be unknown"""
    unrecorded: int
    """calls that rang without our rows knowing that they might"""
    put_off: int
    """follow-ups that rang in vain and wait for their next try"""

    @property
    def is_clean(self) -> bool:
        return not (self.doubled or self.lost or self.unrecorded) and self.unknown <= self.in_flight


@dataclass(slots=True)
class _Ring:
    call_id: str
    began: datetime
    ended: datetime | None = None
    answered: bool = False


def judge(lines: Iterable[Mapping[str, Any]], owed: Sequence[Owed], kills: Sequence[Kill] = ()) -> Verdict:
    """The verdict on a run that has settled.  ``lines``: the far end's log, in its order."""
    rings: dict[str, list[_Ring]] = defaultdict(list)
    by_call: dict[str, _Ring] = {}
    doubled = 0
    for line in lines:
        kind, call_id = line.get("kind"), str(line.get("call_id", ""))
        if kind == "invite":
            ring = _Ring(call_id, datetime.fromisoformat(str(line["at"])))
            before = rings[str(line["number"])]
            doubled += any(r.answered or r.ended is None or r.call_id == call_id for r in before)
            before.append(ring)
            by_call[call_id] = ring
        elif call_id in by_call:
            if kind == "answered":
                by_call[call_id].answered = True
            elif kind == "ended":
                by_call[call_id].ended = datetime.fromisoformat(str(line["at"]))
    tries = {one.call_id: one for followup in owed for one in followup.tries}
    lost = sum(_is_lost(followup, followup.number in rings) for followup in owed)
    return Verdict(
        rung=len(rings),
        answered=sum(ring.answered for ring in by_call.values()),
        doubled=doubled,
        lost=lost,
        unknown=sum(followup.state == "in_doubt" for followup in owed),
        in_flight=len({one.call_id for kill in kills for one in _in_flight(kill, tries, by_call)}),
        unrecorded=sum(call_id not in tries or not tries[call_id].dialled for call_id in by_call),
        put_off=sum(followup.state == "due" and followup.number in rings for followup in owed),
    )


def _is_lost(followup: Owed, has_rung: bool) -> bool:
    if followup.state == "in_doubt":
        return False
    return followup.state == "claimed" or not has_rung or followup.state not in {*_FINAL, "due"}


def _in_flight(kill: Kill, tries: Mapping[str, Try], by_call: Mapping[str, _Ring]) -> Iterable[Try]:
    """What the node had in its hands: dialled, and not over at the far end, or only just."""
    for one in tries.values():
        if one.node != kill.node or not one.dialled:
            continue
        ring = by_call.get(one.call_id)
        if ring is None or (
            ring.began <= kill.at + _GRACE and (ring.ended is None or ring.ended >= kill.at - _GRACE)
        ):  # the node died between the permission to dial and the INVITE
            yield one
