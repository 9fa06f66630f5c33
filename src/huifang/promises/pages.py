"""承诺台账: what was promised to customers, by when, and what became of it; and the budgets of coupons."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext

from huifang.clock import now
from huifang.errors import HuifangError
from huifang.paging import keyset_page
from huifang.people.models import Store
from huifang.people.permissions import EVERYONE, LEADS, StaffRequest, page
from huifang.people.reach import Reach, reach_of
from huifang.promises.actions import settle
from huifang.promises.budgets import save_budget
from huifang.promises.forms import BudgetForm, shown_budget
from huifang.promises.models import CouponBudget, Promise


@page(EVERYONE)
def promises_page(request: StaffRequest) -> HttpResponse:
    """承诺台账.  Address: state (open unless asked otherwise), kind, store (id), overdue, mine, after."""
    reach, asked = reach_of(request.user), request.GET
    state = asked.get("state", "")
    wanted = {
        "state": state if state in Promise.State.values else Promise.State.OPEN.value,
        "kind": asked.get("kind", "")[:20],
        "store": asked.get("store", "")[:12] if reach.everything else "",
        "overdue": asked.get("overdue", "")[:1],
        "mine": asked.get("mine", "")[:1],
    }
    rows = _found(reach, **wanted)
    if wanted["mine"]:
        rows = rows.filter(ticket__owner=request.user)
    order = "due_at" if wanted["state"] == Promise.State.OPEN else "-settled_at"
    at = now()
    late = reach.of(Promise.objects.filter(state=Promise.State.OPEN, due_at__lt=at), "customer__store")
    context = {
        "page": keyset_page(rows, order=order, after=asked.get("after", "")),
        "wanted": wanted,
        "is_filtered": any(value for name, value in wanted.items() if name != "state"),
        "states": Promise.State.choices,
        "kinds": Promise.Kind.choices,
        "stores": Store.objects.order_by("code") if reach.everything else [],
        "late": late.count(),
        "now": at,
    }
    return render(request, "promises/list.html", context)


def _found(reach: Reach, *, state: str, kind: str, store: str, overdue: str, mine: str) -> QuerySet[Promise]:
    rows = reach.of(Promise.objects.filter(state=state), "customer__store")
    if kind:
        rows = rows.filter(kind=kind)
    if store.isascii() and store.isdigit():
        rows = rows.filter(customer__store_id=int(store))
    if overdue:
        rows = rows.filter(due_at__lt=now())
    return rows.select_related("customer__store", "ticket__owner", "budget")


@page(EVERYONE)
def promise_page(request: StaffRequest, pk: int) -> HttpResponse:
    """One promise with its evidence."""
    return render(request, "promises/page.html", {"promise": _promise(request, pk), "now": now()})


@page(EVERYONE, "POST")
def settle_page(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what became of it (``state``: kept, broken or withdrawn; ``note``)."""
    promise = _promise(request, pk)
    settle(
        promise.pk,
        state=request.POST.get("state", ""),
        note=request.POST.get("note", "")[:4000],
        acting_user=request.user,
        now=now(),
    )
    messages.success(request, gettext("The promise is settled."))
    return redirect("promise", pk=pk)


@page(LEADS)
def budgets_page(request: StaffRequest) -> HttpResponse:
    """券额度: how many coupons of each promotion may be promised, and how many have been."""
    reach = reach_of(request.user)
    budgets = CouponBudget.objects.select_related("store").order_by("-is_active", "promotion", "store__code")
    if not reach.everything:
        budgets = budgets.filter(Q(store=None) | Q(store=reach.store_id))
    return render(request, "promises/budgets.html", {"budgets": budgets})


@page(LEADS, "GET", "POST", whole_chain=True)
def budget_page(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """A new budget, or one budget's settings."""
    budget = get_object_or_404(CouponBudget, pk=pk) if pk is not None else None
    form = BudgetForm(request.POST or None, initial=shown_budget(budget) if budget else None)
    if request.method == "POST" and form.is_valid():
        try:
            save_budget(form.settings, acting_user=request.user, budget=budget)
        except HuifangError as error:
            form.add_error(None, error.in_words(gettext))
        else:
            messages.success(request, gettext("The budget has been saved."))
            return redirect("budgets")
    context: dict[str, Any] = {"form": form, "budget": budget}
    return render(request, "promises/budget.html", context, status=400 if form.errors else 200)


def _promise(request: StaffRequest, pk: int) -> Promise:
    rows = reach_of(request.user).of(Promise.objects.filter(pk=pk), "customer__store")
    promise = rows.select_related("customer__store", "ticket__owner", "budget").first()
    if promise is None:
        raise Http404
    return promise
