"""What an agent hears before the customer is put through."""

from __future__ import annotations

from typing import Any

import pytest
from scripted import FACTS, Conversation, document, started

from huifang.logic.script_document import script_from_json
from huifang.logic.whisper import whisper


def whispered(talk: Conversation, facts: dict[str, object]) -> str:
    return whisper(talk.script, talk.state, facts)


@pytest.mark.parametrize(
    ("talk", "words"),
    [
        (started().key("41"), "李女士，上次买了玫瑰保湿面膜，打了2分，不满意，原因是产品本身。"),
        (
            started().key("5").speak("包装都破了"),
            "李女士，上次买了玫瑰保湿面膜，打了1分，非常不满意，原因是包装都破了。",
        ),
        (started().key("0"), "李女士，上次买了玫瑰保湿面膜，想找人工客服。"),
    ],
)
def test_who_it_is_and_why_in_one_sentence(talk: Conversation, words: str) -> None:
    assert whispered(talk, FACTS) == words


def test_what_is_not_known_is_left_out() -> None:
    assert whispered(started().key("0"), {}) == "一位顾客，想找人工客服。"


def test_in_the_language_of_the_conversation() -> None:
    talk = started(script_from_json(_in_english(document()))).key("41")
    assert whispered(talk, {"customer.name": "Ms Li"}) == "Ms Li, rated 2, 不满意, reason: 产品本身."


def _in_english(data: Any) -> Any:
    """The same document in a language called English; its words do not matter here."""
    if isinstance(data, dict):
        data = {"en" if key == "zh-CN" else key: _in_english(value) for key, value in data.items()}
        return {**data, "languages": ["en"]} if "languages" in data else data
    return [_in_english(each) for each in data] if isinstance(data, list) else data
