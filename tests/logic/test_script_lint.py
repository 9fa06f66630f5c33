"""What a customer would stumble over is found, named and told how to mend."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from everything import PARTS, RATING, ask, choices, document, say
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.condition import Any as AnyOf
from huifang.logic.condition import Condition, Known, Not, Test, holds
from huifang.logic.script_document import script_from_json
from huifang.logic.script_length import seconds, turns
from huifang.logic.script_lint import lint
from huifang.logic.script_lint_words import MOST_TURN_SECONDS
from huifang.logic.script_samples import samples

TUNES = ("warm_piano", "rain")
OPENING = [
    {"zh-CN": "您好，我是智能语音助手，"},
    {
        "if": {"not": {"field": "call.recorded", "op": "eq", "value": False}},
        "zh-CN": "本次通话会录音。",
    },
]
REPLIES = {
    "robot": "我是机器人。", "refused": "以后不会再给您打电话。", "callback": "我们{callback.when}再打。",
    "wrong_number": "打错了。",
    "transfer_failed": "专人会{callback.when}给您回电话。",
}  # fmt: skip


def sound(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A document without findings, with ``steps`` in it."""
    data = document(*steps, **more)
    data["steps"][0]["text"] = copy.deepcopy(OPENING)
    data["replies"] |= {key: {"zh-CN": words} for key, words in REPLIES.items()}
    return data


def found(data: dict[str, Any]) -> list[tuple[str, str]]:
    """(where, rule) of what is found."""
    return [(f.place.id or f.place.kind, f.rule) for f in lint(script_from_json(data), TUNES)]


GOOD = ask("rating", RATING, "finish", text={"zh-CN": "您满意吗？{options}。"})


def test_a_sound_script_has_no_findings() -> None:
    assert found(sound(GOOD)) == []


def eq(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": "eq", "value": value}


def spoken(words: str) -> dict[str, Any]:
    return ask("x", {"type": "text"}, "finish", text={"zh-CN": words})


SIX = {"type": "single", "choices": choices("甲", "乙", "丙", "丁", "戊", "己")}
CIRCLE = (
    ask("x", {"type": "yes_no"}, "finish", next=[{"if": eq("answer.x", "yes"), "go": "x"}, {"go": "finish"}]),
)
FETCH = {"kind": "transfer", "text": {"zh-CN": "给您转接。"}}


@pytest.mark.parametrize(
    ("steps", "rule"),
    [
        ((spoken("今" * 24 + "，" + "天" * 24 + "，" + "好" * 24 + "，" + "啊" * 24 + "吗？"),), "long_text"),
        ((spoken("今" * 26 + "？"),), "long_clause"),
        ((spoken("您好吗？您忙吗？"),), "two_questions"),
        ((spoken("请打＃8＃咨询吗？"),), "sign"),
        ((spoken("请看这里👉好吗？"),), "sign"),
        ((spoken("请您稍等，再稍等，好吗？"),), "wait_twice"),
        ((ask("x", SIX, "finish"),), "many_options"),
        ((ask("x", RATING, "finish", no_input={"prompts": [], "go": "finish"}),), "no_input"),
        ((ask("x", PARTS, "finish", no_match={"prompts": [], "words": {"zh-CN": "再见。"}}),), "no_match"),
        ((ask("x", PARTS, "finish", no_match={"prompts": [{"zh-CN": "请问x。"}], "go": "finish"}),), "same_again"),
        ((ask("x", PARTS, "finish", next=[{"if": eq("answer.x", "c9"), "go": "finish"}, {"go": "finish"}]),), "dead_way"),
        ((ask("x", RATING, "finish", next=[{"if": eq("score.x", 9), "go": "finish"}, {"go": "finish"}]),), "dead_way"),
        ((ask("x", PARTS, "finish", next=[{"if": eq("customer.mood", "好"), "go": "finish"}, {"go": "finish"}]),), "unknown_fact"),
        (CIRCLE, "circle"),
        ((ask("x", {"type": "yes_no"}, "finish", kind="offer", promotion="p", accepted={"zh-CN": "好。"}),), "offer_in_service"),
        (({**FETCH, "id": "x", "next": [{"go": "y"}]}, {**FETCH, "id": "y", "next": [{"go": "finish"}]}), "fetch_twice"),
    ],
)  # fmt: skip
def test_a_finding_names_the_step_and_its_rule(steps: tuple[dict[str, Any], ...], rule: str) -> None:
    assert ("x", rule) in found(sound(*steps))


def test_a_turn_of_many_says_is_too_long_for_its_end() -> None:
    says = [say(f"s{n}", "今天天气真好，" * 6 + "是吧。", f"s{n + 1}") for n in range(5)]
    data = sound(*says, {**GOOD, "id": "s5"})
    assert ("s5", "long_turn") in found(data)
    assert turns(script_from_json(data), "zh-CN")["s5"] > MOST_TURN_SECONDS


def test_a_slot_may_not_leave_a_hole() -> None:
    holed = spoken("您买的{order.product}好吗？")
    slots = {"order.product": {"zh-CN": ""}}
    assert ("x", "blank_slot") in found(sound(holed, slots=slots))
    assert found(sound(holed, slots={"order.product": {"zh-CN": "商品"}})) == []
    guarded = spoken("")
    guarded["text"] = [
        {"if": {"known": "order.product"}, "zh-CN": "您买的{order.product}，"},
        {"zh-CN": "好吗？"},
    ]
    assert found(sound(guarded, slots=slots)) == []
    guarded["text"][0]["if"] = {"any": [{"known": "order.product"}, {"known": "customer.name"}]}
    assert ("x", "blank_slot") in found(sound(guarded, slots=slots))


@pytest.mark.parametrize(
    ("key", "words", "rule"),
    [
        ("robot", "我是小花。", "robot"),
        ("refused", "好的，再见。", "refused"),
        ("callback", "我们再打。", "callback_when"),
        ("transfer_failed", "没人。", "callback_when"),
    ],
)
def test_replies_say_what_the_law_wants_to_hear(key: str, words: str, rule: str) -> None:
    data = sound(GOOD)
    data["replies"][key] = {"zh-CN": words}
    assert (key, rule) in found(data)


@pytest.mark.parametrize(
    "opening",
    [
        OPENING[:1],
        [OPENING[0], {"if": eq("call.recorded", True), "zh-CN": "本次通话会录音。"}],
        [OPENING[0], {"if": {"known": "customer.name"}, "zh-CN": "本次通话会录音。"}],
    ],
)
def test_the_recording_is_announced_unless_it_is_known_that_there_is_none(
    opening: list[dict[str, Any]],
) -> None:
    data = sound(GOOD)
    data["steps"][0]["text"] = opening
    assert ("opening", "recording") in found(data)


def test_an_advertisement_says_how_to_refuse_it() -> None:
    plain = sound(GOOD, purpose="marketing")
    assert found(plain) == [("opening", "refusal")]
    told = sound(say("tell", "不需要的话，说一声别再打了。", "rating"), GOOD, purpose="marketing")
    assert found(told) == []


def test_only_tunes_that_there_are_can_be_played() -> None:
    data = sound(GOOD)
    data["endings"][0]["tune"] = "opera"
    assert ("bye", "tune") in found(data)
    assert lint(script_from_json(data)) == (), "where the tunes are not known, none is missed"


# ---- the facts that texts are looked at with

FIELDS = st.sampled_from(["a", "b", "c"])
TREES: st.SearchStrategy[Condition] = st.recursive(
    st.builds(Known, FIELDS)
    | st.builds(Test, FIELDS, st.just("eq"), st.sampled_from(["x", "y"]))
    | st.builds(Test, FIELDS, st.sampled_from(["le", "gt", "ne"]), st.integers(0, 3)),
    lambda parts: (
        st.builds(Not, parts) | st.lists(parts, min_size=1, max_size=2).map(lambda p: AnyOf(tuple(p)))
    ),
    max_leaves=4,
)


@given(TREES, st.dictionaries(FIELDS, st.sampled_from(["x", "y", "z"]) | st.integers(-2, 6)))
def test_whatever_a_condition_can_be_it_is_with_some_sample(tree: Condition, facts: dict[str, Any]) -> None:
    assert holds(tree, facts) in {holds(tree, sample) for sample in samples([tree])}


@given(st.text("今天，。？好ab 12", max_size=40), st.text("今天，。？好ab 12", max_size=40))
def test_more_words_take_longer(one: str, more: str) -> None:
    assert seconds(f"{one} {more}") >= seconds(one)
