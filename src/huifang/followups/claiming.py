"""Handing due follow-ups to a voice node, each through the contact gate and on a trunk that has room."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from huifang.followups import gate
from huifang.followups.call_facts import CallFacts
from huifang.followups.lines import RUNNING, fault_of, note_handout, open_lines
from huifang.followups.models import Attempt, FollowUp, InboundNumber, Trunk, VoiceNode
from huifang.followups.numbers import canonical
from huifang.followups.staffing import desk_now
from huifang.followups.trunks import address_of
from huifang.logic.gate import Stage
from huifang.logic.routing import Line, allows, caller_for, pick
from huifang.logic.voice_line import Order, TransferTarget, TrunkAddress
from huifang.people.models import User
from huifang.people.softphones import experts_on_duty, people_on_duty

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
    for its lease.  Never more calls run on a trunk than it carries, and never more begin in a second
    than it bears, over all nodes; and never two run to one customer.  Where calls are paced for the
    agents, no more begin than there are people for those who will ask for one.
    """
    VoiceNode.objects.update_or_create(
        name=node, defaults={"seen_at": now, "free": max(free, 0), "stats": stats or {}}
    )
    # Attempts that are locked are being reported on, which moves their leases, too.
    carried = Attempt.objects.select_for_update(skip_locked=True).filter(
        id__in=list(active), node=node, state__in=RUNNING
    )
    Attempt.objects.filter(id__in=[a.pk for a in carried.only("id")]).update(lease_until=now + LEASE)
    # The trunk rows are the lock under which seats and customers are counted: claims of several nodes
    # take turns here, each for some milliseconds.
    trunks = {trunk.pk: trunk for trunk in Trunk.objects.select_for_update().order_by("id")}
    lines = open_lines(list(trunks.values()), now, stats or {})
    claim = _Claim(node, now, trunks, lines)
    desk = desk_now(claim.agents, min(free, claim.room), now)
    free = min(free, desk.room) if desk else free
    seen: list[int] = []
    while (wanted := min(free - len(claim.orders), claim.room)) > 0 and len(seen) < MOST_LOOKED_AT:
        batch = _due(now, min(wanted, MOST_LOOKED_AT - len(seen)), seen)
        if not batch:
            break
        seen += [followup.pk for followup in batch]
        claim.take(batch)
    claim.close()
    return claim.orders


def _due(now: datetime, most: int, seen: Collection[int]) -> list[FollowUp]:
    """Due follow-ups of customers who are not, and might not be, on the phone, locked, one per customer.

    ``seen`` are those that this claim has looked at already and could not use.  ``most`` becomes a
    literal LIMIT: Django binds on the client's side, and a parameterised LIMIT under a generic plan
    would make PostgreSQL sort the whole queue.
    """
    busy = Attempt.objects.filter(
        customer_id=OuterRef("customer_id"), state__in=(*RUNNING, Attempt.State.IN_DOUBT)
    )
    rows = (
        FollowUp.objects.filter(state=FollowUp.State.DUE, due_at__lte=now, expires_at__gt=now)
        .exclude(id__in=seen)
        .exclude(Exists(busy))
        .select_related("customer__store", "customer__facts", "script")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("-priority", "due_at", "id")[:most]
    )
    customers: set[int] = set()
    # A customer's second follow-up stays due and is looked at when the first call is over.
    return [
        row
        for row in rows
        if not (row.customer_id in customers or customers.add(row.customer_id))  # type: ignore[func-returns-value]
    ]


class _Claim:
    """One node's claim while the trunks are locked: the orders so far, and what has been used of each line."""

    def __init__(self, node: str, now: datetime, trunks: dict[int, Trunk], lines: Sequence[Line]) -> None:
        self.orders: list[Order] = []
        self._node = node
        self._now = now
        self._trunks = trunks
        self._lines = lines
        self._taken: Counter[int] = Counter()
        self.agents = people_on_duty(now)
        self._experts = experts_on_duty(now)
        self._own_numbers = _numbers_of_stores() if self.room else {}

    @property
    def room(self) -> int:
        """How many more calls the lines bear now."""
        return sum(line.room for line in self._lines)

    def take(self, batch: Sequence[FollowUp]) -> None:
        """Make attempts of those in ``batch`` that the gate allows and a line has room for.  What only
        waits for room stays due; what no line may ever dial waits for somebody to change a trunk."""
        wishes = [gate.Wish(f.customer_id, f.purpose, (f.due_at, f.expires_at)) for f in batch]
        answers = gate.ask(wishes, self._now, Stage.CONTACT, self._fault)
        facts = CallFacts(batch, self._now)
        attempts: list[Attempt] = []
        changed: list[FollowUp] = []
        for followup, answer in zip(batch, answers, strict=True):
            if not gate.apply(followup, answer.verdict, self._now):
                changed.append(followup)
                continue
            line = pick(self._lines, answer.number)
            if line is None:
                continue
            followup.state = FollowUp.State.CLAIMED
            changed.append(followup)
            attempts.append(self._attempt(followup, line, answer, facts))
        FollowUp.objects.bulk_update(changed, ["state", "due_at", "verdict", "updated_at"])
        Attempt.objects.bulk_create(attempts)
        facts.save()

    def close(self) -> None:
        """Note on the trunks what was handed out."""
        for trunk_id, count in self._taken.items():
            note_handout(self._trunks[trunk_id], count, self._now)

    def _fault(self, number: str) -> str:
        return "" if any(allows(line.prefixes, number) for line in self._lines) else "prefix"

    def _attempt(self, followup: FollowUp, line: Line, answer: gate.Answer, facts: CallFacts) -> Attempt:
        trunk, now = self._trunks[line.id], self._now
        turn = trunk.turn + self._taken[line.id]
        own = self._own_numbers.get(followup.customer.store_id or 0, set())
        is_local = trunk.caller_rule == Trunk.CallerRule.STORE
        caller_id = caller_for(
            trunk.caller_ids, turn, {n for n in trunk.caller_ids if canonical(n) in own} if is_local else ()
        )
        line.take()
        self._taken[line.id] += 1
        attempt = Attempt(
            followup=followup,
            customer_id=followup.customer_id,
            trunk=trunk,
            node=self._node,
            verdict=followup.verdict,
            caller_id=caller_id,
            claimed_at=now,
            lease_until=now + LEASE,
        )
        until = min(answer.verdict.until or followup.expires_at, followup.expires_at)
        order = order_for(
            attempt,
            followup,
            address_of(trunk, caller_id),
            number=answer.number,
            until=until,
            agents=self.agents,
            experts=self._experts,
            facts=facts,
        )
        self.orders.append(order)
        return attempt


def _numbers_of_stores() -> dict[int, set[str]]:
    """Store id → the numbers that belong to it."""
    numbers: dict[int, set[str]] = defaultdict(set)
    rows = InboundNumber.objects.filter(is_active=True, store__isnull=False)
    for store_id, number in rows.values_list("store_id", "number"):
        numbers[store_id or 0].add(number)
    return numbers


def order_for(
    attempt: Attempt,
    followup: FollowUp,
    trunk: TrunkAddress,
    *,
    number: str,
    until: datetime,
    agents: list[User],
    experts: list[User],
    facts: CallFacts,
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
        facts=facts.of(attempt, followup),
        language=languages[0],
        transfer_targets=transfer_targets(agents, experts, followup.customer.store_id),
        transfer_timeout_s=TRANSFER_TIMEOUT_S,
        ring_timeout_s=RING_TIMEOUT_S,
        dial_before=until.astimezone(UTC).isoformat(),
        knowledge=facts.knowledge(followup.customer.store),
        inbound=attempt.is_inbound,
    )


def trunks_of_nodes() -> tuple[list[TrunkAddress], list[str]]:
    """The trunks that every node registers with, and the hosts from which calls are taken."""
    ready = [trunk for trunk in Trunk.objects.order_by("id") if not fault_of(trunk)]
    return [address_of(trunk) for trunk in ready if trunk.register], sorted({trunk.host for trunk in ready})


def transfer_targets(agents: list[User], experts: list[User], store_id: int | None) -> list[TransferTarget]:
    """Up to three of ``agents`` and of the ``experts`` whom these may fetch, those of the store first; nobody
    who is busy."""
    targets = []
    for people, is_expert in ((agents, False), (experts, True)):
        free = [person for person in people if person.sip_uri]
        near_first = sorted(free, key=lambda person: person.store_id != store_id)
        targets += [
            TransferTarget(
                p.username, p.display_name, p.sip_uri, expert=is_expert, is_window=p.is_at_softphone
            )
            for p in near_first[:MOST_TARGETS]
        ]
    return targets
