"""待补充: the questions of customers that nobody could answer."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from huifang.clock import now
from huifang.people.models import Store
from huifang.people.permissions import EVERYONE, StaffRequest, page
from huifang.people.reach import reach_of
from huifang.promises.questions import asked_questions


@page(EVERYONE)
def missing_page(request: StaffRequest) -> HttpResponse:
    """待补充.  Address: store (id)."""
    reach, asked = reach_of(request.user), request.GET.get("store", "")
    wanted = asked if reach.everything else str(reach.store_id or "")
    store = Store.objects.filter(pk=int(wanted)).first() if wanted.isascii() and wanted.isdigit() else None
    context = {
        "questions": asked_questions(reach, now(), store),
        "stores": Store.objects.order_by("code") if reach.everything else [],
        "wanted_store": store.pk if store else None,
    }
    return render(request, "promises/missing.html", context)
