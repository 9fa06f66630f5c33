"""Words that mean something else as well, and name a choice by the way."""

from __future__ import annotations

import pytest
from everything import ask, script
from scripted import Conversation

from huifang.logic.dialogue import End, Promise, RecordAnswer, Refusal, Started, Utterance
from huifang.logic.script_choice import named
from huifang.logic.understanding import Intent, Option
from huifang.logic.understanding.sounds import syllables

OPTIONS = (
    Option("busy", ("最近比较忙", "忙", "没时间")),
    Option("service", ("服务态度", "店员", "态度")),
    Option("quality", ("质量", "坏了")),
    Option("far", ("太远", "不顺路")),
)


@pytest.mark.parametrize(
    ("words", "intent", "code"),
    [
        ("店员态度不好", Intent.COMPLAINT, "service"),
        ("用了两天就坏了", Intent.COMPLAINT, "quality"),
        ("太忙了", Intent.BUSY, "busy"),
        ("我现在很忙", Intent.BUSY, ""),
        ("正在开会，忙着呢", Intent.BUSY, ""),
        ("不是质量问题", Intent.NO, ""),
        ("没有质量问题", Intent.NO, ""),
        ("不是质量，是店员", Intent.NO, "service"),
        ("质量，态度", Intent.COMPLAINT, ""),
        ("你们太气人了", Intent.COMPLAINT, ""),
    ],
)
def test_the_longest_phrase_that_is_not_denied_counts(words: str, intent: Intent, code: str) -> None:
    assert named(Utterance(words), intent, OPTIONS) == code


def test_sounds_name_a_choice_by_two_syllables_or_more() -> None:
    assert named(Utterance("", tuple(syllables("店员态度不好"))), Intent.COMPLAINT, OPTIONS) == "service"
    assert named(Utterance("", tuple(syllables("我挺忙的"))), Intent.BUSY, OPTIONS) == ""


WHY = {
    "type": "single",
    "choices": [
        {"code": o.code, "label": {"zh-CN": o.phrases[0]}, "key": str(n), "keywords": list(o.phrases[1:])}
        for n, o in enumerate(OPTIONS, 1)
    ],
}


def asked() -> Conversation:
    return Conversation(script(ask("why", WHY, "finish")), {}).give(Started())


def test_a_complaint_is_comforted_and_counts_as_the_answer() -> None:
    talk = asked().speak("店员态度不好")
    assert [(a.item, a.code) for a in talk.of(RecordAnswer)] == [("why", "service")]
    assert talk.said == "听您这么说，我很抱歉。谢谢，再见。"


def test_a_reason_is_no_goodbye_and_a_goodbye_is_no_reason() -> None:
    assert [a.code for a in asked().speak("太忙了").of(RecordAnswer)] == ["busy"]
    leaving = asked().speak("我现在很忙，在开会")
    assert leaving.of(RecordAnswer) == []
    assert [p.kind for p in leaving.of(Promise)] == ["callback"]


@pytest.mark.parametrize("words", ["别再打电话了，店员态度不好", "质量太差，以后别打给我"])
def test_a_refusal_stays_a_refusal_whatever_it_names(words: str) -> None:
    talk = asked().speak(words)
    assert talk.of(Refusal)
    assert talk.of(RecordAnswer) == []
    assert talk.of(End)[0].outcome == "refused"


def test_what_is_taken_half_heard_is_confirmed() -> None:
    talk = asked().speak("店员态度不好", confidence=0.3)
    assert talk.of(RecordAnswer) == []
    assert talk.said == "您是说，服务态度，对吗？"
