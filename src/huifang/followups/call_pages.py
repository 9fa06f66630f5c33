"""通话: the list, one call with transcript and recording, and settling what is in doubt."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from huifang.clock import now
from huifang.customers.call_words import RESULTS
from huifang.endings.choosing import why_this_tune
from huifang.endings.library import names_of
from huifang.followups.browsing import (
    answers_of,
    find_calls,
    one_call,
    result_of,
    scores_of,
    turns_in_order,
)
from huifang.followups.handovers import handover_of
from huifang.followups.in_hand import in_hand, is_in_hand
from huifang.followups.line_quality import how_it_sounded
from huifang.followups.models import Attempt
from huifang.followups.playback import recording_path, send_part
from huifang.followups.settling import Finding, resolve_in_doubt
from huifang.logic.voice_line import EventKind
from huifang.paging import keyset_page
from huifang.people.models import User
from huifang.people.permissions import EVERYONE, LEADS, StaffRequest, page
from huifang.people.reach import reach_of


@page(EVERYONE)
def calls_page(request: StaffRequest) -> HttpResponse:
    """通话列表.  Address: state, result, score, days, after."""
    asked = request.GET
    wanted = {name: asked.get(name, "")[:20] for name in ("state", "result", "score", "days")}
    reach = reach_of(request.user)
    found = keyset_page(find_calls(reach, **wanted), order="-claimed_at", after=asked.get("after", ""))
    readable = in_hand(request.user, found.rows)
    scores = scores_of([call for call in found.rows if call.pk in readable])
    context = {
        "page": found,
        "calls": [(call, result_of(call), scores.get(call.pk)) for call in found.rows],
        "tune_names": names_of([call.tune for call in found.rows if call.tune]),
        "wanted": wanted,
        "is_filtered": any(wanted.values()),
        "sees_ratings": reach.ratings,
        "readable": readable,
        "results": RESULTS.items(),
        "states": [
            ("live", gettext("going on")),
            ("ended", Attempt.State.ENDED.label),
            ("in_doubt", Attempt.State.IN_DOUBT.label),
        ],
    }
    return render(request, "followups/calls.html", context)


@page(EVERYONE)
def call_page(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One call: who, how it went and, for those who may read it, what was said, answered and rated."""
    call = _call(request, pk)
    conversation = getattr(call, "conversation", None)
    may_read = is_in_hand(request.user, call)
    answers = answers_of(pk) if may_read else []
    context = {
        "call": call,
        "conversation": conversation,
        "may_read": may_read,
        "turns": turns_in_order(conversation) if conversation and may_read else [],
        "agent": User.objects.filter(username=conversation.agent).first() if conversation else None,
        "handover": handover_of(call),
        "sound": how_it_sounded(call),
        "tune_names": names_of([call.tune]),
        "why_tune": why_this_tune(call.pk) if may_read else "",
        "answers": answers,
        "score": next((a.score for a in reversed(answers) if a.score is not None), None),
        "result": result_of(call),
        "has_recording": may_read and conversation is not None and recording_path(conversation) is not None,
        "cut": next(
            (e.data["cut"] for e in call.node_events.filter(kind=EventKind.RECORDING) if e.data.get("cut")),
            "",
        ),
        "verdict": call.verdict or call.followup.verdict,
    }
    return render(request, "followups/call.html", context)


@page(EVERYONE)
def recording_page(request: StaffRequest, pk: UUID) -> HttpResponseBase:
    """The recording; answers Range requests, so that the player can jump."""
    call = _call(request, pk)
    conversation = getattr(call, "conversation", None)
    path = recording_path(conversation) if conversation and is_in_hand(request.user, call) else None
    if path is None:
        raise Http404
    return send_part(request, path)


@page(LEADS, "POST")
def verify_page(request: StaffRequest, pk: UUID) -> HttpResponse:
    """待核实: a person has found out whether the customer was reached (``finding``)."""
    call = _call(request, pk)
    resolve_in_doubt(
        call.pk, finding=finding_of(request.POST.get("finding", "")), acting_user=request.user, now=now()
    )
    messages.success(request, gettext("Noted. The call is no longer in doubt."))
    return redirect("call", pk=pk)


def finding_of(word: str) -> Finding:
    """What a form says was found out; ``BadRequest`` for anything else."""
    if word not in list(Finding):
        raise BadRequest("finding must be reached, not_reached or not_dialled")
    return Finding(word)


def _call(request: StaffRequest, pk: UUID) -> Attempt:
    call = one_call(reach_of(request.user), pk)
    if call is None:
        raise Http404
    return call
