"""回访计划: which plans run, whom they reach, and switching them on and off."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext

from huifang.followups.models import FollowUp
from huifang.people.permissions import EVERYONE, LEADS, StaffRequest, page
from huifang.people.reach import reach_of
from huifang.plans.models import Plan
from huifang.plans.switching import switch_plan


@page(EVERYONE)
def plans_page(request: StaffRequest) -> HttpResponse:
    """Every plan with its follow-ups by state, within the person's reach."""
    rows = reach_of(request.user).of(FollowUp.objects.all(), "customer__store")
    counts: dict[str, dict[str, int]] = {}
    for plan, state, count in rows.values_list("plan", "state").annotate(n=Count("id")).order_by():
        counts.setdefault(plan, {})[state] = count
    plans = []
    for plan in Plan.objects.order_by("-is_active", "name"):
        by_state = counts.get(plan.slug, {})
        states = [(value, label, by_state.get(value, 0)) for value, label in FollowUp.State.choices]
        plans.append((plan, sum(by_state.values()), states))
    return render(request, "plans/list.html", {"plans": plans})


@page(LEADS, "POST", whole_chain=True)
def switch_page(request: StaffRequest, slug: str) -> HttpResponse:
    """Switch a plan on or off (``active``: yes or no)."""
    plan = get_object_or_404(Plan, slug=slug)
    active = {"yes": True, "no": False}.get(request.POST.get("active", ""))
    if active is None:
        raise BadRequest("active must be yes or no")
    switch_plan(plan, active=active, acting_user=request.user)
    if active:
        messages.success(request, gettext("%(plan)s is on.") % {"plan": plan.name})
    else:
        messages.success(request, gettext("%(plan)s is off: it plans nothing new.") % {"plan": plan.name})
    return redirect("plans")
