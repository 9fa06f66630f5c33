"""Going online with the browser's softphone, and what its gateway tells of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from huifang.errors import N_, HuifangError
from huifang.logic.softphone_line import GatewayReport, Instructions, Offer, Phone
from huifang.people.audit import record
from huifang.people.models import Role, Softphone, User
from huifang.people.permissions import CALL_TAKERS

ALIVE_FOR = timedelta(seconds=10)
"""A phone whose gateway has not told of it for so long is not rung."""
OFFER_FOR = timedelta(seconds=20)
"""So long a page waits for an answer to its offer; an older one is nobody's."""
_NOTE_EVERY = timedelta(seconds=3)  # so often a phone of which there is no news is written down
_LONGEST_OFFER = 20_000

State = Softphone.State
_OVER = (State.OFFLINE, State.REFUSED)
_ON_DUTY = (State.READY, State.RINGING, State.TALKING)


class OfferUnusable(HuifangError):
    template = N_("This browser’s softphone cannot be used: %(reason)s")


@transaction.atomic
def go_online(*, user: User, offer: str, now: datetime) -> Softphone:
    """``user`` wants to take calls with the browser whose session description is ``offer``.

    A window in which the same person was online loses its phone.  ``OfferUnusable``.
    """
    if not offer.startswith("v=0") or len(offer) > _LONGEST_OFFER or not offer.isascii():
        raise OfferUnusable(reason=N_("what it says of itself is not a session description."))
    row, _ = Softphone.objects.update_or_create(
        user=user,
        defaults={
            "key": uuid.uuid4(),
            "state": State.WAITING,
            "offer": offer,
            "answer": "",
            "gateway": "",
            "sip_uri": "",
            "attempt": None,
            "seen_at": now,
        },
    )
    record(acting_user=user, action="softphone.go_online", thing=row)
    return row


@transaction.atomic
def go_offline(*, user: User) -> None:
    """Take no more calls, as when somebody signs out; a call in progress ends."""
    row = Softphone.objects.select_for_update().filter(user=user).exclude(state__in=_OVER).first()
    if row is not None:
        _put_away(row)


def phone_of(user: User, key: uuid.UUID) -> Softphone | None:
    """The user's softphone while ``key`` is its present key."""
    return Softphone.objects.filter(user=user, key=key).first()


def people_on_duty(now: datetime) -> list[User]:
    """Who takes calls at ``now``, with the address to ring in ``sip_uri``: empty while they are busy.

    A softphone that is online goes before the phone on the desk.  Whoever takes no calls for a while is not
    among them.
    """
    # Supervisors take calls only while they are online for it.
    return _on_duty(now, CALL_TAKERS, with_desk_phones=Role.AGENT)


def experts_on_duty(now: datetime) -> list[User]:
    """The supervisors whom an agent may fetch into a call at ``now``, addressed as ``people_on_duty``."""
    return _on_duty(now, {Role.SUPERVISOR}, with_desk_phones=Role.SUPERVISOR)


def _on_duty(now: datetime, roles: Collection[str], *, with_desk_phones: str) -> list[User]:
    alive = Softphone.objects.filter(seen_at__gt=now - ALIVE_FOR, state__in=(*_ON_DUTY, State.PAUSED))
    phones = {phone.user_id: phone for phone in alive}
    found: list[User] = []
    for user in User.objects.filter(is_active=True, role__in=roles).order_by("id"):
        phone = phones.get(user.pk)
        if phone is not None and phone.state in _ON_DUTY:
            user.sip_uri = phone.sip_uri if phone.state == State.READY else ""
            user.is_at_softphone = True
            found.append(user)
        elif phone is None and user.role == with_desk_phones and user.sip_uri:
            found.append(user)
    return found


def take_report(report: GatewayReport, *, now: datetime) -> Instructions:
    """Write down what a gateway tells of all its phones, and say what it is to do.

    A phone that it does not name any more is offline.  An offer is given out again until it is named or
    refused, so a lost answer costs half a second.
    """
    rows = Softphone.objects.exclude(state__in=_OVER)
    waiting = rows.filter(state=State.WAITING, seen_at__gt=now - OFFER_FOR)
    mine = rows.filter(gateway=report.gateway)
    if not (report.phones or report.refused or mine.exists() or waiting.filter(gateway="").exists()):
        return Instructions()  # twice a second, so without a transaction
    with transaction.atomic():
        named = {phone.key for phone in report.phones}
        held = {row.key.hex: row for row in mine.select_related("user").select_for_update(of=("self",))}
        closed = [phone.key for phone in report.phones if not _note(held.get(phone.key), phone, now)]
        for key, row in held.items():
            if key in report.refused:
                row.state = State.REFUSED
                row.save(update_fields=["state"])
            elif key not in named and row.state != State.WAITING:
                _put_away(row)
        waiting.filter(gateway="").update(gateway=report.gateway)
        offers = [
            Offer(row.key.hex, row.offer)
            for row in waiting.filter(gateway=report.gateway)
            if not _is_among(row.key.hex, named, report.refused)
        ]
    return Instructions(offers=offers, closed=closed)


def _is_among(key: str, *lists: Collection[str]) -> bool:
    return any(key in one for one in lists)


def _note(row: Softphone | None, phone: Phone, now: datetime) -> bool:
    """Write down the state of a phone; False where it is not (any more) one of a person who may have it."""
    if row is None:
        return False
    if not (row.user.is_active and row.user.role in CALL_TAKERS):
        _put_away(row)
        return False
    attempt = uuid.UUID(phone.attempt) if phone.attempt else None
    before = (row.state, row.attempt)
    if before == (phone.state, attempt) and now - row.seen_at < _NOTE_EVERY:
        return True
    row.state, row.attempt, row.seen_at = State(phone.state.value), attempt, now
    row.answer, row.sip_uri = phone.answer, phone.sip_uri
    row.save()
    action = _action(before, (row.state, row.attempt))
    if action:
        record(acting_user=row.user, action=action, thing=row, attempt=phone.attempt)
    return True


def _action(before: tuple[str, uuid.UUID | None], after: tuple[str, uuid.UUID | None]) -> str:
    """What the person has done, where it is something for the audit trail."""
    if after[0] == State.TALKING and before != after:
        return "softphone.answer"
    if after[0] == State.PAUSED and before[0] != State.PAUSED:
        return "softphone.pause"
    if before[0] == State.PAUSED and after[0] == State.READY:
        return "softphone.resume"
    return ""


def _put_away(row: Softphone) -> None:
    row.state, row.attempt, row.answer, row.offer = State.OFFLINE, None, "", ""
    row.save(update_fields=["state", "attempt", "answer", "offer"])
    record(acting_user=row.user, action="softphone.go_offline", thing=row)
