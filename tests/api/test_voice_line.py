from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from huifang import clock
from huifang.customers.models import ContactPoint, Customer
from huifang.customers.phones import blind_index, seal
from huifang.followups.models import Attempt, Conversation, FollowUp, Script, Turn
from huifang.followups.trunks import save_trunk
from huifang.knowledge.actions import Content, save_article
from huifang.knowledge.editions import edition_for
from huifang.logic.knowledge import edition_of, from_json
from huifang.logic.voice_line import claim_answer_from_json, order_from_json
from huifang.people.audit import system_user
from huifang.people.encryption import keyring

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
WAV = b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 200_000


@pytest.fixture
def node(monkeypatch):
    """A client with the service token; the clock stands at 10:00 on a working day."""
    import huifang.api.voice

    monkeypatch.setattr(huifang.api.voice, "now", lambda: NOW)
    return Client(headers={"authorization": f"Bearer {keyring().voice_token}"}, raise_request_exception=False)


@pytest.fixture
def order(node):
    save_trunk(name="virtual", host="127.0.0.1", port=5090, user="u", password="p", is_virtual=True)
    person = Customer.objects.create(name="王强", gender="male", created_at=NOW, updated_at=NOW)
    number = "+8613812345678"
    ContactPoint.objects.create(customer=person, sealed=seal(number), index=blind_index(number), masked="x")
    script = Script.objects.create(slug="s", version=1, name="s", document={"id": "s"}, published_at=NOW)
    FollowUp.objects.create(
        key="k",
        customer=person,
        plan="p",
        plan_name="p",
        script=script,
        purpose="care",
        due_at=NOW,
        expires_at=NOW + timedelta(days=1),
        created_at=NOW,
        updated_at=NOW,
    )
    reply = post(node, "claim", {"node": "n1", "free": 3, "active": [], "stats": {"cpu": 0.5}})
    assert reply.status_code == 200
    return order_from_json(reply.json()["orders"][0])


def post(client, path, body):
    return client.post(f"/api/voice/{path}", json.dumps(body), content_type="application/json")


def event(order, seq, kind, **data):
    return {
        "attempt_id": order.attempt_id,
        "fence": order.fence,
        "seq": seq,
        "kind": kind,
        "at": NOW.isoformat(),
        "data": data,
    }


def report(client, *events):
    return post(client, "events", {"node": "n1", "events": list(events)})


def test_an_order_travels_whole(order):
    assert (order.number, order.trunk.password, order.fence) == ("+8613812345678", "p", 1)
    assert order.facts["customer.salutation"] == "王先生"


def test_an_order_names_its_knowledge_and_the_call_shows_what_was_told(node, order):
    assert order.knowledge == ""  # nothing is known yet
    assert node.get(f"/api/voice/knowledge/{'0' * 32}").status_code == 404
    content = Content(title="营业时间", answer="十点到九点半。", questions=["几点关门"], source="手册 第2页")
    article, _ = save_article(content, acting_user=system_user(), now=NOW)
    name = edition_for(None, NOW)
    articles = node.get(f"/api/voice/knowledge/{name}").json()["articles"]
    assert edition_of(articles) == name
    assert [from_json(one) for one in articles] == [article.plain]
    FollowUp.objects.update(state="due")
    Attempt.objects.update(state="ended")
    again = post(node, "claim", {"node": "n2", "free": 3, "active": [], "stats": {}}).json()["orders"]
    assert [one["knowledge"] for one in again] == [name]
    said = {"text": "十点到九点半。", "step": "knowledge", "start_ms": 0, "end_ms": 900}
    told = order_from_json(again[0])
    events = [
        event(told, 1, "dialling"),
        event(told, 2, "answered"),
        event(told, 3, "said", **said, article=article.code, article_version=1),
        event(told, 4, "said", **{**said, "text": "别的。"}),
    ]
    assert post(node, "events", {"node": "n2", "events": events}).json() == {"refused": []}
    turns = Turn.objects.order_by("seq").values_list("article", "article_version")
    assert list(turns) == [(article.code, 1), ("", None)]


def test_every_node_hears_of_the_trunks_to_register_with_and_of_the_hosts_that_may_call(node):
    for name, active in (("one", True), ("two", False)):
        trunk = save_trunk(name=name, host=f"127.0.0.{len(name)}", port=5090, user=name, is_virtual=True)
        trunk.register, trunk.is_active, trunk.codecs = name == "one", active, ["PCMU"]
        trunk.save()
    answer = claim_answer_from_json(post(node, "claim", {"node": "n1", "free": 0, "colour": 1}).json())
    assert [(t.name, t.user, t.register, t.codecs) for t in answer.trunks] == [("one", "one", True, ["PCMU"])]
    assert answer.peers == ["127.0.0.3"]


def test_events_are_stored_and_stale_ones_named(node, order):
    reply = report(node, event(order, 1, "dialling"), event(order, 2, "answered"))
    assert (reply.status_code, reply.json()) == (200, {"refused": []})
    assert Attempt.objects.get().state == "talking"
    stale = {**event(order, 3, "ended"), "fence": 9}
    assert report(node, stale).json() == {"refused": [order.attempt_id]}


def test_text_that_no_database_keeps_does_not_block_the_stream(node, order):
    reply = report(
        node,
        event(order, 1, "dialling"),
        event(order, 2, "heard", text="a\0b\ud800", confidence=float("nan")),
    )
    assert reply.status_code == 200
    turn = Conversation.objects.get().turns.get()
    assert (turn.text, turn.confidence) == ("ab?", None)


def test_a_recording_is_stored_whole_and_can_be_sent_again(node, order, settings, tmp_path):
    from dataclasses import replace

    settings.HUIFANG = replace(settings.HUIFANG, home=tmp_path)
    path = f"/api/voice/recordings/{order.attempt_id}"
    assert node.put(path, WAV, content_type="audio/wav").status_code == 409  # nobody has dialled yet
    report(node, event(order, 1, "dialling"), event(order, 2, "answered"))
    assert node.put(path, b"<html>", content_type="audio/wav").json()["code"] == "RecordingUnusable"
    for content in (WAV, WAV + b"more"):
        reply = node.put(path, content, content_type="audio/wav")
        assert reply.json() == {"path": f"2026/09/{order.attempt_id}.wav"}
        assert (tmp_path / "recordings" / reply.json()["path"]).read_bytes() == content
    assert [p.name for p in (tmp_path / "recordings/2026/09").iterdir()] == [f"{order.attempt_id}.wav"]
    assert Conversation.objects.get().recording == f"2026/09/{order.attempt_id}.wav"


def test_a_recording_that_overtakes_its_call_s_events_is_kept(node, order, settings, tmp_path):
    from dataclasses import replace

    settings.HUIFANG = replace(settings.HUIFANG, home=tmp_path)
    report(node, event(order, 1, "dialling"))
    path = f"/api/voice/recordings/{order.attempt_id}"
    assert node.put(path, WAV, content_type="audio/wav").status_code == 200
    answered = {**event(order, 2, "answered"), "at": (NOW + timedelta(seconds=9)).isoformat()}
    report(node, answered, event(order, 3, "recording", seconds=4.5))
    talk = Conversation.objects.get()
    assert (talk.started_at, talk.recording_seconds) == (NOW + timedelta(seconds=9), 4.5)
    assert talk.recording


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer wrong", "Bearer ünicode", "Basic eDp5"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "claim"), ("POST", "events"), ("PUT", "recordings/00000000000000000000000000000000")],
)
def test_without_the_token_nothing_is_told(token, method, path):
    reply = Client().generic(
        method, f"/api/voice/{path}", "{}", content_type="application/json", headers={"authorization": token}
    )
    assert (reply.status_code, reply.json()["code"]) == (401, "TokenInvalid")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"node": "n1"}',
        b'{"node": "n1", "free": -1}',
        b'{"node": "../etc", "free": 1}',
        b'{"node": "n1", "free": 1, "active": ["x"]}',
        b'{"node": "n1", "free": 1e400}',
    ],
)
def test_a_claim_that_does_not_fit_is_answered_with_one_clear_line(node, body):
    reply = node.post("/api/voice/claim", body, content_type="application/json")
    assert reply.status_code in (400, 422)
    assert set(reply.json()) == {"code", "message"}
    assert "Traceback" not in reply.content.decode()


@pytest.mark.parametrize(
    "fault",
    [
        {"seq": 0},
        {"seq": 2**40},
        {"kind": "sang"},
        {"at": "2026-09-15T10:00:00"},
        {"at": "yesterday"},
        {"attempt_id": "../../x"},
        {"data": []},
        {"fence": None},
    ],
)
def test_an_event_that_does_not_fit_stores_nothing(node, order, fault):
    reply = report(node, event(order, 1, "dialling"), {**event(order, 2, "ringing"), **fault})
    assert reply.status_code == 422
    assert Attempt.objects.get().state == "claimed"


def test_too_much_at_once_is_refused(node):
    assert (
        node.post("/api/voice/events", b"x" * 3_000_000, content_type="application/json").status_code == 413
    )


def test_a_fault_of_ours_is_logged_and_not_shown(node, monkeypatch):
    import huifang.api.voice

    def broken(**_):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(huifang.api.voice, "claim_orders", broken)
    reply = post(node, "claim", {"node": "n1", "free": 1})
    assert (reply.status_code, reply.json()["code"]) == (500, "Fault")
    assert "secret" not in reply.content.decode()


def test_the_real_clock_is_the_default():
    import huifang.api.voice

    assert huifang.api.voice.now is clock.now


def test_a_node_gets_an_uploaded_tune_by_its_key_and_nothing_else(node, django_user_model):
    from huifang.endings.models import Tune

    admin = django_user_model.objects.create(username="a", role="admin")
    key = "ab" * 20
    Tune.objects.create(
        key=key, name="x", alaw=b"\xd5" * 16_000, seconds=2, file_name="x", uploaded_by=admin, uploaded_at=NOW,
        is_retired=True,  # a call that was handed out before may still play it
    )  # fmt: skip
    reply = node.get(f"/api/voice/tunes/{key}")
    assert (reply.status_code, reply.content) == (200, b"\xd5" * 16_000)
    assert node.get(f"/api/voice/tunes/{'cd' * 20}").status_code == 404
    assert node.get("/api/voice/tunes/rain").status_code == 422
    assert Client().get(f"/api/voice/tunes/{key}").status_code == 401
