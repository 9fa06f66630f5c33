"""Numbers that are given in a call, and numbers that turn out to be somebody else's."""

from __future__ import annotations

import json
import os
from datetime import timedelta

import pytest

from huifang.customers.models import Consent, ContactPoint, CustomerEvent
from huifang.customers.phones import unseal
from huifang.followups import gate
from huifang.followups.claiming import claim_orders
from huifang.followups.models import AttemptEvent, FollowUp
from huifang.logic import sealed_number
from huifang.people.encryption import keyring
from huifang.people.models import AuditEntry
from huifang.surveys.models import Answer

from .conftest import NOW
from .test_reporting import Call

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(followup, trunk, agent):
    followup()
    (order,) = claim_orders(node="n1", free=1, active=[], now=NOW)
    return Call(order)


GIVEN = "13900139000"


def given(call, number: str = GIVEN, token: str | None = None):
    attempt = call.order.attempt_id
    key = keyring().voice_token if token is None else token
    nonce = os.urandom(sealed_number.NONCE_BYTES)
    return {
        "item": "tel", "code": "139****9000", "score": None, "key": None, "text": "", "channel": "speech", "undone": False,
        "sealed": sealed_number.seal(number, attempt, key, nonce),
    }  # fmt: skip


def test_a_number_that_was_given_is_kept_sealed_behind_the_known_one(call):
    call.answered()
    call.send("answer", 5, **given(call))
    assert ContactPoint.objects.count() == 1, "it may still be taken back"
    call.send("ended", 60, cause="completed", outcome="completed")
    old, new = ContactPoint.objects.order_by("id")
    assert unseal(bytes(new.sealed)) == "+86" + GIVEN
    assert (new.masked, new.customer_id) == ("139****9000", old.customer_id)
    assert AuditEntry.objects.filter(action="customers.keep_number").count() == 1
    assert Answer.objects.get().code == "139****9000"
    everything = json.dumps(
        [
            *AttemptEvent.objects.values_list("data", flat=True),
            *CustomerEvent.objects.values_list("data", flat=True),
        ]
    )
    assert GIVEN not in everything


def test_a_number_that_was_taken_back_known_already_or_forged_is_not_kept(call):
    call.answered()
    call.send("answer", 5, **given(call))
    call.send("answer", 8, **{**given(call), "undone": True})
    call.send("answer", 9, **given(call, token="forged"))
    call.send("ended", 60, cause="completed", outcome="completed")
    assert ContactPoint.objects.count() == 1


@pytest.mark.parametrize("why", ["wrong", "moved", "deceased"])
def test_a_stranger_s_number_is_blocked_while_the_call_still_lasts(call, followup, why):
    other = followup(FollowUp.objects.get().customer, plan="other")
    call.answered()
    call.send("stranger", 6, why=why, text="打错了")
    point = ContactPoint.objects.get()
    assert (point.dead_since, point.dead_why) == (NOW + timedelta(seconds=6), "stranger")
    other.refresh_from_db()
    assert other.state != FollowUp.State.DUE, "nobody is called on it any more"
    assert Consent.objects.filter(granted=False, purpose="").exists() is (why == "deceased")
    assert AuditEntry.objects.filter(action="customers.number_is_not_theirs").count() == 1
    call.send("ended", 20, cause="completed", outcome="wrong_number")
    assert FollowUp.objects.exclude(pk=other.pk).get().state == FollowUp.State.DONE


def test_a_second_number_is_called_unless_the_customer_has_died(call, followup):
    customer = FollowUp.objects.get().customer
    other = followup(customer, plan="other")
    call.answered()
    call.send("answer", 5, **given(call))
    call.send("ended", 60, cause="completed", outcome="completed")
    call.send("stranger", 6, why="moved", text="换号了")
    other.refresh_from_db()
    assert gate.ask_about(other, NOW).number == "+86" + GIVEN
