"""How fast calls may begin: what a trunk bears in a second."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

_SHARE = 0.75
"""Orders are handed out at this share of what a trunk bears.  Between an order and its INVITE lie prompts
and a report to the centre, so calls bunch a little; the rest is room for that."""


@dataclass(frozen=True, slots=True)
class Handout:
    """How many orders may be handed out now; ``after(n)`` is the instant to remember when ``n`` were."""

    most: int
    _next: datetime
    _interval: timedelta

    def after(self, taken: int) -> datetime:
        return self._next + taken * self._interval


def handout(rate: float, next_at: datetime | None, now: datetime) -> Handout:
    """Pace orders for a trunk that bears ``rate`` calls per second (a leaky bucket, ITU-T I.371).

    ``next_at`` is what the last ``after`` gave.  Never are more handed out than ``may_begin`` lets pass.
    """
    most = _most(rate)
    interval = span_of(rate) / (most * _SHARE)
    burst = max(1, math.floor(most * (1 - _SHARE)))
    begin = max(next_at or now, now - (burst - 1) * interval)
    return Handout(max(0, math.floor((now - begin) / interval) + 1), begin, interval)


def may_begin(rate: float, begun: Iterable[datetime], now: datetime) -> bool:
    """Whether one more INVITE at ``now`` keeps to ``rate`` calls in every second, after those at the instants
    ``begun``.  Below 1 it is one call in 1/``rate`` seconds; above, a part of a call is none: 2.5 is 2."""
    span = span_of(rate)
    return sum(at > now - span for at in begun) < _most(rate)


def span_of(rate: float) -> timedelta:
    """The time over which calls are counted."""
    return timedelta(seconds=max(1.0, 1 / rate))


def _most(rate: float) -> int:
    """Whole calls in that time."""
    return max(1, math.floor(rate))
