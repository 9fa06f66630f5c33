"""The circuit breaker of one trunk or one engine: when to leave it alone, and when to try it again.

A trunk that fails half of its calls gets none for a while, then one to see whether it works again; each
failed trial makes the pause longer.  A trunk that says itself when it will be back (503 with Retry-After,
RFC 3261, 21.5.4) is taken at its word.  ``judge`` is a function of what is stored, so every process that
asks comes to the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(seconds=120)
LEAST_CALLS = 6
"""Fewer ended calls than this in the window say nothing about the trunk."""
SHORTEST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
LONGEST_WORD = timedelta(hours=1)
"""No Retry-After keeps a trunk away for longer: it may be a slip, and a trial costs one call."""


@dataclass(frozen=True, slots=True)
class Patience:
    """When to open and how long to pause: fewer than ``least`` calls in ``window`` say nothing; a pause begins at
    ``shortest`` and doubles up to ``longest``."""

    window: timedelta
    least: int
    shortest: timedelta
    longest: timedelta


OF_TRUNKS = Patience(WINDOW, LEAST_CALLS, SHORTEST_PAUSE, LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Breaker:
    """``until`` is None while calls flow; otherwise no call begins before it, and then one at a time.
    ``since``: when it last opened or closed.  ``openings`` in a row without a good call between."""

    since: datetime | None = None
    until: datetime | None = None
    openings: int = 0

    @property
    def is_open(self) -> bool:
        return self.until is not None


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that was dialled and is over.  ``failed``: by the line's own fault."""

    began_at: datetime
    at: datetime
    failed: bool
    retry_after_s: int | None = None


def judge(breaker: Breaker, ended: Iterable[Ended], now: datetime, patience: Patience = OF_TRUNKS) -> Breaker:
    """The breaker at ``now``, given the calls that ended within the window or since it opened."""
    calls = [call for call in ended if breaker.since is None or call.at >= breaker.since]
    told = max(
        (call.at + min(timedelta(seconds=call.retry_after_s), LONGEST_WORD)
         for call in calls if call.failed and call.retry_after_s),
        default=now,
    )  # fmt: skip
    if breaker.until is not None:
        if told > max(now, breaker.until):
            return Breaker(breaker.since, told, breaker.openings)
        trials = [call for call in calls if call.began_at >= breaker.until]
        if now < breaker.until or not trials:
            return breaker
        last = max(trials, key=lambda call: call.at)
        return _opened(now, breaker.openings + 1, patience) if last.failed else Breaker(since=now)
    if told > now:
        return Breaker(now, told, breaker.openings + 1)
    # Calls that began before the breaker closed are of the bad time that is over.
    counted = [
        call
        for call in calls
        if call.at > now - patience.window and (breaker.since is None or call.began_at >= breaker.since)
    ]
    failed = sum(call.failed for call in counted)
    if len(counted) >= patience.least and failed * 2 >= len(counted):
        return _opened(now, breaker.openings + 1, patience)
    return breaker


def room(breaker: Breaker, now: datetime, on_trial: int) -> int | None:
    """How many calls may begin now; None = the breaker does not mind.  ``on_trial``: calls that began
    since ``until`` and are still going on."""
    if breaker.until is None:
        return None
    return 0 if now < breaker.until or on_trial else 1


def pause(openings: int, patience: Patience = OF_TRUNKS) -> timedelta:
    """Of trunks: 30 s, 60 s, 2 min … 10 min."""
    return min(patience.shortest * (1 << min(openings - 1, 10)), patience.longest)


def _opened(now: datetime, openings: int, patience: Patience) -> Breaker:
    return Breaker(since=now, until=now + pause(openings, patience), openings=openings)
