"""Writing down that a message is owed, in the transaction of the fact that caused it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings

from huifang.customers.models import Customer, Purpose
from huifang.logic.message_text import composed
from huifang.messages.models import Message
from huifang.people.audit import record, system_user
from huifang.work.promising import promise

GOOD_FOR = timedelta(hours=24)
"""A message that has not gone by then is about a call that nobody has in mind any more."""
_SENDER = "huifang.followups.jobs:send_message"  # it asks the contact gate, which lives one room up


def is_possible() -> bool:
    """Messages can be sent at all: a gateway is set."""
    return bool(settings.HUIFANG.sms_url)


def owe(
    *, attempt: UUID, customer: Customer, cause: Message.Cause, purpose: str, text: str, now: datetime
) -> Message | None:
    """The message that ``attempt`` has caused: written once, however often it is told; None without a gateway.

    ``text`` is completed with the sender's name and, for marketing, the way out.
    """
    if not is_possible():
        return None
    row, is_new = Message.objects.get_or_create(
        key=f"{attempt.hex}-{cause.value}",
        defaults={
            "attempt": attempt,
            "customer": customer,
            "cause": cause,
            "purpose": purpose,
            "text": composed(text, settings.HUIFANG.sms_sender, is_marketing=purpose == Purpose.MARKETING),
            "made_at": now,
            "due_at": now,
            "expires_at": now + GOOD_FOR,
        },
    )
    if is_new:
        record(
            acting_user=system_user(),
            action="messages.owe",
            thing=row,
            cause=cause.value,
            attempt=attempt.hex,
        )
        promise_sending(row, now)
    return row


def promise_sending(row: Message, now: datetime) -> None:
    """Promise to try at ``row.due_at``; each try has a promise of its own."""
    promise(
        kind=_SENDER,
        key=f"message:{row.pk}:{row.fence}:{row.due_at.astimezone(UTC).isoformat()}",
        payload={"message": row.pk},
        due_at=row.due_at,
        now=now,
    )
