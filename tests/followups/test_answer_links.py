"""A question that found no answer in the call: sent as a link, answered on a page, with the same consequences."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.test import Client

from huifang.customers.models import CustomerEvent, CustomerFacts
from huifang.followups.claiming import claim_orders
from huifang.messages.models import AnswerLink, Message
from huifang.people.models import AuditEntry
from huifang.surveys.models import Answer, Response
from huifang.tickets.models import Ticket

from .conftest import NOW
from .sms_gateway import SECRET, SmsGateway
from .test_messages import DOCUMENT, at, work
from .test_reporting import Call, rate

pytestmark = pytest.mark.django_db
CHOICES = ("very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied")


@pytest.fixture
def far_end(settings):
    server = SmsGateway()
    settings.HUIFANG = replace(
        settings.HUIFANG,
        sms_url=server.url,
        sms_key=SECRET,
        sms_sender="花颜美妆",
        public_url="http://127.0.0.1:8000",
    )
    yield server
    server.close()


@pytest.fixture
def order(far_end, followup, trunk, script):
    script.document = {**DOCUMENT, "version": 1}
    script.save()

    def order(person=None, when=NOW, **more):
        followup(person, **more)
        (one,) = claim_orders(node="n1", free=1, active=[], now=when)
        return one

    return order


@pytest.fixture
def lost(order):
    """A call whose rating was not understood; it ended at 10:01."""

    def lost(person=None):
        call = Call(order(person)).answered()
        call.send("link", 40, item="rating")
        call.send("ended", 60, cause="completed", outcome="no_match")
        return call

    return lost


@pytest.fixture
def page(lost, far_end):
    """The link of such a call as a telephone opens it."""
    lost()
    work(at(2))
    (sent,) = far_end.taken
    return Page(re.search(r"http://127\.0\.0\.1:8000(/a/[\w-]{16}/)", sent["text"])[1])


class Page:
    def __init__(self, path):
        self.path = path
        self.client = Client(enforce_csrf_checks=True, HTTP_ACCEPT_LANGUAGE="zh-CN")

    def get(self, minutes=5, **headers):
        with patch("huifang.followups.answer_pages.now", lambda: at(minutes)):
            self.answer = self.client.get(self.path, **headers)
        return self.words

    def post(self, minutes=5, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.words)[1]
        named = {name.replace("_answer", "a-rating"): value for name, value in fields.items()}
        with patch("huifang.followups.answer_pages.now", lambda: at(minutes)):
            self.answer = self.client.post(self.path, {"csrfmiddlewaretoken": token, **named})
        return self.words

    @property
    def words(self):
        return self.answer.content.decode()


def test_calls_are_told_that_messages_are_possible_and_when_they_are_not(order, settings, customer, far_end):
    assert order().facts["call.messages"] is True
    assert "call.messages" not in order(customer("+862162345678")).facts  # a landline
    settings.HUIFANG = replace(settings.HUIFANG, public_url="")
    assert "call.messages" not in order().facts
    settings.HUIFANG = replace(settings.HUIFANG, public_url="https://x.example", sms_url="")
    assert "call.messages" not in order().facts


def test_the_link_goes_out_when_the_call_is_over_and_its_key_is_kept_nowhere(lost, far_end):
    lost()
    row = Message.objects.get()
    assert (row.cause, row.state, row.purpose) == ("link", "pending", "service")
    work(at(2))
    row.refresh_from_db()
    (sent,) = far_end.taken
    token = re.search(r"/a/([\w-]{16})/$", sent["text"])[1]
    assert sent["text"].startswith("【花颜美妆】")
    assert row.state == "sent"
    assert token not in row.text
    link = AnswerLink.objects.get()
    assert token not in link.digest
    assert token.encode() not in bytes(link.sealed)


def test_an_item_that_was_answered_after_all_is_not_asked_again(order, far_end):
    call = Call(order()).answered()
    call.send("link", 30, item="rating")
    call.send("answer", 40, **rate(4))
    call.send("ended", 60, cause="completed", outcome="completed", ending="satisfied")
    assert not Message.objects.exists()
    assert not AnswerLink.objects.exists()


def test_the_page_asks_without_sign_in_scripts_or_keys(page):
    words = page.get()
    assert page.answer.status_code == 200
    assert "请问您对这次购物满意吗？" in words
    assert all(f'value="{code}"' in words for code in CHOICES)
    assert "按" not in words
    assert "<script" not in words
    assert "李娜" not in words
    policy = page.answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert page.answer.headers["Cache-Control"] == "no-store"
    assert "very satisfied" in page.get(HTTP_ACCEPT_LANGUAGE="en") or "满意" in page.words


def test_an_answer_can_be_changed_until_it_is_sent_and_then_stands(page):
    page.get()
    review = page.post(_answer="satisfied", step="review")
    assert "满意" in review
    assert not Answer.objects.exists()
    back = page.post(_answer="satisfied", step="back")
    assert re.search(r'value="satisfied" checked', back)
    page.post(_answer="neutral", step="review")
    page.post(_answer="neutral", step="send")
    assert page.answer.status_code == 200
    answer = Answer.objects.get()
    assert (answer.item, answer.code, answer.score, answer.channel, answer.key) == (
        "rating",
        "neutral",
        3,
        "link",
        "",
    )
    response = Response.objects.get()
    assert (response.conversation, response.script) == (Message.objects.get().attempt, "care")
    assert CustomerFacts.objects.get().last_score == 3
    assert not Ticket.objects.exists()
    assert CustomerEvent.objects.filter(kind="message.answered").count() == 1
    entry = AuditEntry.objects.get(action="followups.answer_by_link")
    assert entry.acting_user.username == "system"


def test_a_low_rating_opens_the_ticket_that_it_opens_in_a_call(page):
    page.get()
    page.post(_answer="very_dissatisfied", step="send")
    ticket = Ticket.objects.get()
    attempt = Message.objects.get().attempt
    assert (ticket.key, ticket.cause, ticket.attempt) == (f"attempt:{attempt.hex}", "low_score", attempt)


def test_a_link_serves_once(page):
    page.get()
    form = page.words
    page.post(_answer="neutral", step="send")
    page.answer.content = form.encode()  # the page is still open in another window
    page.post(_answer="very_satisfied", step="send")
    assert page.answer.status_code == 410
    assert Answer.objects.get().code == "neutral"
    page.get()
    assert page.answer.status_code == 410
    assert bytes(AnswerLink.objects.get().sealed) == b""


def test_a_link_dies_after_three_days(page):
    page.get(minutes=60 * 71)
    assert page.answer.status_code == 200
    page.get(minutes=60 * 73)
    assert page.answer.status_code == 410


def test_a_guessed_link_looks_like_a_dead_one(page):
    for token in ("x" * 16, "..", "A", "a" * 200, "%00"):
        page.path = f"/a/{token}/"
        page.get()
        assert page.answer.status_code in (404, 410), token


def test_nothing_and_nonsense_are_asked_for_again(page):
    for fields in ({}, {"_answer": ""}, {"_answer": "no_such"}, {"_answer": "x" * 5000}):
        for step in ("review", "send"):
            page.get()
            page.post(step=step, **fields)
            assert page.answer.status_code == 400, (step, fields)
            assert 'role="alert"' in page.words
    assert not Answer.objects.exists()
    assert AnswerLink.objects.get().used_at is None


def test_what_the_node_tells_later_leaves_the_answer_alone(lost, far_end):
    call = lost()
    work(at(2))
    page = Page(re.search(r"(/a/[\w-]{16}/)", far_end.taken[0]["text"])[1])
    page.get()
    page.post(_answer="very_dissatisfied", step="send")
    call.send("answer", 30, item="reason", code="free", key=None, score=None, text="贵", channel="speech")
    call.send("recording", 61, seconds=5.0, bytes=1)
    assert dict(Answer.objects.values_list("item", "channel")) == {"rating": "link", "reason": "speech"}
    assert Ticket.objects.get().state == "open"
    assert CustomerFacts.objects.get().last_score == 1


def test_what_somebody_answered_meanwhile_is_not_asked(page):
    attempt = Message.objects.get().attempt
    response = Response.objects.create(
        conversation=attempt, customer_id=Message.objects.get().customer_id, script="care", script_version=1,
        channel="phone", started_at=NOW,
    )  # fmt: skip
    Answer.objects.create(response=response, item="rating", code="neutral", score=3, channel="key", at=NOW)
    page.get()
    assert page.answer.status_code == 410


def test_at_night_no_link_is_promised(far_end, followup, trunk, script, customer):
    from huifang.customers.phones import unseal
    from huifang.followups.inbound import answer_caller
    from huifang.followups.models import Script
    from huifang.logic.voice_line import InboundCall

    Script.objects.create(
        slug="inbound_rating", version=1, name="来电", document={**DOCUMENT, "version": 1}, published_at=NOW
    )
    number = unseal(bytes(customer().contact_points.get().sealed))
    call = InboundCall("n1", "c1", number, "8000")
    assert answer_caller(call, now=NOW).facts["call.messages"] is True
    night = NOW + timedelta(hours=13)  # 23:00
    assert "call.messages" not in answer_caller(replace(call, call_id="c2"), now=night).facts
