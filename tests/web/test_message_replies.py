"""Replies to text messages: signed, taken once, and 退订 stops every channel."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client

from huifang.clock import now
from huifang.customers.models import Consent, CustomerEvent
from huifang.followups.models import FollowUp
from huifang.logic.message_line import SIGNATURE, TIMESTAMP, signature
from huifang.messages.models import Message, Reply
from huifang.people.models import AuditEntry
from huifang.promises.models import Promise

pytestmark = pytest.mark.django_db
SECRET = "what-the-gateway-knows-too"
ADDRESS = "/api/messages/replies"


@pytest.fixture(autouse=True)
def gateway(settings):
    settings.HUIFANG = replace(settings.HUIFANG, sms_key=SECRET)


def tell(text="R", *, number="+8613812345678", name="r-1", secret=SECRET, age=0, body=None, **headers):
    sent = json.dumps({"id": name, "from": number, "text": text}).encode() if body is None else body
    timestamp = str(int(time.time()) - age)
    signed = {TIMESTAMP: timestamp, SIGNATURE: signature(secret, timestamp, sent), **headers}
    return Client().generic("POST", ADDRESS, sent, "application/json", headers=signed)


def is_refused(customer):
    return Consent.objects.filter(customer=customer, purpose="", granted=False).exists()


def test_who_wants_no_more_is_left_alone_on_every_channel_at_once(world):
    followup = world.doubtful.followup
    due = FollowUp.objects.create(
        key="k", customer=world.customer, plan="p", plan_name="p", script=followup.script, purpose="care",
        due_at=now(), expires_at=followup.expires_at, created_at=now(), updated_at=now(),
    )  # fmt: skip
    callback = Promise.objects.create(
        key="c:1",
        attempt=world.call.pk,
        customer=world.customer,
        kind="callback",
        made_at=now(),
        due_at=now(),
    )
    answer = tell("退订。", number="13812345678")
    assert (answer.status_code, answer.json()) == (200, {"known": True})
    consent = Consent.objects.get(customer=world.customer, purpose="")
    assert (consent.granted, consent.source, consent.evidence) == (
        False,
        "message",
        f"reply:{Reply.objects.get().pk}",
    )
    due.refresh_from_db()
    callback.refresh_from_db()
    assert (due.state, callback.state) == ("skipped", "withdrawn")
    entry = AuditEntry.objects.get(action="followups.refused_by_message")
    assert entry.acting_user.username == "system"
    assert CustomerEvent.objects.filter(kind="consent.refused").count() == 1
    assert not is_refused(world.elsewhere)


def test_told_again_it_is_one_refusal(world):
    for _ in range(3):
        assert tell().status_code == 200
    assert Consent.objects.filter(purpose="", granted=False).count() == 1
    assert Reply.objects.count() == 1


def test_any_other_reply_is_read_by_people_and_its_numbers_are_not_kept(world, client_of):
    tell("好的，打我另一个号13912340000", name="r-2")
    assert not is_refused(world.customer)
    event = CustomerEvent.objects.get(kind="message.received")
    assert event.data == {}
    text = Reply.objects.get().text
    assert "好的" in text
    assert "13912340000" not in text
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM text_messages_reply")
        assert "好的".encode() not in bytes(cursor.fetchone()[0])
    assert text in client_of("supervisor").get("/messages/").content.decode()
    assert text not in client_of("agent").get("/messages/").content.decode()


def test_a_number_that_is_nobodys_changes_nothing(world):
    for number in ("+8613700000000", "not a number", "12345"):
        answer = tell(number=number)
        assert (answer.status_code, answer.json()) == (200, {"known": False})
    assert not Reply.objects.exists()


def test_what_the_gateway_has_not_signed_lately_is_refused(world, settings):
    large = b'{"id": "x", "from": "+8613812345678", "text": "' + b"R" * 17_000 + b'"}'
    wrong = [{"secret": "another secret of others"}, {"age": 400}, {"age": -400}, {"body": large}]
    wrong += [{SIGNATURE: ""}, {TIMESTAMP: ""}, {TIMESTAMP: "soon"}]
    for how in wrong:
        assert tell(**how).status_code == 401, how
    settings.HUIFANG = replace(settings.HUIFANG, sms_key="")  # without a key nobody is believed
    assert tell(secret="").status_code == 401
    assert not Reply.objects.exists()
    assert not is_refused(world.customer)


def test_a_signed_body_that_is_no_reply_is_named_as_such(db):
    bodies = (b"", b"{", b"[]", b'{"id": "x"}', b'{"id": "", "from": "1"}', b'{"id": 5, "from": []}')
    assert {tell(body=body).status_code for body in bodies} <= {400, 422}
    assert not Reply.objects.exists()


def test_what_is_still_to_be_sent_is_stopped_by_the_gate(world, settings):
    from huifang.followups import messaging

    settings.HUIFANG = replace(settings.HUIFANG, sms_url="http://127.0.0.1:9/never-asked")
    tell()
    row = Message.objects.create(
        key="m", customer=world.customer, attempt=world.call.pk, cause="ending", purpose="service", text="谢谢",
        made_at=now(), due_at=now(), expires_at=now() + (world.doubtful.followup.expires_at - now()),
    )  # fmt: skip
    messaging.send(row.pk, now())
    row.refresh_from_db()
    assert (row.state, row.tries) == ("refused", 0)
