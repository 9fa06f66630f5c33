"""Handing messages over: the only writer of what becomes of them.

A message is committed as SENDING under a new fence before anything leaves, and its fate is written afterwards.  Who
finds it SENDING again comes after a worker that died in between: whether the gateway has it, nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from huifang.customers.events import record_event
from huifang.customers.phones import mask
from huifang.errors import N_, Conflict, NotFound
from huifang.logic import breaker
from huifang.logic.breaker import Breaker, Ended, Patience
from huifang.logic.message_line import Fate, Told
from huifang.messages.gateway import Handed
from huifang.messages.models import Delivery, Gateway, Message
from huifang.messages.owing import promise_sending
from huifang.people.audit import record, system_user
from huifang.people.models import User

PATIENCE = Patience(
    window=timedelta(minutes=2), least=4, shortest=timedelta(seconds=30), longest=timedelta(minutes=10)
)
MOST_TRIES = 10
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
_NOT_SENT = (Message.State.FAILED, Message.State.REFUSED)
_DIED = "worker died"
_MOST_JUDGED = 200
_SILENT_AFTER = timedelta(minutes=2)
"""A try that is not over by then never will be."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A message that is committed as SENDING and must now be handed over."""

    id: int
    fence: int
    handed: Handed


def next_step(row: Message, now: datetime) -> bool:
    """Whether ``row`` (locked) is to be handed over now.  One that was left in mid-air is settled first: with a
    gateway that promises idempotency it goes out once more under its key, with another never."""
    if row.state == Message.State.SENDING:
        _close_delivery(row, row.fence, Told(Fate.UNKNOWN, reason=_DIED), now)
        if not settings.HUIFANG.sms_idempotent:
            _settle(row, Message.State.UNKNOWN, _DIED, now)
            return False
        return True
    return row.state == Message.State.PENDING


def paused_until(now: datetime) -> datetime | None:
    """Until when nothing may be handed over because the gateway fails; None where it may.

    Call it in the transaction that begins: it holds the gateway's lock.
    """
    row = _gateway()
    judged = breaker.judge(_breaker(row), _ended(now), now, PATIENCE)
    if judged != _breaker(row):
        row.since, row.until, row.openings = judged.since, judged.until, judged.openings
        row.save()
        action = "messages.gateway_paused" if judged.is_open else "messages.gateway_resumed"
        record(acting_user=system_user(), action=action, thing=row)
    if judged.until is None:
        return None
    if now < judged.until:
        return judged.until
    on_trial = Delivery.objects.filter(
        began_at__gte=judged.until, began_at__gt=now - _SILENT_AFTER, ended_at=None
    ).count()
    return None if breaker.room(judged, now, on_trial) else now + PATIENCE.shortest


def begin(
    row: Message,
    *,
    number: str,
    text: str,
    verdict: Mapping[str, Any],
    is_own_contact: bool,
    now: datetime,
) -> Begun:
    """Commit-ready: ``row`` (locked) is SENDING under a new fence.  ``text`` is what goes out."""
    row.state, row.verdict, row.masked = Message.State.SENDING, dict(verdict), mask(number)
    row.is_own_contact = row.is_own_contact or is_own_contact
    row.fence += 1
    row.tries += 1
    row.handed_at = row.handed_at or now
    row.save()
    Delivery.objects.create(message=row, fence=row.fence, began_at=now)
    return Begun(row.pk, row.fence, Handed(row.key, number, text))


@transaction.atomic
def finish(begun: Begun, told: Told, now: datetime) -> Message:
    """Write down what became of a try.  An answer to an earlier try than the last changes the row no more."""
    row = Message.objects.select_for_update().get(pk=begun.id)
    _close_delivery(row, begun.fence, told, now)
    is_open = row.state in (Message.State.SENDING, Message.State.UNKNOWN)  # declared lost too early
    if row.fence != begun.fence or not is_open:
        return row
    row.gateway_id = told.id
    if told.fate is Fate.TAKEN:
        _settle(row, Message.State.SENT, "", now)
    elif told.fate is Fate.REFUSED:
        _settle(row, Message.State.FAILED, told.reason, now)
    elif told.fate is Fate.UNKNOWN and not settings.HUIFANG.sms_idempotent:
        _settle(row, Message.State.UNKNOWN, told.reason, now)
    elif row.tries >= MOST_TRIES:
        _settle(row, Message.State.FAILED, told.reason, now)
    else:
        pause = min(_FIRST_PAUSE * (1 << min(row.tries - 1, 10)), _LONGEST_PAUSE)
        wait(row, now + max(pause, min(timedelta(seconds=told.retry_after_s or 0), _LONGEST_PAUSE)), now)
        row.reason = told.reason
        row.save(update_fields=["reason"])
    return row


def wait(row: Message, until: datetime, now: datetime) -> None:
    """Try ``row`` (locked) again at ``until``, whatever the reason."""
    row.state, row.due_at = Message.State.PENDING, until
    row.save()
    promise_sending(row, now)


def refuse(row: Message, verdict: Mapping[str, Any], now: datetime) -> None:
    """The contact gate forbids it for good."""
    row.verdict = dict(verdict)
    _settle(row, Message.State.REFUSED, "", now)


@transaction.atomic
def verify(message_id: int, *, arrived: bool, acting_user: User, now: datetime) -> Message:
    """A person has found out at the gateway whether a message of unknown fate arrived there.  It is not sent again:
    by now it would be about a call long past.  ``Conflict`` where its fate is known."""
    row = Message.objects.select_for_update().filter(pk=message_id).first()
    if row is None:
        raise NotFound(thing=N_("message"))
    if row.state != Message.State.UNKNOWN:
        raise Conflict(reason=N_("the message is not waiting for verification."))
    _conclude(row, Message.State.SENT if arrived else Message.State.FAILED, row.reason, now, acting_user)
    return row


def _settle(row: Message, state: Message.State, reason: str, now: datetime) -> None:
    if state in _NOT_SENT and row.deliveries.filter(fate=Fate.UNKNOWN).exists():
        state = Message.State.UNKNOWN  # an earlier try may have arrived
    _conclude(row, state, reason, now, system_user())


def _conclude(row: Message, state: Message.State, reason: str, now: datetime, acting_user: User) -> None:
    row.state, row.reason, row.settled_at = state, reason[:200], now
    row.save()
    record(acting_user=acting_user, action=f"messages.{state.value}", thing=row, reason=row.reason)
    record_event(
        row.customer_id,
        f"message.{state.value}",
        at=now,
        acting_user=acting_user,
        source=f"message:{row.pk}",
        cause=row.cause,
        attempt=row.attempt.hex,
    )


def _close_delivery(row: Message, fence: int, told: Told, now: datetime) -> None:
    Delivery.objects.filter(message=row, fence=fence, ended_at=None).update(
        ended_at=now, fate=told.fate.value, reason=told.reason[:200], retry_after_s=told.retry_after_s
    )


def _gateway() -> Gateway:
    row = Gateway.objects.select_for_update().order_by("id").first()
    return row or Gateway.objects.select_for_update().get_or_create(pk=1)[0]


def _breaker(row: Gateway) -> Breaker:
    return Breaker(row.since, row.until, row.openings)


def _ended(now: datetime) -> list[Ended]:
    rows = (
        Delivery.objects.filter(ended_at__gt=now - PATIENCE.window - PATIENCE.longest)
        .order_by("-ended_at")
        .values_list("began_at", "ended_at", "fate", "retry_after_s")[:_MOST_JUDGED]
    )
    failed = (Fate.NOT_TAKEN, Fate.UNKNOWN)
    return [Ended(began, at, fate in failed, retry) for began, at, fate, retry in rows if at is not None]
