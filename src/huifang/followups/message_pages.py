"""短信: what was sent to whom, what waits, and why something was not sent."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext

from huifang.clock import now
from huifang.followups.in_hand import in_hand
from huifang.followups.models import Attempt
from huifang.followups.reasons import say_verdict
from huifang.messages.handing import verify
from huifang.messages.models import Message, Reply
from huifang.paging import keyset_page
from huifang.people.permissions import EVERYONE, LEADS, StaffRequest, page
from huifang.people.reach import Reach, reach_of

_REPLIES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A message with what is to be said about its state.  ``text`` is empty for whom it would tell a rating."""

    message: Message
    text: str
    why: list[str]


@page(EVERYONE)
def messages_page(request: StaffRequest) -> HttpResponse:
    """The messages within reach, the newest first.  Address: state, after."""
    state = request.GET.get("state", "")
    state = state if state in Message.State.values else ""
    reach = reach_of(request.user)
    rows = reach.of(Message.objects.all(), "customer__store")
    if state:
        rows = rows.filter(state=state)
    found = keyset_page(
        rows.select_related("customer__store"), order="-made_at", after=request.GET.get("after", "")
    )
    calls = Attempt.objects.filter(pk__in=[row.attempt for row in found.rows]).select_related("conversation")
    readable = in_hand(request.user, list(calls))
    context = {
        "page": found,
        "shown": [Shown(row, _text(row, readable), _why(row)) for row in found.rows],
        "state": state,
        "states": Message.State.choices,
        "replies": _replies(reach) if reach.ratings and not state else [],
        "has_gateway": bool(settings.HUIFANG.sms_url),
    }
    return render(request, "followups/messages.html", context)


def _text(row: Message, readable: set[UUID]) -> str:
    """The words, for those who may know the rating that chose them."""
    if row.cause == Message.Cause.ENDING and row.attempt not in readable:
        return ""
    return row.text.replace("{link}", gettext("[link]"))


def _replies(reach: Reach) -> list[Reply]:
    rows = reach.of(Reply.objects.all(), "customer__store")
    return list(rows.select_related("customer").order_by("-at", "-id")[:_REPLIES_SHOWN])


@page(LEADS, "POST")
def verify_message_page(request: StaffRequest, pk: int) -> HttpResponse:
    """Whether a message of unknown fate arrived (``arrived``: yes or no), as the gateway's own records tell."""
    get_object_or_404(reach_of(request.user).of(Message.objects.all(), "customer__store"), pk=pk)
    verify(pk, arrived=request.POST.get("arrived") == "yes", acting_user=request.user, now=now())
    messages.success(request, gettext("What became of the message is noted."))
    return redirect("messages")


def _why(row: Message) -> list[str]:
    if row.state == Message.State.UNKNOWN:
        return [
            gettext("The gateway may have it or not (%(reason)s), so it is not sent again.")
            % {"reason": row.reason}
        ]
    if row.state == Message.State.FAILED or (row.state == Message.State.PENDING and row.reason):
        return [gettext("The gateway said: %(reason)s") % {"reason": row.reason}]
    if row.state in (Message.State.REFUSED, Message.State.PENDING):
        return say_verdict(row.verdict)
    return []
