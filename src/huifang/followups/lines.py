"""What each trunk bears at this moment: its calls, its pace and its circuit breaker.

All of it is read from rows under the trunk's lock, so that claims of several nodes come to one answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from huifang.env import is_loopback
from huifang.followups.models import Attempt, Trunk
from huifang.logic import breaker, pacing
from huifang.logic.breaker import Breaker, Ended
from huifang.logic.routing import Line
from huifang.logic.voice_line import EndCause
from huifang.people.audit import record, system_user

RUNNING = (
    Attempt.State.CLAIMED,
    Attempt.State.DIALLING,
    Attempt.State.RINGING,
    Attempt.State.TALKING,
)
LINE_FAULTS = (EndCause.NETWORK, EndCause.TRUNK_REFUSED)
"""Ends that are the trunk's doing."""
_MOST_JUDGED = 500
"""So many of the newest calls tell enough of a trunk, and a claim must stay short."""


def fault_of(trunk: Trunk) -> str:
    """Why ``trunk`` may carry no call at all; empty where it may.  The word is for ``reasons``.

    A virtual trunk stays on loopback, a real one goes by the real clock.
    """
    if not trunk.is_active:
        return "inactive"
    if trunk.is_virtual:
        return "" if is_loopback(trunk.host) else "outside"
    return "" if settings.HUIFANG.clock_offset_s == 0 else "clock"


def open_lines(trunks: Sequence[Trunk], now: datetime, stats: Mapping[str, Any]) -> list[Line]:
    """The lines of ``trunks`` that may carry calls, with the room that each has now for the node that
    tells ``stats`` of itself.

    The trunks are locked by the caller; a breaker that opens or closes is stored here.
    """
    usable = [trunk for trunk in trunks if not fault_of(trunk)]
    in_use = calls_of(now)
    lines = []
    for trunk in usable:
        _judge(trunk, now)
        rooms = [trunk.max_calls - in_use[trunk.pk]]
        if trunk.calls_per_s is not None:
            rooms.append(pacing.handout(trunk.calls_per_s, trunk.next_at, now).most)
        tried = breaker.room(breaker_of(trunk), now, _on_trial(trunk))
        if tried is not None:
            rooms.append(tried)
        if trunk.register and is_registered(stats, trunk.name) is False:
            rooms.append(0)
        lines.append(
            Line(
                id=trunk.pk,
                prefixes=tuple(trunk.prefixes),
                priority=trunk.priority,
                weight=trunk.weight,
                in_use=in_use[trunk.pk],
                room=max(0, min(rooms)),
            )
        )
    return lines


def is_registered(stats: Mapping[str, Any], trunk: str) -> bool | None:
    """Whether the node that tells ``stats`` is registered with ``trunk``; None where it does not tell."""
    told = stats.get("trunks")
    if not isinstance(told, dict):
        return None
    one = told.get(trunk)
    return isinstance(one, dict) and one.get("registered") is True


def calls_of(now: datetime) -> Counter[int | None]:
    """Trunk id → the calls that it carries, ours and those of customers who call us.

    A call whose node has died may hold its channel until the far end notices: it counts as long as the
    lease that the node had on it.
    """
    rows = (
        Attempt.objects.filter(Q(state__in=RUNNING) | Q(state=Attempt.State.IN_DOUBT, lease_until__gt=now))
        .values_list("trunk_id")
        .annotate(n=Count("id"))
        .order_by()
    )
    return Counter(dict(rows))


def note_handout(trunk: Trunk, taken: int, now: datetime) -> None:
    """``taken`` orders were handed out on ``trunk``, which the caller has locked."""
    if trunk.calls_per_s is not None:
        trunk.next_at = pacing.handout(trunk.calls_per_s, trunk.next_at, now).after(taken)
    trunk.turn += taken
    trunk.save(update_fields=["next_at", "turn"])


def is_too_fast(trunk: Trunk, now: datetime) -> bool:
    """Whether one more INVITE at this moment would be more than ``trunk`` bears in a second.

    The caller has locked the trunk: this is the last word before the INVITE.
    """
    if trunk.calls_per_s is None:
        return False
    begun = Attempt.objects.filter(
        trunk=trunk, is_inbound=False, dialled_at__gt=now - pacing.span_of(trunk.calls_per_s)
    ).values_list("dialled_at", flat=True)
    return not pacing.may_begin(trunk.calls_per_s, [at for at in begun if at is not None], now)


# ---- the breaker


def breaker_of(trunk: Trunk) -> Breaker:
    return Breaker(trunk.breaker_since, trunk.breaker_until, trunk.breaker_openings)


def _judge(trunk: Trunk, now: datetime) -> None:
    before, ended = breaker_of(trunk), _ended(trunk, now)
    if before.until is not None and now >= before.until:
        # A trial that rings has shown what it was to show; nobody waits until they have talked.
        rings = _trials(trunk).filter(Q(ringing_at__isnull=False) | Q(answered_at__isnull=False))
        ended += [Ended(began_at, now, False) for began_at in rings.values_list("claimed_at", flat=True)]
    after = breaker.judge(before, ended, now)
    if after == before:
        return
    trunk.breaker_since, trunk.breaker_until = after.since, after.until
    trunk.breaker_openings = after.openings
    trunk.save(update_fields=["breaker_since", "breaker_until", "breaker_openings"])
    if after.until is None:
        record(acting_user=system_user(), action="followups.trunk_resumed", thing=trunk)
    else:
        record(
            acting_user=system_user(),
            action="followups.trunk_paused",
            thing=trunk,
            until=after.until.isoformat(),
            calls=len(ended),
            failed=sum(call.failed for call in ended),
        )


def _ended(trunk: Trunk, now: datetime) -> list[Ended]:
    """What has been learnt of ended calls lately; by our own clock, not the nodes'."""
    rows = (
        Attempt.objects.filter(
            trunk=trunk, is_inbound=False, settled_at__gt=now - breaker.WINDOW, dialled_at__isnull=False
        )
        .exclude(cause=EndCause.STOPPED)
        .order_by("-settled_at")
        .values_list("claimed_at", "settled_at", "cause", "retry_after_s")[:_MOST_JUDGED]
    )
    return [
        Ended(began_at, at, cause in LINE_FAULTS, retry_after_s)
        for began_at, at, cause, retry_after_s in rows
        if at is not None
    ]


def _on_trial(trunk: Trunk) -> int:
    """Calls that began since the breaker allows a trial."""
    return 0 if trunk.breaker_until is None else _trials(trunk).count()


def _trials(trunk: Trunk) -> QuerySet[Attempt]:
    """The calls that try a trunk whose breaker is open, and are going on."""
    return Attempt.objects.filter(
        trunk=trunk, is_inbound=False, state__in=RUNNING, claimed_at__gte=trunk.breaker_until
    )
