"""客户: the list, one customer with the timeline, and revealing a number."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from huifang.clock import now
from huifang.customers.browsing import CustomerFilter, find_customers, one_customer
from huifang.customers.models import ContactPoint, Customer, Lifecycle, Purpose
from huifang.customers.revealing import reveal_number
from huifang.customers.timeline import timeline_of
from huifang.paging import keyset_page
from huifang.people.models import Store
from huifang.people.permissions import EVERYONE, LEADS, StaffRequest, page
from huifang.people.reach import reach_of


@page(EVERYONE)
def customers_page(request: StaffRequest) -> HttpResponse:
    """客户列表.  Address: q, lifecycle, segment (slug), store (id), after."""
    reach = reach_of(request.user)
    asked = request.GET
    wanted = CustomerFilter(
        words=asked.get("q", "").strip()[:80],
        lifecycle=asked.get("lifecycle", ""),
        segment=asked.get("segment", "")[:60],
        store=asked.get("store", "")[:12] if reach.everything else "",
    )
    found = keyset_page(find_customers(reach, wanted), order="-pk", after=asked.get("after", ""))
    context = {
        "page": found,
        "sees_ratings": reach.ratings,
        "wanted": wanted,
        "lifecycles": Lifecycle.choices,
        "stores": Store.objects.order_by("code") if reach.everything else [],
        "is_filtered": any((wanted.words, wanted.lifecycle, wanted.segment, wanted.store)),
    }
    is_fragment = request.headers.get("HX-Target") == "found"
    return render(request, "customers/_found.html" if is_fragment else "customers/list.html", context)


@page(EVERYONE)
def customer_page(request: StaffRequest, pk: int) -> HttpResponse:
    """One customer: facts, consent, what is planned, what happened.  ``before`` pages the timeline."""
    reach = reach_of(request.user)
    customer = one_customer(reach, pk)
    if customer is None:
        raise Http404
    latest = {
        consent.purpose: consent for consent in sorted(customer.consents.all(), key=lambda c: (c.at, c.pk))
    }
    context = {
        "customer": customer,
        "facts": getattr(customer, "facts", None),
        "refusal": latest[""] if "" in latest and not latest[""].granted else None,
        "consents": [(label, latest.get(value)) for value, label in Purpose.choices],
        "timeline": timeline_of(customer, request.GET.get("before", ""), with_ratings=reach.ratings),
        "sees_ratings": reach.ratings,
        "now": now(),
    }
    return render(request, "customers/page.html", context)


@page(LEADS, "POST")
def reveal_page(request: StaffRequest, pk: int, point: int) -> HttpResponse:
    """The whole number, as a fragment for the place of the masked one."""
    reach = reach_of(request.user)
    customer = get_object_or_404(reach.of(Customer.objects.all()), pk=pk)
    contact = get_object_or_404(ContactPoint, pk=point, customer=customer)
    number = reveal_number(contact, acting_user=request.user)
    return render(request, "customers/_number.html", {"number": number.removeprefix("+86")})
