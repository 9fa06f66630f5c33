"""The agents at this moment, and what the last calls have shown about how often one is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q

from huifang.followups.lines import RUNNING
from huifang.followups.models import Attempt
from huifang.logic import staffing
from huifang.logic.staffing import Agents, Measured, OnLine
from huifang.people.models import User

_LOOK_BACK = timedelta(days=14)
_CALLS = 1000
"""So many calls are measured; older ones were of other scripts and other days."""


@dataclass(frozen=True, slots=True)
class Desk:
    """``room``: how many more calls may begin now, at most as many as were asked about."""

    agents: Agents
    room: int


def desk_now(people: list[User], most: int, now: datetime) -> Desk | None:
    """How the desk of ``people`` stands; None where calls are not paced by it: the installation has not
    asked for it, or nobody has a telephone, so that every customer is promised a callback anyway.

    Whoever is being rung for a customer is as good as busy.
    """
    if not settings.HUIFANG.pace_for_agents or not people:
        return None
    running = Attempt.objects.filter(state__in=RUNNING)
    wish = Q(agent_wanted_at__isnull=False)
    counts = running.aggregate(
        busy=Count("id", filter=wish),
        before=Count("id", filter=Q(answered_at__isnull=True)),
        talking=Count("id", filter=Q(answered_at__isnull=False) & ~wish),
    )
    elsewhere = sum(not person.sip_uri for person in people)  # most of them in the calls just counted
    busy = min(max(counts["busy"], elsewhere), len(people))
    agents = Agents(free=len(people) - busy, busy=busy)
    on_line = OnLine(before_answer=counts["before"], in_conversation=counts["talking"])
    return Desk(agents, staffing.room(agents, on_line, measured(now), most))


def measured(now: datetime) -> Measured:
    """The last calls in figures."""
    rows = list(
        Attempt.objects.filter(
            claimed_at__gt=now - _LOOK_BACK, state=Attempt.State.ENDED, dialled_at__isnull=False
        )
        .order_by("-claimed_at", "-id")
        .values_list("answered_at", "agent_wanted_at", "bridged_at", "ended_at")[:_CALLS]
    )
    handled = [
        (ended - bridged).total_seconds()
        for _, _, bridged, ended in rows
        if bridged is not None and ended is not None
    ]
    wishes = sorted(
        (wanted - answered).total_seconds()
        for answered, wanted, _, _ in rows
        if answered is not None and wanted is not None
    )
    standard = Measured()
    return Measured(
        begun=len(rows),
        answered=sum(answered is not None for answered, _, _, _ in rows),
        wanted=len(wishes),
        handling_s=max(1.0, sum(handled) / len(handled)) if handled else standard.handling_s,
        wish_after_s=max(0.0, wishes[len(wishes) // 4]) if wishes else standard.wish_after_s,
    )
