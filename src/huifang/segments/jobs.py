"""Recurring duties of the segments."""

from __future__ import annotations

from datetime import datetime

from huifang.customers.facts import are_facts_stale, refresh_facts
from huifang.people.audit import system_user
from huifang.segments.refreshing import refresh_segments
from huifang.segments.shipped import install_shipped
from huifang.work.handlers import Payload, job


@job(atomic=False)  # each segment commits on its own, and refreshing again changes nothing
def refresh_everybody(payload: Payload, now: datetime) -> None:
    """Facts that depend on the date, then who belongs to which segment now."""
    install_shipped(acting_user=system_user())
    if are_facts_stale(now):
        refresh_facts(now)
    refresh_segments(now, acting_user=system_user())
