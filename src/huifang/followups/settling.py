"""What an attempt means for its follow-up, the customer's facts and the people who must act."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from huifang.clock import HOME_ZONE
from huifang.customers.events import record_event
from huifang.customers.models import ContactPoint, CustomerFacts
from huifang.customers.numbers import keep_number
from huifang.endings.choosing import forget, note_heard
from huifang.errors import N_, Conflict, NotFound
from huifang.followups import gate
from huifang.followups.duties import settle_duties
from huifang.followups.messaging import owe_messages
from huifang.followups.models import Attempt, FollowUp
from huifang.logic import retry
from huifang.logic.call_story import Story
from huifang.logic.sealed_number import unseal
from huifang.logic.voice_line import EndCause, EventKind
from huifang.people.audit import record, system_user
from huifang.people.encryption import keyring
from huifang.people.models import User
from huifang.promises.actions import withdraw_callbacks
from huifang.surveys.actions import store_answers

_LET_GO_PAUSE = timedelta(minutes=1)  # a node that cannot dial must not get the same order again at once


def settle(
    attempt: Attempt,
    followup: FollowUp,
    story: Story,
    *,
    before: str,
    fresh: Collection[EventKind],
    now: datetime,
) -> None:
    """Draw the consequences of what is newly known.  ``before`` is the attempt's state so far.

    Both rows are locked and saved by this call's transaction.
    """
    is_ended, was_ended = attempt.state == Attempt.State.ENDED, before == Attempt.State.ENDED
    if is_ended and not was_ended:
        _end(attempt, followup, story, now)
    elif attempt.state == Attempt.State.IN_DOUBT and before != Attempt.State.IN_DOUBT:
        put_in_doubt(attempt, followup, now)
    elif before == Attempt.State.IN_DOUBT and attempt.state != Attempt.State.IN_DOUBT:
        followup.state = FollowUp.State.CLAIMED  # the node is alive after all
    followup.updated_at = now
    followup.save()
    is_over = attempt.state in (Attempt.State.ENDED, Attempt.State.IN_DOUBT)
    if EventKind.ANSWER in fresh:
        store_answers(
            conversation=attempt.pk,
            customer_id=attempt.customer_id,
            script=followup.script.slug,
            script_version=followup.script.version,
            channel="phone",
            started_at=attempt.answered_at or now,
            answers=story.answers,
        )
    is_upset = story.risk is not None and EventKind.HEARD in fresh
    if is_over or is_upset or EventKind.PROMISE in fresh:
        # The score may still be taken back while the call lasts; a promise or a rage holds at once.
        settle_duties(attempt, followup, story, with_score=is_over, now=now)
    if {EventKind.PROMISE, EventKind.REFUSED, EventKind.STRANGER} & set(fresh):
        _withdraw_if_refused(attempt, now)
    if is_over:
        owe_messages(attempt, followup, story, now)
    if is_ended:
        _keep_numbers(attempt, story)
        _note_facts(attempt, story)
        note_heard(
            attempt.pk,
            attempt.customer_id,
            ended_at=story.ended_at or now,
            answered=story.answered_at is not None,
            ending=story.ending,
            score=story.score,
            tune=story.tune,
            heard_ms=story.tune_ms,
            heard_all=story.tune_heard_all,
        )


def _keep_numbers(attempt: Attempt, story: Story) -> None:
    """Numbers that the customer gave and did not take back stand beside those that we know."""
    for answer in story.answers:
        number = unseal(answer.sealed, attempt.pk.hex, keyring().voice_token) if answer.sealed else None
        if number is not None:
            keep_number(
                attempt.customer_id,
                number,
                at=answer.at,
                source=f"attempt:{attempt.pk.hex}",
                acting_user=system_user(),
            )


def _withdraw_if_refused(attempt: Attempt, now: datetime) -> None:
    """Who does not want to be called again, or has died, is not called back either, in whichever order it was said."""
    last_words = attempt.node_events.filter(kind__in=(EventKind.REFUSED, EventKind.STRANGER))
    if any(row.kind == EventKind.REFUSED or row.data.get("why") == "deceased" for row in last_words):
        with translation.override(settings.LANGUAGE_CODE):
            note = _("The customer asked not to be called again.")
        withdraw_callbacks(attempt.customer_id, note=note, now=now, acting_user=system_user())


def _end(attempt: Attempt, followup: FollowUp, story: Story, now: datetime) -> None:
    cause = story.cause or EndCause.NETWORK
    record_event(
        attempt.customer_id,
        "call.ended",
        at=story.ended_at or now,
        source=f"attempt:{attempt.pk.hex}",
        cause=cause.value,
        outcome=story.outcome,
        score=story.score,
        plan=followup.plan_name,
    )
    if attempt.is_inbound:  # a call that we did not make is not made again either
        followup.state = FollowUp.State.DONE if story.answered_at else FollowUp.State.FAILED
        return
    if story.dialled_at is None:  # the node let go before any INVITE: nobody was rung
        followup.state = FollowUp.State.DUE
        followup.due_at = max(now + _LET_GO_PAUSE, followup.due_at)
        gate.apply(followup, gate.ask_about(followup, now).verdict, now)
        return
    if cause is EndCause.EMPTY_NUMBER:
        _mark_number_dead(attempt.customer_id, now)
    rung = followup.attempts.exclude(dialled_at=None).exclude(cause__in=list(retry.LINE_CAUSES)).count()
    faults = followup.attempts.exclude(dialled_at=None).filter(cause__in=list(retry.LINE_CAUSES)).count()
    then = retry.after(
        cause,
        answered=story.answered_at is not None,
        tries=rung,
        at=story.ended_at or now,
        zone=HOME_ZONE,
        line_faults=faults,
        retry_after_s=story.retry_after_s,
    )
    if isinstance(then, retry.Over):
        followup.state = FollowUp.State.DONE if then.reached else FollowUp.State.FAILED
        return
    followup.state = FollowUp.State.DUE
    followup.due_at = max(then.not_before, followup.due_at)
    gate.apply(followup, gate.ask_about(followup, now).verdict, now)


def _mark_number_dead(customer_id: int, now: datetime) -> None:
    """The number that was dialled is the one that the gate chose: the oldest that worked."""
    point = (
        ContactPoint.objects.filter(customer_id=customer_id, kind="phone", dead_since=None)
        .order_by("id")
        .first()
    )
    if point is not None:
        point.dead_since, point.dead_why = now, ContactPoint.Dead.NETWORK
        point.save(update_fields=["dead_since", "dead_why"])


def _note_facts(attempt: Attempt, story: Story) -> None:
    facts: dict[str, object] = {}
    if story.answered_at is not None:
        facts["last_contacted_at"] = story.answered_at
    if story.score is not None and 1 <= story.score <= 5:
        facts |= {"last_score": story.score, "last_rated_at": story.ended_at}
    if facts:
        CustomerFacts.objects.update_or_create(customer_id=attempt.customer_id, defaults=facts)


def put_in_doubt(attempt: Attempt, followup: FollowUp, now: datetime) -> None:
    """Nobody knows how the call ended: the follow-up waits for a person and is never due by itself.

    Changes the objects and writes the event; the caller saves the rows.
    """
    attempt.state = Attempt.State.IN_DOUBT
    followup.state = FollowUp.State.IN_DOUBT
    followup.updated_at = now
    record_event(
        attempt.customer_id,
        "call.in_doubt",
        at=now,
        source=f"attempt:{attempt.pk.hex}",
        plan=followup.plan_name,
    )


def give_back(attempt: Attempt, followup: FollowUp, now: datetime) -> None:
    """End an attempt for which no INVITE has left, and ask the gate what becomes of the follow-up.

    The fence moves on, so the node that held it is refused from now on.
    """
    attempt.state = Attempt.State.RELEASED
    attempt.fence += 1
    attempt.ended_at = now
    attempt.save()
    forget(attempt.pk)
    _make_due(attempt, followup, now)
    followup.save()


def _make_due(attempt: Attempt, followup: FollowUp, now: datetime) -> None:
    """Due again, if the gate allows; a call that the customer made is over."""
    if attempt.is_inbound:
        followup.state = FollowUp.State.FAILED
        return
    followup.state = FollowUp.State.DUE
    gate.apply(followup, gate.ask_about(followup, now).verdict, now)


class Finding(StrEnum):
    """What a person has found out about a doubtful call; the word becomes the attempt's outcome."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"  # the telephone rang, or may have
    NOT_DIALLED = "not_dialled"  # the trunk's records know of no call: nobody was disturbed


@transaction.atomic
def resolve_in_doubt(attempt_id: UUID, *, finding: Finding, acting_user: User, now: datetime) -> Attempt:
    """A person has found out how a doubtful call ended: the follow-up is done, or due again within
    its window.  ``Conflict`` where the attempt is not in doubt.

    A call that was never dialled does not count among the customer's contacts.

    The fence moves on: the decision stands, whatever the node may report later.
    """
    attempt = Attempt.objects.select_for_update().filter(pk=attempt_id).first()
    if attempt is None:
        raise NotFound(thing=N_("call"))
    if attempt.state != Attempt.State.IN_DOUBT:
        raise Conflict(reason=N_("the call is not waiting for verification."))
    followup = FollowUp.objects.select_for_update().get(pk=attempt.followup_id)
    attempt.state = Attempt.State.ENDED
    attempt.outcome = finding.value
    if finding is Finding.NOT_DIALLED:
        attempt.dialled_at = None
        followup.tries = max(0, followup.tries - 1)
    attempt.fence += 1
    attempt.ended_at = now
    attempt.save()
    reached = finding is Finding.REACHED
    if reached:
        followup.state = FollowUp.State.DONE
    else:
        _make_due(attempt, followup, now)
    followup.updated_at = now
    followup.save()
    record(acting_user=acting_user, action="followups.resolve_in_doubt", thing=attempt, finding=finding.value)
    record_event(
        attempt.customer_id,
        "call.resolved",
        at=now,
        acting_user=acting_user,
        source=f"attempt:{attempt.pk.hex}",
        reached=reached,
    )
    return attempt
