"""Recurring duties of the segments."""

from __future__ import annotations

from datetime import datetime

from huifang.customers.facts import refresh_facts
from huifang.people.audit import system_user
from huifang.segments.refreshing import refresh_segments
from huifang.work.handlers import Payload, job


@job(atomic=False)  # each segment commits on its own, and refreshing again changes nothing
def refresh(payload: Payload, now: datetime) -> None:
    """What the passing of time changes: days since the last order, stages, members."""
    refresh_facts(now)
    refresh_segments(now, acting_user=system_user())
