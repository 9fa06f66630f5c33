"""今日看板: what is going on now, as one JSON-safe snapshot for one reach."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Max, Q
from django.utils import timezone

from huifang.customers.browsing import first_number
from huifang.followups.line_state import (
    NODE_SILENT_AFTER,
    handovers_since,
    is_unreachable,
    nodes_now,
    running_nodes,
    state_of,
)
from huifang.followups.models import Attempt, AttemptEvent, FollowUp, Trunk, VoiceNode
from huifang.logic.opinions import Said, key_opinions
from huifang.messages.models import Message
from huifang.people.reach import Reach
from huifang.surveys.models import Answer
from huifang.tickets.models import Ticket
from huifang.work.models import ProcessState

_MISSED_SHARE = 0.01
_FEW_HANDOVERS = 20
"""So few hand-overs that one missed says nothing of the share."""
_CALLS_SHOWN = 100
_ENDINGS_SHOWN = 12
_OPINIONS_SHOWN = 8
_OPINIONS_READ = 500  # answers, the newest first; the board is drawn twice a second
_LIVE = (Attempt.State.CLAIMED, Attempt.State.DIALLING, Attempt.State.RINGING, Attempt.State.TALKING)


def board_now(reach: Reach, now: datetime) -> dict[str, Any]:
    """Everything the board shows to somebody with ``reach`` at ``now``.

    Keys: event (the newest AttemptEvent's id), tiles, calls, endings, scores (five counts, from 1 to
    5), opinions, results {code: count}, processes, nodes, alerts.  It is a state, not a difference: whoever has missed
    some snapshots and gets the next one has missed nothing.
    """
    day_start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    attempts = reach.of(Attempt.objects.filter(claimed_at__gte=day_start), "customer__store")
    followups = reach.of(FollowUp.objects.all(), "customer__store")
    tickets = reach.of(Ticket.objects.filter(state=Ticket.State.OPEN), "customer__store")
    finished = dict(
        attempts.values_list("followup__state").annotate(n=Count("followup", distinct=True)).order_by()
    )
    scores = _scores(attempts)
    rated = sum(scores)
    return {
        "event": AttemptEvent.objects.aggregate(newest=Max("id"))["newest"] or 0,
        "tiles": {
            **_lines(attempts),
            "due": followups.filter(state=FollowUp.State.DUE, due_at__lte=now, expires_at__gt=now).count(),
            "later": followups.filter(
                state=FollowUp.State.DUE,
                due_at__gt=now,
                due_at__lt=day_start + timedelta(days=1),
                tries__gt=0,
            ).count(),
            "done": finished.get(FollowUp.State.DONE, 0),
            "failed": finished.get(FollowUp.State.FAILED, 0),
            "score": round(sum(n * s for s, n in enumerate(scores, 1)) / rated, 2) if rated else None,
            "rated": rated,
            "in_doubt": followups.filter(state=FollowUp.State.IN_DOUBT).count(),
            "tickets": tickets.count(),
            "overdue": tickets.filter(due_at__lt=now).count(),
        },
        "calls": _calls(attempts),
        "endings": _endings(attempts, reach),
        "scores": scores,
        "opinions": _opinions(attempts),
        "results": _results(attempts),
        "processes": list(ProcessState.objects.order_by("name").values("name", "state", "restarts")),
        "nodes": [
            {"name": node.name, "alive": now - node.seen_at < NODE_SILENT_AFTER, "free": _free_seats(node)}
            for node in VoiceNode.objects.order_by("name")
        ],
        "alerts": _alerts(reach, day_start, now),
    }


def _alerts(reach: Reach, day_start: datetime, now: datetime) -> list[dict[str, str]]:
    """What somebody should look at on the page 线路: code and what it is about."""
    alerts = []
    nodes = running_nodes(now)
    for trunk in Trunk.objects.filter(is_active=True).order_by("priority", "id"):
        state = state_of(trunk, now)
        if state == "on" and is_unreachable(trunk, nodes):
            state = "unregistered"
        if state != "on":
            alerts.append({"code": f"trunk_{state}", "about": trunk.name})
    alerts += [
        {"code": code, "about": node.name} for node in nodes_now(now) if node.is_alive for code in node.alerts
    ]
    handovers = handovers_since(reach, day_start)
    if handovers.wanted >= _FEW_HANDOVERS and (handovers.missed_share or 0) > _MISSED_SHARE:
        alerts.append({"code": "found_nobody", "about": f"{handovers.missed}/{handovers.wanted}"})
    return alerts


def _free_seats(node: VoiceNode) -> int:
    """What the node tells of its seats; ``node.free`` is only how many orders it asked for at once."""
    seats, active = node.stats.get("seats"), node.stats.get("active")
    if isinstance(seats, int) and isinstance(active, int):
        return max(0, seats - active)
    return node.free


def _lines(attempts: Any) -> dict[str, int]:
    counts = attempts.filter(state__in=_LIVE).values_list("state").annotate(n=Count("id")).order_by()
    by_state = dict(counts)
    return {
        "dialling": sum(
            by_state.get(state, 0)
            for state in (Attempt.State.CLAIMED, Attempt.State.DIALLING, Attempt.State.RINGING)
        ),
        "talking": by_state.get(Attempt.State.TALKING, 0),
    }


def _scores(attempts: Any) -> list[int]:
    """How many customers gave 1, 2, 3, 4 and 5 in today's conversations."""
    rows = (
        Answer.objects.filter(
            response__conversation__in=attempts.filter(answered_at__isnull=False).values("id"),
            score__isnull=False,
        )
        .values_list("score")
        .annotate(n=Count("id"))
        .order_by()
    )
    by_score = dict(rows)
    return [by_score.get(score, 0) for score in range(1, 6)]


def _opinions(attempts: Any) -> list[dict[str, Any]]:
    """关键意见: what today's customers said of their own accord, the most frequent first."""
    rows = (
        Answer.objects.filter(
            response__conversation__in=attempts.filter(answered_at__isnull=False).values("id"), score=None
        )
        .exclude(text="")
        .exclude(category="")
        .order_by("-id")
        .values_list("text", "category", "polarity")[:_OPINIONS_READ]
    )
    return [asdict(opinion) for opinion in key_opinions((Said(*row) for row in rows), _OPINIONS_SHOWN)]


def _calls(attempts: Any) -> list[dict[str, Any]]:
    rows = (
        attempts.filter(state__in=_LIVE)
        .annotate(masked=first_number("customer"))
        .order_by("claimed_at", "id")
        .values(
            "id",
            "customer__name",
            "masked",
            "state",
            "risk",
            "mood",
            "claimed_at",
            "dialled_at",
            "answered_at",
        )
    )[:_CALLS_SHOWN]
    return [
        {
            "id": str(row["id"]),
            "name": row["customer__name"],
            "masked": row["masked"] or "",
            "state": row["state"],
            "risk": row["risk"],
            "mood": row["mood"],
            "since": _milliseconds(row["answered_at"] or row["dialled_at"] or row["claimed_at"]),
        }
        for row in rows
    ]


def _endings(attempts: Any, reach: Reach) -> list[dict[str, Any]]:
    rows = list(
        attempts.filter(state=Attempt.State.ENDED)
        .order_by(F("ended_at").desc(nulls_last=True), "id")
        .values("id", "customer__name", "outcome", "cause", "tune", "ended_at")[:_ENDINGS_SHOWN]
    )
    given = (
        Answer.objects.filter(response__conversation__in=[row["id"] for row in rows], score__isnull=False)
        .values_list("response__conversation")
        .annotate(score=Avg("score"))
    )
    texted = set(
        Message.objects.filter(attempt__in=[row["id"] for row in rows], state=Message.State.SENT).values_list(
            "attempt", flat=True
        )
    )
    scores = {conversation: round(score) for conversation, score in given}
    return [
        {
            "id": str(row["id"]),
            "name": row["customer__name"],
            "result": row["outcome"] or row["cause"],
            "tune": row["tune"] if reach.ratings else "",  # it was chosen by the rating
            "score": scores.get(row["id"]) if reach.ratings else None,
            "texted": row["id"] in texted,
            "at": timezone.localtime(row["ended_at"]).strftime("%H:%M:%S") if row["ended_at"] else "",
        }
        for row in rows
    ]


def _results(attempts: Any) -> dict[str, int]:
    rows = (
        attempts.filter(state=Attempt.State.ENDED)
        .exclude(Q(outcome="") & Q(cause=""))
        .values_list("outcome", "cause")
        .annotate(n=Count("id"))
        .order_by()
    )
    results: dict[str, int] = {}
    for outcome, cause, count in rows:
        results[outcome or cause] = results.get(outcome or cause, 0) + count
    return dict(sorted(results.items(), key=lambda item: (-item[1], item[0])))


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
