"""The one way to write a customer's event log."""

from __future__ import annotations

from datetime import datetime

from huifang.customers.models import CustomerEvent
from huifang.people.models import User


def record_event(
    customer_id: int,
    kind: str,
    *,
    at: datetime,
    acting_user: User | None = None,
    source: str = "",
    **data: object,
) -> CustomerEvent:
    """Append what happened to a customer.

    Call it inside the transaction of the act.  ``kind`` is a dotted name (``call.ended``); ``source``
    names the row it came from (``attempt:<id>``); ``data`` is JSON-safe and free of phone numbers.
    """
    return CustomerEvent.objects.create(
        customer_id=customer_id, kind=kind, at=at, acting_user=acting_user, source=source, data=data
    )
