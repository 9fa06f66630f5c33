"""Assistants in phones: told from people, and told who has called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.phone_assistant import is_assistant, word_for_owner
from huifang.logic.understanding.sounds import syllables

ASSISTANTS = [
    "您好，机主现在不方便接听电话，我是他的智能助理，请问您有什么事？",
    "您好，我是机主的智能语音助手，机主暂时无法接听，请问有什么事需要转达？",
    "您好，我是机主的电话助理，请问您找他有什么事？",
    "你好，我是通信助理，您可以告诉我什么事，我会转告机主。",
    "您好，我是他的电话秘书，我来帮您记录，请讲。",
]
PEOPLE = [
    "喂，你好",
    "他现在不方便接电话，你有什么事",
    "我转告他吧",
    "我现在不方便接听",
    "你是智能助理吗",
    "非常满意",
    "什么事啊",
    "我是他的秘书",
    "别再打了",
]


@pytest.mark.parametrize("text", ASSISTANTS)
@pytest.mark.parametrize("by_sound", [False, True])
def test_an_assistant_is_known_in_words_or_sounds(text, by_sound):
    assert is_assistant("" if by_sound else text, syllables(text))


@pytest.mark.parametrize("text", PEOPLE)
def test_a_person_is_not_taken_for_one(text):
    assert not is_assistant(text, syllables(text))


@given(st.sampled_from(ASSISTANTS), st.text("嗯好的请讲您", max_size=8), st.text("嗯好的请讲您", max_size=8))
def test_more_words_around_it_never_make_it_a_person(text, before, behind):
    assert is_assistant(before + text + behind, ())


def test_the_word_names_us_and_spells_the_number():
    word = word_for_owner({"store.name": "南京路店"}, "02166668888")
    assert "南京路店" in word
    assert "零二幺六，六六六八，八八八" in word


def test_without_a_number_nobody_is_asked_to_call_it():
    word = word_for_owner({}, "")
    assert "回拨" not in word
    assert "再打" in word
