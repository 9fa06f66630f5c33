"""The ticket that a call calls for: a low rating, a promised callback, or both in one."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from huifang.clock import HOME_ZONE
from huifang.followups.calendar import chinese_day
from huifang.followups.gate import POLICY
from huifang.followups.models import Attempt, FollowUp
from huifang.logic.call_story import Promised, Story
from huifang.logic.clock import lawful_slot, next_lawful_instant
from huifang.people.audit import system_user
from huifang.people.models import User
from huifang.tickets.actions import open_ticket
from huifang.tickets.models import Ticket

LOW_SCORE = 2
"""A rating up to this one is a problem that somebody must own."""
CARE_WITHIN = timedelta(hours=24)  # an unhappy customer hears from a person within a day
_FIRST_CHANCE = timedelta(minutes=30)


def settle_duties(
    attempt: Attempt, followup: FollowUp, story: Story, *, with_score: bool, now: datetime
) -> Ticket | None:
    """Open or complete the one ticket of this call; None where nothing is owed.

    ``with_score``: the rating is final.  The due time lies in lawful hours of the customer.
    """
    is_low = with_score and story.score is not None and story.score <= LOW_SCORE
    callbacks = [promise for promise in story.promises if promise.kind == "callback"]
    if not is_low and not callbacks:
        return None
    customer = followup.customer
    with translation.override(settings.LANGUAGE_CODE):
        title, detail = _words(followup, story, callbacks, is_low)
    return open_ticket(
        key=f"attempt:{attempt.pk.hex}",
        customer_id=customer.pk,
        store_id=customer.store_id,
        cause=Ticket.Cause.LOW_SCORE if is_low else Ticket.Cause.CALLBACK,
        title=title,
        detail=detail,
        attempt=attempt.pk,
        owner=User.objects.filter(username=story.agent, is_active=True).first() if story.agent else None,
        due_at=_due(callbacks, now),
        now=now,
        acting_user=system_user(),
    )


def _words(followup: FollowUp, story: Story, callbacks: list[Promised], is_low: bool) -> tuple[str, str]:
    name = followup.customer.name
    if is_low and callbacks:
        title = _("%(name)s rated %(score)s of 5 and was promised a callback")
    elif is_low:
        title = _("%(name)s rated %(score)s of 5")
    else:
        title = _("%(name)s was promised a callback")
    lines = [followup.plan_name]
    lines += [answer.text or answer.code for answer in story.answers if answer.score is None]
    lines += [promise.text for promise in callbacks if promise.text]
    return title % {"name": name, "score": story.score}, "\n".join(dict.fromkeys(filter(None, lines)))


def _due(callbacks: list[Promised], now: datetime) -> datetime:
    """The promised time, else half an hour from now, moved into lawful hours; within a day if law and
    night allow."""
    named = [promise.due_at for promise in callbacks if promise.due_at is not None]
    wanted = max(min(named), now) if named else now + _FIRST_CHANCE
    slot = lawful_slot(wanted, wanted + CARE_WITHIN, POLICY.hours, HOME_ZONE, chinese_day)
    if slot is not None:
        return slot.start
    return next_lawful_instant(wanted, POLICY.hours, HOME_ZONE, chinese_day) or wanted
