"""What the page 线路 and the board show of trunks, nodes and doubtful calls: read only, by our own clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from huifang.customers.browsing import first_number
from huifang.env import is_loopback
from huifang.followups.lines import LINE_FAULTS, breaker_of, calls_of, fault_of, is_registered
from huifang.followups.models import Attempt, Trunk, VoiceNode
from huifang.logic.voice_line import EndCause
from huifang.people.reach import Reach

LATELY = timedelta(minutes=15)
NODE_SILENT_AFTER = timedelta(seconds=15)
_NODE_GONE_AFTER = timedelta(days=1)  # a node that was renamed or retired is not shown for ever
_PACE_OVER = timedelta(seconds=10)
_MOST_DOUBTFUL = 200


@dataclass(frozen=True, slots=True)
class Registration:
    """How one node stands with a trunk.  ``status`` is the registrar's last word, 0 = none."""

    node: str
    is_registered: bool
    status: int


@dataclass(frozen=True, slots=True)
class TrunkState:
    """One trunk now.  ``state``: on, paused, trying, or a word of ``lines.fault_of``.  Shares are 0-1, or
    None where nothing was tried."""

    trunk: Trunk
    state: str
    in_use: int
    per_s: float
    tried: int
    answered: int
    failed: int
    statuses: Sequence[tuple[int, int]]  # SIP status of the failures, how often; the most frequent first
    registrations: Sequence[Registration]

    @property
    def answer_share(self) -> float | None:
        return self.answered / self.tried if self.tried else None


@dataclass(frozen=True, slots=True)
class NodeState:
    """One voice node as it told of itself last."""

    name: str
    is_alive: bool
    seen_at: datetime
    seats: int | None
    active: int | None
    late_share: float | None
    busy_share: float | None
    hears: bool
    alerts: Sequence[str]


def trunks_now(now: datetime) -> list[TrunkState]:
    """Every trunk, those in use first, in the order in which they are taken."""
    nodes = running_nodes(now)
    in_use = calls_of(now)
    pace = Counter(
        Attempt.objects.filter(
            dialled_at__gt=now - _PACE_OVER, trunk__isnull=False, is_inbound=False
        ).values_list("trunk_id", flat=True)
    )
    lately = Attempt.objects.filter(claimed_at__gt=now - LATELY, dialled_at__isnull=False, is_inbound=False)
    over = Q(state=Attempt.State.ENDED)
    failed = over & Q(cause__in=LINE_FAULTS)
    counts: dict[int | None, tuple[int, int, int]] = {
        trunk_id: (tried, answered, failures)
        for trunk_id, tried, answered, failures in lately.values("trunk_id")
        .annotate(
            tried=Count("id", filter=over & ~Q(cause=EndCause.STOPPED)),
            # A machine or an announcement that answers is nobody.
            answered=Count("id", filter=over & Q(answered_at__isnull=False) & ~Q(cause__in=_NOBODY)),
            failed=Count("id", filter=failed),
        )
        .order_by()
        .values_list("trunk_id", "tried", "answered", "failed")
    }
    statuses: dict[int | None, list[tuple[int, int]]] = {}
    rows = (
        lately.filter(failed, sip_status__isnull=False)
        .values_list("trunk_id", "sip_status")
        .annotate(n=Count("id"))
        .order_by("-n", "sip_status")
    )
    for trunk_id, status, count in rows:
        statuses.setdefault(trunk_id, []).append((status or 0, count))
    return [
        TrunkState(
            trunk=trunk,
            state=state_of(trunk, now),
            in_use=in_use[trunk.pk],
            per_s=pace[trunk.pk] / _PACE_OVER.total_seconds(),
            tried=counts.get(trunk.pk, _NO_CALLS)[0],
            answered=counts.get(trunk.pk, _NO_CALLS)[1],
            failed=counts.get(trunk.pk, _NO_CALLS)[2],
            statuses=statuses.get(trunk.pk, [])[:3],
            registrations=[_registration(node, trunk.name) for node in nodes] if trunk.register else [],
        )
        for trunk in Trunk.objects.order_by("-is_active", "priority", "id")
    ]


_NO_CALLS = (0, 0, 0)
_NOBODY = (EndCause.MACHINE, EndCause.EMPTY_NUMBER, EndCause.POWERED_OFF, EndCause.SUSPENDED)


def state_of(trunk: Trunk, now: datetime) -> str:
    """on; paused or trying, by the breaker; or why it is not used at all."""
    until = breaker_of(trunk).until
    return fault_of(trunk) or ("on" if until is None else "paused" if now < until else "trying")


def is_unreachable(trunk: Trunk, nodes: Sequence[VoiceNode]) -> bool:
    """Nodes tell of their registrations with ``trunk``, and none of ``nodes`` has one."""
    told = [is_registered(node.stats, trunk.name) for node in nodes] if trunk.register else []
    return False in told and True not in told


def running_nodes(now: datetime) -> list[VoiceNode]:
    """The nodes that were heard of just now."""
    return list(VoiceNode.objects.filter(seen_at__gt=now - NODE_SILENT_AFTER).order_by("name"))


def nodes_now(now: datetime) -> list[NodeState]:
    """Every node that was heard of within a day."""
    real_trunks = any(
        not is_loopback(host)
        for host in Trunk.objects.filter(is_active=True, is_virtual=False).values_list("host", flat=True)
    )
    return [
        _node(node, now, real_trunks)
        for node in VoiceNode.objects.filter(seen_at__gt=now - _NODE_GONE_AFTER).order_by("name")
    ]


def _node(node: VoiceNode, now: datetime, real_trunks: bool) -> NodeState:
    stats = node.stats
    told = stats.get("alerts")
    alerts = [str(a.get("code")) for a in told if isinstance(a, dict)] if isinstance(told, list) else []
    sip_host = stats.get("sip_host")
    if real_trunks and isinstance(sip_host, str) and is_loopback(sip_host):
        alerts.append("sip_host")
    return NodeState(
        name=node.name,
        is_alive=now - node.seen_at < NODE_SILENT_AFTER,
        seen_at=node.seen_at,
        seats=_whole(stats.get("seats")),
        active=_whole(stats.get("active")),
        late_share=_share(stats.get("late_share")),
        busy_share=_share(stats.get("busy_share")),
        hears=stats.get("hears") is True,
        alerts=alerts,
    )


def _registration(node: VoiceNode, trunk: str) -> Registration:
    """What ``node`` tells of ``trunk``; whatever a node sends, it is read as far as it fits."""
    trunks = node.stats.get("trunks")
    told: Any = trunks.get(trunk) if isinstance(trunks, dict) else None
    status = told.get("status") if isinstance(told, dict) else None
    return Registration(node.name, is_registered(node.stats, trunk) is True, _whole(status) or 0)


# ---- hand-overs


@dataclass(frozen=True, slots=True)
class Handovers:
    """Calls of one day in which a person was to take over; ``missed``: nobody did while the customer was
    there."""

    wanted: int
    missed: int

    @property
    def missed_share(self) -> float | None:
        return self.missed / self.wanted if self.wanted else None


def handovers_since(reach: Reach, since: datetime) -> Handovers:
    """How often since ``since`` a customer was to be handed over, and found nobody."""
    rows = reach.of(Attempt.objects.filter(claimed_at__gte=since), "customer__store")
    counts = rows.filter(agent_wanted_at__isnull=False, state=Attempt.State.ENDED).aggregate(
        wanted=Count("id"), missed=Count("id", filter=Q(bridged_at__isnull=True))
    )
    return Handovers(counts["wanted"], counts["missed"])


# ---- in doubt


def doubtful_calls(reach: Reach) -> QuerySet[Attempt]:
    """待核实 within ``reach``, the oldest first: who has waited longest is settled first."""
    rows = reach.of(Attempt.objects.filter(state=Attempt.State.IN_DOUBT), "customer__store")
    return (
        rows.select_related("customer", "customer__store", "followup", "trunk")
        .annotate(masked=first_number("customer"))
        .order_by(F("dialled_at").asc(nulls_first=True), "id")[:_MOST_DOUBTFUL]
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _share(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
