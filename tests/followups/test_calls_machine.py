"""A random telephone world: nodes claim, dial, freeze, die, report late, twice and out of order.

The law: no follow-up rings twice without a known end that calls for a second try, nobody is rung who
must not be, and no follow-up is lost.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from huifang.clock import HOME_ZONE
from huifang.customers.models import Consent, ContactPoint, Customer
from huifang.customers.phones import blind_index, seal
from huifang.followups.claiming import claim_orders
from huifang.followups.leases import close_windows, release_silent_nodes
from huifang.followups.lines import RUNNING
from huifang.followups.models import Attempt, FollowUp, Script
from huifang.followups.reporting import take_events
from huifang.followups.settling import Finding, resolve_in_doubt
from huifang.followups.trunks import save_trunk
from huifang.logic.voice_line import EndCause, Event, EventKind, Order
from huifang.people.models import User

from .conftest import NOW

SEATS = 2
NODES = st.sampled_from(["n1", "n2"])
AGAIN = {
    "busy",
    "no_answer",
    "machine",
    "declined",
    "powered_off",
    "suspended",
    "network",
    "trunk_refused",
    "stopped",
}
TALKED = {"completed", "hung_up", "network", "trunk_refused", "stopped"}


@dataclass
class Call:
    """What really happens to one order in its node and on the line."""

    order: Order
    node: str
    followup: int
    seq: int = 1
    rung: bool = False  # the INVITE has left
    answered: bool = False
    over: bool = False
    outbox: list[Event] = field(default_factory=list)
    sent: list[Event] = field(default_factory=list)

    def event(self, kind: str, at: datetime, /, **data: object) -> Event:
        self.seq += 1
        return self._event(self.seq, kind, at, data)

    def dialling(self, at: datetime) -> Event:
        return self._event(1, "dialling", at, {})

    def _event(self, seq: int, kind: str, at: datetime, data: dict) -> Event:
        return Event(self.order.attempt_id, self.order.fence, seq, EventKind(kind), at.isoformat(), data)


class Calls(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        self.now = NOW
        self.calls: list[Call] = []
        self.may_ring_again: dict[int, bool] = {}  # follow-up → its last ring has a known end that allows it
        self.rings: dict[int, list[datetime]] = {}  # customer → instants
        self.refused: set[int] = set()

    def teardown(self) -> None:
        try:
            self._nothing_is_lost()
        finally:
            transaction.set_rollback(True)
            self.world.__exit__(None, None, None)

    @initialize(followups=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30)), min_size=1, max_size=5))
    def world_of(self, followups: list[tuple[int, int]]) -> None:
        save_trunk(name="virtual", host="127.0.0.1", port=5090, max_calls=SEATS, is_virtual=True)
        self.boss = User.objects.create(username="boss", role="supervisor")
        script = Script.objects.create(slug="s", version=1, name="s", document={"id": "s"}, published_at=NOW)
        people = [Customer.objects.create(name="李娜", created_at=NOW, updated_at=NOW) for _ in range(3)]
        for n, person in enumerate(people):
            number = f"+861380000000{n}"
            ContactPoint.objects.create(
                customer=person, sealed=seal(number), index=blind_index(number), masked="x"
            )
        for n, (person, hours) in enumerate(followups):
            FollowUp.objects.create(
                key=str(n),
                customer=people[person],
                plan="p",
                plan_name="p",
                script=script,
                purpose="care",
                due_at=NOW,
                expires_at=NOW + timedelta(hours=10 + hours),
                created_at=NOW,
                updated_at=NOW,
            )

    # ---- the centre and its nodes

    @rule(
        node=NODES,
        free=st.integers(0, 4),
        dial=st.booleans(),
        answer_is_lost=st.sampled_from([False] * 5 + [True]),
    )
    def claim(self, node: str, free: int, dial: bool, answer_is_lost: bool) -> None:
        active = [c.order.attempt_id for c in self.calls if c.node == node and not c.over]
        orders = claim_orders(node=node, free=free, active=active, now=self.now)
        # A frozen node that comes back may carry more; nobody hands it out.
        assert not orders or Attempt.objects.filter(state__in=RUNNING).count() <= SEATS
        for order in orders:
            if answer_is_lost:
                continue
            followup = Attempt.objects.get(pk=UUID(order.attempt_id)).followup_id
            self.calls.append(Call(order, node, followup))
            if dial:
                self._ask(self.calls[-1])

    @rule(seconds=st.sampled_from([1, 30, 50, 600, 1900, 3 * 3600, 20 * 3600]), jobs=st.booleans())
    def time_passes(self, seconds: int, jobs: bool) -> None:
        self.now += timedelta(seconds=seconds)
        if jobs:
            release_silent_nodes(self.now)
            close_windows(self.now)

    # ---- calls

    def _pick(self, number: int, *, rung: bool | None = None) -> Call | None:
        open_calls = [c for c in self.calls if not c.over and (rung is None or c.rung == rung)]
        return open_calls[number % len(open_calls)] if open_calls else None

    @rule(number=st.integers(0, 9), answer_is_lost=st.booleans())
    def a_node_asks_to_dial(self, number: int, answer_is_lost: bool) -> None:
        call = self._pick(number, rung=False)
        if call is not None:
            self._ask(call, answer_is_lost)

    def _ask(self, call: Call, answer_is_lost: bool = False) -> None:
        refused = take_events(node=call.node, events=[call.dialling(self.now)], now=self.now)
        if answer_is_lost:
            return  # the node asks again later; it has not dialled
        if refused:
            call.over = True
        elif self.now >= datetime.fromisoformat(call.order.dial_before):  # the yes came too late
            self.a_call_is_let_go(call)
        else:
            self._ring(call)

    def _ring(self, call: Call) -> None:
        followup = FollowUp.objects.get(pk=call.followup)
        local = self.now.astimezone(HOME_ZONE)
        assert self.may_ring_again.get(call.followup, True), "rung twice"
        assert followup.customer_id not in self.refused, "rung after a refusal"
        assert time(9) <= local.time() < time(12) or time(14) <= local.time() < time(20)
        assert self.now < followup.expires_at
        call.rung = True
        self.may_ring_again[call.followup] = False

    @rule(
        number=st.integers(0, 9),
        kind=st.sampled_from(["ringing", "answered", "answer", "promise", "refused"]),
    )
    def something_happens_in_a_call(self, number: int, kind: str) -> None:
        call = self._pick(number, rung=True)
        if call is None:
            return
        if kind == "answered":
            call.answered = True
        elif kind != "ringing" and not call.answered:
            return
        data = {"answer": {"item": "rating", "code": "s1", "score": 1}, "promise": {"kind": "callback"}}
        call.outbox.append(call.event(kind, self.now, **data.get(kind, {})))

    @rule(number=st.integers(0, 9), cause=st.sampled_from(EndCause))
    def a_call_ends(self, number: int, cause: EndCause) -> None:
        call = self._pick(number, rung=True)
        if call is not None:
            call.outbox.append(call.event("ended", self.now, cause=cause.value))
            call.over = True

    @rule(number=st.integers(0, 9))
    def a_node_lets_go_before_dialling(self, number: int) -> None:
        call = self._pick(number, rung=False)
        if call is not None:
            self.a_call_is_let_go(call)

    def a_call_is_let_go(self, call: Call) -> None:
        call.outbox.append(call.event("ended", self.now, cause="stopped"))
        call.over = True

    @rule(node=NODES, tells=st.booleans())
    def a_node_dies(self, node: str, tells: bool) -> None:
        for call in self.calls:
            if call.node == node and not call.over:
                call.over = True
                if tells:  # its journal is there after the restart
                    call.outbox.append(call.event("in_doubt", self.now))

    @precondition(lambda self: any(c.outbox or c.sent for c in self.calls))
    @rule(data=st.data())
    def a_node_reports(self, data: st.DataObject) -> None:
        self.report(data.draw(st.lists(st.sampled_from(self.reportable()), min_size=1, max_size=6)))

    def reportable(self) -> list[tuple[Call, Event]]:
        """Events that wait, and events that might be sent once more."""
        return [(c, e) for c in self.calls for e in (*c.outbox, *c.outbox, *c.sent)]

    def report(self, batch: list[tuple[Call, Event]]) -> None:
        for node in {call.node for call, _ in batch}:
            mine = [(call, event) for call, event in batch if call.node == node]
            refused = take_events(node=node, events=[event for _, event in mine], now=self.now)
            for call, event in mine:
                if event in call.outbox:
                    call.outbox.remove(event)
                    call.sent.append(event)
                if call.order.attempt_id in refused:
                    continue
                self._learn(call, event)

    def _learn(self, call: Call, event: Event) -> None:
        """What the centre knows now."""
        followup = FollowUp.objects.get(pk=call.followup)
        if event.kind is EventKind.REFUSED:
            self.refused.add(followup.customer_id)
        latest = Attempt.objects.filter(followup=followup).order_by("claimed_at", "id").last()
        if (
            event.kind is EventKind.ENDED
            and call.rung
            and latest
            and latest.pk == UUID(call.order.attempt_id)
        ):
            cause = str(event.data["cause"])
            answered_known = any(e.kind is EventKind.ANSWERED for e in call.sent)
            if (cause in AGAIN and not (answered_known and cause in TALKED)) or (
                cause == "hung_up" and not answered_known
            ):
                self.may_ring_again[call.followup] = True

    @rule(finding=st.sampled_from(Finding))
    def a_person_settles_a_doubt(self, finding: Finding) -> None:
        attempt = Attempt.objects.filter(state="in_doubt").order_by("id").first()
        if attempt is not None:
            resolve_in_doubt(attempt.pk, finding=finding, acting_user=self.boss, now=self.now)
            if finding is not Finding.REACHED:
                self.may_ring_again[attempt.followup_id] = True

    # ---- what always holds

    @invariant()
    def every_follow_up_fits_its_attempts(self) -> None:
        for followup in FollowUp.objects.prefetch_related("attempts"):
            states = [a.state for a in followup.attempts.all()]
            running = sum(state in RUNNING for state in states)
            doubts = states.count("in_doubt")
            assert running == (followup.state == "claimed"), (followup.state, states)
            assert doubts == (followup.state == "in_doubt"), (followup.state, states)

    @invariant()
    def nobody_is_called_twice_at_a_time_or_thrice_a_day(self) -> None:
        running = list(Attempt.objects.filter(state__in=RUNNING).values_list("customer_id", flat=True))
        assert len(running) == len(set(running))
        line_faults = ("network", "trunk_refused", "stopped")
        for person in Customer.objects.all():
            days = [
                at.astimezone(HOME_ZONE).date()
                for at, cause, ringing in person.attempts.exclude(dialled_at=None).values_list(
                    "dialled_at", "cause", "ringing_at"
                )
                if cause not in line_faults or ringing
            ]
            assert all(days.count(day) <= 2 for day in days), days

    @invariant()
    def a_refusal_is_stored(self) -> None:
        stored = set(Consent.objects.filter(purpose="", granted=False).values_list("customer_id", flat=True))
        assert self.refused <= stored

    def _nothing_is_lost(self) -> None:
        self.now = datetime(2026, 9, 30, 2, 0, tzinfo=UTC)
        self.report([(c, e) for c in self.calls for e in c.outbox])
        self.now += timedelta(minutes=1)
        release_silent_nodes(self.now)
        close_windows(self.now)
        self.every_follow_up_fits_its_attempts()
        assert set(FollowUp.objects.values_list("state", flat=True)) <= {
            "done",
            "failed",
            "skipped",
            "in_doubt",
        }


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(10))
def test_no_long_history_rings_twice_or_loses_anyone(seed):
    """Long histories of busy days, which Hypothesis's short ones seldom come to."""
    chance = random.Random(seed)
    world = Calls()
    try:
        world.world_of([(chance.randrange(3), chance.randrange(60)) for _ in range(6)])
        for _ in range(120):
            _one_step(world, chance)
            world.every_follow_up_fits_its_attempts()
            world.nobody_is_called_twice_at_a_time_or_thrice_a_day()
            world.a_refusal_is_stored()
    finally:
        world.teardown()


def _one_step(world: Calls, chance: random.Random) -> None:
    node, number = chance.choice(["n1", "n2"]), chance.randrange(10)
    act = chance.choices(range(9), weights=[30, 22, 10, 20, 12, 3, 5, 25, 4])[0]
    if act == 0:
        world.claim(node, chance.randrange(1, 4), chance.random() < 0.7, chance.random() < 0.1)
    elif act == 1:
        world.time_passes(chance.choice([1, 20, 50, 50, 50, 600, 1900, 1900, 7200]), chance.random() < 0.7)
    elif act == 2:
        world.a_node_asks_to_dial(number, chance.random() < 0.2)
    elif act == 3:
        happens = ["ringing", "ringing", "answered", "answered", "answer", "promise"] * 3 + ["refused"]
        world.something_happens_in_a_call(number, chance.choice(happens))
    elif act == 4:
        world.a_call_ends(
            number, chance.choice([*EndCause, EndCause.BUSY, EndCause.BUSY, EndCause.NO_ANSWER])
        )
    elif act == 5:
        world.a_node_lets_go_before_dialling(number)
    elif act == 6:
        world.a_node_dies(node, chance.random() < 0.5)
    elif act == 7 and (waiting := world.reportable()):
        world.report(chance.choices(waiting, k=chance.randrange(1, 6)))
    elif act == 8:
        world.a_person_settles_a_doubt(chance.choice(list(Finding)))


@pytest.mark.django_db
def test_no_history_rings_twice_or_loses_anyone():
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Calls,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking a history takes minutes
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
