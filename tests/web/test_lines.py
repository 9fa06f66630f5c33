"""线路: what trunks and nodes do now, their settings, and doubtful calls settled from the list."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from huifang.clock import now
from huifang.followups.models import Attempt, FollowUp, InboundNumber, Trunk, VoiceNode
from huifang.followups.reporting import take_events
from huifang.followups.trunks import password_of
from huifang.logic.voice_line import Event, EventKind
from huifang.people.models import AuditEntry
from web.test_authorisation import TRUNK
from web.world import add_call


def text_of(client: Client, path: str = "/lines/", **data: str) -> str:
    reply = client.get(path, data)
    assert reply.status_code == 200, path
    return unescape(reply.content.decode())


def calls_on(world, *ends, state="ended", **more):
    """Calls of the last minutes on the world's trunk, each with its cause."""
    for n, cause in enumerate(ends):
        at = now() - timedelta(seconds=60 + n)
        call = add_call(world.customer, world.plan, world.script, world.trunk, at, state=state, cause=cause)
        Attempt.objects.filter(pk=call.pk).update(settled_at=at, **more)


# ---- live state


def test_a_trunk_shows_its_load_its_answers_and_its_failures(world, client_of):
    calls_on(world, "talking", "talking", state="talking")
    calls_on(world, "network", "trunk_refused", "trunk_refused", sip_status=503)
    calls_on(world, "busy")
    page = text_of(client_of("supervisor"))
    assert '<progress max="60" value="2"' in page
    # Of five that ended, one (the world's own) was answered.
    assert "呼出 5 通，接通率 20%" in page
    assert "503×3" in page


def test_a_paused_trunk_says_until_when_and_a_trial_that_it_is_one(world, client_of):
    Trunk.objects.update(breaker_since=now(), breaker_until=now() + timedelta(minutes=2))
    assert "故障过多" in text_of(client_of("supervisor"))
    Trunk.objects.update(breaker_until=now() - timedelta(seconds=1))
    assert "正在逐通试拨" in text_of(client_of("supervisor"))


def test_why_a_trunk_is_not_used_is_said(world, client_of):
    Trunk.objects.update(host="sip.example.net")
    assert "虚拟线路指向本机之外" in text_of(client_of("supervisor"))
    Trunk.objects.update(is_active=False)
    assert "已停用" in text_of(client_of("supervisor"))


def test_nodes_tell_their_seats_their_alerts_and_where_they_are_registered(world, client_of):
    Trunk.objects.update(register=True, user="u")
    stats = {
        "seats": 60, "active": 7, "late_share": 0.0123, "busy_share": 0.4, "hears": True,
        "alerts": [{"code": "disk_full", "since": "2026-11-26T02:00:00+00:00"}],
        "trunks": {"虚拟线路": {"registered": True, "status": 200, "since": "2026-11-26T02:00:00+00:00"}},
    }  # fmt: skip
    VoiceNode.objects.update(seen_at=now(), stats=stats)
    VoiceNode.objects.create(
        name="node-2", seen_at=now(), stats={"trunks": {"虚拟线路": {"registered": False, "status": 403}}}
    )
    VoiceNode.objects.create(name="node-old", seen_at=now() - timedelta(days=2))
    page = text_of(client_of("supervisor"))
    assert "磁盘已满" in page
    assert "1.23%" in page
    assert 'data-lamp="on"><i></i><b>node-1</b>' in page
    assert "node-2 · 403" in page
    assert "node-old" not in page


@pytest.mark.parametrize(
    "stats",
    [
        {"alerts": "x", "trunks": 5, "seats": "many", "late_share": None},
        {"alerts": [5, None, {}, {"code": ["x"]}], "trunks": {"虚拟线路": "yes"}, "seats": True},
        {"alerts": {"a": 1}, "trunks": {"虚拟线路": {"registered": "yes", "status": "<b>"}}, "seats": -1},
    ],
)
def test_whatever_a_node_tells_the_page_is_shown(world, client_of, stats):
    Trunk.objects.update(register=True, user="u")
    VoiceNode.objects.update(seen_at=now(), stats=stats)
    assert "node-1" in text_of(client_of("supervisor"))


def test_a_node_that_hears_only_this_machine_is_named_where_a_real_line_is_in_use(world, client_of):
    VoiceNode.objects.update(stats={"sip_host": "127.0.0.1"})
    assert "HUIFANG_SIP_HOST" not in text_of(client_of("supervisor"))
    Trunk.objects.update(is_virtual=False, host="sip.example.net")
    assert "HUIFANG_SIP_HOST" in text_of(client_of("supervisor"))


def test_customers_who_found_nobody_are_counted(world, client_of):
    at = now()
    Attempt.objects.filter(pk=world.call.pk).update(agent_wanted_at=at)
    assert "今日转人工 1 次，1 次无人接" in text_of(client_of("supervisor"))
    Attempt.objects.filter(pk=world.call.pk).update(bridged_at=at)
    assert "今日转人工 1 次，0 次无人接" in text_of(client_of("supervisor"))


def test_the_live_part_comes_alone(world, client_of):
    part = text_of(client_of("supervisor"), "/lines/live/")
    assert "虚拟线路" in part
    assert "<html" not in part


def test_an_empty_installation_says_what_to_do(world, client_of):
    Attempt.objects.update(trunk=None)
    Trunk.objects.all().delete()
    VoiceNode.objects.all().delete()
    InboundNumber.objects.all().delete()
    Attempt.objects.filter(pk=world.doubtful.pk).update(state="ended")
    page = text_of(client_of("admin"))
    for words in ("向运营商申请一条 SIP 中继", "没有语音节点上线", "没有待核实的通话", "来电导航"):
        assert words in page


# ---- settings


def test_an_admin_makes_a_line_and_its_password_is_never_shown(world, client_of):
    client = client_of("admin")
    form = {
        **TRUNK,
        "user": "u1",
        "password": "s3cret-pw",
        "caller_ids": "02166668888，02166669999\n13800000000",
    }
    assert client.post("/lines/trunks/new/", {**form, "is_active": "on", "register": "on"}).status_code == 302
    trunk = Trunk.objects.get(name="中继")
    assert (trunk.register, trunk.is_virtual, trunk.calls_per_s) == (True, False, None)
    assert trunk.caller_ids == ["02166668888", "02166669999", "13800000000"]
    assert password_of(trunk) == "s3cret-pw"
    page = text_of(client, f"/lines/trunks/{trunk.pk}/")
    assert "s3cret-pw" not in page
    assert "已保存密码" in page
    client.post(f"/lines/trunks/{trunk.pk}/", {**form, "password": "", "calls_per_s": "2.5"})
    trunk.refresh_from_db()
    assert (password_of(trunk), trunk.calls_per_s, trunk.is_active) == ("s3cret-pw", 2.5, False)
    client.post(f"/lines/trunks/{trunk.pk}/", {**form, "password": "", "no_password": "on"})
    trunk.refresh_from_db()
    assert password_of(trunk) == ""
    entries = AuditEntry.objects.filter(object_type="Trunk", acting_user=world.users["admin"])
    assert [e.action for e in entries.order_by("id")] == [
        "followups.create_trunk",
        "followups.change_trunk",
        "followups.change_trunk",
    ]
    assert "s3cret" not in str([e.data for e in entries])


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("host", "a b", "主机应为域名"),
        ("port", "70000", "端口应为"),
        ("port", "x", "整数"),
        ("max_calls", "0", "并发数应为"),
        ("prefixes", "86", "号段应为"),
        ("caller_ids", "call me", "外显号码应为"),
        ("calls_per_s", "nan", "数字"),
        ("name", "虚拟线路", "名称已被占用"),
        ("register", "on", "需要注册时必须填写账号"),
    ],
)
def test_what_is_not_usable_comes_back_with_a_sentence_and_all_that_was_typed(
    world, client_of, field, value, words
):
    reply = client_of("admin").post("/lines/trunks/new/", {**TRUNK, "note": "x", field: value})
    assert reply.status_code == 400
    page = unescape(reply.content.decode())
    assert words in page
    assert 'value="sip.example.net"' in page or field == "host"
    assert Trunk.objects.count() == 1


def test_the_line_of_the_settings_says_so(world, client_of):
    Trunk.objects.update(name="sip")
    assert "HUIFANG_TRUNK" in text_of(client_of("admin"), f"/lines/trunks/{world.trunk.pk}/")


def test_numbers_are_entered_changed_and_removed(world, client_of):
    client = client_of("admin")
    entry = {"number": "021-5555 0000", "script": "first-order", "store": world.store.pk, "is_active": "on"}
    assert client.post("/lines/numbers/new/", entry).status_code == 302
    number = InboundNumber.objects.get(number="+862155550000")
    assert "+862155550000" in text_of(client)
    assert client.post("/lines/numbers/new/", entry).status_code == 400
    assert client.post(f"/lines/numbers/{number.pk}/", {**entry, "script": "nothing"}).status_code == 400
    assert client.post(f"/lines/numbers/{number.pk}/", {"remove": "yes"}).status_code == 302
    assert not InboundNumber.objects.filter(pk=number.pk).exists()


# ---- in doubt


@pytest.mark.parametrize(
    ("finding", "state"), [("reached", "done"), ("not_reached", "due"), ("not_dialled", "due")]
)
def test_one_click_settles_one_call(world, client_of, finding, state):
    FollowUp.objects.update(expires_at=now() + timedelta(days=9))
    world.promise.delete()
    world.ticket.delete()  # an open complaint would come first
    client = client_of("supervisor")
    reply = client.post("/lines/verify/", {"one": f"{world.doubtful.pk} {finding}"}, follow=True)
    assert "已处理 1 通" in reply.content.decode()
    assert Attempt.objects.get(pk=world.doubtful.pk).outcome == finding
    assert FollowUp.objects.get(pk=world.doubtful.followup_id).state == state
    again = client.post("/lines/verify/", {"one": f"{world.doubtful.pk} {finding}"}, follow=True)
    assert "没有可处理的通话" in again.content.decode()


def test_ticked_calls_are_settled_together_and_nobody_else_s(world, client_of):
    at = now()
    mine = [
        add_call(
            world.customer, world.plan, world.script, world.trunk, at - timedelta(minutes=n), state="in_doubt"
        )
        for n in (20, 30)
    ]
    theirs = add_call(world.elsewhere, world.plan, world.script, world.trunk, at, state="in_doubt")
    form = {"call": [str(call.pk) for call in (*mine, theirs)], "all": "not_reached"}
    assert (
        "选"
        in client_of("supervisor").post("/lines/verify/", {"all": "reached"}, follow=True).content.decode()
    )
    client_of("store_supervisor").post("/lines/verify/", form)
    states = dict(Attempt.objects.filter(outcome="not_reached").values_list("pk", "state"))
    assert states == {theirs.pk: "ended"}
    client_of("supervisor").post("/lines/verify/", form)
    assert Attempt.objects.filter(outcome="not_reached").count() == 3
    assert AuditEntry.objects.filter(action="followups.resolve_in_doubt").count() == 3


@pytest.mark.parametrize(
    "form", [{}, {"one": "x"}, {"one": "x reached"}, {"all": "maybe"}, {"call": "x", "all": "reached"}]
)
def test_a_form_that_is_none_is_refused(world, client_of, form):
    assert client_of("supervisor").post("/lines/verify/", form).status_code == 400


def test_a_node_that_comes_back_settles_its_doubt_by_its_journal(world, client_of):
    client = client_of("supervisor")
    assert str(world.doubtful.pk) in text_of(client)
    fence = world.doubtful.fence
    told = [
        Event(world.doubtful.pk.hex, fence, 2, EventKind.ANSWERED, now().isoformat()),
        Event(world.doubtful.pk.hex, fence, 3, EventKind.ENDED, now().isoformat(), {"cause": "completed", "outcome": "completed"}),
    ]  # fmt: skip
    assert take_events(node="node-1", events=told, now=now()) == []
    assert str(world.doubtful.pk) not in text_of(client)
    assert Attempt.objects.get(pk=world.doubtful.pk).state == "ended"
