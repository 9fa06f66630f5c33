"""What customers answer to messages; the only writer of it."""

from __future__ import annotations

from datetime import datetime

from huifang.customers.events import record_event
from huifang.messages.models import Reply
from huifang.people.audit import record, system_user


def note_reply(
    *, gateway_id: str, customer_id: int, text: str, is_refusal: bool, now: datetime
) -> tuple[Reply, bool]:
    """The row of a reply, and whether it is new.  ``text`` is free of numbers."""
    row, is_new = Reply.objects.get_or_create(
        gateway_id=gateway_id,
        defaults={"customer_id": customer_id, "text": text, "is_refusal": is_refusal, "at": now},
    )
    if is_new:
        record(acting_user=system_user(), action="messages.take_reply", thing=row, is_refusal=is_refusal)
        record_event(
            customer_id,
            "message.received",
            at=now,
            acting_user=system_user(),
            source=f"reply:{row.pk}",
        )
    return row, is_new
