"""Our own telephone numbers: what answers them, and to which store they belong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from huifang.customers.phones import PhoneUnusable, normalise
from huifang.errors import N_, HuifangError
from huifang.followups.models import InboundNumber, Script
from huifang.people.audit import record
from huifang.people.models import Store, User


class NumberUnusable(HuifangError):
    template = N_("The number %(number)s cannot be saved: %(reason)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSettings:
    """What people set about one number.  ``script`` is a slug: its newest version answers."""

    number: str
    script: str
    store: Store | None = None
    note: str = ""
    is_active: bool = True


def canonical(written: str) -> str:
    """``written`` as E.164 where it is a telephone number; otherwise (an extension, a short number) its
    digits.  Trunks and people write one number in many ways."""
    try:
        return normalise(written)
    except PhoneUnusable:
        return "".join(c for c in written if c.isascii() and c.isdigit())[:32]


def number_called(called: str) -> InboundNumber | None:
    """The row of the number that somebody has called; None where it has none, or it is not in use."""
    return (
        InboundNumber.objects.filter(number=canonical(called), is_active=True).select_related("store").first()
    )


@transaction.atomic
def save_number(
    settings: NumberSettings, *, acting_user: User, number: InboundNumber | None = None
) -> InboundNumber:
    """A new number, or ``number`` set anew.  ``NumberUnusable`` where it is none, is taken, or nothing of
    that name answers."""
    row = number or InboundNumber()
    written = canonical(settings.number)
    if len(written) < 3:
        raise NumberUnusable(number=settings.number, reason=N_("it has fewer than three digits."))
    if InboundNumber.objects.filter(number=written).exclude(pk=row.pk).exists():
        raise NumberUnusable(number=settings.number, reason=N_("it stands in the list already."))
    if not Script.objects.filter(slug=settings.script).exists():
        raise NumberUnusable(number=settings.number, reason=N_("there is no such script."))
    row.number, row.script, row.store = written, settings.script, settings.store
    row.note, row.is_active = settings.note, settings.is_active
    row.save()
    action = "followups.change_number" if number else "followups.create_number"
    record(acting_user=acting_user, action=action, thing=row, **_shown(row))
    return row


@transaction.atomic
def remove_number(number: InboundNumber, *, acting_user: User) -> None:
    """Forget a number; whoever calls it is answered as on every other."""
    record(acting_user=acting_user, action="followups.remove_number", thing=number, **_shown(number))
    number.delete()


def _shown(number: InboundNumber) -> dict[str, Any]:
    return {
        "number": number.number,
        "script": number.script,
        "store": number.store.code if number.store else "",
        "is_active": number.is_active,
    }
