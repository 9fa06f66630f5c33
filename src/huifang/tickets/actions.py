"""Opening, handing over and resolving tickets; the only writers of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from huifang.customers.events import record_event
from huifang.errors import N_, Conflict, NotFound
from huifang.people.audit import record
from huifang.people.models import User
from huifang.tickets.models import Ticket
from huifang.tickets.queries import owner_for

_BATCH = 200


@transaction.atomic
def open_ticket(
    *,
    key: str,
    customer_id: int,
    store_id: int | None,
    cause: str,
    title: str,
    detail: str,
    due_at: datetime,
    now: datetime,
    acting_user: User,
    attempt: UUID | None = None,
    owner: User | None = None,
) -> Ticket:
    """The ticket named ``key``, opened now or completed if it is open already.

    One cause opens one ticket: called again with the same key, an open ticket takes the newer words
    and cause and the earlier due time; a resolved one stays as it is.  Without ``owner`` the agent of
    the store with the fewest open tickets gets it.
    """
    ticket = Ticket.objects.select_for_update().filter(key=key).first()
    if ticket is None:
        ticket = Ticket.objects.create(
            key=key,
            customer_id=customer_id,
            cause=cause,
            title=title[:160],
            detail=detail,
            attempt=attempt,
            owner=owner or owner_for(store_id),
            opened_at=now,
            due_at=due_at,
        )
        record(acting_user=acting_user, action="tickets.open", thing=ticket, cause=cause)
        _tell(ticket, "ticket.opened", now, acting_user)
        return ticket
    if ticket.state == Ticket.State.OPEN:
        ticket.cause, ticket.title, ticket.detail = cause, title[:160], detail
        ticket.due_at = min(ticket.due_at, due_at)
        ticket.owner = owner or ticket.owner
        ticket.save(update_fields=["cause", "title", "detail", "due_at", "owner"])
    return ticket


@transaction.atomic
def resolve(ticket_id: int, *, resolution: str, acting_user: User, now: datetime) -> Ticket:
    """Close a ticket with what was done about it.  ``Conflict`` where it is resolved already or
    nothing is said."""
    ticket = _open_one(ticket_id)
    if not resolution.strip():
        raise Conflict(reason=N_("a ticket is resolved by saying what was done; write it down."))
    ticket.state = Ticket.State.RESOLVED
    ticket.resolution = resolution.strip()
    ticket.resolved_at = now
    ticket.save(update_fields=["state", "resolution", "resolved_at"])
    record(acting_user=acting_user, action="tickets.resolve", thing=ticket)
    _tell(ticket, "ticket.resolved", now, acting_user)
    return ticket


@transaction.atomic
def reassign(ticket_id: int, *, owner: User, acting_user: User, now: datetime) -> Ticket:
    """Give an open ticket to ``owner``.  ``Conflict`` where the owner has left or the ticket is resolved."""
    ticket = _open_one(ticket_id)
    if not owner.is_active:
        raise Conflict(reason=N_("the new owner has no active account; choose somebody else."))
    before = ticket.owner.username
    ticket.owner = owner
    ticket.save(update_fields=["owner"])
    record(
        acting_user=acting_user, action="tickets.reassign", thing=ticket, before=before, after=owner.username
    )
    _tell(ticket, "ticket.reassigned", now, acting_user)
    return ticket


@transaction.atomic
def note_overdue(*, now: datetime, acting_user: User) -> int:
    """Put on record, once per ticket, that its due time has passed; how many were new."""
    rows = list(
        Ticket.objects.select_for_update(skip_locked=True)
        .filter(state=Ticket.State.OPEN, due_at__lt=now, overdue_at=None)
        .order_by("due_at", "id")[:_BATCH]
    )
    for ticket in rows:
        ticket.overdue_at = now
        ticket.save(update_fields=["overdue_at"])
        record(acting_user=acting_user, action="tickets.overdue", thing=ticket)
        _tell(ticket, "ticket.overdue", now, acting_user)
    return len(rows)


def _open_one(ticket_id: int) -> Ticket:
    # No join: PostgreSQL would lock the joined rows too.
    ticket = Ticket.objects.select_for_update().filter(id=ticket_id).first()
    if ticket is None:
        raise NotFound(thing=N_("ticket"))
    if ticket.state != Ticket.State.OPEN:
        raise Conflict(reason=N_("the ticket is resolved already."))
    return ticket


def _tell(ticket: Ticket, kind: str, now: datetime, acting_user: User) -> None:
    record_event(
        ticket.customer_id,
        kind,
        at=now,
        acting_user=acting_user,
        source=f"ticket:{ticket.pk}",
        title=ticket.title,
        owner=ticket.owner.display_name,
        due_at=ticket.due_at.isoformat(),
    )
