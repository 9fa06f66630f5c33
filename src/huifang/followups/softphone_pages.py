"""软电话: the window in which a member of staff takes calls."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext

from huifang.clock import now
from huifang.followups.softphone_card import card_of, live_card_of
from huifang.logic.feature_codes import FeatureCode
from huifang.people.permissions import CALL_TAKERS, StaffRequest, page
from huifang.people.softphones import go_online, phone_of

KEYPAD = "123456789*0#"


@page(CALL_TAKERS)
def softphone_page(request: StaffRequest) -> HttpResponse:
    """The window; the only page that may use the microphone."""
    context = {"words": _words(), "codes": _codes(), "keypad": KEYPAD}
    response = render(request, "followups/softphone.html", context)
    response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self), payment=(), usb=()"
    return response


@page(CALL_TAKERS, "GET", "POST")
def softphone_line_page(request: StaffRequest) -> JsonResponse:
    """POST ``offer``: go online, ``{"key"}``.  GET ``key``: how far that is, ``{"state", "answer"}``; the
    answer is empty until the gateway has given it."""
    if request.method == "POST":
        phone = go_online(user=request.user, offer=request.POST.get("offer", ""), now=now())
        return JsonResponse({"key": phone.key.hex})
    try:
        key = UUID(request.GET.get("key", ""))
    except ValueError:
        raise BadRequest("key must be one of ours") from None
    mine = phone_of(request.user, key)
    if mine is None:
        raise Http404
    return JsonResponse({"state": mine.state, "answer": mine.answer})


@page(CALL_TAKERS)
def softphone_card_page(request: StaffRequest, pk: UUID) -> JsonResponse:
    """Who is ringing."""
    card = card_of(request.user, pk)
    if card is None:
        raise Http404
    return JsonResponse(card)


@page(CALL_TAKERS)
def softphone_live_page(request: StaffRequest, pk: UUID) -> JsonResponse:
    """The customer's mood just now and what may help.  ``again``: how often other sentences were asked for."""
    again = request.GET.get("again", "0")
    if not (again.isascii() and again.isdigit() and len(again) <= 2):
        raise BadRequest("again must be a number below 100")
    live = live_card_of(request.user, pk, now(), again=int(again))
    if live is None:
        raise Http404
    return JsonResponse(live)


def _codes() -> list[tuple[FeatureCode, str]]:
    """What a press of a button asks of the node, which hears it as any telephone's keys.  Muting is not
    among them: the window simply stops sending the microphone."""
    return [
        (FeatureCode.HOLD, gettext("Hold / resume")),
        (FeatureCode.EXPERT, gettext("Three-way call")),
        (FeatureCode.ROBOT, gettext("To the rating")),
    ]


def _words() -> dict[str, object]:
    return {
        "states": {
            "offline": gettext("offline"),
            "going_online": gettext("going online …"),
            "connecting": gettext("going online …"),
            "ready": gettext("ready for calls"),
            "paused": gettext("taking no calls"),
            "ringing": gettext("ringing"),
            "talking": gettext("talking"),
        },
        "causes": {
            "hung_up": gettext("You have hung up."),
            "rejected": gettext("You have refused the call."),
            "they_hung_up": gettext("The call has ended."),
            "gave_up": gettext("The call was not answered in time."),
            "lost": gettext("The line was lost."),
            "unusable": gettext("The call could not be connected."),
        },
        "offer": gettext("May be promised: %(name)s, %(left)s left"),
        "points": gettext("points"),
        "unknown": gettext("unknown caller"),
        "muted": gettext("The customer does not hear you."),
        "key_heard": gettext("Key pressed by the customer: %s"),
        "faults": {
            "insecure": gettext(
                "The microphone can only be used over HTTPS (or on this machine). Ask the administrator for the HTTPS address."
            ),
            "microphone": gettext("The microphone cannot be used. Allow it for this page, or plug one in."),
            "no_gateway": gettext(
                "No softphone gateway has answered. Ask the administrator whether it is running."
            ),
            "no_way": gettext(
                "The gateway cannot be reached from this machine. Ask the administrator about the firewall."
            ),
            "refused": gettext("The gateway can make nothing of this browser. Use a current Chrome or Edge."),
            "replaced": gettext("You have gone online in another window."),
            "lost": gettext("The connection was lost; trying again …"),
            "centre": gettext("The server cannot be reached. Sign in again, or try later."),
        },
    }
