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

    ``next_at`` is what the last ``after`` gave.  In no second are more than ``rate`` orders handed out,
    or more than one where ``rate`` is below 1.
    """
    interval = timedelta(seconds=1 / (rate * _SHARE))
    burst = max(1, math.floor(rate * (1 - _SHARE)))
    begin = max(next_at or now, now - (burst - 1) * interval)
    return Handout(max(0, math.floor((now - begin) / interval) + 1), begin, interval)


def may_begin(rate: float, begun: Iterable[datetime], now: datetime) -> bool:
    """Whether one more INVITE at ``now`` keeps to ``rate`` calls in every second (or one in 1/``rate``
    seconds), after those at the instants ``begun``."""
    span, most = span_of(rate), max(1, math.floor(rate))
    return sum(at > now - span for at in begun) < most


def span_of(rate: float) -> timedelta:
    """The time over which calls are counted."""
    return timedelta(seconds=max(1.0, 1 / rate))
