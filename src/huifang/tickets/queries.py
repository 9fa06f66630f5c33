"""Who is to own a ticket."""

from __future__ import annotations

from django.db.models import Count, Q

from huifang.people.audit import system_user
from huifang.people.models import Role, User
from huifang.tickets.models import Ticket


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
