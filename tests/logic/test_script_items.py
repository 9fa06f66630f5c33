"""Telephone numbers, pieces of news and limits of answers, in conversation."""

from __future__ import annotations

from typing import Any

import pytest
from everything import ask, document, script
from scripted import Conversation

from huifang.logic.dialogue import Listen, RecordAnswer, Say, Silence, Started, Utterance
from huifang.logic.script_document import ScriptInvalid, script_from_json
from huifang.logic.script_state import Phase
from huifang.logic.whisper import whisper

NUMBER = "13800138000"
PHONE = {"type": "phone"}


def begun(*steps: dict[str, Any], **more: Any) -> Conversation:
    return Conversation(script(*steps, **more), {}).give(Started())


def answered(talk: Conversation) -> list[tuple[str, str, str]]:
    return [(a.item, a.code, a.secret) for a in talk.of(RecordAnswer) if not a.undone]


# ---- a telephone number

KEPT = [("tel", "138****8000", NUMBER)]


@pytest.mark.parametrize(
    "words", ["幺三八零零幺三八零零零", "嗯，我的号码是138 0013 8000", "一三八，零零一三，八零零零"]
)
def test_a_number_that_is_said_is_read_back_before_it_counts(words: str) -> None:
    talk = begun(ask("tel", PHONE, "finish")).speak(words)
    assert answered(talk) == []
    assert f"您是说，{NUMBER}，对吗" in talk.said
    assert answered(talk.speak("对")) == KEPT


def test_a_number_that_is_typed_is_read_back_too() -> None:
    talk = begun(ask("tel", PHONE, "finish")).key(NUMBER)
    assert talk.state.phase is Phase.CONFIRMING
    assert answered(talk.key("1")) == KEPT


def test_a_number_may_come_in_pieces() -> None:
    talk = begun(ask("tel", PHONE, "finish")).speak("幺三八")
    assert [type(o) for o in talk.last if not isinstance(o, Listen)][1:] == [], "no word between the pieces"
    talk.speak("零零幺三").speak("嗯，八零零零")
    assert talk.state.phase is Phase.CONFIRMING
    assert answered(talk.speak("是的")) == KEPT


def test_a_number_that_was_misheard_is_said_again() -> None:
    talk = begun(ask("tel", PHONE, "finish")).speak("幺三八零零幺三八零零幺")
    talk.speak("不对，是幺三八零零幺三八零零零")
    assert f"您是说，{NUMBER}，对吗" in talk.said
    assert answered(talk.speak("对")) == KEPT
    denied = begun(ask("tel", PHONE, "finish")).key("13800138001").key("2")
    assert denied.said == "请问tel。"
    assert answered(denied.key(NUMBER).key("1")) == KEPT


def test_half_a_number_is_no_answer() -> None:
    talk = begun(ask("tel", PHONE, "finish")).speak("幺三八").give(Silence())
    assert talk.said == "抱歉，我没听明白。"
    assert talk.state.digits == ""
    assert begun(ask("tel", PHONE, "finish")).speak("二二二二二二").said == "抱歉，我没听明白。"


def test_a_landline_ends_with_hash_or_with_silence() -> None:
    for end in (lambda t: t.key("#"), lambda t: t.give(Silence())):
        talk = end(begun(ask("tel", PHONE, "finish")).key("07551234567"))
        assert answered(talk.key("1")) == [("tel", "075****4567", "07551234567")]


def test_the_number_that_we_talk_on_needs_no_figures() -> None:
    assert answered(begun(ask("tel", PHONE, "finish")).speak("就打这个号吧")) == [("tel", "same", "")]


def test_a_refusal_is_heard_among_figures() -> None:
    talk = begun(ask("tel", PHONE, "finish")).speak("别再打电话给我了")
    assert talk.end is not None
    assert talk.end.outcome == "refused"


def test_nothing_but_the_loudspeaker_tells_the_number() -> None:
    step = ask("tel", PHONE, "finish")
    more = ask("more", {"type": "text"}, "finish", text={"zh-CN": "记下了{answer.tel}。"})
    talk = begun({**step, "next": [{"go": "more"}]}, more, slots={"answer.tel": {"zh-CN": ""}})
    talk.speak(NUMBER)
    read_back = talk.of(Say)[-1]
    assert NUMBER in read_back.text
    assert read_back.shown == "您是说，138****8000，对吗？"
    talk.speak("对")
    assert talk.said == "记下了138****8000。"
    assert NUMBER not in whisper(talk.script, talk.state, {})
    assert all(NUMBER not in (o.code, o.text) for o in talk.of(RecordAnswer))


def test_a_script_may_want_mobile_numbers_only() -> None:
    limits = {"pattern": "1.*", "words": {"zh-CN": "请说手机号码。"}}
    talk = begun(ask("tel", {**PHONE, "validate": limits}, "finish")).speak("零二幺六六六六八八八八")
    assert talk.said == "请说手机号码。"
    assert answered(talk.speak(NUMBER).speak("对")) == KEPT


# ---- a piece of news


@pytest.mark.parametrize("words", ["嗯", "好的", "知道了", "哦，原来是这样", "行，明白了", "谢谢"])
def test_news_wants_nothing_but_a_sign(words: str) -> None:
    talk = begun(ask("news", {"type": "info"}, "finish")).speak(words)
    assert [(i, c) for i, c, _ in answered(talk)] == [("news", "ok")]


def test_news_may_be_acknowledged_by_key_and_passes_in_silence() -> None:
    assert [c for _, c, _ in answered(begun(ask("news", {"type": "info"}, "finish")).key("1"))] == ["ok"]
    silent = ask("news", {"type": "info"}, "finish", no_input={"prompts": [], "go": "finish"})
    talk = begun(silent).give(Silence())
    assert answered(talk) == []
    assert talk.state.phase is Phase.CLOSING


def test_news_that_was_not_heard_is_told_again() -> None:
    told = begun(ask("news", {"type": "info"}, "finish"))
    assert told.speak("没听清再说一遍").said == "请问news。"
    noise = begun(ask("news", {"type": "info"}, "finish")).give(Utterance("咕噜咕噜", (), 0.2))
    assert answered(noise) == []


# ---- limits


def limited(type_: str, more: dict[str, Any] | None = None, **limits: Any) -> dict[str, Any]:
    return ask(
        "x",
        {"type": type_, **(more or {}), "validate": {**limits, "words": {"zh-CN": "这样不行。"}}},
        "finish",
    )


@pytest.mark.parametrize(
    ("step", "beyond", "within", "code"),
    [
        (limited("number", {"low": 0, "high": 99}, min=1, max=5), "九", "三", "3"),
        (limited("nps", min=1), "零", "八", "8"),
        (limited("date", min=0, max=30), "十二月一号", "十月一号", "2026-10-01"),
        (limited("date", {"past": True}, min=-30), "三月五号", "九月一号", "2026-09-01"),
    ],
)
def test_what_is_said_beyond_the_limits_is_told_so(
    step: dict[str, Any], beyond: str, within: str, code: str
) -> None:
    talk = begun(step).speak(beyond)
    assert talk.said == "这样不行。"
    talk.speak(within).speak("对")
    assert [(i, c) for i, c, _ in answered(talk)] == [("x", code)]


def test_what_is_typed_beyond_the_limits_is_told_so() -> None:
    talk = begun(limited("number", {"low": 0, "high": 99}, min=1, max=5)).key("09")
    assert talk.said == "这样不行。"
    assert [c for _, c, _ in answered(talk.key("04"))] == ["4"]


@pytest.mark.parametrize(
    ("limits", "beyond", "within"),
    [
        ({"pattern": "[a-z]?\\d{6}"}, "我忘了", "B 123456"),
        ({"pattern": "\\d{4}"}, "四五六", "幺二三四"),
        ({"min_length": 4}, "挺好。", "挺好的呀！"),
        ({"max_length": 6}, "这个说起来话就长了", "挺好"),
    ],
)
def test_words_have_a_shape_and_a_length(limits: dict[str, Any], beyond: str, within: str) -> None:
    talk = begun(limited("text", **limits)).speak(beyond)
    assert answered(talk) == []
    assert talk.said == "这样不行。"
    assert [(i, c) for i, c, _ in answered(talk.speak(within))] == [("x", "free")]


def test_who_stays_beyond_the_limits_comes_to_the_fallback() -> None:
    talk = begun(limited("number", {"low": 0, "high": 99}, min=1, max=5))
    for _ in range(3):
        talk.speak("九")
    assert talk.state.phase is Phase.CLOSING
    assert answered(talk) == []


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (limited("scale", {"choices": []}), "no “choices”"),
        (limited("yes_no", min=1), "takes no “validate”"),
        (limited("number", {"low": 0, "high": 9}, pattern="1"), "unknown limit “pattern”"),
        (limited("text"), "limits nothing: give it pattern"),
        (limited("number", {"low": 0, "high": 9}, min=5, max=1), "“min” is above “max”"),
        (limited("text", pattern="("), "no regular expression"),
        (limited("text", pattern="(a+)+b"), "might never be done"),
        (limited("text", min_length=0), "“min_length” must be a whole number from 1"),
        (ask("x", {"type": "text", "validate": {"pattern": "a"}}, "finish"), "has no “words”"),
        (
            ask("x", {"type": "info", "choices": [{"code": "a", "label": {"zh-CN": "好"}}]}, "finish"),
            "has no choices",
        ),
    ],
)
def test_a_limit_that_cannot_be_kept_is_refused(step: dict[str, Any], words: str) -> None:
    with pytest.raises(ScriptInvalid) as raised:
        script_from_json(document(step))
    assert words in str(raised.value)
