"""What the agent sees of a customer who is ringing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse

from huifang.followups.browsing import one_call
from huifang.followups.reasons import say_reason
from huifang.people.models import Softphone, User
from huifang.people.reach import Reach, reach_of


def card_of(user: User, attempt: UUID) -> dict[str, Any] | None:
    """Name, masked number, store, plan and reason, and where to read on; None where it is nobody's business
    of ``user``'s.

    Whoever is being rung by a customer of another store learns who it is as long as the call lasts, but
    gets no way into that store's pages.
    """
    call = one_call(reach_of(user), attempt)
    is_ours = call is not None
    if call is None and Softphone.objects.filter(user=user, attempt=attempt).exists():
        call = one_call(Reach(everything=True), attempt)
    if call is None:
        return None
    point = call.customer.contact_points.order_by("id").first()
    return {
        "name": call.customer.name,
        "number": point.masked if point else "",
        "store": call.customer.store.name if call.customer.store else "",
        "plan": call.followup.plan_name,
        "reason": say_reason(call.followup.reason or {}),
        "customer_url": reverse("customer", args=[call.customer_id]) if is_ours else "",
        "call_url": reverse("call", args=[call.pk]) if is_ours else "",
    }
