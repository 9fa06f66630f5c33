"""回访任务: who is to be contacted and why, who was skipped and why."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from huifang.followups.browsing import find_followups
from huifang.followups.models import FollowUp
from huifang.paging import keyset_page
from huifang.people.models import Store
from huifang.people.permissions import EVERYONE, StaffRequest, page
from huifang.people.reach import reach_of


@page(EVERYONE)
def followups_page(request: StaffRequest) -> HttpResponse:
    """回访任务列表.  Address: state, plan (slug), store (id), after."""
    reach = reach_of(request.user)
    asked = request.GET
    wanted = {
        "state": asked.get("state", ""),
        "plan": asked.get("plan", "")[:60],
        "store": asked.get("store", "")[:12] if reach.everything else "",
    }
    context = {
        "page": keyset_page(find_followups(reach, **wanted), order="-pk", after=asked.get("after", "")),
        "wanted": wanted,
        "is_filtered": any(wanted.values()),
        "states": FollowUp.State.choices,
        "stores": Store.objects.order_by("code") if reach.everything else [],
    }
    return render(request, "followups/list.html", context)
