"""Reads about tickets."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from huifang.people.audit import system_user
from huifang.people.models import Role, User
from huifang.tickets.models import Ticket


def open_tickets(*, store_id: int | None = None, owner: User | None = None) -> QuerySet[Ticket]:
    """Open tickets, the most urgent first."""
    tickets = Ticket.objects.filter(state=Ticket.State.OPEN).select_related("customer", "owner")
    if store_id is not None:
        tickets = tickets.filter(customer__store_id=store_id)
    if owner is not None:
        tickets = tickets.filter(owner=owner)
    return tickets.order_by("due_at", "id")


def overdue_tickets(now: datetime) -> QuerySet[Ticket]:
    """Open tickets whose due time has passed."""
    return open_tickets().filter(due_at__lt=now)


def owner_for(store_id: int | None) -> User:
    """Who should own a new ticket: the agent of the store with the fewest open ones; failing that any
    agent, supervisor or administrator.

    Where nobody is left, the system owns it: what a customer is owed must be stored all the same, and an
    administrator finds it among the open tickets.
    """
    staff = User.objects.filter(is_active=True)
    of_store = staff.filter(role=Role.AGENT, store_id=store_id) if store_id else staff.none()
    for group in (of_store, *(staff.filter(role=role) for role in (Role.AGENT, Role.SUPERVISOR, Role.ADMIN))):
        load = Count("tickets", filter=Q(tickets__state=Ticket.State.OPEN))
        owner = group.annotate(load=load).order_by("load", "id").first()
        if owner is not None:
            return owner
    return system_user()
