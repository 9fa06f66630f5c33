"""Text messages after calls: owed with the call's end, sent through the gate, never twice."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from unittest.mock import patch

import pytest

from huifang.clock import HOME_ZONE
from huifang.customers.models import Consent, ContactPoint, CustomerEvent
from huifang.customers.phones import blind_index, mask, seal
from huifang.endings.rules import Preview, RuleSettings, RuleUnusable, save_rule
from huifang.env import read_environment
from huifang.errors import SettingInvalid
from huifang.followups import gate, messaging
from huifang.followups.claiming import claim_orders
from huifang.followups.models import Attempt
from huifang.followups.reasons import say_verdict
from huifang.logic.gate import Stage
from huifang.messages import gateway as wire
from huifang.messages.models import Delivery, Message
from huifang.people.models import AuditEntry
from huifang.work.models import Job
from huifang.work.tick import claim, perform

from .conftest import NOW
from .sms_gateway import SECRET, SmsGateway
from .test_reporting import Call, rate

pytestmark = pytest.mark.django_db
DOCUMENT = json.loads((files("huifang.followups") / "scripts" / "first_order_3d.json").read_text("utf-8"))


@pytest.fixture
def far_end(settings):
    """A gateway that is set in the settings."""
    server = SmsGateway()
    settings.HUIFANG = replace(settings.HUIFANG, sms_url=server.url, sms_key=SECRET, sms_sender="花颜美妆")
    yield server
    server.close()
    assert server.bad_signatures == 0


@pytest.fixture
def rule(agent, far_end):
    settings = RuleSettings(
        name="致谢",
        lowest=3,
        highest=5,
        message="{customer.salutation}，感谢您的评价，期待再次为您服务。",
    )
    return save_rule(settings, acting_user=agent, now=NOW)


@pytest.fixture
def over(followup, trunk, script):
    """A call that has just ended with a rating; 10:00 in Shanghai."""
    script.document = {**DOCUMENT, "version": 1}
    script.save()

    def over(person=None, score=5, ending="very_satisfied", minutes=1, **more):
        followup(person, **more)
        (order,) = claim_orders(node="n1", free=1, active=[], now=NOW)
        call = Call(order).answered()
        call.send("answer", 10, **rate(score))
        call.send("ended", 60 * minutes, cause="completed", outcome="completed", ending=ending)
        return call

    return over


def work(at):
    """Do what is due at ``at``, as a worker does; how many jobs that was."""
    done = 0
    with patch("huifang.followups.messaging.clock.now", lambda: at):
        while jobs := claim("w", 10, at):
            done += sum(perform(job, at) for job in jobs)
    return done


def at(minutes, hour=None):
    moment = NOW + timedelta(minutes=minutes)
    return moment if hour is None else moment.astimezone(HOME_ZONE).replace(hour=hour, minute=0)


def test_the_message_of_the_ending_is_owed_once_and_sent(far_end, rule, over):
    call = over()
    row = Message.objects.get()
    assert (row.state, row.cause, row.purpose) == ("pending", "ending", "service")
    call.send("recording", 70, seconds=5.0, bytes=1)  # told again when more is known
    assert Message.objects.count() == 1
    work(at(2))
    row.refresh_from_db()
    assert (row.state, row.gateway_id, row.masked, row.is_own_contact) == ("sent", "m1", "138****0000", False)
    (sent,) = far_end.taken
    assert sent == {
        "key": row.key,
        "to": "+8613800000000",
        "text": "【花颜美妆】李女士，感谢您的评价，期待再次为您服务。",
    }
    assert row.verdict["allowed"] is True
    assert row.verdict["policy"] == gate.MESSAGES.version
    event = CustomerEvent.objects.get(kind="message.sent")
    assert (event.source, event.acting_user.username) == (f"message:{row.pk}", "system")
    assert set(AuditEntry.objects.filter(object_type="Message").values_list("action", flat=True)) == {
        "messages.owe",
        "messages.sent",
    }
    work(at(600))
    assert far_end.asked == {row.key: 1}


def test_without_a_gateway_nothing_is_owed(settings, far_end, rule, over):
    settings.HUIFANG = replace(settings.HUIFANG, sms_url="")
    over()
    assert not Message.objects.exists()


def test_another_rating_or_a_call_that_nobody_answered_sends_nothing(far_end, rule, over, followup, trunk):
    over(score=1, ending="very_dissatisfied")
    followup()
    (order,) = claim_orders(node="n1", free=1, active=[], now=NOW)
    call = Call(order)
    call.send("dialling", 1)
    call.send("ended", 20, cause="no_answer", outcome="", ending="very_satisfied")
    assert not Message.objects.exists()


def test_the_words_of_the_rule_are_those_of_the_moment_of_the_call(
    far_end, rule, over, followup, trunk, script
):
    script.document = {**DOCUMENT, "version": 1}
    script.save()
    followup()
    (order,) = claim_orders(node="n1", free=1, active=[], now=NOW)
    rule.message = "改过的话"
    rule.save()
    call = Call(order).answered()
    call.send("ended", 60, cause="completed", outcome="completed", ending="very_satisfied")
    assert "感谢您的评价" in Message.objects.get().text


# ---- the gate


def test_who_refused_in_the_call_gets_no_message(far_end, rule, over):
    call = over()
    Consent.objects.create(
        customer_id=Attempt.objects.get().customer_id, purpose="", granted=False, source="call", at=at(1)
    )
    work(at(2))
    row = Message.objects.get()
    assert (row.state, far_end.taken) == ("refused", [])
    assert say_verdict(row.verdict) == ["客户要求不再联系"]
    assert call.order.attempt_id == row.attempt.hex


def test_a_marketing_message_needs_consent_and_says_how_to_refuse(far_end, rule, over, customer):
    willing, other = customer(), customer()
    for person in (willing, other):
        Consent.objects.create(customer=person, purpose="marketing", granted=True, source="import", at=NOW)
        over(person, purpose="marketing")
    Consent.objects.create(customer=other, purpose="marketing", granted=False, source="desk", at=at(1))
    work(at(2))
    assert [message["text"][-6:] for message in far_end.taken] == ["拒收请回复R"]
    assert dict(Message.objects.values_list("customer_id", "state")) == {
        willing.pk: "sent",
        other.pk: "refused",
    }


def test_a_landline_gets_no_message_and_a_second_number_that_is_mobile_does(far_end, rule, over, customer):
    fixed = customer("+862162345678")
    over(fixed)
    work(at(2))
    assert Message.objects.get().state == "refused"
    ContactPoint.objects.create(
        customer=fixed,
        sealed=seal("+8613911112222"),
        index=blind_index("+8613911112222"),
        masked=mask("+8613911112222"),
    )
    Message.objects.all().delete()
    over(fixed)
    work(at(3))
    assert [message["to"] for message in far_end.taken] == ["+8613911112222"]


def test_at_night_it_waits_for_the_morning(far_end, rule, over):
    over()
    work(at(0, hour=22))
    row = Message.objects.get()
    assert (row.state, far_end.taken) == ("pending", [])
    assert row.due_at.astimezone(HOME_ZONE).hour == 8
    work(row.due_at)
    assert Message.objects.get().state == "sent"


def test_one_that_could_not_go_for_a_day_is_given_up_in_words(far_end, rule, over):
    over()
    work(at(60 * 25))
    row = Message.objects.get()
    assert row.state == "refused"
    assert "截止" in say_verdict(row.verdict)[0]


def test_a_message_of_the_call_is_no_contact_of_its_own_and_a_late_one_is(far_end, rule, over, customer):
    person = customer()

    def recent(when):
        wish = gate.Wish(person.pk, "service", (NOW, NOW + timedelta(days=9)))
        verdict = gate.ask([wish], when, Stage.PLANNING)[0].verdict
        return next(rule.data["recent"] for rule in verdict.rules if rule.name == "frequency")

    over(person)
    work(at(2))
    assert recent(at(3)) == 1
    over(person)
    assert recent(at(5)) == 2
    work(at(40))  # the call was over half an hour ago, and two contacts were today
    late = Message.objects.order_by("pk").last()
    assert late.state == "pending"
    assert late.due_at.astimezone(HOME_ZONE).date() > NOW.astimezone(HOME_ZONE).date()
    Message.objects.filter(pk=late.pk).update(expires_at=at(60 * 48))
    work(late.due_at)
    late.refresh_from_db()
    assert (late.state, late.is_own_contact) == ("sent", True)
    assert recent(late.due_at + timedelta(minutes=1)) == 3


# ---- the gateway


@pytest.mark.parametrize(
    ("how", "state", "reason"),
    [
        ("drop", "unknown", "RemoteProtocolError"),
        ("slow", "unknown", "ReadTimeout"),
        (500, "unknown", "HTTP 500 told 500"),
        (422, "failed", "HTTP 422 told 422"),
    ],
)
def test_what_may_have_arrived_or_never_will_is_not_sent_again(
    far_end, rule, over, how, state, reason, monkeypatch
):
    if how == "slow":
        monkeypatch.setattr(wire, "LIMIT_S", 1.5)
    far_end.behave = [how]
    over()
    work(at(2))
    work(at(300))
    row = Message.objects.get()
    assert (row.state, row.reason) == (state, reason)
    assert far_end.asked == {row.key: 1}
    assert CustomerEvent.objects.filter(kind=f"message.{state}").count() == 1


@pytest.mark.parametrize("how", ["drop", 500])
def test_a_gateway_that_knows_its_keys_is_asked_again_with_the_same_one(settings, far_end, rule, over, how):
    settings.HUIFANG = replace(settings.HUIFANG, sms_idempotent=True)
    far_end.behave = [how, how]
    over()
    for minute in (2, 3, 4):
        work(at(minute))
    row = Message.objects.get()
    assert (row.state, row.tries) == ("sent", 3)
    assert far_end.asked == {row.key: 3}
    assert len(far_end.taken) == 1
    assert list(row.deliveries.order_by("fence").values_list("fate", flat=True)) == [
        "unknown",
        "unknown",
        "taken",
    ]


@pytest.mark.parametrize("how", [401, 503])
def test_what_certainly_did_not_arrive_is_tried_again_after_a_pause(far_end, rule, over, how):
    far_end.behave = [how]
    over()
    work(at(2))
    row = Message.objects.get()
    assert (row.state, row.tries, row.reason) == ("pending", 1, f"HTTP {how} told {how}")
    assert row.due_at - at(2) >= timedelta(seconds=90 if how == 503 else 15)
    work(row.due_at)
    assert Message.objects.get().state == "sent"
    assert len(far_end.taken) == 1


def test_a_gateway_that_is_not_there_is_tried_until_the_patience_ends(far_end, rule, over):
    far_end.close()
    over()
    when = at(2)
    for _ in range(40):
        work(when)
        row = Message.objects.get()
        if row.state != "pending":
            break
        when = row.due_at
    assert (row.state, row.reason) == ("failed", "ConnectError")
    assert row.deliveries.exclude(fate="not_taken").count() == 0


def test_a_failing_gateway_is_left_alone_and_tried_with_one_message(far_end, rule, over, customer):
    far_end.behave = [401] * 5
    for _ in range(6):
        over()
    work(at(2))
    assert sum(far_end.asked.values()) == 4  # then the breaker opened
    assert AuditEntry.objects.filter(action="messages.gateway_paused").count() == 1
    when = at(2)
    while Message.objects.filter(state="pending").exists() and when < at(300):
        when += timedelta(seconds=30)
        work(when)
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert len(far_end.taken) == 6
    assert AuditEntry.objects.filter(action="messages.gateway_resumed").count() == 1


def test_waiting_for_less_than_a_second_is_not_forgotten(far_end, rule, over):
    over()
    row = Message.objects.get()
    for milliseconds in (100, 200, 300):
        messaging.handing.wait(row, row.due_at + timedelta(milliseconds=milliseconds), row.due_at)
    assert Job.objects.filter(kind__endswith="send_message", state="due").count() == 4
    work(at(2))
    assert Message.objects.get().state == "sent"


# ---- workers that die


def test_a_worker_that_died_in_between_leaves_a_message_that_nobody_sends_again(far_end, rule, over):
    over()
    row = Message.objects.get()
    assert messaging._begin(row.pk, at(2)) is not None  # … and then: kill -9
    assert Message.objects.get().state == "sending"
    work(at(3))
    assert (Message.objects.get().state, far_end.taken) == ("unknown", [])


def test_with_a_gateway_that_knows_its_keys_it_is_sent_after_all(settings, far_end, rule, over):
    settings.HUIFANG = replace(settings.HUIFANG, sms_idempotent=True)
    over()
    row = Message.objects.get()
    begun = messaging._begin(row.pk, at(2))
    work(at(3))
    row.refresh_from_db()
    assert (row.state, len(far_end.taken)) == ("sent", 1)
    # The first worker was only asleep: what it hears of its own try changes nothing any more.
    told = wire.hand_over(begun.handed, url=far_end.url, secret=SECRET)
    messaging.handing.finish(begun, replace(told, reason="late", id="other"), at(4))
    row.refresh_from_db()
    assert (row.state, row.gateway_id, len(far_end.taken)) == ("sent", "m1", 1)


def test_a_worker_that_was_only_slow_may_still_say_that_it_arrived(far_end, rule, over):
    over()
    begun = messaging._begin(Message.objects.get().pk, at(2))
    work(at(3))
    assert Message.objects.get().state == "unknown"
    told = wire.hand_over(begun.handed, url=far_end.url, secret=SECRET)
    assert messaging.handing.finish(begun, told, at(4)).state == "sent"
    assert far_end.asked == {begun.handed.key: 1}


def test_one_that_may_have_arrived_is_never_called_unsent(settings, far_end, rule, over):
    settings.HUIFANG = replace(settings.HUIFANG, sms_idempotent=True)
    far_end.behave = ["drop", 422]
    over()
    work(at(2))
    work(at(5))
    row = Message.objects.get()
    assert (row.state, len(far_end.taken)) == ("unknown", 1)


def test_no_number_and_no_text_is_in_a_job_or_the_audit_trail(far_end, rule, over):
    over()
    work(at(2))
    written = json.dumps(
        [*Job.objects.values_list("payload", "last_error"), *AuditEntry.objects.values_list("data")],
        default=str,
    )
    assert "13800000000" not in written
    assert "感谢您的评价" not in json.dumps(list(Job.objects.values_list("payload")), ensure_ascii=False)
    assert Delivery.objects.count() == 1


# ---- the rule


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("谢谢" * 251, "gateways take 500"),
        ("谢谢{", "brace"),
        ("谢谢{order.amount}", "order.amount"),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused_in_one_sentence(far_end, agent, message, said):
    with pytest.raises(RuleUnusable, match=said):
        save_rule(RuleSettings(name="x", lowest=1, highest=5, message=message), acting_user=agent, now=NOW)


def test_a_message_says_who_sends_it(agent):
    nameless = RuleSettings(name="x", lowest=1, highest=5, message="谢谢您")
    with pytest.raises(RuleUnusable, match="does not say who"):
        save_rule(nameless, acting_user=agent, now=NOW)
    named = replace(nameless, message="【花颜】谢谢您")
    assert save_rule(named, acting_user=agent, now=NOW).message == "【花颜】谢谢您"


def test_the_preview_is_what_goes_out_with_long_names(far_end):
    shown = Preview.of("{customer.salutation}，谢谢您。", is_marketing=True)
    assert shown == Preview("【花颜美妆】欧阳女士，谢谢您。拒收请回复R", 21, 1)


# ---- the settings

GOOD = {
    "HUIFANG_SMS_URL": "https://sms.example.com/send",
    "HUIFANG_SMS_KEY": SECRET,
    "HUIFANG_SMS_SENDER": "【花颜美妆】",
}


def test_a_gateway_needs_three_settings():
    read = read_environment(GOOD)
    assert (read.sms_url, read.sms_sender, read.sms_idempotent) == (
        GOOD["HUIFANG_SMS_URL"],
        "花颜美妆",
        False,
    )
    assert read_environment({}).sms_url == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUIFANG_SMS_URL", "http://sms.example.com/send"),
        ("HUIFANG_SMS_URL", "https://user:secret@sms.example.com"),
        ("HUIFANG_SMS_URL", "https://sms.example.com:99999"),
        ("HUIFANG_SMS_URL", "ftp://sms.example.com"),
        ("HUIFANG_SMS_KEY", "short"),
        ("HUIFANG_SMS_SENDER", ""),
        ("HUIFANG_SMS_SENDER", "字" * 17),
        ("HUIFANG_PUBLIC_URL", "http://shop.example.com"),
    ],
)
def test_a_setting_that_would_not_do_is_named(name, value):
    with pytest.raises(SettingInvalid, match=name):
        read_environment({**GOOD, name: value})


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/sms", "http://[::1]:9/sms", "http://localhost/sms"])
def test_http_stays_on_this_machine(url):
    assert read_environment({**GOOD, "HUIFANG_SMS_URL": url}).sms_url == url
