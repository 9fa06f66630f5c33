"""Many nodes claim, dial and end at the same time, on threads with connections of their own."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict
from datetime import datetime, timedelta

import pytest
from django.db import connection

from huifang.followups.claiming import claim_orders
from huifang.followups.models import Attempt, FollowUp
from huifang.followups.reporting import take_events
from huifang.followups.trunks import save_trunk
from huifang.logic.voice_line import Event, EventKind, Order

from .conftest import NOW

NODES = 6
CALLS = 40
CAPS = {"small": 3, "fast": 5}  # calls at once
RATE = 12.0  # calls per second, of each trunk


class Line:
    """What really happens on the trunks, seen from their far end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._start = time.monotonic()
        self.now_on: Counter[str] = Counter()
        self.peak: Counter[str] = Counter()
        self.invites: dict[str, list[datetime]] = defaultdict(list)
        self.rung: Counter[str] = Counter()
        self.faults: list[Exception] = []

    def now(self) -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - self._start)

    def begins(self, order: Order, at: datetime) -> None:
        with self._lock:
            name = order.trunk.name
            self.now_on[name] += 1
            self.peak[name] = max(self.peak[name], self.now_on[name])
            self.invites[name].append(at)
            self.rung[order.number] += 1

    def is_full(self, name: str) -> bool:
        with self._lock:
            return self.now_on[name] >= CAPS[name]

    def ends(self, order: Order) -> None:
        with self._lock:
            self.now_on[order.trunk.name] -= 1


def event(order: Order, seq: int, kind: str, at: datetime, **data: object) -> Event:
    return Event(order.attempt_id, order.fence, seq, EventKind(kind), at.isoformat(), data)


def is_anybody_due() -> bool:
    return FollowUp.objects.filter(state="due", tries=0).exists()


def be_a_node(name: str, line: Line, chance: random.Random) -> None:
    """Claim, ask, ring for a moment, end; until nobody is due."""
    carried: list[Order] = []
    until = time.monotonic() + 300
    try:
        while carried or is_anybody_due():
            assert time.monotonic() < until
            active = [order.attempt_id for order in carried]
            for order in claim_orders(node=name, free=4, active=active, now=line.now()):
                at = line.now()
                if order.attempt_id in take_events(
                    node=name, events=[event(order, 1, "dialling", at)], now=at
                ):
                    continue
                line.begins(order, at)
                carried.append(order)
            if carried and (line.is_full(carried[0].trunk.name) or not is_anybody_due()):
                order = carried.pop(0)
                line.ends(order)
                over = event(order, 2, "ended", line.now(), cause="declined", dialled=True)
                assert take_events(node=name, events=[over], now=line.now()) == []
            time.sleep(chance.random() * 0.01)  # not to wait for anything: to mix the nodes' turns
    except Exception as error:
        line.faults.append(error)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_no_trunk_is_ever_overfilled_and_nobody_is_rung_twice(followup):
    for priority, (name, cap) in enumerate(CAPS.items(), 1):
        save_trunk(
            name=name,
            host="127.0.0.1",
            port=5090,
            is_virtual=True,
            priority=priority,
            max_calls=cap,
            calls_per_s=RATE,
        )
    for _ in range(CALLS):
        followup()
    line = Line()
    threads = [
        threading.Thread(target=be_a_node, args=(f"n{n}", line, random.Random(n))) for n in range(NODES)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert line.faults == []
    assert line.peak == CAPS  # reached, and never more
    for begun in line.invites.values():
        for at in begun:
            assert sum(at - timedelta(seconds=1) < other <= at for other in begun) <= RATE
    assert set(line.rung.values()) == {1}
    assert len(line.rung) == CALLS
    assert Attempt.objects.filter(dialled_at__isnull=False).count() == CALLS
