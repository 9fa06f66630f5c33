"""The only way to a carrier: gathers what the contact gate must know and asks it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import phonenumbers
from django.db.models import Count
from phonenumbers import timezone as number_zones

from huifang.customers.consents import latest_consents
from huifang.customers.models import ContactPoint
from huifang.customers.phones import unseal
from huifang.followups.calendar import chinese_day
from huifang.followups.models import Attempt, FollowUp
from huifang.logic import gate
from huifang.logic.clock import HARD_CLOSING, HARD_OPENING, LawfulHours
from huifang.logic.gate import ContactRequest, Policy, Stage, Verdict
from huifang.logic.retry import LINE_CAUSES
from huifang.messages.models import Message
from huifang.tickets.models import Ticket

POLICY = Policy()
MESSAGES = replace(POLICY, hours=LawfulHours(((HARD_OPENING, HARD_CLOSING),)), numbers=(gate.MOBILE,))
"""Of text messages, which wake nobody from a midday nap; marketing keeps its hours."""
NO_GATEWAY_PAUSE = timedelta(minutes=10)
"""How long a message waits where the gateway has been taken out of the settings since it was owed."""
_CHUNK = 500  # rows per query; every database takes that many parameters


@dataclass(frozen=True, slots=True)
class Wish:
    """One contact that somebody wants to make."""

    customer_id: int
    purpose: str
    window: tuple[datetime, datetime]  # not before, not after


@dataclass(frozen=True, slots=True)
class Answer:
    """The gate's verdict, and the number that it was asked about (E.164; empty where there is none)."""

    verdict: Verdict
    number: str


def ask(
    wishes: Sequence[Wish],
    now: datetime,
    stage: Stage,
    line_fault: Callable[[str], str] | None = None,
    leave_out: UUID | None = None,
) -> list[Answer]:
    """The gate's answers to ``wishes``, in their order, with five queries per 500 wishes.

    At the stage CONTACT ``line_fault`` must tell why no trunk may carry a call to a number (E.164); empty
    where one may.  ``leave_out`` is an attempt that must not count
    as a contact already made: the one that is being asked about.
    """
    answers: list[Answer] = []
    for start in range(0, len(wishes), _CHUNK):
        chunk = wishes[start : start + _CHUNK]
        facts = _gather({wish.customer_id for wish in chunk}, now, leave_out)
        answers.extend(_answer(wish, facts, now, stage, line_fault) for wish in chunk)
    return answers


def ask_about(followup: FollowUp, now: datetime) -> Answer:
    """Whether and when a follow-up may still happen in what is left of its window."""
    wish = Wish(followup.customer_id, followup.purpose, (followup.due_at, followup.expires_at))
    return ask([wish], now, Stage.PLANNING)[0]


def ask_message(
    wish: Wish, now: datetime, stage: Stage, *, part_of: UUID | None = None, leave_out: int | None = None
) -> Answer:
    """The gate's answer to one text message.

    One that is ``part_of`` a call is no contact besides that call.  ``leave_out`` is the message that is being
    asked about.
    """
    return ask_messages([wish], now, stage, part_of=part_of, leave_out=leave_out)[0]


def ask_messages(
    wishes: Sequence[Wish],
    now: datetime,
    stage: Stage,
    *,
    part_of: UUID | None = None,
    leave_out: int | None = None,
) -> list[Answer]:
    """The same for several, up to 500, together."""
    customers = {wish.customer_id for wish in wishes}
    facts = replace(_gather(customers, now, part_of, leave_out), numbers=_for_messages(customers))
    return [_answer(wish, facts, now, stage, lambda number: "", MESSAGES) for wish in wishes]


def _for_messages(customer_ids: Collection[int]) -> dict[int, ContactPoint]:
    """By customer, the oldest working mobile number; without one whatever there is, so that the verdict can say
    why not."""
    points: dict[int, list[ContactPoint]] = defaultdict(list)
    for point in ContactPoint.objects.filter(customer_id__in=customer_ids, kind="phone").order_by("id"):
        points[point.customer_id].append(point)
    return {customer_id: _best(found) for customer_id, found in points.items()}


def _best(points: list[ContactPoint]) -> ContactPoint:
    working = [point for point in points if point.dead_since is None]
    mobile = (point for point in working if re.fullmatch(gate.MOBILE, unseal(bytes(point.sealed))))
    return next(mobile, None) or (working or points)[0]


def apply(followup: FollowUp, verdict: Verdict, now: datetime) -> bool:
    """Make a due follow-up wait or give up as ``verdict`` says; True where it may go ahead.

    Changes the object only; the caller saves ``state``, ``due_at``, ``verdict`` and ``updated_at``.
    """
    followup.verdict = verdict.to_json()
    followup.updated_at = now
    if verdict.allowed:
        return True
    if verdict.not_before is not None:
        followup.due_at = verdict.not_before
    else:
        followup.state = FollowUp.State.FAILED if followup.tries else FollowUp.State.SKIPPED
    return False


@dataclass(frozen=True, slots=True)
class _Facts:
    numbers: dict[int, ContactPoint]
    consents: dict[tuple[int, str], bool]
    contacts: dict[int, list[datetime]]
    complaints: dict[int, int]


def _gather(
    customer_ids: Collection[int], now: datetime, leave_out: UUID | None, message: int | None = None
) -> _Facts:
    points = ContactPoint.objects.filter(customer_id__in=customer_ids, kind="phone").order_by("-id")
    numbers: dict[int, ContactPoint] = {}
    for point in points:  # the oldest working number wins; a dead one only where there is no other
        known = numbers.get(point.customer_id)
        if known is None or point.dead_since is None or known.dead_since is not None:
            numbers[point.customer_id] = point
    made = Attempt.objects.filter(
        customer_id__in=customer_ids, dialled_at__gt=now - timedelta(days=7), is_inbound=False
    ).exclude(cause__in=list(LINE_CAUSES), ringing_at__isnull=True)
    if leave_out is not None:
        made = made.exclude(id=leave_out)
    contacts: dict[int, list[datetime]] = defaultdict(list)
    for customer_id, at in made.values_list("customer_id", "dialled_at"):
        if at is not None:
            contacts[customer_id].append(at)
    texts = Message.objects.filter(
        customer_id__in=customer_ids, is_own_contact=True, handed_at__gt=now - timedelta(days=7)
    ).exclude(state__in=(Message.State.FAILED, Message.State.REFUSED))
    for customer_id, at in texts.exclude(pk=message or 0).values_list("customer_id", "handed_at"):
        if at is not None:
            contacts[customer_id].append(at)
    complaints = (
        Ticket.objects.filter(
            customer_id__in=customer_ids, state=Ticket.State.OPEN, cause=Ticket.Cause.LOW_SCORE
        )
        .values_list("customer_id")
        .annotate(n=Count("id"))
    )
    return _Facts(numbers, latest_consents(customer_ids), contacts, dict(complaints))


def _answer(
    wish: Wish,
    facts: _Facts,
    now: datetime,
    stage: Stage,
    line_fault: Callable[[str], str] | None,
    policy: Policy = POLICY,
) -> Answer:
    customer = wish.customer_id
    point = facts.numbers.get(customer)
    number = unseal(bytes(point.sealed)) if point else ""
    refused = any(facts.consents.get((customer, purpose)) is False for purpose in ("", wish.purpose))
    request = ContactRequest(
        purpose=wish.purpose,
        stage=stage,
        window=wish.window,
        number=number or None,
        number_works=point.dead_since is None if point else None,
        zone=_zone_of(number),
        refused=refused,
        opted_in=facts.consents.get((customer, gate.MARKETING), False),
        contacts=tuple(facts.contacts.get(customer, ())),
        open_complaints=facts.complaints.get(customer, 0),
        trunk_fault=None if line_fault is None else line_fault(number) if number else "",
    )
    return Answer(gate.decide(request, policy, now, chinese_day), number)


def _zone_of(number: str) -> str | None:
    """The zone that the number belongs to; None (which refuses) where it names none or several."""
    if not number:
        return None
    zones = number_zones.time_zones_for_number(phonenumbers.parse(number))
    return zones[0] if len(zones) == 1 and zones[0] != "Etc/Unknown" else None
