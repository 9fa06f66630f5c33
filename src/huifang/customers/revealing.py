"""Showing a whole phone number: the one thing on the screens that is written down before it is seen."""

from __future__ import annotations

from django.db import transaction

from huifang.customers.models import ContactPoint
from huifang.customers.phones import unseal
from huifang.people.audit import record
from huifang.people.models import User


@transaction.atomic
def reveal_number(point: ContactPoint, *, acting_user: User) -> str:
    """The number (E.164) behind ``point``, with an audit row for having looked."""
    number = unseal(bytes(point.sealed))
    record(acting_user=acting_user, action="customers.reveal_number", thing=point, customer=point.customer_id)
    return number
