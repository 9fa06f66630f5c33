"""Every kind of step and item does what its name says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from everything import PARTS, RATING, ask, choices, document, say, script
from hypothesis import given
from hypothesis import strategies as st
from scripted import NOW, Conversation

from huifang.logic.dialogue import (
    End,
    Found,
    Listen,
    Lookup,
    NothingFound,
    Promise,
    RecordAnswer,
    Say,
    Silence,
    Started,
    Transfer,
    TransferResult,
    Utterance,
)
from huifang.logic.script_document import ScriptInvalid, script_from_json
from huifang.logic.script_items import Choice, Item
from huifang.logic.script_state import from_json, to_json


def begun(*steps: dict[str, Any], facts: dict[str, object] | None = None, **more: Any) -> Conversation:
    return Conversation(script(*steps, **more), facts or {}).give(Started())


def answers(talk: Conversation) -> list[tuple[str, str]]:
    standing: list[tuple[str, str]] = []
    for answer in talk.of(RecordAnswer):
        entry = (answer.item, answer.code)
        standing.remove(entry) if answer.undone else standing.append(entry)
    return standing


# ---- items


def test_a_single_choice_is_taken_by_key_and_by_word_and_free_words_are_no_answer() -> None:
    assert answers(begun(ask("part", PARTS, "finish")).key("2")) == [("part", "c2")]
    assert answers(begun(ask("part", PARTS, "finish")).speak("鞋底")) == [("part", "c3")]
    assert answers(begun(ask("part", PARTS, "finish")).speak("今天天气真好啊")) == []


@pytest.mark.parametrize(
    ("words", "code"), [("是的", "yes"), ("不是", "no"), ("没有", "no"), ("不用了", "no")]
)
def test_yes_and_no_are_answers_to_a_yes_no_item(words: str, code: str) -> None:
    assert answers(begun(ask("ok", {"type": "yes_no"}, "finish")).speak(words)) == [("ok", code)]


def test_several_are_gathered_until_the_customer_has_enough() -> None:
    item = {"type": "multi", "choices": choices("质量", "价格", "物流", "服务")}
    by_key = begun(ask("why", item, "finish")).key("31")
    assert "还有别的吗" in by_key.said
    assert answers(by_key.key("#")) == [("why", "c1,c3")]
    spoken = begun(ask("why", item, "finish")).speak("价格和服务")
    assert answers(spoken.speak("没有了")) == [("why", "c2,c4")]
    silent = begun(ask("why", item, "finish")).key("2").give(Silence())
    assert answers(silent) == [("why", "c2")]


@pytest.mark.parametrize(
    ("keys", "code"), [("0", "0"), ("7", "7"), ("10", "10"), ("1#", "1")], ids=lambda v: str(v)
)
def test_nought_to_ten_is_typed(keys: str, code: str) -> None:
    talk = begun(ask("nps", {"type": "nps"}, "finish")).key(keys)
    assert answers(talk) == [("nps", code)]
    assert talk.of(RecordAnswer)[0].score is None, "a likelihood is no satisfaction"


def test_a_one_waits_for_the_nought_of_ten_and_counts_when_none_comes() -> None:
    talk = begun(ask("nps", {"type": "nps"}, "finish")).key("1")
    assert talk.last[-1] == Listen("nps", 3.0, "0123456789*#", "number")
    assert answers(talk.give(Silence())) == [("nps", "1")]


def test_a_spoken_number_is_confirmed() -> None:
    talk = begun(ask("nps", {"type": "nps"}, "finish")).speak("打九分吧")
    assert answers(talk) == []
    assert "您是说，9，对吗" in talk.said
    assert answers(talk.speak("对")) == [("nps", "9")]


def test_a_number_outside_its_bounds_is_asked_for_again() -> None:
    item = {"type": "number", "low": 1, "high": 120}
    assert answers(begun(ask("age", item, "finish")).key("121")) == []
    assert answers(begun(ask("age", item, "finish")).key("35#")) == [("age", "35")]
    assert answers(begun(ask("age", item, "finish")).speak("三十五岁").speak("对")) == [("age", "35")]
    cleared = begun(ask("age", item, "finish")).key("99*36#")
    assert answers(cleared) == [("age", "36")]


def test_a_date_is_the_next_or_the_last_such_day() -> None:
    next_ = begun(ask("day", {"type": "date"}, "finish")).key("0305")
    assert answers(next_) == [("day", "2027-03-05")]
    last = begun(ask("day", {"type": "date", "past": True}, "finish")).speak("三月五号")
    assert "三月五号" in last.said
    assert answers(last.speak("对")) == [("day", "2026-03-05")]
    assert answers(begun(ask("day", {"type": "date"}, "finish")).key("0231")) == []


# ---- the order of choices


@given(st.text(max_size=12), st.permutations(range(1, 6)))
def test_moving_keys_never_changes_what_a_choice_is_worth(seed: str, keys: list[int]) -> None:
    scored = tuple(Choice(f"c{n}", {}, n, str(key), ()) for n, key in enumerate(keys, 1))
    item = Item("rating", "scale", scored, shuffle=True)
    moved = item.ordered(seed)
    assert {(c.code, c.score) for c in moved.choices} == {(c.code, c.score) for c in item.choices}
    assert sorted(c.key for c in moved.choices) == sorted(c.key for c in item.choices)
    assert moved == item.ordered(seed)


def test_what_is_read_out_is_what_the_keys_mean() -> None:
    item = {**PARTS, "shuffle": True}
    seen = set()
    for number in range(12):
        step = ask("part", item, "finish", text={"zh-CN": "{options}。"})
        talk = begun(step, facts={"call.seed": f"call {number}"})
        order = talk.said.removeprefix("您好，我是智能语音助手。")
        seen.add(order)
        first = order.split("请按1")[0]
        label = {"c1": "鞋跟", "c2": "鞋面", "c3": "鞋底"}[answers(talk.key("1"))[0][1]]
        assert label == first
    assert len(seen) > 2


# ---- steps


def test_a_probe_asks_only_what_was_not_said_already() -> None:
    why = ask("why", {"type": "text"}, "part")
    probe = ask("part", {"type": "single", "choices": PARTS["choices"]}, "finish", kind="probe", probes="why")
    asked = begun(why, probe).speak("穿着有点磨脚")
    assert "请问part" in asked.said
    known = begun(why, probe).speak("就是鞋跟磨脚")
    assert "请问part" not in known.said
    assert ("part", "c1") in answers(known)


OFFER = ask(
    "offer", {"type": "yes_no"}, "finish", kind="offer", promotion="spring", accepted={"zh-CN": "券发给您。"}
)


def test_an_accepted_offer_is_promised_once_and_a_declined_one_never() -> None:
    facts: dict[str, object] = {"offer.spring.available": True}
    taken = begun(OFFER, facts=facts).speak("好的")
    (promise,) = taken.of(Promise)
    assert (promise.kind, promise.text, promise.data) == ("coupon", "券发给您。", {"promotion": "spring"})
    assert begun(OFFER, facts=facts).speak("不用了").of(Promise) == []
    assert taken.key("#").of(Promise) == [promise]


@pytest.mark.parametrize("facts", [{}, {"offer.spring.available": False}, {"offer.other.available": True}])
def test_what_is_not_to_be_had_is_not_offered(facts: dict[str, object]) -> None:
    talk = begun(OFFER, facts=facts)
    assert "请问offer" not in talk.said
    assert talk.of(RecordAnswer) == []


def test_a_promise_step_says_and_promises_with_its_term() -> None:
    step = {
        "id": "p",
        "kind": "promise",
        "promise": "exchange",
        "due_minutes": 120,
        "text": {"zh-CN": "给您登记换货。"},
    }
    talk = begun({**step, "next": [{"go": "finish"}]})
    (promise,) = talk.of(Promise)
    assert (promise.kind, promise.text) == ("exchange", "给您登记换货。")
    assert promise.due_at == (NOW + timedelta(hours=2)).isoformat()


def test_a_transfer_step_goes_on_where_nobody_comes() -> None:
    fetch = {"id": "fetch", "kind": "transfer", "text": {"zh-CN": "给您转接。"}, "next": [{"go": "why"}]}
    talk = begun(fetch, ask("why", {"type": "text"}, "finish"))
    assert [t.reason for t in talk.of(Transfer)] == ["step fetch"]
    talk.give(TransferResult(bridged=False))
    assert "请问why" in talk.said
    assert [p.kind for p in talk.of(Promise)] == ["callback"]


# ---- the customer's own questions


def test_a_question_is_answered_and_the_script_goes_on_where_it_stopped() -> None:
    talk = begun(ask("rating", RATING, "finish")).speak("你们几点关门")
    assert talk.last[-1] == Lookup("你们几点关门")
    talk.give(Found("a1", "营业时间", "我们晚上九点关门。", "营业时间.md"))
    assert talk.said == "我们晚上九点关门。请问rating。"
    assert answers(talk.key("1")) == [("rating", "c1")]


def test_what_nobody_knows_is_noted_for_a_colleague() -> None:
    talk = begun(ask("rating", RATING, "finish")).speak("你们几点关门").give(NothingFound())
    (promise,) = talk.of(Promise)
    assert (promise.kind, promise.data) == ("question", {"question": "你们几点关门"})
    assert talk.said.startswith("这个问题我先帮您记下来")
    assert talk.said.endswith("请问rating。")


DOUBTFUL = Found("a1", "营业时间", "我们晚上九点关门。", "营业时间.md", 3, doubtful=True)
MEANT = "您是想问营业时间，对吗？对请按1，不对请按2。"


def asked_back() -> Conversation:
    talk = begun(ask("rating", RATING, "finish")).speak("你们啥时候关门呀").give(DOUBTFUL)
    assert talk.said == MEANT
    assert talk.last[-1].expects == "yes_no"
    return talk


@pytest.mark.parametrize("yes", ["对", "嗯是的", "1"])
def test_what_is_found_with_doubt_is_told_only_after_a_yes(yes: str) -> None:
    talk = asked_back()
    talk = talk.key(yes) if yes.isdigit() else talk.speak(yes)
    assert talk.said == "我们晚上九点关门。请问rating。"
    assert [(say.told.article, say.told.version) for say in talk.of(Say) if say.told] == [("a1", 3)]
    assert not talk.of(Promise)
    assert answers(talk.key("2")) == [("rating", "c2")]  # 2 is a rating again


@pytest.mark.parametrize("no", ["不是", "2", ""])
def test_after_a_no_or_silence_a_colleague_answers_and_the_script_goes_on(no: str) -> None:
    talk = asked_back()
    talk = talk.give(Silence()) if not no else talk.key(no) if no.isdigit() else talk.speak(no)
    (promise,) = talk.of(Promise)
    assert promise.data == {"question": "你们啥时候关门呀"}
    assert "九点" not in talk.said
    assert talk.said.endswith("请问rating。")


def test_while_it_is_asked_back_what_holds_anywhere_still_holds() -> None:
    assert asked_back().key("*").said == MEANT
    assert asked_back().speak("你是机器人吗").said.endswith(MEANT)
    assert asked_back().speak("别再给我打电话了").state.outcome == "refused"
    again = asked_back().speak("你们在哪里")
    assert again.last[-1] == Lookup("你们在哪里")
    assert "九点" not in again.give(NothingFound()).said


@pytest.mark.parametrize(
    "item", [{"type": "yes_no"}, {"type": "number", "low": 0, "high": 99}, {"type": "text"}, PARTS]
)
def test_a_yes_to_a_guess_is_no_answer_to_whatever_was_being_asked(item: dict[str, Any]) -> None:
    talk = begun(ask("it", item, "finish")).give(Utterance("你们几点关门"))
    assert talk.last[-1] == Lookup("你们几点关门"), item
    talk.give(DOUBTFUL).speak("对")
    assert talk.said.startswith("我们晚上九点关门。")
    assert answers(talk) == []
    assert talk.state.at == "it"


def test_a_guess_survives_as_json() -> None:
    state = asked_back().state
    assert from_json(json.loads(json.dumps(to_json(state)))) == state


def test_an_answer_that_nobody_asked_for_is_not_told() -> None:
    talk = begun(ask("rating", RATING, "finish")).give(Found("a1", "营业时间", "晚上九点。"))
    assert talk.last == ()


def test_the_place_for_questions_takes_them_until_there_are_no_more() -> None:
    talk = begun(ask("more", {"type": "text"}, "finish", kind="answer")).speak("敏感肌能用吗")
    assert isinstance(talk.last[-1], Lookup)
    talk.give(Found("a", "敏感肌", "可以用。")).speak("没有了")
    assert answers(talk) == [("more", "none")]
    assert "谢谢，再见" in talk.said


def test_who_asks_without_end_is_not_answered_without_end() -> None:
    talk = begun(ask("rating", RATING, "finish"))
    for _ in range(20):
        talk.speak("你们几点关门")
        if isinstance(talk.last[-1], Lookup):
            talk.give(NothingFound())
    assert len(talk.of(Lookup)) == 6


# ---- the ladder


def test_a_question_goes_down_rung_by_rung() -> None:
    talk = begun(ask("rating", RATING, "finish")).speak("红烧肉怎么做好吃呢")
    rungs = [talk.last[-1].rung]
    talk.speak("我家猫不见了")
    rungs.append(talk.last[-1].rung)
    talk.speak("满意", confidence=0.2)
    rungs.append(talk.last[-1].rung)
    assert rungs == ["choices", "keys", "confirm"]


@pytest.mark.parametrize("rescue", ["callback", "transfer"])
def test_the_last_rung_is_a_person(rescue: str) -> None:
    words = {"prompts": [], "words": {"zh-CN": "我请同事跟您联系。"}, "do": rescue}
    talk = begun(ask("rating", RATING, "finish", no_match=words)).speak("我家猫不见了")
    if rescue == "transfer":
        assert [t.reason for t in talk.of(Transfer)] == ["no_match"]
    else:
        assert [(p.kind, p.text) for p in talk.of(Promise)] == [("callback", "我请同事跟您联系。")]
        assert talk.of(End)[0].outcome == "no_match"


# ---- faults


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (ask("x", {"type": "single", "choices": [{"code": "a", "label": {"zh-CN": "甲"}}]}, "finish"), "needs a key"),
        (ask("x", {"type": "nps", "choices": choices("好")}, "finish"), "has no choices"),
        (ask("x", {"type": "number", "low": 5, "high": 1}, "finish"), "“low” is above “high”"),
        (ask("x", {"type": "number"}, "finish"), "“low” must be a whole number"),
        (ask("x", {"type": "song"}, "finish"), "unknown type “song”; known are scale"),
        (ask("x", PARTS, "finish", kind="probe"), "has no “probes”"),
        (ask("x", PARTS, "finish", kind="probe", probes="y"), "which no other step asks"),
        (ask("x", PARTS, "finish", kind="offer", promotion="p"), "must be of the type “yes_no”"),
        (ask("x", {"type": "yes_no"}, "finish", kind="offer"), "has no “promotion”"),
        (ask("x", PARTS, "finish", kind="answer"), "must be a “text” without choices"),
        (say("x", "{options}", "finish"), "slot “options”, but asks nothing"),
        (say("x", "好", "finish", kind="sing"), "unknown kind “sing”"),
        (
            {"id": "x", "kind": "promise", "promise": "refund", "due_minutes": 5, "text": {"zh-CN": "退"}, "next": [{"go": "finish"}]},
            "may promise exchange, information only",
        ),
        (ask("x", RATING, "finish", no_match={"prompts": [], "go": "finish", "do": "callback"}), "beside “words”"),
    ],
)  # fmt: skip
def test_a_fault_names_the_step(step: dict[str, Any], words: str) -> None:
    with pytest.raises(ScriptInvalid) as raised:
        script_from_json(document(step))
    assert words in str(raised.value)
    assert "“x”" in str(raised.value)


def test_old_documents_hold_old_kinds_only() -> None:
    with pytest.raises(ScriptInvalid, match="needs “schema”: 2"):
        script_from_json(document(OFFER, schema=1))
    with pytest.raises(ScriptInvalid, match="needs “schema”: 2"):
        script_from_json(document(ask("part", PARTS, "finish"), schema=1))
