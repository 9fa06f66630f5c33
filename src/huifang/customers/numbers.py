"""What customers and whoever answers for them say about telephone numbers: given, or not theirs."""

from __future__ import annotations

from datetime import datetime

from huifang.customers.events import record_event
from huifang.customers.models import ContactPoint
from huifang.customers.phones import PhoneUnusable, blind_index, mask, normalise, seal
from huifang.people.audit import record
from huifang.people.models import User


def keep_number(
    customer_id: int, number: str, *, at: datetime, source: str, acting_user: User
) -> ContactPoint | None:
    """Keep a number that the customer gave (``source``: ``attempt:<id>``) behind those that are known; None where
    it is no number that can be called, or is known already.  Call it inside a transaction."""
    try:
        e164 = normalise(number)
    except PhoneUnusable:
        return None
    index = blind_index(e164)
    if ContactPoint.objects.filter(kind="phone", index=index).exists():
        return None
    point = ContactPoint.objects.create(
        customer_id=customer_id, sealed=seal(e164), index=index, masked=mask(e164)
    )
    record(acting_user=acting_user, action="customers.keep_number", thing=point, customer=customer_id)
    record_event(
        customer_id, "number.given", at=at, acting_user=acting_user, source=source, number=point.masked
    )
    return point


def number_is_not_theirs(
    customer_id: int, *, why: str, now: datetime, source: str, acting_user: User
) -> ContactPoint | None:
    """The number that was dialled reaches somebody else (``why``: wrong | moved | deceased): it is dialled no more.

    It is the one that the gate chose, the oldest that worked; None where there is none left."""
    point = (
        ContactPoint.objects.filter(customer_id=customer_id, kind="phone", dead_since=None)
        .order_by("id")
        .first()
    )
    if point is None:
        return None
    point.dead_since, point.dead_why = now, ContactPoint.Dead.STRANGER
    point.save(update_fields=["dead_since", "dead_why"])
    record(acting_user=acting_user, action="customers.number_is_not_theirs", thing=point, why=why)
    record_event(
        customer_id, "number.stranger", at=now, acting_user=acting_user, source=source, number=point.masked
    )
    return point
