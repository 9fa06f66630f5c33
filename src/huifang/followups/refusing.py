"""「退订」: said by text message, it stops every channel at once, like 「别再打电话」 in a call."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from huifang.customers.consents import record_refusal
from huifang.customers.models import ContactPoint
from huifang.customers.phones import PhoneUnusable, blind_index, normalise
from huifang.followups import gate
from huifang.followups.models import FollowUp
from huifang.logic.masking import masked
from huifang.logic.message_text import is_way_out
from huifang.messages.models import Reply
from huifang.messages.replies import note_reply
from huifang.people.audit import record, system_user
from huifang.promises.actions import withdraw_callbacks


def ask_gate_again(customer_id: int, now: datetime) -> None:
    """Every other contact of the customer that is due: is it still allowed?"""
    due = FollowUp.objects.select_for_update().filter(customer_id=customer_id, state=FollowUp.State.DUE)
    for followup in due.order_by("id"):
        gate.apply(followup, gate.ask_about(followup, now).verdict, now)
        followup.save(update_fields=["state", "due_at", "verdict", "updated_at"])


@transaction.atomic
def take_reply(*, gateway_id: str, number: str, text: str, now: datetime) -> bool:
    """Take a customer's reply to a text message; R, T, TD and 退订 stop everything.  False for a number that is
    nobody's."""
    try:
        point = ContactPoint.objects.filter(kind="phone", index=blind_index(normalise(number))).first()
    except PhoneUnusable:
        point = None
    if point is None:
        return False
    is_refusal = is_way_out(text)
    words = masked(text.strip())[:200]
    row, is_new = note_reply(
        gateway_id=gateway_id, customer_id=point.customer_id, text=words, is_refusal=is_refusal, now=now
    )
    if is_new and is_refusal:
        _refuse(row, now)
    return True


def _refuse(row: Reply, now: datetime) -> None:
    record_refusal(
        row.customer_id,
        at=now,
        source="message",
        evidence=f"reply:{row.pk}",
        acting_user=system_user(),
    )
    ask_gate_again(row.customer_id, now)
    with translation.override(settings.LANGUAGE_CODE):
        note = _("The customer asked by text message not to be contacted again.")
    withdraw_callbacks(row.customer_id, note=note, now=now, acting_user=system_user())
    record(acting_user=system_user(), action="followups.refused_by_message", thing=row)
