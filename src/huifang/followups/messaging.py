"""Text messages that calls cause: owed when the call is over, sent through the contact gate."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from huifang import clock
from huifang.customers.models import Purpose
from huifang.endings.choosing import message_of
from huifang.followups import gate
from huifang.followups.facts import spoken_facts
from huifang.followups.models import Attempt, FollowUp
from huifang.logic.call_story import Story
from huifang.logic.gate import Stage
from huifang.logic.message_text import filled
from huifang.messages import handing, links
from huifang.messages.gateway import hand_over
from huifang.messages.handing import Begun
from huifang.messages.models import Message
from huifang.messages.owing import GOOD_FOR, owe

PART_OF_CALL = timedelta(minutes=15)
"""So long after its end a message still belongs to the call; later it is a contact of its own."""


def purpose_of(followup: FollowUp) -> Purpose:
    """What a message about this call is for.  Thanks, an apology or the questions that were left open serve the
    customer, whatever the call was for; about a marketing call it is marketing."""
    return Purpose.MARKETING if followup.purpose == Purpose.MARKETING else Purpose.SERVICE


def owe_messages(attempt: Attempt, followup: FollowUp, story: Story, now: datetime) -> None:
    """Write down what the end of a call obliges us to send, in the transaction that learns of the end."""
    if story.answered_at is None:
        return
    given = {answer.item for answer in story.answers}
    items = [item for item in story.linked if item not in given]
    if items and links.are_possible():
        links.make_link(attempt=attempt.pk, customer=followup.customer, items=items, now=now)
        owe(
            attempt=attempt.pk,
            customer=followup.customer,
            cause=Message.Cause.LINK,
            purpose=purpose_of(followup),
            text=_invitation(followup),
            now=now,
        )
    text = message_of(attempt.pk, story.ending) if story.ending else ""
    if text:
        facts = spoken_facts(followup, now.astimezone(clock.HOME_ZONE).date())
        owe(
            attempt=attempt.pk,
            customer=followup.customer,
            cause=Message.Cause.ENDING,
            purpose=purpose_of(followup),
            text=filled(
                text, {**facts, "store.name": facts.get("store.name") or settings.HUIFANG.sms_sender}
            ),
            now=now,
        )


def _invitation(followup: FollowUp) -> str:
    languages = followup.script.document.get("languages") or ["zh-CN"]
    with translation.override("zh-hans" if str(languages[0]).startswith("zh") else "en"):
        return _("You could not finish answering in our call just now. It takes half a minute here: {link}")


def may_be_written_to(followups: Collection[FollowUp], now: datetime) -> set[int]:
    """The ids of those of ``followups`` about which a link may be sent now, as far as can be said before the call."""
    if not links.are_possible():
        return set()
    wishes = [
        gate.Wish(followup.customer_id, purpose_of(followup), (now, now + GOOD_FOR)) for followup in followups
    ]
    answers = gate.ask_messages(wishes, now, Stage.PLANNING)
    return {f.pk for f, answer in zip(followups, answers, strict=True) if answer.verdict.allowed}


def send(message_id: int, now: datetime) -> None:
    """Hand over a message that is due, if the gate allows; what becomes of it is in its row.

    Nothing happens where it is settled already.  A worker that dies in between leaves it SENDING, and the next
    one draws the consequence (``handing.next_step``).
    """
    begun = _begin(message_id, now)
    if begun is not None:
        told = hand_over(begun.handed, url=settings.HUIFANG.sms_url, secret=settings.HUIFANG.sms_key)
        handing.finish(begun, told, clock.now())


@transaction.atomic
def _begin(message_id: int, now: datetime) -> Begun | None:
    row = Message.objects.select_for_update().filter(pk=message_id).first()
    if row is None or not handing.next_step(row, now):
        return None
    if row.state == Message.State.PENDING and row.due_at > now:
        return None  # an older promise; a later one is due then
    is_own_contact = not _belongs_to_call(row, now)
    wish = gate.Wish(row.customer_id, row.purpose, (row.made_at, row.expires_at))
    answer = gate.ask_message(
        wish, now, Stage.CONTACT, part_of=None if is_own_contact else row.attempt, leave_out=row.pk
    )
    verdict = answer.verdict.to_json()
    if not answer.verdict.allowed:
        if answer.verdict.not_before is None:
            handing.refuse(row, verdict, now)
        else:
            row.verdict = verdict
            handing.wait(row, answer.verdict.not_before, now)
        return None
    has_gateway = bool(settings.HUIFANG.sms_url)
    paused = handing.paused_until(now) if has_gateway else now + gate.NO_GATEWAY_PAUSE
    if paused is not None:
        handing.wait(row, paused, now)
        return None
    return handing.begin(
        row,
        number=answer.number,
        text=_written_out(row),
        verdict=verdict,
        is_own_contact=is_own_contact,
        now=now,
    )


def _written_out(row: Message) -> str:
    """The text with its link, which is not stored with it."""
    if row.cause != Message.Cause.LINK:
        return row.text
    return row.text.replace("{link}", links.address_of(row.attempt))


def _belongs_to_call(row: Message, now: datetime) -> bool:
    attempt = Attempt.objects.filter(pk=row.attempt).only("ended_at").first()
    if attempt is None:
        return False
    return attempt.ended_at is None or now - attempt.ended_at <= PART_OF_CALL
