"""Finding customers for the list page, and what their own page shows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery

from huifang.customers.models import ContactPoint, Customer, Lifecycle
from huifang.customers.phones import PhoneUnusable, blind_index, normalise
from huifang.people.reach import Reach

_PHONE_DIGITS = 7


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """What the list page's address asks for; unknown values filter nothing."""

    words: str = ""
    lifecycle: str = ""
    segment: str = ""
    store: str = ""


def find_customers(reach: Reach, wanted: CustomerFilter) -> QuerySet[Customer]:
    """Customers within ``reach`` that fit.  A full phone number is looked up by its blind index: the
    database never sees it, and part of a number finds nothing."""
    rows = reach.of(Customer.objects.all())
    if wanted.lifecycle in Lifecycle.values:
        rows = rows.filter(facts__lifecycle=wanted.lifecycle)
    if wanted.segment:
        rows = rows.filter(memberships__segment__slug=wanted.segment)
    if wanted.store.isascii() and wanted.store.isdigit():
        rows = rows.filter(store_id=int(wanted.store))
    if wanted.words:
        rows = rows.filter(_matching(wanted.words))
    return rows.select_related("store", "facts").prefetch_related(
        Prefetch("contact_points", ContactPoint.objects.order_by("id"))
    )


def _matching(words: str) -> Q:
    if sum(c.isdigit() for c in words) >= _PHONE_DIGITS:
        try:
            number = normalise(words)
        except PhoneUnusable:
            return Q(member_number=words)
        points = ContactPoint.objects.filter(kind="phone", index=blind_index(number))
        return Q(pk__in=points.values("customer_id")) | Q(member_number=words)
    return Q(name__icontains=words) | Q(member_number=words)


def first_number(customer: str) -> Subquery:
    """The masked number of the customer that ``customer`` (a lookup of the outer query) names, for
    ``annotate``."""
    points = ContactPoint.objects.filter(customer=OuterRef(customer)).order_by("id")
    return Subquery(points.values("masked")[:1])


def one_customer(reach: Reach, pk: int) -> Customer | None:
    """The customer, or None where there is none within ``reach``."""
    rows = reach.of(Customer.objects.filter(pk=pk))
    return rows.select_related("store", "facts").prefetch_related("contact_points", "consents").first()
