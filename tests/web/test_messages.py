from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from huifang.clock import now
from huifang.customers.models import CustomerEvent
from huifang.messages.models import Message
from huifang.people.reach import Reach
from huifang.reports.board import board_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(world):
    world.text.delete()

    def make(customer=None, **more):
        return Message.objects.create(
            **{
                "key": f"k{Message.objects.count()}",
                "customer": customer or world.customer,
                "attempt": world.call.pk,
                "cause": "ending",
                "purpose": "service",
                "text": "【花颜】李女士，很抱歉。",
                "masked": "138****5678",
                "state": "sent",
                "made_at": now(),
                "due_at": now(),
                "handed_at": now(),
                "expires_at": now() + timedelta(hours=24),
                **more,
            }
        )

    return make


def test_the_page_tells_what_was_sent_what_waits_and_why_not(client_of, message):
    message()
    message(state="failed", reason="HTTP 422 签名未报备")
    message(state="unknown", reason="ReadTimeout")
    message(state="refused", verdict={"at": now().isoformat(), "not_before": None, "rules": [{"name": "do_not_call", "passed": False, "data": {}}]})  # fmt: skip
    page = client_of("agent").get("/messages/").content.decode()
    for said in ("138****5678", "签名未报备", "不再重发", "客户要求不再联系", "没有设置短信网关"):
        assert said in page
    only = client_of("agent").get("/messages/?state=failed").content.decode()
    assert "签名未报备" in only
    assert "ReadTimeout" not in only


def test_an_agent_sees_the_own_stores_messages_only(client_of, message, world):
    message(world.elsewhere, text="别家的客户", cause="link")
    assert "别家的客户" not in client_of("agent").get("/messages/").content.decode()
    assert "别家的客户" in client_of("other_agent").get("/messages/").content.decode()


def test_with_a_gateway_the_page_does_not_speak_of_one(client_of, settings, message):
    settings.HUIFANG = replace(settings.HUIFANG, sms_url="https://sms.example.com")
    page = client_of("agent").get("/messages/").content.decode()
    assert "没有设置短信网关" not in page
    assert "还没有发过短信" in page


def test_call_timeline_and_board_show_a_message_that_was_sent(client_of, message, world):
    row = message()
    client = client_of("agent")
    assert f"/messages/#m{row.pk}" in client.get(f"/calls/{world.call.pk}/").content.decode()

    def board():
        endings = board_now(Reach(True), now())["endings"]
        return next(one["texted"] for one in endings if one["id"] == str(world.call.pk))

    assert board() is True
    Message.objects.update(state="unknown")
    assert board() is False


def test_a_rule_is_previewed_as_the_customer_would_read_it(client_of, settings, world):
    settings.HUIFANG = replace(settings.HUIFANG, sms_sender="花颜美妆")
    form = {
        "name": "谢",
        "lowest": 5,
        "highest": 5,
        "purpose": "marketing",
        "message": "{customer.salutation}，新品到店",
    }
    page = client_of("supervisor").post("/tunes/rules/new/", {**form, "preview": "1"}).content.decode()
    assert "【花颜美妆】欧阳女士，新品到店。拒收请回复R" in page
    assert "按 1 条计费" in page
    saved = client_of("supervisor").post("/tunes/rules/new/", {**form, "is_active": "on"})
    assert saved.status_code == 302
    listed = client_of("supervisor").get("/tunes/").content.decode()
    assert "新品到店" in listed


@pytest.mark.parametrize(("arrived", "state"), [("yes", "sent"), ("no", "failed")])
def test_a_supervisor_says_what_became_of_one_that_nobody_knew_of(client_of, message, arrived, state):
    row = message(state="unknown", reason="ReadTimeout")
    address = f"/messages/{row.pk}/verify/"
    assert address in client_of("supervisor").get("/messages/").content.decode()
    assert address not in client_of("agent").get("/messages/").content.decode()
    assert client_of("supervisor").post(address, {"arrived": arrived}).status_code == 302
    row.refresh_from_db()
    assert row.state == state
    assert CustomerEvent.objects.get(kind=f"message.{state}").acting_user.username == "supervisor"
    assert client_of("supervisor").post(address, {"arrived": "yes"}).status_code == 409


def test_words_that_tell_a_rating_are_read_by_leads_and_by_whoever_has_the_call_in_hand(
    client_of, message, world
):
    message(attempt=world.doubtful.pk, text="【花颜】非常抱歉。")
    message(attempt=world.doubtful.pk, text="【花颜】请点链接：{link}", cause="link")
    assert "非常抱歉" in client_of("supervisor").get("/messages/").content.decode()
    page = client_of("agent").get("/messages/").content.decode()
    assert "非常抱歉" not in page
    assert "请点链接：[链接]" in page
