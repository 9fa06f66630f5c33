"""Who belongs to a segment now: one query in, joiners and leavers out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from huifang.conditions.query import query
from huifang.customers.bulk import batches, insert_all
from huifang.customers.fields import CUSTOMER_FIELDS
from huifang.customers.models import Customer, CustomerEvent
from huifang.logic.condition import from_json
from huifang.people.models import User
from huifang.segments.models import Membership, Segment


@dataclass(frozen=True, slots=True)
class Change:
    """How many customers joined and left a segment."""

    segment: str
    joined: int
    left: int


def refresh_segment(segment: Segment, now: datetime, *, acting_user: User) -> Change:
    """Let the members of ``segment`` be those for whom its tree holds, and note who came and went.

    The facts must be up to date (``customers.facts.refresh_facts``).  Each joiner and leaver gets an
    event (``segment.joined``, ``segment.left``).  ``ConditionInvalid`` where the tree cannot be asked.
    """
    belonging = Customer.objects.filter(query(from_json(segment.tree), CUSTOMER_FIELDS))
    with transaction.atomic():
        # The row is locked, so that two refreshes of one segment follow one another.
        Segment.objects.select_for_update().get(pk=segment.pk)
        members = Membership.objects.filter(segment=segment)
        joiners = list(belonging.exclude(pk__in=members.values("customer_id")).values_list("pk", flat=True))
        leavers = list(
            members.exclude(customer_id__in=belonging.values("pk")).values_list("customer_id", flat=True)
        )
        insert_all(Membership(segment=segment, customer_id=pk, joined_at=now) for pk in joiners)
        for batch in batches(leavers):
            members.filter(customer_id__in=batch).delete()
        _note(segment, "segment.joined", joiners, now, acting_user)
        _note(segment, "segment.left", leavers, now, acting_user)
        segment.refreshed_at = now
        segment.save(update_fields=["refreshed_at"])
    return Change(segment.slug, len(joiners), len(leavers))


def refresh_segments(now: datetime, *, acting_user: User) -> list[Change]:
    """Refresh every segment, each in a transaction of its own."""
    return [
        refresh_segment(segment, now, acting_user=acting_user) for segment in Segment.objects.order_by("id")
    ]


def _note(segment: Segment, kind: str, customers: Iterable[int], now: datetime, acting_user: User) -> None:
    insert_all(
        CustomerEvent(
            customer_id=pk,
            kind=kind,
            at=now,
            acting_user=acting_user,
            data={"segment": segment.slug, "name": segment.name},
            source=f"segment:{segment.pk}",
        )
        for pk in customers
    )
