"""The softphone's pages: going online, and who is ringing."""

from __future__ import annotations

from uuid import uuid4

import pytest

from huifang.clock import now
from huifang.followups.models import Attempt, AttemptEvent
from huifang.people.models import AuditEntry, Softphone
from huifang.people.softphones import go_online
from huifang.promises.models import CouponBudget

from .world import World, add_call


def test_an_offer_goes_in_and_the_answer_comes_out(world, client_of):
    client = client_of("agent")
    key = client.post("/softphone/line/", {"offer": "v=0\r\n"}).json()["key"]
    assert client.get(f"/softphone/line/?key={key}").json() == {"state": "waiting", "answer": ""}
    Softphone.objects.update(state="connecting", answer="v=0 answer")
    assert client.get(f"/softphone/line/?key={key}").json() == {"state": "connecting", "answer": "v=0 answer"}
    assert client_of("other_agent").get(f"/softphone/line/?key={key}").status_code == 404
    assert client.get(f"/softphone/line/?key={uuid4()}").status_code == 404
    assert AuditEntry.objects.get(action="softphone.go_online").acting_user == world.users["agent"]


def test_nonsense_is_answered_with_a_sentence_not_a_crash(world, client_of):
    client = client_of("agent")
    for offer in ("", "hello", "v=0" + "x" * 30_000):
        reply = client.post("/softphone/line/", {"offer": offer})
        assert reply.status_code == 400
        assert "软电话" in reply.content.decode()
    assert client.get("/softphone/line/?key=1").status_code == 400
    assert not Softphone.objects.exists()


def test_the_card_says_who_it_is_and_where_to_read_on(world, client_of):
    card = client_of("agent").get(f"/softphone/calls/{world.call.pk}/").json()
    assert card == {
        "name": "李女士",
        "number": "138****5678",
        "store": "静安店",
        "plan": "首单后3天回访",
        "reason": card["reason"],
        "customer_url": f"/customers/{world.customer.pk}/",
        "call_url": f"/calls/{world.call.pk}/",
        "calls": [],
        "tickets": [
            {
                "title": "李女士打了2分",
                "owner": "小王",
                "due": card["tickets"][0]["due"],
                "url": f"/tickets/{world.ticket.pk}/",
            }
        ],
    }


def ring(world: World) -> Attempt:
    """The customer of an earlier call is on the line again, and talks."""
    return add_call(world.customer, world.plan, world.script, world.trunk, now(), state="talking")


def answers(world: World, call: Attempt, name: str = "agent") -> None:
    """That member of staff has the customer on the softphone."""
    phone = go_online(user=world.users[name], offer="v=0", now=now())
    Softphone.objects.filter(pk=phone.pk).update(state="talking", attempt=call.pk)


def hears(call: Attempt, seq: int, text: str, **read: object) -> None:
    data = {"text": text, "key": "", "intent": "complaint", "emotion": "", "category": "", **read}
    AttemptEvent.objects.create(attempt=call, seq=seq, kind="heard", at=now(), data=data)


def test_the_card_tells_what_was_before(world, client_of):
    call = ring(world)
    answers(world, call)
    card = client_of("agent").get(f"/softphone/calls/{call.pk}/").json()
    [earlier] = card["calls"]
    assert (earlier["plan"], earlier["score"], earlier["url"]) == (
        "首单后3天回访",
        2,
        f"/calls/{world.call.pk}/",
    )
    answers(world, call, "other_agent")
    elsewhere = client_of("other_agent").get(f"/softphone/calls/{call.pk}/").json()
    assert elsewhere["calls"] == [{**earlier, "url": ""}]
    assert [ticket["url"] for ticket in elsewhere["tickets"]] == [""]


def test_an_angry_customer_is_shown_with_what_to_say_and_what_may_help(world, client_of):
    call, client = ring(world), client_of("agent")
    answers(world, call)
    address = f"/softphone/calls/{call.pk}/live/"
    calm = client.get(address).json()
    assert (calm["mood"], calm["soothing"], calm["problem"], calm["offers"], calm["wants_expert"]) == (
        None, [], "", [], False,
    )  # fmt: skip
    robot = "您说的我都听明白了，碰上这种事谁都会生气，先跟您说声对不起。"
    AttemptEvent.objects.create(
        attempt=call, seq=2, kind="said", at=now(), data={"text": robot, "step": "empathy"}
    )
    hears(
        call, 3, "你们几点开门都说不清楚，太过分了", emotion="angry", emotion_confidence=0.82, category="service",
        by="agent_part", voice_emotion="agitated", voice_confidence=0.4,
        voice={"level_db": -14.0, "rate": 6.0, "pitch_hz": 290.0},
    )  # fmt: skip
    live = client.get(address).json()
    assert live["mood"] == {
        "code": "angry",
        "words": "愤怒",
        "sure": "82%",
        "voice": "语气激动",
        "said": "你们几点开门都说不清楚，太过分了",
    }
    assert (live["problem"], live["wants_expert"]) == ("服务态度", True)
    assert 2 <= len(live["soothing"]) <= 3
    assert robot not in live["soothing"]
    assert live["articles"] == [
        {"title": "营业时间", "answer": "早上十点到晚上九点半。", "source": "手册 第2页"}
    ]
    assert live["offers"] == [{"name": "新客30元券", "left": 19}]
    others = client.get(address + "?again=1").json()["soothing"]
    assert others
    assert not set(others) & set(live["soothing"])
    for seq in (4, 5):
        hears(call, seq, "哦这样啊", intent="free")
    assert client.get(address).json()["mood"] is None


def test_a_coupon_of_an_empty_budget_is_not_suggested(world, client_of):
    call = ring(world)
    answers(world, call)
    CouponBudget.objects.update(used=20)
    hears(call, 2, "也太贵了吧", emotion="disappointed", category="price")
    assert client_of("agent").get(f"/softphone/calls/{call.pk}/live/").json()["offers"] == []


def test_asking_for_other_sentences_without_end_is_refused(world, client_of):
    address = f"/softphone/calls/{world.call.pk}/live/"
    for again in ("-1", "x", "100", "²"):
        assert client_of("agent").get(address, {"again": again}).status_code == 400


def test_a_customer_of_another_store_is_known_while_they_ring_and_only_to_whom_they_ring(world, client_of):
    address = f"/softphone/calls/{world.call.pk}/"
    client = client_of("other_agent")
    assert client.get(address).status_code == 404
    phone = go_online(user=world.users["other_agent"], offer="v=0", now=now())
    assert client.get(address).status_code == 404
    Softphone.objects.filter(pk=phone.pk).update(state="ringing", attempt=world.call.pk)
    card = client.get(address).json()
    assert (card["name"], card["number"], card["customer_url"], card["call_url"]) == (
        "李女士", "138****5678", "", "",
    )  # fmt: skip
    assert client.get(f"/softphone/calls/{world.doubtful.pk}/").status_code == 404
    Softphone.objects.filter(pk=phone.pk).update(state="ready", attempt=None)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["agent", "supervisor", "store_supervisor"])
def test_the_frame_leads_those_who_take_calls_to_the_softphone(world, client_of, name):
    assert 'href="/softphone/"' in client_of(name).get("/customers/").content.decode()


def test_administrators_take_no_calls(world, client_of):
    assert 'href="/softphone/"' not in client_of("admin").get("/customers/").content.decode()


def test_signing_out_takes_the_phone_offline(world, client_of):
    client = client_of("agent")
    client.post("/softphone/line/", {"offer": "v=0"})
    client.post("/logout/")
    assert Softphone.objects.get().state == "offline"
    assert AuditEntry.objects.filter(action="softphone.go_offline").count() == 1
