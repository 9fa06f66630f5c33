"""After which ended calls it is worth trying again, and when: each cause has its own way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from huifang.logic.voice_line import EndCause

MAX_TRIES = 3
"""How often one follow-up rings a person before it counts as not reached."""

_NEXT_DAY = None
_DELAYS: dict[EndCause, timedelta | None] = {
    EndCause.BUSY: timedelta(minutes=30),
    EndCause.NO_ANSWER: timedelta(hours=2),
    EndCause.MACHINE: timedelta(hours=2),
    EndCause.DECLINED: _NEXT_DAY,
    EndCause.POWERED_OFF: _NEXT_DAY,
    EndCause.SUSPENDED: _NEXT_DAY,
    EndCause.NETWORK: timedelta(minutes=10),  # twice as long after each further one
    EndCause.TRUNK_REFUSED: timedelta(minutes=10),
    EndCause.STOPPED: timedelta(minutes=5),
}
LINE_CAUSES = frozenset({EndCause.NETWORK, EndCause.TRUNK_REFUSED, EndCause.STOPPED})
"""Our own line failed: the person is not to blame, so these do not use up a try."""
_LONGEST_LINE_DELAY = timedelta(hours=4)
_LONGEST_WORD = timedelta(hours=24)  # no trunk puts a customer off for longer by its Retry-After
_TALKED = LINE_CAUSES | {EndCause.COMPLETED, EndCause.HUNG_UP}
"""With these an answered call means that a person was there; a machine or announcement is none."""


@dataclass(frozen=True, slots=True)
class Over:
    """No further try: ``reached`` tells whether there was a conversation."""

    reached: bool


@dataclass(frozen=True, slots=True)
class Again:
    """Try again, not before ``not_before``."""

    not_before: datetime


def after(
    cause: EndCause,
    *,
    answered: bool,
    tries: int,
    at: datetime,
    zone: tzinfo,
    line_faults: int = 1,
    retry_after_s: int | None = None,
) -> Over | Again:
    """What follows a call that ended by ``cause`` at ``at``.

    ``answered``: a person was there; whoever has talked to us is not called again for the same
    reason, even if the line broke.  ``tries`` counts this call.  ``line_faults``: how often our own line has failed for this
    follow-up, this call included; ``retry_after_s``: what the trunk asked for (RFC 3261, 21.5.4).  The result knows nothing of lawful
    hours or the due window: the gate has the last word.
    """
    if answered and cause in _TALKED:
        return Over(reached=True)
    if cause not in LINE_CAUSES and tries >= MAX_TRIES:
        return Over(reached=False)
    if cause is EndCause.EMPTY_NUMBER:
        return Over(reached=False)
    delay = _DELAYS.get(cause, timedelta(hours=2))
    if delay is not None and cause in LINE_CAUSES:
        delay = min(delay * (1 << min(max(line_faults - 1, 0), 10)), _LONGEST_LINE_DELAY)
        told = min(timedelta(seconds=retry_after_s or 0), _LONGEST_WORD)
        return Again(at + max(delay, told))
    if delay is not None:
        return Again(at + delay)
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    return Again(datetime.combine(tomorrow, time(0), zone))
