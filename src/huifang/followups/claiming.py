"""Handing due follow-ups to a voice node, each through the contact gate."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from huifang.followups import gate
from huifang.followups.facts import spoken_facts
from huifang.followups.models import Attempt, FollowUp, Trunk, VoiceNode
from huifang.followups.trunks import address_of
from huifang.logic.gate import Stage
from huifang.logic.voice_line import Order, TransferTarget, TrunkAddress
from huifang.people.models import Role, User

RUNNING = (
    Attempt.State.CLAIMED,
    Attempt.State.DIALLING,
    Attempt.State.RINGING,
    Attempt.State.TALKING,
)
LEASE = timedelta(seconds=45)
"""How long an attempt stays with a node that says nothing."""
MOST_LOOKED_AT = 200  # follow-ups per claim, so that a claim stays short even if the gate refuses many
RING_TIMEOUT_S = 35.0
TRANSFER_TIMEOUT_S = 15.0
MOST_TARGETS = 3


@transaction.atomic
def claim_orders(
    *, node: str, free: int, active: Collection[str], now: datetime, stats: dict[str, Any] | None = None
) -> list[Order]:
    """Up to ``free`` calls for ``node`` to make, the most urgent first.

    The call is the node's heartbeat: the leases of its ``active`` attempts move on.  Each order is
    committed as an Attempt with the gate's verdict before this returns, so a lost answer only waits
    for its lease.  Never more calls run on a trunk than it carries, over all nodes, and never two to
    one customer.
    """
    VoiceNode.objects.update_or_create(
        name=node, defaults={"seen_at": now, "free": max(free, 0), "stats": stats or {}}
    )
    Attempt.objects.filter(id__in=list(active), node=node, state__in=RUNNING).update(lease_until=now + LEASE)
    # The trunk rows are the lock under which seats and customers are counted: claims of several nodes
    # take turns here, each for some milliseconds.
    trunks = [t for t in Trunk.objects.select_for_update().order_by("id") if gate.is_ready(t)]
    taken = dict(
        Attempt.objects.filter(state__in=RUNNING).values_list("trunk_id").annotate(n=Count("id")).order_by()
    )
    orders: list[Order] = []
    looked_at = 0
    for trunk in trunks:
        room = min(free - len(orders), trunk.max_calls - taken.get(trunk.pk, 0))
        while room > 0 and looked_at < MOST_LOOKED_AT:
            batch = _due(now, min(room, MOST_LOOKED_AT - looked_at))
            if not batch:
                return orders
            looked_at += len(batch)
            made = _take(batch, trunk, node, now)
            orders.extend(made)
            room -= len(made)
    return orders


def _due(now: datetime, most: int) -> list[FollowUp]:
    """Due follow-ups of customers who are not, and might not be, on the phone, locked, one per customer.

    ``most`` becomes a literal LIMIT: Django binds on the client's side, and a parameterised LIMIT
    under a generic plan would make PostgreSQL sort the whole queue.
    """
    busy = Attempt.objects.filter(
        customer_id=OuterRef("customer_id"), state__in=(*RUNNING, Attempt.State.IN_DOUBT)
    )
    rows = (
        FollowUp.objects.filter(state=FollowUp.State.DUE, due_at__lte=now, expires_at__gt=now)
        .exclude(Exists(busy))
        .select_related("customer__store", "script")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("-priority", "due_at", "id")[:most]
    )
    seen: set[int] = set()
    # A customer's second follow-up stays due and is looked at when the first call is over.
    return [row for row in rows if not (row.customer_id in seen or seen.add(row.customer_id))]  # type: ignore[func-returns-value]


def _take(batch: list[FollowUp], trunk: Trunk, node: str, now: datetime) -> list[Order]:
    wishes = [gate.Wish(f.customer_id, f.purpose, (f.due_at, f.expires_at)) for f in batch]
    answers = gate.ask(wishes, now, Stage.CONTACT, trunk)
    agents = agents_with_phones()
    attempts: list[Attempt] = []
    orders: list[Order] = []
    for followup, answer in zip(batch, answers, strict=True):
        if not gate.apply(followup, answer.verdict, now):
            continue
        followup.state = FollowUp.State.CLAIMED
        attempt = Attempt(
            followup=followup,
            customer_id=followup.customer_id,
            trunk=trunk,
            node=node,
            verdict=followup.verdict,
            claimed_at=now,
            lease_until=now + LEASE,
        )
        attempts.append(attempt)
        until = min(answer.verdict.until or followup.expires_at, followup.expires_at)
        orders.append(_order(attempt, followup, trunk, answer.number, until, agents))
    FollowUp.objects.bulk_update(batch, ["state", "due_at", "verdict", "updated_at"])
    Attempt.objects.bulk_create(attempts)
    return orders


def _order(
    attempt: Attempt, followup: FollowUp, trunk: Trunk, number: str, until: datetime, agents: list[User]
) -> Order:
    return order_for(attempt, followup, address_of(trunk), number=number, until=until, agents=agents)


def order_for(
    attempt: Attempt,
    followup: FollowUp,
    trunk: TrunkAddress,
    *,
    number: str,
    until: datetime,
    agents: list[User],
) -> Order:
    """What a node needs to know of ``attempt``.  ``until``: it is not begun after this instant."""
    script = followup.script.document
    languages = script.get("languages") or ["zh-CN"]
    return Order(
        attempt_id=attempt.pk.hex,
        fence=attempt.fence,
        number=number,
        trunk=trunk,
        script=script,
        facts=spoken_facts(followup),
        language=languages[0],
        transfer_targets=transfer_targets(agents, followup.customer.store_id),
        transfer_timeout_s=TRANSFER_TIMEOUT_S,
        ring_timeout_s=RING_TIMEOUT_S,
        dial_before=until.astimezone(UTC).isoformat(),
        inbound=attempt.is_inbound,
    )


def trunks_of_nodes() -> tuple[list[TrunkAddress], list[str]]:
    """The trunks that every node registers with, and the hosts from which calls are taken."""
    ready = [trunk for trunk in Trunk.objects.order_by("id") if gate.is_ready(trunk)]
    return [address_of(trunk) for trunk in ready if trunk.register], sorted({trunk.host for trunk in ready})


def agents_with_phones() -> list[User]:
    return list(User.objects.filter(is_active=True, role=Role.AGENT).exclude(sip_uri="").order_by("id"))


def transfer_targets(agents: list[User], store_id: int | None) -> list[TransferTarget]:
    """Up to three of ``agents``, those of the store first."""
    near_first = sorted(agents, key=lambda agent: agent.store_id != store_id)
    return [TransferTarget(a.username, a.display_name, a.sip_uri) for a in near_first[:MOST_TARGETS]]
