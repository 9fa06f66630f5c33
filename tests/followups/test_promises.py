"""What is promised in a call: one row in the ledger each, with an owner, a due time and its evidence."""

from __future__ import annotations

import copy
import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huifang.customers.models import CustomerEvent
from huifang.demo.figures import summarise
from huifang.errors import Conflict
from huifang.followups import duties
from huifang.followups.claiming import claim_orders
from huifang.followups.models import Attempt
from huifang.people.models import AuditEntry
from huifang.promises.actions import follow_tickets, note_overdue, settle
from huifang.promises.budgets import BudgetSettings, BudgetUnusable, offers, save_budget
from huifang.promises.models import CouponBudget, Promise
from huifang.tickets.actions import resolve
from huifang.tickets.models import Ticket
from huifang.voice.pstn.log import FarSide
from huifang.work.handlers import find_handler
from huifang.work.schedule import RECURRING

from .conftest import NOW
from .test_reporting import Call, rate, send

pytestmark = pytest.mark.django_db

STEPS = [
    {"id": "offer", "kind": "offer", "promotion": "new30"},
    {"id": "swap", "kind": "promise", "promise": "exchange"},
]


@pytest.fixture
def call(followup, trunk, agent, script):
    script.document = {**script.document, "steps": STEPS}
    script.save()
    followup()
    (order,) = claim_orders(node="n1", free=1, active=[], now=NOW)
    return Call(order).answered()


@pytest.fixture
def budget(agent):
    return save_budget(BudgetSettings(promotion="new30", name="新客30元券", total=1), acting_user=agent)


def promise(kind, **data):
    return {"kind": kind, "text": f"好的，{kind}。", "due_at": None, "data": data}


def test_a_callback_counts_in_the_figures_of_a_run_though_it_shares_the_ticket_of_a_bad_score(call):
    call.send("answer", 10, **rate(1))
    call.send("promise", 20, **promise("callback"))
    call.send("ended", 30, cause="completed", outcome="completed", ending="very_dissatisfied", tune="waves")
    assert [ticket.cause for ticket in Ticket.objects.all()] == ["low_score"]
    figures = summarise(imported=0, error_rows=0, due=1, far_side=FarSide(), text_messages=0, seconds=0.0)
    assert (figures.tickets, figures.callbacks_promised) == (1, 1)


def test_a_promise_is_owed_by_somebody_with_a_date_and_its_evidence(call, agent):
    call.send("heard", 30, text="我想换个尺码", start_ms=26_000, end_ms=27_500)
    call.send("promise", 31, **promise("exchange"))
    call.send("said", 36, text="好的，exchange。", start_ms=28_400, end_ms=31_000)
    call.send("ended", 40, cause="completed", outcome="completed")
    row = Promise.objects.get()
    assert (row.state, row.kind, row.attempt) == ("open", "exchange", UUID(call.order.attempt_id))
    assert (row.heard, row.said, row.at_ms) == ("我想换个尺码", "好的，exchange。", 28_400)
    assert NOW < row.due_at <= NOW + timedelta(hours=25)
    assert (row.ticket.owner, row.ticket.cause) == (agent, "exchange")
    assert "我想换个尺码" in row.ticket.detail
    assert AuditEntry.objects.filter(action="promises.enter").count() == 1
    assert CustomerEvent.objects.filter(kind="promise.made").count() == 1


def test_words_that_were_cut_off_leave_the_moment_of_the_decision_as_evidence(call):
    call.send("promise", 31, **promise("exchange"))
    assert Promise.objects.get().at_ms == 28_000  # answered at the third second


def test_a_callback_is_owed_by_the_ticket_of_the_call(call):
    due = NOW + timedelta(hours=4, minutes=30)
    call.send("answer", 5, **rate(1))
    call.send("promise", 20, **{**promise("callback"), "due_at": due.isoformat()})
    call.send("ended", 30, cause="completed", outcome="completed")
    row = Promise.objects.get()
    assert row.due_at == due
    assert row.ticket == Ticket.objects.get()


@pytest.mark.parametrize(
    ("kind", "data", "objection"),
    [
        ("refund", {"amount": 1000}, "unknown"),
        ("information", {}, "unlisted"),
        ("coupon", {"promotion": "everything-free"}, "promotion"),
        ("coupon", {}, "promotion"),
    ],
)
def test_what_the_script_does_not_allow_is_refused_and_can_be_seen(call, budget, kind, data, objection):
    call.send("promise", 20, **promise(kind, **data))
    row = Promise.objects.get()
    assert (row.state, row.objection, row.ticket) == ("refused", objection, None)
    assert not Ticket.objects.exists()
    assert CouponBudget.objects.get().used == 0
    assert AuditEntry.objects.get(action="promises.refuse").data["objection"] == objection
    with pytest.raises(Conflict):
        settle(row.pk, state="kept", note="x", acting_user=row.customer.store.user_set.first(), now=NOW)


def test_the_script_of_the_attempt_decides_not_a_newer_one(call, script):
    newer = copy.copy(script)
    newer.pk, newer.version, newer.document = None, 2, {**script.document, "steps": []}
    newer.save()
    call.send("promise", 20, **promise("exchange"))
    assert Promise.objects.get().state == "open"


def test_coupons_come_out_of_the_budget_and_beyond_it_a_person_is_asked(call, budget):
    call.send("promise", 20, **promise("coupon", promotion="new30"))
    call.send("promise", 21, **promise("coupon", promotion="new30"))
    first, second = Promise.objects.order_by("id")
    assert (first.budget, second.budget) == (budget, None)
    assert first.ticket.title == "给李娜发放优惠券「新客30元券」"
    assert second.ticket.title.startswith("额度已用完")
    assert CouponBudget.objects.get().used == 1


def test_a_coupon_that_is_not_given_goes_back_and_one_that_is_does_not(call, budget, agent):
    call.send("promise", 20, **promise("coupon", promotion="new30"))
    row = Promise.objects.get()
    settle(row.pk, state="withdrawn", note="客户说不要了", acting_user=agent, now=NOW)
    assert CouponBudget.objects.get().used == 0
    assert Ticket.objects.get().resolution == "客户说不要了"
    call.send("promise", 21, **promise("coupon", promotion="new30"))
    settle(Promise.objects.get(state="open").pk, state="kept", note="已发", acting_user=agent, now=NOW)
    assert CouponBudget.objects.get().used == 1


def test_settling_needs_words_and_is_done_once(call, agent):
    call.send("promise", 20, **promise("exchange"))
    pk = Promise.objects.get().pk
    for state, note in (("kept", "  "), ("open", "x"), ("refused", "x")):
        with pytest.raises(Conflict):
            settle(pk, state=state, note=note, acting_user=agent, now=NOW)
    settle(pk, state="broken", note="已停产，换不了", acting_user=agent, now=NOW)
    with pytest.raises(Conflict):
        settle(pk, state="kept", note="x", acting_user=agent, now=NOW)
    entry = AuditEntry.objects.get(action="promises.broken")
    assert entry.acting_user == agent


def test_a_complaint_stays_open_when_its_callback_was_made(call, agent):
    call.send("answer", 5, **rate(1))
    call.send("promise", 20, **promise("callback"))
    call.send("ended", 30, cause="completed", outcome="completed")
    settle(Promise.objects.get().pk, state="kept", note="已回电", acting_user=agent, now=NOW)
    assert Ticket.objects.get().state == "open"


def test_resolving_the_ticket_keeps_the_promise(call, agent):
    call.send("promise", 20, **promise("exchange"))
    at = NOW + timedelta(hours=1)
    resolve(Ticket.objects.get().pk, resolution="换好了", acting_user=agent, now=at)
    assert follow_tickets(now=at + timedelta(minutes=1), acting_user=agent) == 1
    row = Promise.objects.get()
    assert (row.state, row.note, row.settled_at) == ("kept", "换好了", at)
    assert follow_tickets(now=at + timedelta(minutes=2), acting_user=agent) == 0


@pytest.mark.parametrize("order", [("promise", "refused"), ("refused", "promise")])
def test_whoever_wants_no_calls_is_not_called_back_either(call, order):
    for second, kind in enumerate(order, 20):
        call.send(kind, second, **(promise("callback") if kind == "promise" else {"text": "别再打了"}))
    row = Promise.objects.get()
    assert row.state == "withdrawn"
    assert (row.ticket.state, row.ticket.resolution) == ("resolved", "客户要求不再来电。")
    call.send("ended", 30, cause="completed", outcome="refused")
    assert Promise.objects.get().state == "withdrawn"
    assert Ticket.objects.get().state == "resolved"


def test_an_overdue_promise_is_told_once(call, agent):
    call.send("promise", 20, **promise("exchange"))
    due = Promise.objects.get().due_at
    assert note_overdue(now=due, acting_user=agent) == 0
    late = due + timedelta(seconds=1)
    assert [note_overdue(now=late, acting_user=agent) for _ in range(2)] == [1, 0]
    assert CustomerEvent.objects.filter(kind="promise.overdue").count() == 1


def test_the_recurring_job_keeps_what_was_resolved_and_notes_what_is_late(call, agent):
    call.send("promise", 20, **promise("exchange"))
    call.send("promise", 21, **promise("exchange"))
    first, second = Promise.objects.order_by("id")
    resolve(first.ticket.pk, resolution="换好了", acting_user=agent, now=NOW)
    assert "huifang.promises.jobs:watch" in RECURRING
    find_handler("huifang.promises.jobs:watch")({}, second.due_at + timedelta(minutes=1))
    assert list(Promise.objects.order_by("id").values_list("state", flat=True)) == ["kept", "open"]
    assert [bool(row.overdue_at) for row in Promise.objects.order_by("id")] == [False, True]


def test_a_batch_that_broke_in_the_middle_is_told_again_and_counts_once(call, budget, monkeypatch):
    batch = [
        call.event("promise", 20, **promise("coupon", promotion="new30")),
        call.event("said", 21, text="x"),
    ]
    with monkeypatch.context() as broken:
        broken.setattr(duties, "system_user", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send(*batch)
    assert not Promise.objects.exists()
    assert CouponBudget.objects.get().used == 0
    for _ in range(2):
        assert send(*batch) == []
    assert Promise.objects.count() == Ticket.objects.count() == CouponBudget.objects.get().used == 1


_STORY = st.lists(st.sampled_from(["exchange", "callback", "coupon", "refund"]), max_size=5).flatmap(
    lambda kinds: st.tuples(
        st.just(kinds), st.permutations(range(len(kinds))), st.lists(st.integers(0, 4), max_size=4)
    )
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=_STORY, withdrawn=st.booleans())
def test_each_promise_is_one_row_however_often_and_in_which_order_it_is_told(
    call, budget, agent, story, withdrawn
):
    from django.db import transaction

    kinds, order, again = story
    with transaction.atomic():
        events = [call.event("promise", 20 + n, **promise(k, promotion="new30")) for n, k in enumerate(kinds)]
        for n in order:
            send(events[n])
        rows = {row.key: row.kind for row in Promise.objects.all()}
        if withdrawn:
            for row in Promise.objects.filter(state="open"):
                settle(row.pk, state="withdrawn", note="x", acting_user=agent, now=NOW)
        states = dict(Promise.objects.values_list("key", "state"))
        for n in again:
            if n < len(events):
                send(events[n])
        assert sorted(rows.values()) == sorted(kinds)
        assert dict(Promise.objects.values_list("key", "state")) == states
        assert all(row.ticket or row.state == "refused" for row in Promise.objects.all())
        holds = Promise.objects.filter(budget__isnull=False, state__in=["open", "kept"]).count()
        assert CouponBudget.objects.get().used == holds <= 1
        transaction.set_rollback(True)


def test_a_store_uses_its_own_budget_before_the_chain_s(call, budget, agent, store):
    own = save_budget(
        BudgetSettings(promotion="new30", name="本店券", total=1, store=store), acting_user=agent
    )
    for second in (20, 21, 22):
        call.send("promise", second, **promise("coupon", promotion="new30"))
    assert list(Promise.objects.order_by("id").values_list("budget", flat=True)) == [own.pk, budget.pk, None]
    assert offers({store.pk, None}) == {store.pk: {"new30": False}, None: {"new30": False}}


def test_what_is_left_of_the_budgets_is_a_fact_of_the_call(budget, followup, trunk, store):
    for left in (True, False):
        CouponBudget.objects.update(used=0 if left else 1)
        followup()
        (order,) = claim_orders(node="n1", free=1, active=[], now=NOW)
        assert order.facts["offer.new30.available"] is left
    CouponBudget.objects.update(is_active=False)
    followup()
    (order,) = claim_orders(node="n1", free=1, active=[], now=NOW)
    assert "offer.new30.available" not in order.facts


def test_a_budget_cannot_fall_below_what_was_promised_nor_exist_twice(call, budget, agent):
    call.send("promise", 20, **promise("coupon", promotion="new30"))
    with pytest.raises(BudgetUnusable):
        save_budget(BudgetSettings(promotion="new30", name="x", total=0), acting_user=agent, budget=budget)
    with pytest.raises(BudgetUnusable):
        save_budget(BudgetSettings(promotion="new30", name="x", total=9), acting_user=agent)
    save_budget(BudgetSettings(promotion="new30", name="x", total=9), acting_user=agent, budget=budget)
    assert AuditEntry.objects.filter(action="promises.change_budget").count() == 1


@pytest.mark.django_db(transaction=True)
def test_calls_that_promise_the_last_coupons_at_once_never_overspend(followup, trunk, agent, script):
    script.document = {**script.document, "steps": STEPS}
    script.save()
    save_budget(BudgetSettings(promotion="new30", name="新客30元券", total=3), acting_user=agent)
    for _ in range(8):
        followup()
    calls = [Call(order).answered() for order in claim_orders(node="n1", free=8, active=[], now=NOW)]
    together, faults = threading.Barrier(len(calls)), []

    def talk(call):
        try:
            together.wait()
            call.send("promise", 20, **promise("coupon", promotion="new30"))
        except Exception as fault:
            faults.append(fault)
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=talk, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert CouponBudget.objects.get().used == 3
    assert Promise.objects.filter(budget__isnull=False).count() == 3
    assert Promise.objects.filter(budget=None, ticket__title__startswith="额度已用完").count() == 5
    assert Attempt.objects.filter(state="talking").count() == 8
