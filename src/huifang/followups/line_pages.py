"""线路: trunks, nodes and numbers with what they are doing, and 待核实 settled from the list."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.debug import sensitive_post_parameters

from huifang.clock import now
from huifang.errors import Conflict, HuifangError, NotFound
from huifang.followups.call_pages import finding_of
from huifang.followups.line_forms import NumberForm, TrunkForm, script_choices, shown_number, shown_trunk
from huifang.followups.line_state import doubtful_calls, handovers_since, nodes_now, trunks_now
from huifang.followups.models import Attempt, InboundNumber, Trunk
from huifang.followups.numbers import remove_number, save_number
from huifang.followups.settling import resolve_in_doubt
from huifang.followups.staffing import desk_now
from huifang.followups.trunks import FROM_SETTINGS, change_trunk, create_trunk
from huifang.people.models import Role
from huifang.people.permissions import ADMINS, LEADS, StaffRequest, page
from huifang.people.reach import reach_of
from huifang.people.softphones import people_on_duty

_SHOWN_ROOM = 99  # no desk needs to know of more


@page(LEADS)
def lines_page(request: StaffRequest) -> HttpResponse:
    """Every trunk, node and number, and the calls that wait for verification."""
    names = dict(script_choices())
    numbers = InboundNumber.objects.select_related("store").order_by("number")
    context = {
        **_live(request, now()),
        "doubtful": doubtful_calls(reach_of(request.user)),
        "numbers": [(number, names.get(number.script, number.script)) for number in numbers],
        "is_admin": request.user.role == Role.ADMIN,
    }
    return render(request, "followups/lines.html", context)


@page(LEADS)
def live_part(request: StaffRequest) -> HttpResponse:
    """The part of the page that is fetched again and again."""
    return render(request, "followups/_lines_live.html", _live(request, now()))


def _live(request: StaffRequest, at: datetime) -> dict[str, Any]:
    reach = reach_of(request.user)
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    trunks = trunks_now(at)
    tried = sum(state.tried for state in trunks)
    return {
        "trunks": trunks,
        "nodes": nodes_now(at),
        "desk": desk_now(people_on_duty(at), _SHOWN_ROOM, at),
        "handovers": handovers_since(reach, midnight),
        "in_use": sum(state.in_use for state in trunks),
        "may_use": sum(state.trunk.max_calls for state in trunks if state.state == "on"),
        "tried": tried,
        "answer_share": sum(state.answered for state in trunks) / tried if tried else None,
        "in_doubt": reach.of(Attempt.objects.filter(state=Attempt.State.IN_DOUBT), "customer__store").count(),
        "is_admin": request.user.role == Role.ADMIN,
    }


@page(LEADS, "POST")
def verify_page(request: StaffRequest) -> HttpResponse:
    """Settle doubtful calls from the list: one by its button (``one``: id and finding), or all that are
    ticked (``call``) in the same way (``all``: finding)."""
    one = request.POST.get("one", "")
    if one:
        chosen, _, word = one.partition(" ")
        ids = [chosen]
    else:
        ids, word = request.POST.getlist("call"), request.POST.get("all", "")
    finding = finding_of(word)
    within_reach = set(doubtful_calls(reach_of(request.user)).values_list("pk", flat=True))
    settled = 0
    for pk in map(_uuid, ids):
        if pk not in within_reach:
            continue  # settled meanwhile, by somebody else or by the node; or none of theirs
        try:
            resolve_in_doubt(pk, finding=finding, acting_user=request.user, now=now())
        except (Conflict, NotFound):
            continue
        settled += 1
    if settled:
        words = ngettext("%(count)d call settled.", "%(count)d calls settled.", settled)
        messages.success(request, words % {"count": settled})
    elif ids:
        messages.warning(request, gettext("Nothing was settled: these calls are no longer in doubt."))
    else:
        messages.warning(request, gettext("Tick the calls first, or use the buttons of one call."))
    return redirect("lines")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest("a call's id is not one") from None


@sensitive_post_parameters("password")
@page(ADMINS, "GET", "POST")
def trunk_page(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """A new trunk, or one trunk's settings."""
    trunk = get_object_or_404(Trunk, pk=pk) if pk is not None else None
    form = TrunkForm(request.POST or None, initial=shown_trunk(trunk) if trunk else None)
    if request.method == "POST" and form.is_valid():
        settings, password = form.settings, form.new_password
        try:
            if trunk is None:
                trunk = create_trunk(settings, password=password or "", acting_user=request.user)
            else:
                trunk = change_trunk(trunk, settings, password=password, acting_user=request.user)
        except HuifangError as error:
            form.add_error(None, error.in_words(gettext))
        else:
            messages.success(request, gettext("The line %(name)s has been saved.") % {"name": trunk.name})
            return redirect("lines")
    has_password = bool(trunk and trunk.sealed_password)
    if has_password:
        form.fields["password"].help_text = gettext("A password is stored; leave this empty to keep it.")
    context = {
        "form": form,
        "trunk": trunk,
        "has_password": has_password,
        "is_from_settings": bool(trunk and trunk.name == FROM_SETTINGS),
    }
    return render(request, "followups/trunk.html", context, status=400 if form.errors else 200)


@page(ADMINS, "GET", "POST")
def number_page(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """A new number, or one number's settings (``remove``: forget it)."""
    number = get_object_or_404(InboundNumber, pk=pk) if pk is not None else None
    if number is not None and request.POST.get("remove"):
        remove_number(number, acting_user=request.user)
        messages.success(request, gettext("The number has been removed."))
        return redirect("lines")
    form = NumberForm(request.POST or None, initial=shown_number(number) if number else None)
    if request.method == "POST" and form.is_valid():
        try:
            save_number(form.settings, acting_user=request.user, number=number)
        except HuifangError as error:
            form.add_error(None, error.in_words(gettext))
        else:
            messages.success(request, gettext("The number has been saved."))
            return redirect("lines")
    context = {"form": form, "number": number}
    return render(request, "followups/number.html", context, status=400 if form.errors else 200)
