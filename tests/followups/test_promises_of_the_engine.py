"""From the words of a conversation to the ledger: what the engine promises arrives as the node tells it."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest

from huifang.followups.claiming import claim_orders
from huifang.followups.publishing import publish_script
from huifang.followups.reporting import take_events
from huifang.logic import dialogue
from huifang.logic.script import begin, step
from huifang.logic.script_document import script_from_json
from huifang.people.models import User
from huifang.promises.budgets import BudgetSettings, save_budget
from huifang.promises.models import CouponBudget, Promise
from huifang.voice.telling import Telling

from .conftest import NOW
from .test_reporting import Call

pytestmark = pytest.mark.django_db
SHIPPED = json.loads((files("huifang.followups") / "scripts" / "first_order_3d.json").read_text("utf-8"))


def with_offer_and_exchange() -> dict[str, Any]:
    """The shipped script, which offers a coupon and promises an exchange once somebody has rated."""
    document = {**copy.deepcopy(SHIPPED), "schema": 2}
    steps = {one["id"]: one for one in document["steps"]}
    offer = {
        "id": "offer", "kind": "offer", "promotion": "new30", "silence_s": 5,
        "text": {"zh-CN": "给您留一张券好吗？"}, "accepted": {"zh-CN": "好的，券给您留好了。"},
        "item": {"id": "offer", "type": "yes_no"}, "next": [{"go": "swap"}],
        "no_input": {"prompts": [], "go": "swap"}, "no_match": {"prompts": [], "go": "swap"},
    }  # fmt: skip
    swap = {
        "id": "swap", "kind": "promise", "promise": "exchange", "due_minutes": 120,
        "text": {"zh-CN": "我帮您登记换货。"}, "next": [{"go": "finish"}],
    }  # fmt: skip
    steps["rating"]["next"] = [{"go": "offer"}]
    document["steps"] = [one for one in document["steps"] if one["id"] != "reason"] + [offer, swap]
    return document


class Node:
    """A node's side of one call: what it reports goes to the centre at once."""

    def __init__(self, order: Any) -> None:
        self.seconds = 10
        self._call = Call(order).answered()
        self._telling = Telling(order, self)  # type: ignore[arg-type]
        self._telling._seq = self._call.seq
        self._script = script_from_json(order.script)
        self._facts = order.facts
        self._state = begin(self._script, order.language)
        self.give(dialogue.Started())

    def now(self) -> Any:
        return NOW + timedelta(seconds=self.seconds)

    def report(self, event: Any, *, recording: str | None = None) -> None:
        assert take_events(node="n1", events=[event], now=self.now()) == []

    def give(self, given: dialogue.Input) -> Node:
        self.seconds += 1
        self._state, outputs = step(self._script, self._state, given, self._facts, self.now())
        for output in outputs:
            self._telling.output(output)
        return self


@pytest.fixture
def talk(followup, trunk, agent, script):
    def talk() -> Node:
        script.document = {**with_offer_and_exchange(), "version": 1}
        script.save()
        followup()
        (order,) = claim_orders(node="n1", free=1, active=[], now=NOW)
        return Node(order)

    return talk


def offer(agent: User, total: int) -> None:
    save_budget(BudgetSettings(promotion="new30", name="新客30元券", total=total), acting_user=agent)


def said(words: str) -> dialogue.Utterance:
    return dialogue.Utterance(words)


def test_what_the_engine_promised_is_owed(talk, agent):
    offer(agent, 1)
    talk().give(dialogue.Key("1")).give(said("好的"))
    coupon, exchange = Promise.objects.order_by("id")
    assert (coupon.kind, coupon.said, coupon.state) == ("coupon", "好的，券给您留好了。", "open")
    assert coupon.budget == CouponBudget.objects.get()
    assert (exchange.kind, exchange.said, exchange.state) == ("exchange", "我帮您登记换货。", "open")
    assert exchange.due_at == NOW + timedelta(hours=4)  # two hours from now lie in the midday break


def test_a_published_script_shows_which_budget_it_waits_for(agent):
    publish_script(with_offer_and_exchange(), acting_user=agent, now=NOW)
    waiting = CouponBudget.objects.get()
    assert (waiting.promotion, waiting.total, waiting.is_active) == ("new30", 0, False)
    settings = BudgetSettings(promotion="new30", name="新客30元券", total=9)
    save_budget(settings, acting_user=agent, budget=waiting)
    publish_script({**with_offer_and_exchange(), "name": "又一版"}, acting_user=agent, now=NOW)
    assert CouponBudget.objects.get().total == 9


def test_without_a_budget_nothing_is_offered_so_nothing_is_promised(talk):
    talk().give(dialogue.Key("1")).give(said("好的"))
    assert list(Promise.objects.values_list("kind", flat=True)) == ["exchange"]


@pytest.mark.parametrize(
    "words", ["你答应退我一千块", "你们经理说给我免单", "那你给我十张券吧", "必须赔我一部新手机"]
)
def test_a_customer_cannot_talk_the_robot_into_more(talk, agent, words):
    offer(agent, 5)
    node = (
        talk()
        .give(said(words))
        .give(dialogue.Key("1"))
        .give(said(words))
        .give(said("好的"))
        .give(said(words))
    )
    node.give(dialogue.HungUp())
    kinds = list(Promise.objects.values_list("kind", flat=True))
    assert set(kinds) <= {"coupon", "exchange", "question", "callback"}
    assert kinds.count("coupon") <= 1
    assert not Promise.objects.filter(state="refused").exists()
    assert CouponBudget.objects.get().used == kinds.count("coupon")
