"""Switching plans on and off."""

from __future__ import annotations

from django.db import transaction

from huifang.people.audit import record
from huifang.people.models import User
from huifang.plans.models import Plan


@transaction.atomic
def switch_plan(plan: Plan, *, active: bool, acting_user: User) -> None:
    """From now on the plan makes follow-ups, or does not; those already made stay due."""
    plan.is_active = active
    plan.save(update_fields=["is_active"])
    record(acting_user=acting_user, action="plans.switch_on" if active else "plans.switch_off", thing=plan)
