"""What a call obliges us to: the ticket of a mood that calls for care, a low rating or a promised callback (or all
in one), and the ledger's rows of everything that was promised."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from huifang.clock import HOME_ZONE
from huifang.customers.call_words import RISKS
from huifang.followups.calendar import chinese_day
from huifang.followups.gate import POLICY
from huifang.followups.models import Attempt, FollowUp
from huifang.logic.call_story import Promised, Story
from huifang.logic.clock import lawful_slot, next_lawful_instant
from huifang.logic.promise_rules import objection
from huifang.people.audit import system_user
from huifang.people.models import User
from huifang.promises.actions import Made, enter
from huifang.tickets.actions import open_ticket
from huifang.tickets.models import Ticket

LOW_SCORE = 2
"""A rating up to this one is a problem that somebody must own."""
CARE_WITHIN = timedelta(hours=24)  # an unhappy customer hears from a person within a day
_FIRST_CHANCE = timedelta(minutes=30)


def settle_duties(
    attempt: Attempt, followup: FollowUp, story: Story, *, with_score: bool, now: datetime
) -> Ticket | None:
    """Open or complete the one ticket of this call, and enter what was promised into the ledger; the
    ticket, None where neither mood, a low rating nor a callback calls for one.

    ``with_score``: the rating is final.  Due times lie in lawful hours of the customer.
    """
    document = followup.script.document
    objections = {made.number: objection(document, made.kind, made.data) for made in story.promises}
    is_low = with_score and story.score is not None and story.score <= LOW_SCORE
    callbacks = [made for made in story.promises if made.kind == "callback" and not objections[made.number]]
    customer = followup.customer
    owner = User.objects.filter(username=story.agent, is_active=True).first() if story.agent else None
    ticket = None
    if is_low or callbacks or story.risk:
        with translation.override(settings.LANGUAGE_CODE):
            title, detail = _words(followup, story, callbacks, is_low)
        ticket = open_ticket(
            key=f"attempt:{attempt.pk.hex}",
            customer_id=customer.pk,
            store_id=customer.store_id,
            cause=_cause(story, is_low),
            title=title,
            detail=detail,
            attempt=attempt.pk,
            owner=owner,
            due_at=_due(callbacks, now),
            now=now,
            acting_user=system_user(),
        )
    for made in story.promises:
        enter(
            Made(
                attempt=attempt.pk,
                number=made.number,
                kind=made.kind,
                said=made.text,
                at=made.at,
                due_at=_due([made], now),
                data=made.data,
                heard=made.heard,
                at_ms=made.at_ms,
            ),
            customer=customer,
            objection=objections[made.number],
            callback_ticket=ticket,
            owner=owner,
            now=now,
            acting_user=system_user(),
        )
    return ticket


def _cause(story: Story, is_low: bool) -> Ticket.Cause:
    if story.risk:
        return Ticket.Cause.HIGH_RISK
    return Ticket.Cause.LOW_SCORE if is_low else Ticket.Cause.CALLBACK


def _words(followup: FollowUp, story: Story, callbacks: list[Promised], is_low: bool) -> tuple[str, str]:
    name = followup.customer.name
    if story.risk:
        title = _("%(name)s is very upset: %(why)s")
    elif is_low and callbacks:
        title = _("%(name)s gave a low rating and was promised a callback")
    elif is_low:
        title = _("%(name)s gave a low rating")
    else:
        title = _("%(name)s was promised a callback")
    why = RISKS.get(story.risk, "") if story.risk else ""
    lines = [followup.plan_name]
    lines += [answer.text or answer.code for answer in story.answers if answer.score is None]
    lines += [promise.text for promise in callbacks if promise.text]
    return title % {"name": name, "why": why}, "\n".join(dict.fromkeys(filter(None, lines)))


def _due(promises: list[Promised], now: datetime) -> datetime:
    """The promised time, else half an hour from now (a day, where more than a call was promised), moved into
    lawful hours; within a day if law and night allow."""
    named = [promise.due_at for promise in promises if promise.due_at is not None]
    is_errand = bool(promises) and all(promise.kind != "callback" for promise in promises)
    wanted = max(min(named), now) if named else now + (CARE_WITHIN if is_errand else _FIRST_CHANCE)
    slot = lawful_slot(wanted, wanted + CARE_WITHIN, POLICY.hours, HOME_ZONE, chinese_day)
    if slot is not None:
        return slot.start
    return next_lawful_instant(wanted, POLICY.hours, HOME_ZONE, chinese_day) or wanted
