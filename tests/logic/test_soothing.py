"""What an agent is told of a customer's mood, and what to say."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.live_mood import FEELINGS, feeling_now, feelings, problem_now
from huifang.logic.script_document import EMPATHY
from huifang.logic.soothing import may_offer, soothing

CATEGORIES = ("", "quality", "logistics", "service", "price", "environment", "after_sales", "usage", "other")
moods = st.lists(
    st.tuples(st.sampled_from((*FEELINGS, "pleased", "")), st.sampled_from(CATEGORIES)), max_size=5
)


def heard(
    emotion: str = "", category: str = "", text: str = "这样啊", intent: str = "free"
) -> dict[str, object]:
    return {"emotion": emotion, "category": category, "text": text, "intent": intent}


@pytest.mark.parametrize(("emotion", "category"), list(product(FEELINGS, CATEGORIES)))
def test_every_mood_about_everything_has_two_or_three_short_sentences(emotion: str, category: str) -> None:
    sentences = soothing([(emotion, category)], ())
    assert 2 <= len(sentences) <= 3
    for sentence in sentences:
        assert 5 <= len(sentence) <= 34
        assert sentence[-1] in "。？！"
        assert not any(
            word in sentence for word in ("稍等", "保证", "一定", "赔", "元", "小时", "今天", "明天")
        )


@given(moods, st.integers(0, 4), st.lists(st.sampled_from([t for e in EMPATHY.values() for t in e["zh"]])))
def test_nothing_is_proposed_twice_nor_what_the_robot_has_said(
    told: list[tuple[str, str]], again: int, robot: list[str]
) -> None:
    proposals = [soothing(told[: n + 1], robot) for n in range(len(told))]
    proposals += [soothing(told, robot, again=n) for n in range(1, again + 1)] if told else []
    for n, first in enumerate(proposals):
        for second in proposals[n + 1 :]:
            assert not set(first) & set(second)
        assert not set(first) & set(robot)


def test_what_the_robot_said_much_alike_is_not_said_again() -> None:
    [first, *_] = soothing([("angry", "service")], ())
    assert first not in soothing([("angry", "service")], ["真的抱歉，" + first[3:]])


def test_when_everything_has_been_said_nothing_is_left() -> None:
    assert soothing([("angry", "price")], (), again=50) == ()
    assert soothing([], ()) == soothing([("pleased", "price")], ()) == ()


def test_a_mood_lasts_until_the_customer_has_been_calm_twice() -> None:
    angry = heard("angry", "service", "太过分了")
    told = [angry, heard()]
    now = feeling_now(told)
    assert now is not None
    assert (now.emotion, now.category, now.data) == ("angry", "service", angry)
    assert feeling_now([*told, heard(intent="back_channel"), heard(text="")]) == now
    assert feeling_now([*told, heard()]) is None
    assert feeling_now([]) is None


def test_the_same_mood_about_the_same_thing_is_one() -> None:
    told = [heard("angry", "service"), heard("angry", text="真的"), heard("angry", "price"), heard("pleased")]
    assert [(f.emotion, f.category) for f in feelings(told)] == [
        ("angry", "service"), ("angry", "price"), ("pleased", "price"),
    ]  # fmt: skip


def test_the_problem_is_what_was_named_last() -> None:
    told = [heard(category="price", text="太贵"), heard(category="usage", text="不会用"), heard()]
    assert problem_now(told) == ("usage", "不会用")
    assert problem_now([heard()]) == ("", "")


@given(st.lists(st.dictionaries(st.sampled_from(("emotion", "category", "text", "intent")),
                                st.none() | st.integers() | st.text() | st.lists(st.text()))))  # fmt: skip
def test_what_a_node_tells_amiss_does_no_harm(events: list[dict[str, object]]) -> None:
    assert [f for f in feelings(events) if f.emotion not in (*FEELINGS, "pleased")] == []
    assert feeling_now(events) is None or feelings(events)
    problem_now(events)


def test_a_coupon_helps_with_a_price_and_with_a_harm_but_not_with_a_question() -> None:
    assert may_offer("doubtful", "price")
    assert may_offer("angry", "quality")
    assert not may_offer("doubtful", "quality")
    assert not may_offer("angry", "usage")
    assert not may_offer("pleased", "service")
