"""What people set about trunks, and what claims make of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from django.utils import translation

from huifang.env import read_environment
from huifang.followups.claiming import claim_orders
from huifang.followups.models import Attempt, FollowUp, InboundNumber, Trunk
from huifang.followups.reasons import say_verdict
from huifang.followups.reporting import take_events
from huifang.followups.trunks import (
    TrunkSettings,
    TrunkUnusable,
    change_trunk,
    create_trunk,
    password_of,
    save_trunk,
    settings_of,
    take_trunk_from_settings,
)
from huifang.logic.voice_line import Event, EventKind
from huifang.people.models import AuditEntry, User

from .conftest import NOW

pytestmark = pytest.mark.django_db
GOOD = TrunkSettings(name="中继", host="sip.example.net", user="u1", caller_ids=["02166668888"])


@pytest.fixture
def admin(db) -> User:
    return User.objects.create(username="boss", role="admin")


def claim(node="n1", free=5, now=NOW, active=(), stats=None):
    return claim_orders(node=node, free=free, active=active, now=now, stats=stats)


def tell(order, *happenings, node="n1", now=NOW):
    """Report DIALLING first where ``happenings`` do not begin with it."""
    events = [
        Event(order.attempt_id, order.fence, seq, EventKind(kind), now.isoformat(), data)
        for seq, (kind, data) in happenings
    ]
    return take_events(node=node, events=events, now=now)


def dial(order, now, **more):
    return tell(order, (1, ("dialling", {})), now=now, **more)


def end(order, cause, now, **data):
    return tell(order, (9, ("ended", {"cause": cause, "dialled": True, **data})), now=now)


# ---- settings


def test_a_trunk_is_stored_with_its_password_sealed_and_an_audit_row(admin):
    trunk = create_trunk(GOOD, password="s3cret", acting_user=admin)
    trunk.refresh_from_db()
    assert settings_of(trunk) == replace(GOOD, codecs=["PCMA", "PCMU"], prefixes=["+86"])
    assert password_of(trunk) == "s3cret"
    assert b"s3cret" not in bytes(trunk.sealed_password)
    entry = AuditEntry.objects.get(action="followups.create_trunk")
    assert (entry.acting_user, entry.data["host"]) == (admin, "sip.example.net")
    assert "s3cret" not in str(entry.data)


def test_a_change_is_told_from_what_to_what_and_a_password_is_only_said_to_be_new(admin):
    trunk = create_trunk(GOOD, password="old", acting_user=admin)
    change_trunk(trunk, replace(GOOD, max_calls=7), password=None, acting_user=admin)
    change_trunk(trunk, replace(GOOD, max_calls=7), password="new", acting_user=admin)
    change_trunk(trunk, replace(GOOD, max_calls=7), password=None, acting_user=admin)  # nothing changed
    told = [e.data for e in AuditEntry.objects.filter(action="followups.change_trunk").order_by("id")]
    assert told == [
        {"changes": {"max_calls": [60, 7]}, "password_changed": False},
        {"changes": {}, "password_changed": True},
    ]
    trunk.refresh_from_db()
    assert password_of(trunk) == "new"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 41),
        ("host", ""),
        ("host", "a b"),
        ("host", "sip.example.net\r\nX: y"),
        ("host", "sip.example.net;lr"),
        ("host", "-x"),
        ("port", 0),
        ("port", 65536),
        ("user", "a b"),
        ("user", 'a"b'),
        ("user", "a>b"),
        ("caller_ids", ["12"]),
        ("caller_ids", ["0216666abcd"]),
        ("caller_ids", ["１２３４５"]),
        ("caller_rule", "any"),
        ("codecs", []),
        ("codecs", ["PCMA", "PCMA"]),
        ("codecs", ["G729"]),
        ("prefixes", []),
        ("prefixes", ["86"]),
        ("prefixes", ["+"]),
        ("prefixes", ["+86 "]),
        ("priority", 0),
        ("weight", 0),
        ("max_calls", 0),
        ("calls_per_s", 0.0),
        ("calls_per_s", float("nan")),
        ("calls_per_s", float("inf")),
        ("register", True),
    ],
)
def test_what_is_not_usable_is_refused_and_changes_nothing(admin, field, value):
    trunk = create_trunk(GOOD, password="x", acting_user=admin)
    bad = replace(GOOD, **{field: value}, **({"user": ""} if field == "register" else {}))
    with pytest.raises(TrunkUnusable):
        change_trunk(trunk, bad, password=None, acting_user=admin)
    trunk.refresh_from_db()
    assert asdict(settings_of(trunk)) == asdict(replace(GOOD, codecs=["PCMA", "PCMU"], prefixes=["+86"]))
    assert AuditEntry.objects.count() == 1


def test_two_trunks_never_share_a_name(admin):
    create_trunk(GOOD, password="", acting_user=admin)
    with pytest.raises(TrunkUnusable, match="taken"):
        create_trunk(GOOD, password="", acting_user=admin)


def environment(tmp_path, **more):
    return read_environment({"HUIFANG_HOME": str(tmp_path), **more})


def test_the_trunk_of_the_three_settings_follows_them_and_keeps_what_people_have_set(tmp_path, admin):
    three = {"HUIFANG_TRUNK": "sip.a.net", "HUIFANG_TRUNK_USER": "02100001111", "HUIFANG_TRUNK_PASSWORD": "p"}
    trunk = take_trunk_from_settings(environment(tmp_path, **three, HUIFANG_NODE_SEATS="30"))
    assert (trunk.max_calls, trunk.calls_per_s, trunk.caller_ids) == (30, 10.0, ["02100001111"])
    wider = replace(
        settings_of(trunk), max_calls=12, prefixes=["+8621"], caller_ids=["02100001111", "02155550000"]
    )
    change_trunk(trunk, wider, password=None, acting_user=admin)
    trunk = take_trunk_from_settings(environment(tmp_path, **three | {"HUIFANG_TRUNK": "sip.b.net:5070"}))
    assert (trunk.host, trunk.port, trunk.max_calls, trunk.prefixes) == ("sip.b.net", 5070, 12, ["+8621"])
    assert trunk.caller_ids == ["02100001111", "02155550000"]
    assert password_of(trunk) == "p"
    assert take_trunk_from_settings(environment(tmp_path)) is None
    assert not Trunk.objects.get().is_active
    assert take_trunk_from_settings(environment(tmp_path, **three)).is_active


# ---- which trunk, and how many calls


def test_the_first_by_order_is_filled_before_the_next(followup):
    save_trunk(name="second", host="127.0.0.1", port=5091, is_virtual=True, priority=2)
    save_trunk(name="first", host="127.0.0.1", port=5090, is_virtual=True, priority=1, max_calls=2)
    for _ in range(4):
        followup()
    assert [o.trunk.name for o in claim()] == ["first", "first", "second", "second"]


def test_a_number_goes_by_a_trunk_that_may_dial_it(followup, customer):
    save_trunk(name="beijing", host="127.0.0.1", port=5090, is_virtual=True, prefixes=["+8610"])
    save_trunk(name="mobile", host="127.0.0.1", port=5091, is_virtual=True, prefixes=["+8613"])
    followup(customer("+861061234567")), followup(customer("+8613812345678"))
    assert {o.number: o.trunk.name for o in claim()} == {
        "+861061234567": "beijing",
        "+8613812345678": "mobile",
    }


def test_what_no_trunk_may_dial_waits_with_the_reason_and_does_not_block_the_queue(followup, customer):
    save_trunk(name="mobile", host="127.0.0.1", port=5091, is_virtual=True, prefixes=["+8613"])
    stuck = [followup(customer(f"+8610612345{n:02d}"), priority=9) for n in range(8)]
    fine = followup(customer("+8613812345678"))
    (order,) = claim(free=1)
    assert order.attempt_id == fine.attempts.get().pk.hex
    stuck[0].refresh_from_db()
    assert (stuck[0].state, stuck[0].due_at) == ("due", NOW + timedelta(minutes=10))
    with translation.override("en"):
        assert say_verdict(stuck[0].verdict) == [
            "No line may dial numbers that begin like this one; tried again from 10:10"
        ]
    Trunk.objects.update(prefixes=["+86"])
    assert len(claim(free=9, now=NOW + timedelta(minutes=10))) == 8


def test_a_full_trunk_leaves_its_numbers_due_and_others_go_on(followup, customer):
    save_trunk(name="beijing", host="127.0.0.1", port=5090, is_virtual=True, prefixes=["+8610"], max_calls=1)
    save_trunk(name="mobile", host="127.0.0.1", port=5091, is_virtual=True, prefixes=["+8613"])
    for n in range(3):
        followup(customer(f"+8610612345{n:02d}"), priority=9)
    followup(customer("+8613812345678"))
    assert Counter(o.trunk.name for o in claim(free=4)) == {"beijing": 1, "mobile": 1}
    assert FollowUp.objects.filter(state="due", due_at__lte=NOW).count() == 2


def test_customers_see_each_number_in_turn_and_the_call_remembers_it(followup, trunk):
    Trunk.objects.update(caller_ids=["02100000001", "02100000002", "02100000003"])
    for _ in range(6):
        followup()
    shown = [o.trunk.caller_id for free in (2, 3, 1) for o in claim(free=free)]
    assert Counter(shown) == {"02100000001": 2, "02100000002": 2, "02100000003": 2}
    assert Counter(Attempt.objects.values_list("caller_id", flat=True)) == Counter(shown)


def test_the_number_of_the_customer_s_store_comes_first(followup, customer, trunk, store):
    Trunk.objects.update(caller_ids=["02100000001", "02162345678"], caller_rule="store")
    InboundNumber.objects.create(number="+862162345678", script="x", store=store)
    for _ in range(3):
        followup()
    followup(customer(store=None))
    shown = Counter(o.trunk.caller_id for o in claim())
    assert shown["02162345678"] >= 3


def test_no_more_orders_in_a_second_than_a_trunk_bears_over_all_nodes(followup, trunk):
    Trunk.objects.update(calls_per_s=4.0, max_calls=99)
    for _ in range(30):
        followup()
    given_at = []
    for tick in range(40):
        now = NOW + timedelta(milliseconds=100 * tick)
        given_at += [now] * len(claim(f"n{tick % 3}", 10, now))
    assert len(given_at) >= 10
    for at in given_at:
        assert sum(at - timedelta(seconds=1) < other <= at for other in given_at) <= 4


def test_an_invite_that_would_be_one_too_many_in_its_second_goes_back_to_the_queue(followup, trunk):
    Trunk.objects.update(calls_per_s=2.0)
    for _ in range(3):
        followup()
    orders = [*claim(free=1), *claim(free=1, now=NOW + timedelta(seconds=1))]
    orders += claim(free=1, now=NOW + timedelta(seconds=2))
    late = NOW + timedelta(seconds=5)  # a slow centre hears of all of them at once
    assert [dial(order, late) for order in orders] == [[], [], [orders[2].attempt_id]]
    assert FollowUp.objects.filter(state="due").count() == 1
    again = claim(free=1, now=late + timedelta(seconds=1))
    assert [dial(order, late + timedelta(seconds=1)) for order in again] == [[]]


def test_a_trunk_that_was_switched_off_meanwhile_is_not_dialled_on(followup, trunk):
    followup()
    (order,) = claim()
    Trunk.objects.update(is_active=False)
    assert dial(order, NOW) == [order.attempt_id]
    assert FollowUp.objects.get().state == "due"


def test_a_node_calls_only_on_trunks_that_it_is_registered_with(followup):
    save_trunk(name="far", host="127.0.0.1", port=5090, user="u", is_virtual=True, register=True)
    followup()
    assert claim(stats={"trunks": {"far": {"registered": False, "status": 403}}}) == []
    assert claim(stats={"trunks": {}}) == []  # it has not come to it yet
    assert FollowUp.objects.get().due_at <= NOW  # and the customer waits for nothing else
    assert len(claim("n2", stats={"trunks": {"far": {"registered": True, "status": 200}}})) == 1


def test_a_node_that_does_not_tell_of_registrations_is_trusted(followup):
    save_trunk(name="far", host="127.0.0.1", port=5090, user="u", is_virtual=True, register=True)
    followup()
    assert len(claim(stats={"trunks": "odd"})) == 1


# ---- the circuit breaker


def failing(followup, count, now, cause="network", **data):
    for _ in range(count):
        followup()
    orders = claim(free=count, now=now)
    for order in orders:
        assert dial(order, now) == []
        end(order, cause, now + timedelta(seconds=1), **data)
    return orders


def test_a_trunk_that_fails_is_paused_then_tried_with_one_call_and_used_again(followup, trunk):
    assert len(failing(followup, 6, NOW)) == 6
    for _ in range(4):
        followup()
    later = NOW + timedelta(seconds=2)
    assert claim(now=later) == []
    trunk.refresh_from_db()
    assert trunk.breaker_until == later + timedelta(seconds=30)
    paused = AuditEntry.objects.get(action="followups.trunk_paused")
    assert (paused.data["calls"], paused.data["failed"]) == (6, 6)
    trial_at = trunk.breaker_until
    (trial,) = claim("n1", now=trial_at)
    assert claim("n2", now=trial_at + timedelta(seconds=1)) == []  # one at a time, over all nodes
    assert dial(trial, trial_at) == []
    end(trial, "busy", trial_at + timedelta(seconds=5))
    assert len(claim(now=trial_at + timedelta(seconds=6))) == 3
    assert AuditEntry.objects.filter(action="followups.trunk_resumed").count() == 1


@pytest.mark.parametrize("sign", ["ringing", "answered"])
def test_a_trial_that_rings_is_enough(followup, trunk, sign):
    failing(followup, 6, NOW)
    for _ in range(4):
        followup()
    claim(now=NOW + timedelta(seconds=2))
    trunk.refresh_from_db()
    at = trunk.breaker_until
    (trial,) = claim(now=at)
    assert dial(trial, at) == []
    assert claim(now=at + timedelta(seconds=1)) == []
    tell(trial, (2, (sign, {})), now=at + timedelta(seconds=2))
    assert len(claim(now=at + timedelta(seconds=3))) == 3
    trunk.refresh_from_db()
    assert trunk.breaker_until is None


def test_a_failed_trial_waits_twice_as_long(followup, trunk):
    failing(followup, 6, NOW)
    followup(), followup()
    assert claim(now=NOW + timedelta(seconds=2)) == []
    trunk.refresh_from_db()
    at = trunk.breaker_until
    (trial,) = claim(now=at)
    dial(trial, at)
    end(trial, "trunk_refused", at + timedelta(seconds=1))
    assert claim(now=at + timedelta(seconds=2)) == []
    trunk.refresh_from_db()
    assert trunk.breaker_until == at + timedelta(seconds=62)


def test_another_trunk_carries_the_calls_meanwhile(followup, trunk):
    failing(followup, 6, NOW)
    save_trunk(name="second", host="127.0.0.1", port=5091, is_virtual=True)
    followup()
    assert [o.trunk.name for o in claim(now=NOW + timedelta(seconds=2))] == ["second"]


def test_an_order_from_before_the_pause_is_not_dialled_in_it(followup, trunk):
    followup()
    (order,) = claim(free=1)
    failing(followup, 6, NOW)
    claim(now=NOW + timedelta(seconds=2))
    assert dial(order, NOW + timedelta(seconds=3)) == [order.attempt_id]


def test_busy_customers_pause_nothing(followup, trunk):
    failing(followup, 9, NOW, cause="busy")
    followup()
    assert len(claim(now=NOW + timedelta(seconds=2))) == 1


def test_one_503_with_retry_after_is_enough_and_the_customer_waits_as_long(followup, trunk):
    (order,) = failing(followup, 1, NOW, cause="trunk_refused", sip_status=503, retry_after_s=1200.0)
    attempt = Attempt.objects.get(pk=order.attempt_id)
    assert (attempt.sip_status, attempt.retry_after_s) == (503, 1200)
    assert FollowUp.objects.get().due_at == NOW + timedelta(seconds=1201)
    followup()
    assert claim(now=NOW + timedelta(seconds=2)) == []
    trunk.refresh_from_db()
    assert trunk.breaker_until == NOW + timedelta(seconds=1201)


def test_a_dead_node_s_calls_hold_their_channels_until_its_lease_is_over(followup, trunk):
    Trunk.objects.update(max_calls=2)
    for _ in range(4):
        followup()
    for order in claim(free=2):
        dial(order, NOW)
        tell(order, (2, ("in_doubt", {})), now=NOW + timedelta(seconds=5))  # killed and started again
    assert set(Attempt.objects.values_list("state", flat=True)) == {"in_doubt"}
    assert claim("n2", 5, NOW + timedelta(seconds=44)) == []
    assert len(claim("n2", 5, NOW + timedelta(seconds=46))) == 2
