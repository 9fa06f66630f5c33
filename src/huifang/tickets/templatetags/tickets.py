"""What the customer page, one room below, shows of tickets."""

from __future__ import annotations

from uuid import UUID

from django import template

from huifang.customers.models import Customer
from huifang.tickets.models import Ticket

register = template.Library()


@register.simple_tag
def open_tickets_of(customer: Customer) -> list[Ticket]:
    return list(
        Ticket.objects.filter(customer=customer, state=Ticket.State.OPEN)
        .select_related("owner")
        .order_by("due_at")
    )


@register.simple_tag
def tickets_of_call(attempt_id: UUID) -> list[Ticket]:
    return list(Ticket.objects.filter(attempt=attempt_id).select_related("owner").order_by("opened_at"))
