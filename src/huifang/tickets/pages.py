"""工单: what somebody owes a customer, by when; resolving and handing over."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext

from huifang.clock import now
from huifang.paging import keyset_page
from huifang.people.models import User
from huifang.people.permissions import EVERYONE, LEADS, StaffRequest, page
from huifang.people.reach import reach_of
from huifang.tickets.actions import reassign, resolve
from huifang.tickets.models import Ticket


@page(EVERYONE)
def tickets_page(request: StaffRequest) -> HttpResponse:
    """工单列表.  Address: state (open unless asked otherwise), mine, after."""
    asked = request.GET
    state = asked.get("state", Ticket.State.OPEN)
    state = state if state in Ticket.State.values else Ticket.State.OPEN
    rows = reach_of(request.user).of(Ticket.objects.filter(state=state), "customer__store")
    mine = asked.get("mine") == "1"
    if mine:
        rows = rows.filter(owner=request.user)
    rows = rows.select_related("customer", "customer__store", "owner")
    order = "due_at" if state == Ticket.State.OPEN else "-resolved_at"
    context = {
        "page": keyset_page(rows, order=order, after=asked.get("after", "")),
        "state": state,
        "states": Ticket.State.choices,
        "mine": mine,
        "now": now(),
    }
    return render(request, "tickets/list.html", context)


@page(EVERYONE)
def ticket_page(request: StaffRequest, pk: int) -> HttpResponse:
    ticket = _ticket(request, pk)
    context = {"ticket": ticket, "now": now(), "owners": _possible_owners(ticket)}
    return render(request, "tickets/page.html", context)


@page(EVERYONE, "POST")
def resolve_page(request: StaffRequest, pk: int) -> HttpResponse:
    """Close the ticket with what was done (``resolution``)."""
    ticket = _ticket(request, pk)
    resolve(
        ticket.pk,
        resolution=request.POST.get("resolution", "")[:4000],
        acting_user=request.user,
        now=now(),
    )
    messages.success(request, gettext("The ticket is resolved."))
    return redirect("ticket", pk=pk)


@page(LEADS, "POST")
def reassign_page(request: StaffRequest, pk: int) -> HttpResponse:
    """Give the ticket to somebody else (``owner``, a user's id)."""
    ticket = _ticket(request, pk)
    wanted = request.POST.get("owner", "")[:18]
    owner = get_object_or_404(User, pk=int(wanted) if wanted.isascii() and wanted.isdigit() else 0)
    if owner not in _possible_owners(ticket):
        raise Http404
    reassign(ticket.pk, owner=owner, acting_user=request.user, now=now())
    messages.success(request, gettext("The ticket now belongs to %(name)s.") % {"name": owner.display_name})
    return redirect("ticket", pk=pk)


def _ticket(request: StaffRequest, pk: int) -> Ticket:
    rows = reach_of(request.user).of(Ticket.objects.filter(pk=pk), "customer__store")
    ticket = rows.select_related("customer", "customer__store", "owner").first()
    if ticket is None:
        raise Http404
    return ticket


def _possible_owners(ticket: Ticket) -> list[User]:
    """Active people who may see the ticket, so that a hand-over never hides it from its new owner."""
    people = User.objects.filter(is_active=True).select_related("store").order_by("store", "username")
    return [
        person
        for person in people
        if (reach := reach_of(person)).everything
        or (reach.store_id is not None and reach.store_id == ticket.customer.store_id)
    ]
