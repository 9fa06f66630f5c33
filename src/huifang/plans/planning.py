"""Working out who is due for which follow-up, and why or why not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction

from huifang.clock import HOME_ZONE
from huifang.conditions.query import query
from huifang.customers.fields import CUSTOMER_FIELDS
from huifang.customers.models import Customer, CustomerFacts
from huifang.errors import N_, Conflict
from huifang.followups import gate
from huifang.followups.models import FollowUp, Script
from huifang.logic.clock import Slot, due_window
from huifang.logic.gate import Stage
from huifang.people.audit import record
from huifang.people.models import User
from huifang.plans.document import PlanDocument, read_plan
from huifang.plans.models import Enrollment, Plan

_BATCH = 500


def plan_due(*, now: datetime, acting_user: User) -> dict[str, Any]:
    """Enrol everyone whose window has begun in every active plan, and give each a follow-up.

    Whoever matches but may never be contacted in the window gets a follow-up too, in the state
    ``skipped`` with the gate's verdict.  Planning again, or twice at a time, creates nothing twice:
    one enrolment per plan, customer and day of the anchor.

    The summary counts what this run created: ``{"due", "skipped", "plans": {slug: {"due", "skipped"}}}``.
    """
    plans: dict[str, dict[str, int]] = {}
    for plan in Plan.objects.filter(is_active=True).order_by("slug"):
        plans[plan.slug] = _plan_one(plan, now, acting_user)
    return {
        "due": sum(count["due"] for count in plans.values()),
        "skipped": sum(count["skipped"] for count in plans.values()),
        "plans": plans,
    }


def _plan_one(plan: Plan, now: datetime, acting_user: User) -> dict[str, int]:
    document = read_plan(plan.slug, plan.document)
    script = Script.objects.filter(slug=plan.script).order_by("-version").first()
    if script is None:
        raise Conflict(reason=N_("the script of a plan has not been published; run publish_shipped."))
    count = {"due": 0, "skipped": 0}
    for facts in _batches(document, now):
        with transaction.atomic():
            # The lock on the plan's row lets two planners take turns; the unique keys guard it besides.
            Plan.objects.select_for_update().get(pk=plan.pk)
            for followup in _enrol(plan, document, script, facts, now):
                count["skipped" if followup.state == FollowUp.State.SKIPPED else "due"] += 1
    if any(count.values()):
        record(acting_user=acting_user, action="plans.plan_due", thing=plan, **count)
    return count


def _batches(document: PlanDocument, now: datetime) -> Iterator[list[CustomerFacts]]:
    """Customers whose window is open today and who meet the plan's condition, some hundred at a time."""
    today = now.astimezone(HOME_ZONE).date()
    first = today - timedelta(days=document.due_after_days + document.due_within_days)
    last = today - timedelta(days=document.due_after_days)
    in_window = {
        f"facts__{document.anchor}__gte": datetime.combine(first, time(0), HOME_ZONE),
        f"facts__{document.anchor}__lt": datetime.combine(last + timedelta(days=1), time(0), HOME_ZONE),
    }
    who = query(document.who, CUSTOMER_FIELDS)
    matching = Customer.objects.filter(**in_window).filter(who).select_related("facts").order_by("pk")
    reached = 0
    while customers := list(matching.filter(pk__gt=reached)[:_BATCH]):
        yield [customer.facts for customer in customers]
        reached = customers[-1].pk


def _enrol(
    plan: Plan, document: PlanDocument, script: Script, facts: list[CustomerFacts], now: datetime
) -> list[FollowUp]:
    """Follow-ups for those of ``facts`` who are not enrolled yet for this occurrence."""
    enrolled = set(
        Enrollment.objects.filter(plan=plan, customer_id__in=[row.customer_id for row in facts]).values_list(
            "customer_id", "occurrence"
        )
    )
    new = [
        (row, anchor, due_window(anchor, document.due_after_days, document.due_within_days, HOME_ZONE))
        for row in facts
        if (anchor := getattr(row, document.anchor)) is not None
        and (row.customer_id, _day(anchor)) not in enrolled
    ]
    if not new:
        return []
    Enrollment.objects.bulk_create(
        [
            Enrollment(plan=plan, customer_id=row.customer_id, occurrence=_day(anchor), enrolled_at=now)
            for row, anchor, _ in new
        ],
        ignore_conflicts=True,
    )
    wishes = [gate.Wish(row.customer_id, plan.purpose, (window.start, window.end)) for row, _, window in new]
    followups: list[FollowUp] = []
    for (row, anchor, window), answer in zip(new, gate.ask(wishes, now, Stage.PLANNING), strict=True):
        followup = _followup(plan, document, script, row, anchor, window, now)
        gate.apply(followup, answer.verdict, now)
        followups.append(followup)
    FollowUp.objects.bulk_create(followups, ignore_conflicts=True)
    return followups


def _followup(
    plan: Plan,
    document: PlanDocument,
    script: Script,
    row: CustomerFacts,
    anchor: datetime,
    window: Slot,
    now: datetime,
) -> FollowUp:
    facts = {slot: getattr(row, field) for slot, field in document.facts.items()}
    return FollowUp(
        key=f"{plan.slug}:{row.customer_id}:{_day(anchor)}",
        customer_id=row.customer_id,
        plan=plan.slug,
        plan_name=plan.name,
        script=script,
        purpose=plan.purpose,
        facts=facts,
        reason={
            "code": document.reason,
            "anchor": _day(anchor),
            "days": document.due_after_days,
            "product": facts.get("order.product", ""),
            "last": window.end.date().isoformat(),
        },
        due_at=window.start,
        expires_at=window.end,
        created_at=now,
        updated_at=now,
    )


def _day(at: datetime) -> str:
    return at.astimezone(HOME_ZONE).date().isoformat()
