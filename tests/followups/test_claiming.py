from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from django.db import connection

from huifang.customers.consents import record_refusal
from huifang.customers.models import ContactPoint, CustomerFacts
from huifang.followups.calendar import festival_near
from huifang.followups.claiming import LEASE, claim_orders
from huifang.followups.leases import close_windows, release_silent_nodes
from huifang.followups.models import Attempt, FollowUp, VoiceNode
from huifang.followups.trunks import save_trunk
from huifang.people.models import User

from .conftest import NOW

pytestmark = pytest.mark.django_db


def claim(node="n1", free=5, active=(), now=NOW):
    return claim_orders(node=node, free=free, active=active, now=now)


def test_a_call_knows_what_kind_of_customer_it_is_for_and_which_festival_is_near(followup, trunk, agent):
    due = followup()
    due.customer.birthday = NOW.date().replace(year=1950)
    due.customer.save()
    CustomerFacts.objects.create(
        customer=due.customer,
        lifecycle="dormant",
        last_year_cents=1_200_000,
        frequency_quintile=4,
        monetary_quintile=1,
    )
    (order,) = claim()
    assert {name: value for name, value in order.facts.items() if name.startswith("customer.is")} == {
        "customer.is_vip": True,
        "customer.is_elderly": True,
        "customer.is_birthday": True,
        "customer.is_price_sensitive": True,
    }
    assert order.facts["customer.lifecycle"] == "dormant"
    assert "call.festival" not in order.facts  # ten days before 中秋节
    assert [festival_near(date(2026, 9, day)) for day in (20, 21, 25)] == ["", "中秋节", "中秋节"]
    assert festival_near(date(2026, 4, 4)) == ""  # nobody is wished a happy 清明


def test_an_order_holds_all_that_the_call_needs(followup, trunk, agent):
    due = followup(facts={"order.product": "玫瑰保湿面霜"})
    (order,) = claim()
    assert order.number == "+8613800000000"
    assert order.facts == {
        "order.product": "玫瑰保湿面霜",
        "customer.name": "李娜",
        "customer.salutation": "李女士",
        "customer.lifecycle": "prospect",
        "customer.is_vip": False,
        "store.name": "南京路店",
    }
    assert order.script["id"] == "care"
    assert [t.agent for t in order.transfer_targets] == ["amy"]
    assert order.dial_before == "2026-09-15T04:00:00+00:00"  # noon, when the lunch break starts
    attempt = Attempt.objects.get()
    assert (attempt.pk.hex, attempt.state, attempt.lease_until) == (order.attempt_id, "claimed", NOW + LEASE)
    assert attempt.verdict["allowed"] is True
    assert FollowUp.objects.get(pk=due.pk).state == "claimed"
    assert VoiceNode.objects.get().name == "n1"


@pytest.mark.parametrize(("outcome", "told"), [("message_left", True), ("", None)])
def test_a_call_knows_whether_a_message_was_left_on_the_voicemail_before(followup, trunk, outcome, told):
    due = followup()
    Attempt.objects.create(
        followup=due, customer=due.customer, trunk=trunk, state=Attempt.State.ENDED, cause="machine",
        outcome=outcome, claimed_at=NOW - timedelta(hours=3), lease_until=NOW,
    )  # fmt: skip
    (order,) = claim()
    assert order.facts.get("call.message_left") is told


def test_the_most_urgent_comes_first_and_nothing_is_claimed_twice(followup, trunk):
    low, high = followup(), followup(priority=5)
    assert [o.attempt_id for o in claim(free=1)] == [high.attempts.get().pk.hex]
    assert len(claim()) == 1
    assert low.attempts.count() == 1
    assert claim() == []


def test_a_trunk_never_carries_more_calls_than_it_may_over_all_nodes(followup, trunk):
    trunk.max_calls = 3
    trunk.save()
    for _ in range(5):
        followup()
    assert len(claim("n1", 2)) == 2
    assert len(claim("n2", 5)) == 1
    assert claim("n3", 5) == []


def test_a_second_trunk_takes_what_the_first_cannot(followup, trunk):
    trunk.max_calls = 1
    trunk.save()
    save_trunk(name="second", host="127.0.0.1", port=5091, max_calls=5, is_virtual=True)
    for _ in range(3):
        followup()
    assert [o.trunk.name for o in claim()] == ["virtual", "second", "second"]


def test_one_customer_is_not_called_twice_at_a_time(followup, customer, trunk):
    person = customer()
    followup(person)
    followup(person)
    assert len(claim()) == 1
    assert claim() == []


@pytest.mark.django_db(transaction=True)
def test_two_nodes_at_a_time_never_get_the_same_follow_up_or_customer(followup, customer, trunk):
    for _ in range(6):
        person = customer()
        followup(person), followup(person)
    orders, faults = [], []

    def work(node):
        try:
            for _ in range(4):
                orders.extend(claim(node, 2))
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"n{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len({order.number for order in orders}) == len(orders) == 6


def test_the_agents_of_the_store_are_asked_first_and_at_most_three(followup, trunk, agent, store):
    for n in range(3):
        User.objects.create(username=f"a{n}", role="agent", sip_uri=f"sip:a{n}@127.0.0.1")
    User.objects.create(username="nosip", role="agent", store=store)
    User.objects.create(username="bob", role="agent", store=store, sip_uri="sip:bob@127.0.0.1")
    followup()
    assert [t.agent for t in claim()[0].transfer_targets] == ["amy", "bob", "a0"]


def test_a_supervisor_with_a_telephone_is_an_expert_whom_an_agent_may_fetch(followup, trunk, agent):
    User.objects.create(username="zhou", role="supervisor", sip_uri="sip:zhou@127.0.0.1")
    followup()
    assert [(t.agent, t.expert) for t in claim()[0].transfer_targets] == [("amy", False), ("zhou", True)]


def test_a_refusal_ends_the_follow_up_with_its_reason(followup, trunk):
    due = followup()
    record_refusal(due.customer_id, at=NOW, source="desk", evidence="desk")
    assert claim() == []
    due.refresh_from_db()
    assert due.state == "skipped"
    assert [r["name"] for r in due.verdict["rules"] if not r["passed"]] == ["do_not_call"]


def test_a_refused_one_does_not_cost_a_seat(followup, trunk):
    refused, fine = followup(priority=9), followup()
    record_refusal(refused.customer_id, at=NOW, source="desk", evidence="desk")
    (order,) = claim(free=1)
    assert order.attempt_id == fine.attempts.get().pk.hex


def test_at_lunch_nobody_is_called_and_the_call_moves_to_two_o_clock(followup, trunk):
    due = followup()
    assert claim(now=NOW + timedelta(hours=2, minutes=30)) == []
    due.refresh_from_db()
    assert (due.state, due.due_at) == ("due", NOW + timedelta(hours=4))


def test_without_a_working_number_there_is_no_call(followup, trunk):
    due = followup()
    ContactPoint.objects.update(dead_since=NOW)
    assert claim() == []
    due.refresh_from_db()
    assert due.state == "skipped"


def test_a_real_trunk_is_not_used_with_a_shifted_clock(followup, settings):
    from dataclasses import replace

    save_trunk(name="real", host="sip.example.net", port=5060)
    followup()
    settings.HUIFANG = replace(settings.HUIFANG, clock_offset_s=3600.0)
    assert claim() == []


def test_a_virtual_trunk_that_points_outside_is_not_used(followup):
    save_trunk(name="odd", host="sip.example.net", port=5060, is_virtual=True)
    followup()
    assert claim() == []


def test_a_claim_keeps_the_leases_of_the_calls_that_the_node_carries(followup, trunk):
    followup()
    (order,) = claim()
    later = NOW + timedelta(seconds=40)
    claim(free=0, active=[order.attempt_id], now=later)
    assert Attempt.objects.get().lease_until == later + LEASE
    claim("other", 0, [order.attempt_id], later + timedelta(seconds=10))
    assert Attempt.objects.get().lease_until == later + LEASE  # not the other node's to keep


def test_an_order_that_was_never_dialled_goes_back_when_its_lease_is_over(followup, trunk):
    due = followup()
    claim()
    assert release_silent_nodes(NOW + timedelta(seconds=44)) == {"released": 0, "in_doubt": 0}
    later = NOW + timedelta(seconds=46)
    assert release_silent_nodes(later) == {"released": 1, "in_doubt": 0}
    assert Attempt.objects.get().fence == 2
    due.refresh_from_db()
    assert (due.state, due.tries) == ("due", 0)
    assert len(claim("n2", now=later)) == 1


def test_a_window_that_closes_ends_the_follow_up(followup, trunk):
    due = followup(expires_at=NOW + timedelta(hours=1))
    assert close_windows(NOW) == 0
    assert close_windows(NOW + timedelta(hours=1)) == 1
    due.refresh_from_db()
    assert due.state == "skipped"
    assert any(r["data"].get("over") for r in due.verdict["rules"])
