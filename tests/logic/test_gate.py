from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.followups.calendar import chinese_day
from huifang.logic.clock import LawfulHours
from huifang.logic.gate import ContactRequest, Policy, Stage, decide, frequency_free_at

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Shanghai
DAY = timedelta(days=1)
GOOD = ContactRequest(
    purpose="care",
    stage=Stage.CONTACT,
    window=(NOW - DAY, NOW + 3 * DAY),
    number="+8613812345678",
    number_works=True,
    zone="Asia/Shanghai",
    refused=False,
    opted_in=False,
    contacts=(),
    open_complaints=0,
    trunk_fault="",
)


def ask(now=NOW, policy=None, **changes):
    return decide(replace(GOOD, **changes), policy or Policy(), now, chinese_day)


def failed(verdict):
    return [rule.name for rule in verdict.failed]


def test_with_every_fact_in_order_the_contact_is_allowed_until_the_hours_end():
    verdict = ask()
    assert verdict.allowed
    assert failed(verdict) == []
    assert verdict.until == datetime(2026, 9, 15, 12, tzinfo=SHANGHAI)


OPTIONAL = [f.name for f in fields(ContactRequest) if f.default is None]


@pytest.mark.parametrize("fact", OPTIONAL)
def test_a_fact_that_is_not_known_refuses(fact):
    verdict = ask(**{fact: None, "purpose": "marketing" if fact == "opted_in" else "care"})
    assert not verdict.allowed
    assert not verdict.allowed
    assert verdict.not_before is None  # waiting does not help


@given(st.sets(st.sampled_from(OPTIONAL), min_size=1), st.sampled_from(["service", "care", "marketing", "x"]))
def test_any_set_of_unknown_facts_refuses(unknown, purpose):
    if unknown == {"opted_in"} and purpose in ("service", "care"):
        return  # only marketing asks for it
    verdict = ask(purpose=purpose, **dict.fromkeys(unknown))
    assert not verdict.allowed


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"refused": True}, "do_not_call"),
        ({"purpose": "marketing"}, "consent"),
        ({"purpose": "selling"}, "consent"),
        ({"number_works": False}, "reachable"),
        ({"number": "+864001234567"}, "number_allowed"),
        ({"number": "+12025550123"}, "number_allowed"),
        ({"number": "+8612306"}, "number_allowed"),
        ({"number": "+8613812345678\n"}, "number_allowed"),
        ({"number": "+86１３８１２３４５６７８"}, "number_allowed"),
        ({"open_complaints": 1}, "complaint"),
        ({"trunk_fault": None}, "trunk"),
        ({"window": (NOW - 2 * DAY, NOW)}, "window"),
        ({"zone": "Mars/Olympus"}, "hours"),
    ],
)
def test_what_time_cannot_heal_is_refused_by_its_rule(changes, rule):
    verdict = ask(**changes)
    assert rule in failed(verdict)
    assert not verdict.allowed
    assert verdict.not_before is None  # waiting does not help


@pytest.mark.parametrize(
    "number", ["+8613812345678", "+8619912345678", "+861061234567", "+862161234567", "+8657112345678"]
)
def test_mobile_and_landline_numbers_of_the_mainland_may_be_dialled(number):
    assert ask(number=number).allowed


def test_service_may_call_although_a_complaint_is_open():
    assert ask(purpose="service", open_complaints=2).allowed


def test_marketing_with_consent_waits_for_a_working_day():
    holiday = datetime(2026, 10, 2, 2, 0, tzinfo=UTC)
    window = (holiday, holiday + 10 * DAY)
    verdict = ask(holiday, purpose="marketing", opted_in=True, window=window)
    assert failed(verdict) == ["hours", "window"] or failed(verdict) == ["hours"]
    assert verdict.not_before == datetime(2026, 10, 8, 9, tzinfo=SHANGHAI)


def test_planning_does_not_ask_for_a_trunk():
    assert ask(stage=Stage.PLANNING, trunk_fault=None).allowed


def test_what_no_trunk_may_carry_waits_until_somebody_may_have_changed_one():
    verdict = ask(trunk_fault="prefix")
    assert failed(verdict) == ["trunk"]
    assert not verdict.allowed
    assert verdict.not_before == NOW + timedelta(minutes=10)
    assert ask(trunk_fault="prefix", window=(NOW, NOW + timedelta(minutes=9))).not_before is None


def test_before_its_window_a_contact_waits():
    verdict = ask(window=(NOW + DAY, NOW + 2 * DAY))
    assert failed(verdict) == ["window"]
    assert verdict.not_before == NOW + DAY


def test_a_third_call_on_one_day_waits_for_the_next():
    verdict = ask(contacts=(NOW - timedelta(minutes=50), NOW - timedelta(minutes=10)))
    assert failed(verdict) == ["frequency"]
    assert verdict.not_before == datetime(2026, 9, 16, 9, tzinfo=SHANGHAI)


def test_a_fourth_call_in_a_week_waits_until_the_first_is_a_week_old():
    contacts = (NOW - 6 * DAY, NOW - 5 * DAY, NOW - 4 * DAY)
    assert ask(contacts=contacts).not_before == NOW + DAY


def test_a_window_without_a_lawful_free_instant_is_refused():
    contacts = (NOW - 2 * timedelta(hours=1), NOW - timedelta(hours=1))
    verdict = ask(contacts=contacts, window=(NOW, NOW + timedelta(hours=8)))
    assert "window" in failed(verdict)
    assert not verdict.allowed
    assert verdict.not_before is None  # waiting does not help


HARD = Policy(per_day=99, per_week=99, hours=LawfulHours(((time(0), time(23)),)))


def test_no_policy_lifts_five_in_a_day_or_three_in_five_minutes():
    three = tuple(NOW - timedelta(minutes=n) for n in (1, 2, 3))
    assert ask(policy=HARD, contacts=three).not_before == NOW + timedelta(minutes=2)
    five = tuple(NOW - timedelta(hours=n) for n in range(1, 6))
    assert failed(ask(policy=HARD, contacts=five)) == ["frequency"]


CONTACTS = st.lists(st.integers(0, 7 * 24 * 60), max_size=12).map(
    lambda minutes: tuple(NOW - timedelta(minutes=n) for n in minutes)
)
POLICIES = st.builds(Policy, per_day=st.integers(0, 9), per_week=st.integers(0, 20))


@given(CONTACTS, POLICIES)
def test_the_free_instant_keeps_every_cap_and_is_the_first_one(contacts, policy):
    free = frequency_free_at(contacts, policy, NOW, SHANGHAI)
    if free is None:
        assert policy.per_day < 1 or policy.per_week < 1
        return
    assert free >= NOW
    assert _keeps_caps(contacts, policy, free)
    if free > NOW:
        assert not _keeps_caps(contacts, policy, free - timedelta(seconds=1))


def _keeps_caps(contacts, policy, at):
    def inside(span):
        return sum(at - span < contact <= at for contact in contacts)

    today = sum(c.astimezone(SHANGHAI).date() == at.astimezone(SHANGHAI).date() for c in contacts)
    return (
        inside(7 * DAY) < policy.per_week
        and today < policy.per_day
        and inside(DAY) < 5
        and inside(timedelta(minutes=5)) < 3
    )


REQUESTS = st.builds(
    ContactRequest,
    purpose=st.sampled_from(["service", "care", "marketing"]),
    stage=st.sampled_from(Stage),
    window=st.tuples(st.integers(-200, 200), st.integers(0, 400)).map(
        lambda hours: (NOW + timedelta(hours=hours[0]), NOW + timedelta(hours=sum(hours)))
    ),
    number=st.sampled_from([None, "+8613812345678", "+864001234567"]),
    number_works=st.sampled_from([True, True, False]),
    zone=st.sampled_from(["Asia/Shanghai", "Asia/Shanghai", "Europe/Berlin"]),
    refused=st.sampled_from([False, False, True]),
    opted_in=st.booleans(),
    contacts=CONTACTS,
    open_complaints=st.sampled_from([0, 0, 1]),
    trunk_fault=st.sampled_from(["", "", "prefix", None]),
)
MOMENTS = st.integers(-3000, 3000).map(lambda minutes: NOW + timedelta(minutes=minutes))


@given(REQUESTS, MOMENTS)
def test_an_allowed_contact_breaks_no_rule(request_, now):
    verdict = decide(request_, Policy(), now, chinese_day)
    assert verdict.allowed == (not verdict.failed)
    if verdict.allowed:
        local = now.astimezone(ZoneInfo(request_.zone)).time()
        assert time(9) <= local < time(12) or time(14) <= local < time(20)
        assert request_.refused is False
        assert request_.window[0] <= now < request_.window[1]
        assert verdict.until is not None
        assert now < verdict.until <= request_.window[1]


@given(REQUESTS, MOMENTS)
def test_waiting_until_the_named_instant_is_enough(request_, now):
    verdict = decide(request_, Policy(), now, chinese_day)
    if verdict.not_before is not None:
        assert verdict.not_before > now
        mended = replace(request_, trunk_fault=request_.trunk_fault and "")  # the trunk is for people to mend
        assert decide(mended, Policy(), verdict.not_before, chinese_day).allowed


@given(REQUESTS, MOMENTS)
def test_a_verdict_can_be_stored(request_, now):
    stored = decide(request_, Policy(), now, chinese_day).to_json()
    assert json.loads(json.dumps(stored)) == stored


def test_equal_policies_have_equal_versions_and_others_do_not():
    assert Policy().version == Policy().version
    assert Policy().version != Policy(per_day=1).version
    assert ask().policy == Policy().version
