"""今日看板 and its stream."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from huifang.clock import now
from huifang.customers.call_words import CATEGORIES, EMOTIONS, RESULTS, RISKS
from huifang.endings.library import library
from huifang.followups.models import Attempt
from huifang.people.permissions import EVERYONE, LEADS, StaffRequest, page
from huifang.people.reach import reach_of
from huifang.reports.board import board_now
from huifang.reports.stream import feed, let_go_of_database


@page(EVERYONE)
def board_page(request: StaffRequest) -> HttpResponse:
    """今日看板."""
    at = now()
    words = {
        "states": {str(value): str(label) for value, label in Attempt.State.choices},
        "results": {code: str(label) for code, label in RESULTS.items()},
        "risks": {code: str(label) for code, label in RISKS.items()},
        "upset": gettext("upset"),
        "moods": {code: str(label) for code, label in EMOTIONS.items()},
        "categories": {code: str(label) for code, label in CATEGORIES.items()},
        "tunes": {tune.key: tune.name for tune in library(retired=True)},
        "processes": {
            "web": gettext("web"),
            "work": gettext("work"),
            "voice": gettext("voice"),
            "softphone": gettext("softphone"),
        },
        "points": gettext("points"),
        "texted": gettext("text message sent"),
        "restarted": gettext("restarted %s times"),
        "free": gettext("%s seats free"),
        "silent": gettext("silent"),
        "of": gettext("from %s ratings"),
        "overdue": gettext("%s overdue"),
        "later": gettext("%s again later today"),
        "unreached": gettext("%s not reached"),
        "scores": gettext("Ratings today"),
        "outcomes": gettext("How calls ended"),
        "lead": request.user.role in LEADS,
        "alerts": {
            "trunk_paused": gettext("Line %s is paused because too many of its calls failed"),
            "trunk_trying": gettext("Line %s is being tried with single calls"),
            "trunk_unregistered": gettext("No node is registered with line %s, so it is not used"),
            "trunk_outside": gettext("Line %s is not usable"),
            "trunk_clock": gettext("Line %s is not usable"),
            "disk_full": gettext("Node %s: the disk is full; calls go on, recordings do not"),
            "mouth": gettext("Node %s: the synthesiser is gone; the spare voice speaks"),
            "ears": gettext("Node %s: the recogniser is gone; calls go on by keys"),
            "journal": gettext("Node %s cannot write its journal and begins no calls"),
            "sip_host": gettext("Node %s listens on its own machine only"),
            "found_nobody": gettext("Customers who asked for a person found nobody: %s"),
            "": gettext("Node %s needs attention"),
        },
        "connecting": gettext("connecting"),
        "live": gettext("live"),
        "lost": gettext("no connection"),
    }
    start = {"now": int(at.timestamp() * 1000), "board": board_now(reach_of(request.user), at)}
    return render(request, "reports/board.html", {"words": words, "start": start, "today": at})


@page(EVERYONE)
async def board_stream(request: HttpRequest) -> StreamingHttpResponse:
    """The board's server-sent events; ends when the browser goes."""
    reach = reach_of(await request.auser())
    # The stream lives for minutes: the connection that the login was checked on must not.
    await sync_to_async(let_go_of_database)()
    return StreamingHttpResponse(
        feed.listen(reach, request.headers.get("Last-Event-ID", "")),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
