"""The plans and scripts that come with the program."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from huifang.followups.publishing import publish_script, shipped_scripts
from huifang.people.audit import system_user
from huifang.plans.document import read_plan
from huifang.plans.models import Plan

SHIPPED: tuple[dict[str, Any], ...] = (
    {
        "slug": "first-order-3d",
        "name": "首单后3天回访",
        "purpose": "care",
        "script": "first_order_3d",
        "document": {
            "who": {"field": "order_count", "op": "ge", "value": 1},
            "anchor": "first_order_at",
            "due_after_days": 3,
            "due_within_days": 2,
            "reason": "first_order",
            "facts": {"order.product": "first_product"},
        },
    },
    {
        "slug": "dormant-60d",
        "name": "沉睡60天唤醒",
        "purpose": "care",
        "script": "dormant_60d",
        "document": {
            "who": {"field": "order_count", "op": "ge", "value": 2},
            "anchor": "last_order_at",
            "due_after_days": 60,
            "due_within_days": 7,
            "reason": "dormant",
            "facts": {"order.product": "last_product"},
        },
    },
)


@transaction.atomic
def publish_shipped(*, now: datetime) -> list[Plan]:
    """Bring scripts and plans to the state of this program's version; doing it again changes nothing.

    A plan that was switched off stays off.
    """
    for document in shipped_scripts():
        publish_script(document, acting_user=system_user(), now=now)
    plans = []
    for shipped in SHIPPED:
        read_plan(shipped["slug"], shipped["document"])
        values = {key: value for key, value in shipped.items() if key != "slug"}
        plan, _ = Plan.objects.update_or_create(
            slug=shipped["slug"], defaults=values, create_defaults={**values, "created_at": now}
        )
        plans.append(plan)
    return plans
