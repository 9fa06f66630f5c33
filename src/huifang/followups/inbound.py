"""Answering customers who call us: who they are, and with which script they are answered."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction

from huifang.customers.events import record_event
from huifang.customers.models import ContactPoint, Customer, Purpose
from huifang.customers.phones import PhoneUnusable, blind_index, mask, normalise, seal
from huifang.followups.call_facts import CallFacts
from huifang.followups.claiming import LEASE, order_for
from huifang.followups.models import Attempt, FollowUp, InboundNumber, Script, Trunk
from huifang.followups.numbers import number_called
from huifang.logic.voice_line import InboundCall, Order, TrunkAddress
from huifang.people.softphones import experts_on_duty, people_on_duty

SCRIPT = "inbound_rating"
"""Answers every number that has no script of its own."""
PLAN = "inbound"
_PLAN_NAME = "客户来电"
_WITHHELD = "withheld-number"  # the member number of the one record for callers who show no number
_ANSWER_WITHIN = timedelta(minutes=1)


@transaction.atomic
def answer_caller(call: InboundCall, *, now: datetime) -> Order | None:
    """The order with which a node answers ``call``; None where the script has not been published.

    The number that was called may have a script of its own.  A caller whom we do not know becomes a
    customer with this number, of the store that the called number belongs to.  Asking again about the same
    Call-ID gives the same order, so a lost reply does no harm; a call that is past answering gives None.
    """
    ours = number_called(call.called)
    script = _script(ours)
    if script is None:
        return None
    number = _number(call.caller)
    customer = _customer(number, ours, now)
    key = hashlib.sha256(f"{call.node}:{call.call_id}".encode()).hexdigest()[:32]
    followup, is_new = FollowUp.objects.select_related("customer__store", "script").get_or_create(
        key=f"{PLAN}:{key}",
        defaults={
            "customer": customer,
            "plan": PLAN,
            "plan_name": _PLAN_NAME,
            "script": script,
            "purpose": Purpose.SERVICE,
            "reason": {"code": "inbound"},
            "state": FollowUp.State.CLAIMED,
            "due_at": now,
            "expires_at": now + _ANSWER_WITHIN,
            "created_at": now,
            "updated_at": now,
        },
    )
    if is_new:
        attempt = Attempt.objects.create(
            followup=followup,
            customer=customer,
            trunk=_trunk(call.peer),
            is_inbound=True,
            node=call.node,
            claimed_at=now,
            lease_until=now + LEASE,
        )
        record_event(customer.pk, "call.received", at=now, source=f"attempt:{attempt.pk.hex}")
    else:
        attempt = followup.attempts.get()
        if attempt.state != Attempt.State.CLAIMED:
            return None
    trunk = TrunkAddress(name=PLAN, host="", port=0, caller_id=call.called)
    facts = CallFacts([followup], now)
    order = order_for(
        attempt,
        followup,
        trunk,
        number=number,
        until=followup.expires_at,
        agents=people_on_duty(now),
        experts=experts_on_duty(now),
        facts=facts,
    )
    facts.save()
    return order


def _number(caller: str) -> str:
    """The caller's number as E.164; empty where it is withheld or none."""
    try:
        return normalise(caller)
    except PhoneUnusable:
        return ""


def _trunk(peer: str) -> Trunk | None:
    """The trunk whose channel the call takes."""
    return (
        Trunk.objects.filter(host=peer, is_active=True).order_by("priority", "id").first() if peer else None
    )


def _script(ours: InboundNumber | None) -> Script | None:
    """The newest version of the script of the number that was called, or of the one for every number."""
    slugs = [ours.script, SCRIPT] if ours else [SCRIPT]
    found = (Script.objects.filter(slug=slug).order_by("-version").first() for slug in slugs)
    return next(filter(None, found), None)


def _customer(number: str, ours: InboundNumber | None, now: datetime) -> Customer:
    if not number:
        return Customer.objects.get_or_create(
            member_number=_WITHHELD, defaults={"name": "来电 ****", "created_at": now, "updated_at": now}
        )[0]
    known = ContactPoint.objects.filter(kind="phone", index=blind_index(number)).select_related(
        "customer__store"
    )
    point = known.first()
    if point is not None:
        return point.customer
    customer = Customer.objects.create(
        name=f"来电 {mask(number)}", store=ours.store if ours else None, created_at=now, updated_at=now
    )
    ContactPoint.objects.create(
        customer=customer,
        kind="phone",
        sealed=seal(number),
        index=blind_index(number),
        masked=mask(number),
    )
    return customer
