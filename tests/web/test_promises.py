"""承诺台账: what is owed, what is late, what became of it; and the budgets of coupons."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

from django.test import Client

from huifang.clock import now
from huifang.promises.models import CouponBudget, Promise


def text_of(client: Client, path: str = "/promises/", **data: str) -> str:
    reply = client.get(path, data)
    assert reply.status_code == 200, path
    return unescape(reply.content.decode())


def test_a_late_promise_is_red_and_named_first(world, client_of):
    assert 'class="bad"' not in text_of(client_of("agent"))
    Promise.objects.update(due_at=now() - timedelta(minutes=1))
    page = text_of(client_of("agent"))
    assert 'class="overdue"' in page
    assert "有 1 项承诺已超时" in page


def test_filters_find_by_kind_store_owner_and_lateness(world, client_of):
    client = client_of("supervisor")
    said = "好的，我帮您登记换货。"
    assert said in text_of(client, kind="exchange", store=str(world.store.pk))
    assert said not in text_of(client, kind="coupon")
    assert said not in text_of(client, store=str(world.other_store.pk))
    assert said not in text_of(client, overdue="1")
    assert said not in text_of(client, mine="1")
    assert said in text_of(client_of("agent"), mine="1")
    assert said in text_of(client, kind="exchange", state="nonsense")


def test_the_other_store_sees_nothing_of_it(world, client_of):
    assert "好的，我帮您登记换货。" not in text_of(client_of("other_agent"), store=str(world.store.pk))


def test_the_evidence_leads_to_the_place_in_the_recording(world, client_of):
    page = text_of(client_of("agent"), f"/promises/{world.promise.pk}/")
    assert f"/calls/{world.call.pk}/#t=2400" in page
    assert "我想换个尺码" in page
    assert "退换货" in text_of(client_of("agent"), f"/calls/{world.call.pk}/")


def test_settling_shows_what_was_done_and_ends_it(world, client_of):
    client = client_of("agent")
    path = f"/promises/{world.promise.pk}/"
    answer = client.post(path + "settle/", {"state": "broken", "note": ""}, follow=True)
    assert "请先写明处理情况" in unescape(answer.content.decode())
    client.post(path + "settle/", {"state": "broken", "note": "这个尺码停产了"})
    page = text_of(client, path)
    assert "这个尺码停产了" in page
    assert "未兑现" in page
    assert "好的，我帮您登记换货。" in text_of(client, state="broken")


def test_a_refused_promise_says_why(world, client_of):
    Promise.objects.update(
        state="refused", objection="unlisted", kind="refund", ticket=None, settled_at=now()
    )
    page = text_of(client_of("agent"), f"/promises/{world.promise.pk}/")
    assert "不允许作这种承诺" in page
    assert "refund" in text_of(client_of("agent"), state="refused")


def test_a_budget_is_made_and_its_faults_are_said(world, client_of):
    client = client_of("supervisor")
    wrong = {"name": "券", "promotion": "新客", "total": "-1"}
    answer = client.post("/promises/budgets/new/", wrong)
    assert answer.status_code == 400
    assert "只能用小写字母、数字" in unescape(answer.content.decode())
    answer = client.post("/promises/budgets/new/", {"name": "券", "promotion": "new30", "total": "5"})
    assert "已有这项活动的额度" in unescape(answer.content.decode())
    fields = {
        "name": "静安券",
        "promotion": "new30",
        "total": "5",
        "store": world.store.pk,
        "is_active": "on",
    }
    assert client.post("/promises/budgets/new/", fields).status_code == 302
    page = text_of(client, "/promises/budgets/")
    assert "静安券" in page
    assert "1 / 20" in page
    assert CouponBudget.objects.count() == 2
