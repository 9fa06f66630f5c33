"""Recurring duties of the tickets."""

from __future__ import annotations

from datetime import datetime

from huifang.people.audit import system_user
from huifang.tickets import actions
from huifang.work.handlers import Payload, job


@job()
def note_overdue(payload: Payload, now: datetime) -> None:
    """Tickets whose due time has passed."""
    actions.note_overdue(now=now, acting_user=system_user())
