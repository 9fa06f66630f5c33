"""What is shaped like a question is one, whatever it is about; ratings, complaints and refusals are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from huifang.logic.understanding import Asked, Intent, understand
from huifang.logic.understanding.asking import asks
from huifang.logic.understanding.sounds import syllables
from huifang.nlu.model import shipped

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "words",
    [
        "玻尿酸精华有没有香精", "羊毛衫能不能机洗", "卡可以冻结几次", "试听是星期几", "快递单号在哪里查", "会员怎么升级",
        "面膜一次敷多久", "店里有无线网吗", "私教剩下的课退不退", "谁给我上课", "教材要另外交钱么",
    ],
)  # fmt: skip
def test_a_question_about_anything_is_a_question(words: str) -> None:
    assert asks(words)


@pytest.mark.parametrize(
    "words",
    [
        "满意", "一般吧", "非常不满意", "服务态度怎么这么差", "没什么不满意的", "你们什么态度", "满不满意都无所谓", "四分",
        "都催了几次了", "还可以吧", "为什么这么慢", "东西还行", "",
    ],
)  # fmt: skip
def test_an_answer_a_complaint_or_an_outcry_is_none(words: str) -> None:
    assert not asks(words)


@pytest.mark.parametrize(
    "words", ["店里有没有停车场", "团课能不能试一次", "积分怎么换东西", "你们几点开门营业"]
)
def test_sounds_alone_have_the_shape_too(words: str) -> None:
    assert asks("", syllables(words))


@pytest.mark.parametrize(
    "words", ["非常不满意你们", "怎么这么慢啊真是", "服务态度很好啊", "为什么总是打电话"]
)
def test_sounds_alone_that_ask_nothing_are_none(words: str) -> None:
    assert not asks("", syllables(words))


def lines(name: str) -> list[list[str]]:
    return [row.split("\t") for row in (TESTS / name).read_text("utf-8").splitlines()[1:]]


def test_no_rating_that_was_never_seen_is_taken_for_a_question() -> None:
    assert [words for words, _label in lines("nlu/blind/rating.tsv") if asks(words)] == []


def test_of_blind_questions_to_a_shop_most_are_heard_as_such_where_a_rating_was_asked() -> None:
    asked = [question for question, code in lines("logic/knowledge/blind.tsv") if not question.isascii()]
    read = [understand(shipped().heard(question), Asked("rating")).intent for question in asked]
    assert read.count(Intent.QUESTION) / len(read) >= 0.8


def test_an_angry_question_is_answered_as_anger_and_no_free_answer_is_lost() -> None:
    reading = understand(shipped().heard("慢死了"), Asked("rating"))
    assert reading.intent is not Intent.QUESTION
    reason = understand(shipped().heard("店员问我有没有会员卡问了三遍"), Asked("free"))
    assert reason.intent is not Intent.QUESTION
