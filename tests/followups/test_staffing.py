"""Claims that keep pace with the agents."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from huifang.followups.claiming import claim_orders
from huifang.followups.models import Attempt
from huifang.followups.reporting import take_events
from huifang.followups.staffing import desk_now, measured
from huifang.logic.staffing import Agents
from huifang.logic.voice_line import Event, EventKind
from huifang.people.models import User

from .conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def paced(settings):
    settings.HUIFANG = replace(settings.HUIFANG, pace_for_agents=True)


@pytest.fixture
def due(followup, trunk):
    return [followup() for _ in range(8)]


def claim(now=NOW, free=8):
    return claim_orders(node="n1", free=free, active=[], now=now)


def tell(order, now, *happenings):
    events = [
        Event(order.attempt_id, order.fence, seq, EventKind(kind), now.isoformat(), data)
        for seq, kind, data in happenings
    ]
    assert take_events(node="n1", events=events, now=now) == []


def hire(count):
    for n in range(count):
        User.objects.create(username=f"a{n}", role="agent", sip_uri=f"sip:a{n}@127.0.0.1")


def test_without_the_setting_everybody_is_called_and_a_callback_is_the_way_out(due, agent):
    assert len(claim()) == 8


def test_without_any_agent_s_phone_everybody_is_called(due, paced):
    assert len(claim()) == 8


def test_as_long_as_nothing_is_known_every_call_has_an_agent_of_its_own(due, paced):
    hire(3)
    first = claim()
    assert len(first) == 3
    assert claim(NOW + timedelta(seconds=1)) == []
    tell(first[0], NOW, (1, "dialling", {}), (2, "ended", {"cause": "busy", "dialled": True}))
    assert len(claim(NOW + timedelta(seconds=2))) == 1


def test_whoever_rings_or_talks_for_a_customer_is_busy_until_the_call_is_over(due, paced):
    hire(2)
    one, two = claim()
    tell(one, NOW, (1, "dialling", {}), (2, "answered", {}), (3, "transfer", {"agent": "a0"}))
    tell(two, NOW, (1, "dialling", {}), (2, "ended", {"cause": "busy", "dialled": True}))
    people = list(User.objects.filter(role="agent"))
    assert desk_now(people, 9, NOW).agents == Agents(free=1, busy=1)
    assert len(claim(NOW + timedelta(seconds=1))) == 1
    tell(one, NOW, (4, "bridged", {"agent": "a0"}))
    assert desk_now(people, 9, NOW).agents == Agents(free=1, busy=1)
    tell(one, NOW, (5, "ended", {"cause": "completed", "outcome": "transferred", "dialled": True}))
    assert desk_now(people, 9, NOW).agents == Agents(free=2, busy=0)


def test_whoever_is_on_duty_but_talks_already_is_busy(trunk, paced):
    hire(3)
    people = list(User.objects.filter(role="agent"))
    people[0].sip_uri = ""
    assert desk_now(people, 9, NOW).agents == Agents(free=2, busy=1)


def test_what_the_last_calls_show_makes_room_for_more(due, paced, followup):
    hire(3)
    past = followup(state="done")
    Attempt.objects.bulk_create(
        Attempt(
            followup=past, customer=past.customer, node="n1", state="ended", claimed_at=NOW - timedelta(hours=1),
            lease_until=NOW, dialled_at=NOW - timedelta(hours=1), answered_at=NOW - timedelta(minutes=50),
            agent_wanted_at=NOW - timedelta(minutes=49) if n < 20 else None,
            bridged_at=NOW - timedelta(minutes=48) if n < 20 else None, ended_at=NOW - timedelta(minutes=46),
        )
        for n in range(400)
    )  # fmt: skip
    seen = measured(NOW)
    assert (seen.begun, seen.answered, seen.wanted) == (400, 400, 20)
    assert (seen.handling_s, seen.wish_after_s) == (120.0, 60.0)
    assert len(claim()) > 3
