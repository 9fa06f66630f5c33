"""What a customer answers behind a link: stored like an answer in the call, with the same consequences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from huifang.clock import HOME_ZONE
from huifang.customers.events import record_event
from huifang.customers.models import CustomerFacts
from huifang.errors import N_, HuifangError
from huifang.followups.duties import settle_duties
from huifang.followups.facts import spoken_facts
from huifang.followups.models import Attempt, FollowUp
from huifang.logic.call_story import Answered, Logged, Story, read
from huifang.logic.script_document import Script, script_from_json
from huifang.logic.script_link import Question, chosen, questions
from huifang.logic.voice_line import EventKind
from huifang.messages.links import LinkDead, close_link, find_link
from huifang.messages.models import AnswerLink
from huifang.people.audit import record, system_user
from huifang.surveys.actions import LINK, add_answers
from huifang.surveys.models import Answer


class NothingChosen(HuifangError):
    template = N_("Nothing has been chosen yet: please answer at least one question.")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a link shows: who asks, in which language, and what."""

    sender: str
    language: str
    questions: tuple[Question, ...]


def open_sheet(token: str, language: str, now: datetime) -> Sheet:
    """The questions behind ``token`` that have not been answered otherwise since.  ``LinkDead`` where there are
    none (any more).  ``language``: the reader's, taken where the script speaks it."""
    link = find_link(token, now)
    followup = _followup(link)
    return _sheet(link, followup, _script(followup), language, now)


@transaction.atomic
def take_answers(token: str, given: Mapping[str, str], now: datetime) -> None:
    """Store ``given`` (item → code), which ends the link; a low rating opens its ticket as in the call.

    ``NothingChosen`` where nothing of it answers a question, ``LinkDead`` where somebody was quicker.
    """
    link = find_link(token, now, lock=True)
    # The attempt first, as where events are taken: the other way round the two would lock crosswise.
    attempt = Attempt.objects.select_for_update().get(pk=link.attempt)
    followup = _followup(link)
    script = _script(followup)
    open_items = [q.item for q in _sheet(link, followup, script, "", now).questions]
    answers = [_answered(script, item, given[item], now) for item in open_items if given.get(item)]
    kept = [answer for answer in answers if answer is not None]
    if not kept:
        raise NothingChosen
    add_answers(
        conversation=attempt.pk,
        customer_id=attempt.customer_id,
        script=followup.script.slug,
        script_version=followup.script.version,
        started_at=attempt.answered_at or now,
        answers=kept,
    )
    close_link(link, now)
    record(
        acting_user=system_user(),
        action="followups.answer_by_link",
        thing=attempt,
        items=[a.item for a in kept],
    )
    story = _story(attempt)
    story = replace(story, answers=(*story.answers, *kept))
    if any(answer.score is not None for answer in kept):
        score = story.score
        if score is not None and 1 <= score <= 5:
            CustomerFacts.objects.update_or_create(
                customer_id=attempt.customer_id, defaults={"last_score": score, "last_rated_at": now}
            )
        settle_duties(attempt, followup, story, with_score=True, now=now)
    record_event(
        attempt.customer_id,
        "message.answered",
        at=now,
        acting_user=system_user(),
        source=f"attempt:{attempt.pk.hex}",
        score=story.score,
    )


def _sheet(link: AnswerLink, followup: FollowUp, script: Script, language: str, now: datetime) -> Sheet:
    known = set(Answer.objects.filter(response__conversation=link.attempt).values_list("item", flat=True))
    spoken = next((x for x in script.languages if x[:2] == language[:2]), script.languages[0])
    facts = spoken_facts(followup, now.astimezone(HOME_ZONE).date())
    asked = tuple(questions(script, [i for i in link.items if i not in known], facts, spoken))
    if not asked:
        raise LinkDead
    store = followup.customer.store
    sender = (store.brand or store.name) if store else ""
    return Sheet(sender or settings.HUIFANG.sms_sender, spoken, asked)


def _answered(script: Script, item: str, code: str, now: datetime) -> Answered | None:
    choice = chosen(script, item, code)
    return Answered(item, choice.code, "", choice.score, "", LINK, now) if choice else None


def _followup(link: AnswerLink) -> FollowUp:
    attempt = Attempt.objects.only("followup_id").get(pk=link.attempt)
    return FollowUp.objects.select_related("customer__store", "customer__facts", "script").get(
        pk=attempt.followup_id
    )


def _script(followup: FollowUp) -> Script:
    return script_from_json(followup.script.document)


def _story(attempt: Attempt) -> Story:
    rows = attempt.node_events.order_by("seq")
    return read(Logged(row.seq, EventKind(row.kind), row.at, row.data) for row in rows)
