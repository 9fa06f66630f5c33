"""Entering promises into the ledger and settling them; the only writers of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from huifang.customers.events import record_event
from huifang.customers.models import Customer
from huifang.errors import N_, Conflict, NotFound
from huifang.people.audit import record
from huifang.people.models import User
from huifang.promises.budgets import give_back, take
from huifang.promises.models import CouponBudget, Promise
from huifang.tickets import actions as tickets
from huifang.tickets.models import Ticket

_BATCH = 200
SETTLED = (Promise.State.KEPT, Promise.State.BROKEN, Promise.State.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Made:
    """A promise as a call reported it.  ``number`` is the event's; ``said``, ``heard`` and ``at_ms`` are the
    evidence: our words, the customer's just before, and where in the recording."""

    attempt: UUID
    number: int
    kind: str
    said: str
    at: datetime
    due_at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    heard: str = ""
    at_ms: int | None = None


@transaction.atomic
def enter(
    made: Made,
    *,
    customer: Customer,
    objection: str,
    callback_ticket: Ticket | None,
    owner: User | None,
    now: datetime,
    acting_user: User,
) -> Promise:
    """The ledger's row of a promise: entered now, or, reported again, only with what is newly known of its
    evidence.

    ``objection``: why the call's script does not allow it, "" where it does.  A callback is owed by the
    call's own ``callback_ticket``; every other promise opens a ticket, ``owner``'s or the store's.  A coupon
    for which no budget is left is owed all the same: a person must settle it with the customer.
    """
    key = f"{made.attempt.hex}:{made.number}"
    row = Promise.objects.select_for_update().filter(key=key).first()
    if row is not None:
        return _completed(row, made)
    row = Promise(
        key=key,
        attempt=made.attempt,
        customer=customer,
        kind=made.kind[:20],
        data=made.data,
        said=made.said,
        heard=made.heard,
        at_ms=made.at_ms,
        made_at=made.at,
        due_at=made.due_at,
    )
    if objection:
        row.state, row.objection, row.settled_at = Promise.State.REFUSED, objection, now
        row.save()
        record(
            acting_user=acting_user,
            action="promises.refuse",
            thing=row,
            kind=row.kind,
            objection=objection,
            attempt=made.attempt.hex,
        )
        _tell(row, "promise.refused", now, acting_user)
        return row
    if row.kind == Promise.Kind.COUPON:
        row.budget = take(str(made.data.get("promotion") or ""), customer.store_id)
    if row.kind == Promise.Kind.CALLBACK:
        row.ticket = callback_ticket
    else:
        row.ticket = _open_ticket(row, owner, now, acting_user)
    row.save()
    record(
        acting_user=acting_user,
        action="promises.enter",
        thing=row,
        kind=row.kind,
        attempt=made.attempt.hex,
        budget=row.budget_id,
    )
    _tell(row, "promise.made", now, acting_user)
    return row


def _completed(row: Promise, made: Made) -> Promise:
    """What the events around it tell may come later than the promise."""
    known = {"heard": made.heard, "at_ms": made.at_ms}
    fresh = {name: value for name, value in known.items() if value and getattr(row, name) != value}
    if fresh:
        for name, value in fresh.items():
            setattr(row, name, value)
        row.save(update_fields=list(fresh))
    return row


def _open_ticket(row: Promise, owner: User | None, now: datetime, acting_user: User) -> Ticket:
    with translation.override(settings.LANGUAGE_CODE):
        title = _TITLES[row.kind](row.customer.name, row.budget, str(row.data.get("promotion") or ""))
        asked = _("The customer said: %(words)s") % {"words": row.heard} if row.heard else ""
    return tickets.open_ticket(
        key=f"promise:{row.key}",
        customer_id=row.customer.pk,
        store_id=row.customer.store_id,
        cause=row.kind,
        title=title,
        detail="\n".join(filter(None, (asked, row.said))),
        attempt=row.attempt,
        owner=owner,
        due_at=row.due_at,
        now=now,
        acting_user=acting_user,
    )


def _coupon_title(name: str, budget: CouponBudget | None, promotion: str) -> str:
    if budget is not None:
        return _("Send %(name)s the coupon “%(coupon)s”") % {"name": name, "coupon": budget.name}
    return _("Budget used up: %(name)s was promised a coupon (%(promotion)s)") % {
        "name": name,
        "promotion": promotion or _("no promotion named"),
    }


_TITLES: dict[str, Callable[[str, CouponBudget | None, str], str]] = {
    Promise.Kind.COUPON: _coupon_title,
    Promise.Kind.EXCHANGE: lambda name, *more: _("Arrange the exchange for %(name)s") % {"name": name},
    Promise.Kind.INFORMATION: lambda name, *more: (
        _("Send %(name)s the promised information") % {"name": name}
    ),
    Promise.Kind.QUESTION: lambda name, *more: _("Answer the question of %(name)s") % {"name": name},
}


@transaction.atomic
def settle(promise_id: int, *, state: str, note: str, acting_user: User, now: datetime) -> Promise:
    """Say what became of an owed promise: kept, not kept, or withdrawn, with a note.

    The ticket that only this promise was for is resolved with it; a coupon that the customer does not get
    goes back to its budget.  ``Conflict`` where nothing is owed any more or nothing is said.
    """
    row = Promise.objects.select_for_update().filter(pk=promise_id).first()
    if row is None:
        raise NotFound(thing=N_("promise"))
    if row.state != Promise.State.OPEN:
        raise Conflict(reason=N_("the promise is settled already."))
    if state not in SETTLED:
        raise Conflict(reason=N_("a promise is kept, not kept or withdrawn."))
    if not note.strip():
        raise Conflict(reason=N_("a promise is settled by saying what was done; write it down."))
    _settle(row, state, note.strip(), now, now, acting_user)
    ticket = row.ticket
    if ticket is not None and ticket.state == Ticket.State.OPEN and _is_only_for(ticket):
        tickets.resolve(ticket.pk, resolution=row.note, acting_user=acting_user, now=now)
    return row


@transaction.atomic
def withdraw_callbacks(customer_id: int, *, note: str, now: datetime, acting_user: User) -> int:
    """The customer wants no calls any more, so no promised one may be made; how many were owed."""
    owed = Promise.objects.filter(
        customer_id=customer_id, state=Promise.State.OPEN, kind=Promise.Kind.CALLBACK
    ).order_by("id")
    ids = list(owed.values_list("pk", flat=True))
    for pk in ids:
        settle(pk, state=Promise.State.WITHDRAWN, note=note, acting_user=acting_user, now=now)
    return len(ids)


def _is_only_for(ticket: Ticket) -> bool:
    """Nothing else is owed with this ticket: no complaint, no other promise."""
    return (
        ticket.cause != Ticket.Cause.LOW_SCORE
        and not ticket.promises.filter(state=Promise.State.OPEN).exists()
    )


@transaction.atomic
def follow_tickets(*, now: datetime, acting_user: User) -> int:
    """Promises whose ticket has been resolved are kept; how many were new."""
    rows = list(
        Promise.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=Promise.State.OPEN, ticket__state=Ticket.State.RESOLVED)
        .select_related("ticket")
        .order_by("id")[:_BATCH]
    )
    for row in rows:
        ticket = row.ticket
        assert ticket is not None
        _settle(row, Promise.State.KEPT, ticket.resolution, ticket.resolved_at or now, now, acting_user)
    return len(rows)


@transaction.atomic
def note_overdue(*, now: datetime, acting_user: User) -> int:
    """Put on record, once per promise, that its due time has passed; how many were new."""
    rows = list(
        Promise.objects.select_for_update(skip_locked=True)
        .filter(state=Promise.State.OPEN, due_at__lt=now, overdue_at=None)
        .order_by("due_at", "id")[:_BATCH]
    )
    for row in rows:
        row.overdue_at = now
        row.save(update_fields=["overdue_at"])
        record(acting_user=acting_user, action="promises.overdue", thing=row)
        _tell(row, "promise.overdue", now, acting_user)
    return len(rows)


def _settle(row: Promise, state: str, note: str, at: datetime, now: datetime, acting_user: User) -> None:
    row.state, row.note, row.settled_at = state, note, at
    row.save(update_fields=["state", "note", "settled_at"])
    if row.budget_id and state != Promise.State.KEPT:
        give_back(row.budget_id)
    record(acting_user=acting_user, action=f"promises.{state}", thing=row)
    _tell(row, f"promise.{state}", now, acting_user)


def _tell(row: Promise, kind: str, now: datetime, acting_user: User) -> None:
    record_event(
        row.customer_id,
        kind,
        at=now,
        acting_user=acting_user,
        source=f"promise:{row.pk}",
        promise=row.kind,
        due_at=row.due_at.isoformat(),
    )
