"""Somebody calls us: they are answered, noted, and never called because of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huifang.customers.models import Customer
from huifang.followups.claiming import claim_orders
from huifang.followups.inbound import SCRIPT, answer_caller
from huifang.followups.leases import release_silent_nodes
from huifang.followups.models import Attempt, FollowUp, Script, Trunk
from huifang.followups.numbers import (
    NumberSettings,
    NumberUnusable,
    number_called,
    remove_number,
    save_number,
)
from huifang.followups.publishing import publish_script, shipped_scripts
from huifang.followups.reporting import take_events
from huifang.followups.settling import Finding, resolve_in_doubt
from huifang.logic.voice_line import Event, EventKind, InboundCall
from huifang.people.audit import system_user
from huifang.people.models import AuditEntry, User
from huifang.surveys.models import Answer
from huifang.tickets.models import Ticket

from .conftest import NOW

pytestmark = pytest.mark.django_db
AT_NIGHT = NOW + timedelta(hours=13)  # 23:00 in Shanghai


@pytest.fixture(autouse=True)
def inbound_script(db: None, agent: User) -> Script:
    (document,) = [script for script in shipped_scripts() if script["id"] == SCRIPT]
    return publish_script(document, acting_user=system_user(), now=NOW)


def calls(caller, call_id="c1", now=NOW):
    return answer_caller(InboundCall("n1", call_id, caller, "02166668888"), now=now)


def send(order, *happenings, now=NOW):
    events = [
        Event(order.attempt_id, order.fence, seq, EventKind(kind), now.isoformat(), data)
        for seq, (kind, data) in enumerate(happenings, 1)
    ]
    return take_events(node="n1", events=events, now=now)


RATED_1 = {"item": "rating", "code": "very_dissatisfied", "key": "5", "score": 1, "channel": "key"}
TALK = [("dialling", {}), ("answered", {"codec": "PCMA"}), ("answer", RATED_1)]
END = ("ended", {"cause": "completed", "outcome": "completed", "dialled": True})


def test_a_known_caller_is_greeted_by_name(customer, agent):
    person = customer("+8613812345678")
    order = calls("13812345678")
    assert order.inbound
    assert order.facts["customer.salutation"] == "李女士"
    assert [target.agent for target in order.transfer_targets] == ["amy"]
    assert FollowUp.objects.get().customer == person


@pytest.mark.parametrize("called", ["02166668888", "+862166668888", "862166668888", "021-6666 8888"])
def test_a_number_with_a_script_of_its_own_is_answered_with_its_newest_version(called, store, agent):
    menu = next(script for script in shipped_scripts() if script["id"] == "inbound_menu")
    publish_script(menu, acting_user=agent, now=NOW)
    save_number(NumberSettings(number="021 6666 8888", script="inbound_menu", store=store), acting_user=agent)
    publish_script({**menu, "name": "新导航"}, acting_user=agent, now=NOW)
    order = answer_caller(InboundCall("n1", "c1", "13812345678", called), now=NOW)
    assert (order.script["id"], order.script["version"]) == ("inbound_menu", 2)
    assert Customer.objects.get().store == store  # a stranger belongs to the store whose number it is
    assert order.facts["store.name"] == "南京路店"
    other = answer_caller(InboundCall("n1", "c2", "13812345678", "02155550000"), now=NOW)
    assert other.script["id"] == SCRIPT


def test_a_caller_takes_a_channel_of_the_trunk_that_the_call_came_by(followup, trunk):
    Trunk.objects.update(max_calls=2)
    for _ in range(3):
        followup()
    order = answer_caller(InboundCall("n1", "c1", "13812345678", "021", peer=trunk.host), now=NOW)
    assert Attempt.objects.get().trunk == trunk
    assert len(claim_orders(node="n1", free=5, active=[], now=NOW)) == 1
    send(order, ("dialling", {}), ("ended", {"cause": "network", "dialled": True}))
    assert len(claim_orders(node="n1", free=5, active=[], now=NOW)) == 1
    other = answer_caller(InboundCall("n1", "c2", "13812345678", "021", peer="elsewhere"), now=NOW)
    assert Attempt.objects.get(pk=other.attempt_id).trunk is None


def test_an_extension_or_a_number_out_of_use_is_told_apart(agent):
    save_number(NumberSettings(number="8001", script=SCRIPT, is_active=False), acting_user=agent)
    assert number_called("8001") is None
    save_number(NumberSettings(number="8002", script=SCRIPT), acting_user=agent)
    assert number_called("8002").number == "8002"
    assert number_called("") is None


@pytest.mark.parametrize(
    ("number", "script", "reason"),
    [
        ("12", SCRIPT, "three"),
        ("8002", SCRIPT, "already"),
        ("8003", "nothing", "script"),
        ("abc", SCRIPT, "three"),
    ],
)
def test_a_number_that_is_none_or_has_no_script_is_refused(agent, number, script, reason):
    save_number(NumberSettings(number="8002", script=SCRIPT), acting_user=agent)
    with pytest.raises(NumberUnusable, match=reason):
        save_number(NumberSettings(number=number, script=script), acting_user=agent)


def test_numbers_leave_audit_rows(agent):
    row = save_number(NumberSettings(number="8002", script=SCRIPT), acting_user=agent)
    save_number(NumberSettings(number="8002", script=SCRIPT, note="总机"), acting_user=agent, number=row)
    remove_number(row, acting_user=agent)
    actions = AuditEntry.objects.filter(acting_user=agent).order_by("id").values_list("action", flat=True)
    assert list(actions) == [
        "followups.create_number",
        "followups.change_number",
        "followups.remove_number",
    ]


def test_a_stranger_becomes_a_customer_whose_number_is_not_spoken():
    order = calls("+8613812345678")
    person = Customer.objects.get()
    assert person.contact_points.get().masked == "138****5678"
    assert "customer.salutation" not in order.facts
    again = calls("013812345678", call_id="c2") or calls("13812345678", call_id="c3")
    assert again is not None
    assert Customer.objects.filter(contact_points__masked="138****5678").count() == 1


@pytest.mark.parametrize("caller", ["anonymous", "", "sipp", "0000"])
def test_a_withheld_number_is_answered_too(caller):
    assert calls(caller).number == ""
    assert calls(caller, call_id="c2") is not None
    assert Customer.objects.count() == 1


def test_asking_again_about_a_call_gives_the_same_order_until_it_is_answered():
    first, second = calls("13812345678"), calls("13812345678")
    assert first == second
    send(first, *TALK)
    assert calls("13812345678") is None
    assert Attempt.objects.count() == 1


def test_whoever_calls_at_night_or_after_a_refusal_is_answered(customer):
    person = customer("+8613812345678")
    person.consents.create(purpose="", granted=False, source="call", at=NOW)
    order = calls("13812345678", now=AT_NIGHT)
    assert send(order, *TALK, END, now=AT_NIGHT) == []
    assert Attempt.objects.get().state == Attempt.State.ENDED


def test_a_low_rating_by_a_caller_opens_a_ticket_and_calls_nobody_back_by_robot(customer, agent, trunk):
    customer("+8613812345678")
    order = calls("13812345678")
    assert send(order, *TALK, END) == []
    assert FollowUp.objects.get().state == FollowUp.State.DONE
    assert Answer.objects.get().score == 1
    assert Ticket.objects.get().owner == agent
    assert claim_orders(node="n1", free=5, active=[], now=NOW + timedelta(days=1)) == []


def test_a_caller_who_gives_up_is_not_called(customer, trunk):
    customer("+8613812345678")
    order = calls("13812345678")
    send(order, ("ended", {"cause": "stopped", "outcome": "gave_up", "dialled": False}))
    assert FollowUp.objects.get().state == FollowUp.State.FAILED
    assert claim_orders(node="n1", free=5, active=[], now=NOW + timedelta(hours=5)) == []


@pytest.mark.parametrize("happenings", [[], TALK])
def test_a_node_that_dies_with_a_caller_leads_to_no_call(customer, trunk, happenings):
    customer("+8613812345678")
    order = calls("13812345678")
    if happenings:
        send(order, *happenings)
    later = NOW + timedelta(minutes=5)
    release_silent_nodes(later)
    for attempt in Attempt.objects.filter(state=Attempt.State.IN_DOUBT):
        resolve_in_doubt(attempt.pk, finding=Finding.NOT_REACHED, acting_user=system_user(), now=later)
    assert FollowUp.objects.get().state == FollowUp.State.FAILED
    assert claim_orders(node="n1", free=5, active=[], now=later) == []


def test_being_called_by_a_customer_does_not_count_as_calling_them(followup, customer, trunk):
    person = customer("+8613812345678")
    for number in range(3):
        send(calls("13812345678", call_id=f"c{number}"), *TALK[:2], END)
    followup(person)
    assert len(claim_orders(node="n1", free=5, active=[], now=NOW)) == 1


def test_the_call_stands_on_the_timeline(customer):
    person = customer("+8613812345678")
    send(calls("13812345678"), *TALK, END)
    assert set(person.events.values_list("kind", flat=True)) >= {"call.received", "call.ended"}
    assert AuditEntry.objects.filter(action="followups.publish_script").exists()
