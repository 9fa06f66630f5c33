"""Recurring duties of the ledger."""

from __future__ import annotations

from datetime import datetime

from huifang.people.audit import system_user
from huifang.promises import actions
from huifang.work.handlers import Payload, job


@job()
def watch(payload: Payload, now: datetime) -> None:
    """Promises that were kept by resolving their ticket, and those whose due time has passed."""
    actions.follow_tickets(now=now, acting_user=system_user())
    actions.note_overdue(now=now, acting_user=system_user())
