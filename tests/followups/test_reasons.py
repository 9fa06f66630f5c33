from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import translation

from huifang.customers.consents import record_refusal
from huifang.customers.models import Consent, ContactPoint
from huifang.followups import gate
from huifang.followups.lines import fault_of
from huifang.followups.models import Attempt
from huifang.followups.reasons import say_reason, say_verdict
from huifang.logic.gate import Stage

from .conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def said(followup, now=NOW, trunk=None):
    wish = gate.Wish(followup.customer_id, followup.purpose, (followup.due_at, followup.expires_at))
    line_fault = (lambda number: fault_of(trunk)) if trunk else None
    return say_verdict(gate.ask([wish], now, Stage.CONTACT, line_fault)[0].verdict.to_json())


def test_what_is_allowed_needs_no_words(followup, trunk):
    assert said(followup(), trunk=trunk) == []


def test_why_someone_is_due():
    reason = {
        "code": "first_order",
        "anchor": "2026-09-12",
        "days": 3,
        "product": "玫瑰保湿面霜",
        "last": "2026-09-17",
    }
    assert say_reason(reason) == (
        "First order “玫瑰保湿面霜” on Sept. 12 was 3 days ago; the window ends on Sept. 17"
    )
    assert "“" not in say_reason({**reason, "product": ""})
    dormant = {"code": "dormant", "anchor": "2026-07-17", "days": 60, "last": "2026-09-22"}
    assert say_reason(dormant) == "No order for 60 days since July 17; the window ends on Sept. 22"
    assert say_reason({}) == ""


def test_the_lunch_break_names_the_hour_after_it(followup, trunk):
    assert said(followup(), NOW + timedelta(hours=2, minutes=10), trunk) == [
        "It is the midday break; call after 14:00"
    ]


def test_at_night_the_next_day_is_named(followup, trunk):
    assert said(followup(), NOW + timedelta(hours=12), trunk) == [
        "It is 22:00 for the customer, outside the hours for calls; call after Sept. 16, 09:00"
    ]


def test_what_is_waited_for_longest_is_said_with_the_instant_that_suits_every_rule(followup, trunk):
    due = followup()
    for minutes in (90, 150):
        Attempt.objects.create(
            followup=due,
            customer=due.customer,
            trunk=trunk,
            node="n",
            state="ended",
            claimed_at=NOW,
            lease_until=NOW,
            dialled_at=NOW - timedelta(minutes=minutes - 100),
        )
    assert said(due, NOW + timedelta(hours=2, minutes=10), trunk) == [
        "Contacted often enough lately; again from Sept. 16, 09:00"
    ]


def test_a_window_that_has_not_begun_names_its_first_lawful_hour(followup, trunk):
    due = followup(due_at=NOW + timedelta(hours=14))  # midnight in Shanghai
    assert said(due, trunk=trunk) == ["Not due before Sept. 16, 09:00"]


def test_a_refusal_is_all_there_is_to_say(followup, trunk):
    due = followup()
    record_refusal(due.customer_id, at=NOW, source="call", evidence="attempt:1")
    assert said(due, NOW + timedelta(hours=12), trunk) == ["The customer asked not to be contacted again"]


def test_without_a_number_only_that_is_said(followup, trunk):
    due = followup()
    ContactPoint.objects.all().delete()
    assert said(due, trunk=trunk) == ["There is no phone number"]


def test_marketing_needs_consent(followup, trunk):
    due = followup(purpose="marketing")
    assert said(due, trunk=trunk) == ["The customer has not agreed to marketing contacts"]
    Consent.objects.create(customer=due.customer, purpose="marketing", granted=True, source="import", at=NOW)
    assert said(due, trunk=trunk) == []


def test_a_window_that_is_over_is_named(followup, trunk):
    due = followup(expires_at=NOW - timedelta(minutes=1))
    assert said(due, trunk=trunk) == ["The window ended on Sept. 15"]
    short = followup(expires_at=NOW + timedelta(hours=13))
    assert said(short, NOW + timedelta(hours=12), trunk) == [
        "No lawful time for a call is left before the window ends on Sept. 15"
    ]


def test_without_a_line_that_is_said(followup, trunk):
    trunk.is_active = False
    assert said(followup(), trunk=trunk) == ["The line is switched off; tried again from 10:10"]
    assert said(followup(expires_at=NOW + timedelta(minutes=5)), trunk=trunk) == ["The line is switched off"]


def test_a_trunk_out_of_place_says_so(followup, trunk, settings):
    trunk.host = "sip.example.net"
    assert "does not stay on this machine" in said(followup(), trunk=trunk)[0]
    trunk.is_virtual = False
    settings.HUIFANG = replace(settings.HUIFANG, clock_offset_s=60.0)
    assert "The clock is shifted" in said(followup(), trunk=trunk)[0]


def test_a_number_that_costs_extra_is_not_dialled(followup, customer, trunk):
    assert said(followup(customer("+864001234567")), trunk=trunk) == [
        "The phone number is not of a kind that may be dialled"
    ]
    assert said(followup(customer("+12025550123")), trunk=trunk)[0] == (
        "The phone number is not of a kind that may be dialled"
    )
