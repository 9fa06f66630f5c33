"""Links to questions: made with the call's end, found by what only the customer's message holds."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from huifang.customers.models import Customer
from huifang.errors import N_, HuifangError
from huifang.messages.models import AnswerLink
from huifang.people.encryption import keyring

GOOD_FOR = timedelta(hours=72)
PATH = "a"
"""The shortest path that says where: it stands in a text message."""
_BYTES = 12  # 96 bits: a thousand guesses a second for a billion years
_CONTEXT = "text_messages.answerlink.sealed"


class LinkDead(HuifangError):
    template = N_("This link is no longer valid: it was used already, or its time is over.")
    http_status = 410


def are_possible() -> bool:
    """Links can be sent: there is a gateway, and customers can reach us."""
    return bool(settings.HUIFANG.sms_url and settings.HUIFANG.public_url)


def make_link(*, attempt: UUID, customer: Customer, items: Iterable[str], now: datetime) -> AnswerLink:
    """The link to the questions ``items`` of a call; one for each call."""
    token = secrets.token_urlsafe(_BYTES)
    return AnswerLink.objects.get_or_create(
        attempt=attempt,
        defaults={
            "customer": customer,
            "items": list(items),
            "digest": _digest(token),
            "sealed": keyring().seal(token, _CONTEXT),
            "made_at": now,
            "expires_at": now + GOOD_FOR,
        },
    )[0]


def address_of(attempt: UUID) -> str:
    """The address for the customer's message."""
    link = AnswerLink.objects.get(attempt=attempt)
    return f"{settings.HUIFANG.public_url}/{PATH}/{keyring().unseal(bytes(link.sealed), _CONTEXT)}/"


def find_link(token: str, now: datetime, *, lock: bool = False) -> AnswerLink:
    """The link that ``token`` opens.  ``LinkDead`` where it opens none, has been used or is too old."""
    rows = AnswerLink.objects.select_for_update() if lock else AnswerLink.objects.all()
    link = rows.filter(digest=_digest(token), used_at=None, expires_at__gt=now).first()
    if link is None:
        raise LinkDead
    return link


def close_link(link: AnswerLink, now: datetime) -> None:
    """It has served."""
    link.used_at, link.sealed = now, b""
    link.save(update_fields=["used_at", "sealed"])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
