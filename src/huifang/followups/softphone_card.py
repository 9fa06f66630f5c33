"""What the agent sees of a customer who is ringing or talks with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from huifang.followups.browsing import one_call
from huifang.followups.in_hand import is_in_hand
from huifang.followups.live_call import history_of, live_of
from huifang.followups.models import Attempt
from huifang.followups.reasons import say_reason
from huifang.people.models import Softphone, User
from huifang.people.reach import Reach, reach_of


def card_of(user: User, attempt: UUID) -> dict[str, Any] | None:
    """Name, masked number, store, plan and reason, the last calls and open tickets, and where to read on; None where it is nobody's business
    of ``user``'s.

    Whoever is being rung by a customer of another store learns who it is as long as the call lasts, but
    gets no way into that store's pages.
    """
    call, is_ours = _seen_by(user, attempt)
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
        **history_of(call, with_links=is_ours, with_ratings=is_in_hand(user, call)),
    }


def live_card_of(user: User, attempt: UUID, now: datetime, *, again: int = 0) -> dict[str, Any] | None:
    """What the customer feels at this moment and what may help; None where it is nobody's business of ``user``'s."""
    call, _ = _seen_by(user, attempt)
    return live_of(call, now, again=again) if call and is_in_hand(user, call) else None


def _seen_by(user: User, attempt: UUID) -> tuple[Attempt | None, bool]:
    """The call, and whether it is one of those that ``user`` may read about at any time."""
    call = one_call(reach_of(user), attempt)
    if call is not None:
        return call, True
    if Softphone.objects.filter(user=user, attempt=attempt).exists():
        return one_call(Reach(everything=True), attempt), False
    return None, False
