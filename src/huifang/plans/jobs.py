"""Recurring duties of the plans."""

from __future__ import annotations

from datetime import datetime

from huifang.people.audit import system_user
from huifang.plans.planning import plan_due
from huifang.work.handlers import Payload, job


@job(atomic=False)  # it commits batch by batch, and planning twice creates nothing twice
def plan_what_is_due(payload: Payload, now: datetime) -> None:
    """Who is due for which follow-up now."""
    plan_due(now=now, acting_user=system_user())
