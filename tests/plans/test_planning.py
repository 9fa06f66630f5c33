from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from huifang.customers.consents import record_refusal
from huifang.customers.models import ContactPoint, Customer, CustomerFacts
from huifang.customers.phones import blind_index, seal
from huifang.errors import Conflict
from huifang.followups.models import FollowUp, Script
from huifang.followups.publishing import publish_script, shipped_scripts
from huifang.people.audit import system_user
from huifang.people.models import AuditEntry
from huifang.plans.document import PlanInvalid, read_plan
from huifang.plans.models import Enrollment, Plan
from huifang.plans.planning import plan_due
from huifang.plans.shipped import SHIPPED, publish_shipped

NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Shanghai


def person(days: float = 3, orders: int = 1, number: str = "", **facts) -> Customer:
    count = Customer.objects.count()
    made = Customer.objects.create(name=f"客户{count}", created_at=NOW, updated_at=NOW)
    e164 = f"+8613800{count:06d}"
    ContactPoint.objects.create(customer=made, sealed=seal(e164), index=blind_index(e164), masked="x")
    at = NOW - timedelta(days=days)
    CustomerFacts.objects.create(
        customer=made,
        **{
            "order_count": orders,
            "first_order_at": at if orders == 1 else NOW - timedelta(days=400),
            "last_order_at": at,
            "first_product": "玫瑰保湿面霜",
            "last_product": "修护精华",
            **facts,
        },
    )
    return made


@pytest.fixture
def shipped(db):
    return publish_shipped(now=NOW)


def plan(now=NOW):
    return plan_due(now=now, acting_user=system_user())


def test_three_days_after_the_first_order_a_follow_up_is_due_with_its_reason(shipped):
    customer = person(days=3)
    assert plan()["plans"]["first-order-3d"] == {"due": 1, "skipped": 0}
    followup = FollowUp.objects.get()
    assert (followup.state, followup.plan_name, followup.customer) == ("due", "首单后3天回访", customer)
    assert followup.facts == {"order.product": "玫瑰保湿面霜"}
    assert followup.reason == {
        "code": "first_order",
        "anchor": "2026-09-12",
        "days": 3,
        "product": "玫瑰保湿面霜",
        "last": "2026-09-17",
    }
    assert followup.expires_at == datetime(2026, 9, 17, 13, 0, tzinfo=UTC)
    assert followup.script == Script.objects.get(slug="first_order_3d", version=1)
    assert followup.verdict["allowed"] is True
    assert AuditEntry.objects.filter(action="plans.plan_due").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "due"), [(2, 0), (3, 1), (4, 1), (5, 1), (6, 0)])
def test_only_inside_the_window(shipped, days, due):
    person(days=days)
    assert plan()["due"] == due


@pytest.mark.parametrize(
    ("days", "orders", "due"), [(59, 2, 0), (60, 2, 1), (67, 2, 1), (68, 2, 0), (60, 1, 0)]
)
def test_dormant_means_two_orders_and_sixty_days(shipped, days, orders, due):
    person(days=days, orders=orders)
    assert plan()["due"] == due


def test_planning_twice_creates_nothing_twice(shipped):
    for _ in range(5):
        person()
    assert plan()["due"] == 5
    assert plan(NOW + timedelta(hours=1)) == {
        "due": 0,
        "skipped": 0,
        "plans": {slug: {"due": 0, "skipped": 0} for slug in ("dormant-60d", "first-order-3d")},
    }
    assert (FollowUp.objects.count(), Enrollment.objects.count()) == (5, 5)


def test_a_new_occurrence_is_a_new_follow_up(shipped):
    customer = person(days=60, orders=2)
    plan()
    CustomerFacts.objects.filter(customer=customer).update(last_order_at=NOW + timedelta(days=2))
    assert plan(NOW + timedelta(days=62))["due"] == 1
    assert FollowUp.objects.count() == 2


def test_whoever_may_not_be_contacted_is_skipped_with_the_reason(shipped):
    refused, unreachable = person(), person()
    record_refusal(refused.pk, at=NOW, source="import", evidence="file")
    ContactPoint.objects.filter(customer=unreachable).delete()
    assert plan()["plans"]["first-order-3d"] == {"due": 0, "skipped": 2}
    for customer, rule in ((refused, "do_not_call"), (unreachable, "reachable")):
        followup = FollowUp.objects.get(customer=customer)
        assert followup.state == "skipped"
        assert rule in [r["name"] for r in followup.verdict["rules"] if not r["passed"]]


def test_planned_at_night_it_waits_for_the_morning(shipped):
    person(days=3)
    assert plan(NOW.replace(hour=14))["due"] == 1  # 22:00 in Shanghai
    assert FollowUp.objects.get().due_at == datetime(2026, 9, 16, 1, 0, tzinfo=UTC)


def test_a_plan_that_is_switched_off_plans_nothing(shipped):
    person()
    Plan.objects.update(is_active=False)
    assert plan()["plans"] == {}
    publish_shipped(now=NOW)
    assert not Plan.objects.filter(is_active=True).exists()


def test_publishing_again_changes_nothing_and_a_change_is_a_new_version(shipped):
    before = list(Script.objects.values_list("slug", "version"))
    publish_shipped(now=NOW + timedelta(days=1))
    assert list(Script.objects.values_list("slug", "version")) == before
    changed = {**shipped_scripts()[0], "name": "新名字"}
    script = publish_script(changed, acting_user=system_user(), now=NOW)
    assert (script.version, script.document["version"]) == (2, 2)
    assert Script.objects.get(slug=script.slug, version=1).name != "新名字"


def test_the_newest_script_is_pinned(shipped):
    publish_script(
        {**next(s for s in shipped_scripts() if s["id"] == "first_order_3d"), "name": "新"},
        acting_user=system_user(),
        now=NOW,
    )
    person()
    plan()
    assert FollowUp.objects.get().script.version == 2


def test_without_its_script_a_plan_says_so(shipped):
    Script.objects.all().delete()
    with pytest.raises(Conflict):
        plan()


@pytest.mark.parametrize(
    "fault",
    [{"anchor": "password"}, {"due_after_days": -1}, {"due_within_days": True}, {"facts": {"x": "name"}}],
)
def test_a_plan_with_a_fault_is_refused(fault):
    with pytest.raises(PlanInvalid):
        read_plan("p", {**SHIPPED[0]["document"], **fault})


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_a_time_create_nothing_twice():
    publish_shipped(now=NOW)
    for _ in range(30):
        person()
    system_user()
    results, faults = [], []

    def work():
        try:
            results.append(plan()["due"])
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sum(results) == FollowUp.objects.count() == 30
