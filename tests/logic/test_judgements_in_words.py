"""Judgements put together from their words, on sentences that no list holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Asked, Intent, Reading, understand
from huifang.logic.understanding.points import points
from huifang.logic.understanding.sounds import han, syllables

COMMITTED = 0.8
FILLERS = ["嗯", "那个", "呃", "怎么说呢", "我觉得吧", "说实话", "其实", "你们家", "这次"]
PARTICLES = ["", "吧", "啊", "啦", "呢", "哦"]
WHOLE = [
    ("满意", "4"), ("非常满意", "5"), ("不太满意", "2"), ("一点都不满意", "1"), ("谈不上多满意", "2"), ("没觉得有多好", "2"),
    ("没有比这更差的了", "1"), ("挺不错的", "4"), ("不好也不坏", "3"), ("好到没朋友", "5"), ("糟心", "1"), ("太糟心了", "1"),
    ("比以前好", "4"), ("没上次好", "2"), ("要多差有多差", "1"), ("满意得不能再满意了", "5"),
]  # fmt: skip


def read(words: str, asked: str = "rating") -> Reading:
    return understand(Utterance(words), Asked(asked))


@pytest.mark.parametrize(
    ("words", "score"),
    [
        ("不是一般的满意", "5"), ("不要太满意", "5"), ("从来没这么满意过", "5"), ("满意到飞起", "5"), ("相当可以", "5"),
        ("没什么不满意的", "4"), ("比上次好多了", "4"), ("哪有什么不满意的", "4"), ("不算好也不算差", "3"), ("既不满意也不失望", "3"),
        ("没有特别满意也没有不满意", "3"), ("满意谈不上", "2"), ("满意不起来", "2"), ("不太令人满意", "2"), ("没让我满意", "2"),
        ("不如上次", "2"), ("离满意还差一点", "2"), ("压根谈不上满意", "1"), ("差到姥姥家了", "1"), ("哪儿哪儿都不满意", "1"),
    ],
)  # fmt: skip
def test_what_stands_around_a_judging_word_decides(words: str, score: str) -> None:
    reading = read(words)
    assert (reading.intent, reading.code) == (Intent.RATING, score), reading


@pytest.mark.parametrize(
    "words", ["不能说不满意吧", "说不上不满意", "哪里满意了", "满意才怪", "服务好但是质量差"]
)
def test_what_may_mean_either_is_confirmed(words: str) -> None:
    reading = read(words)
    assert reading.intent is not Intent.RATING or reading.confidence < COMMITTED, reading


@pytest.mark.parametrize(
    ("words", "score"),
    [("一般，啊不对，满意", "4"), ("满意，哦不，不满意", "2"), ("挺好的，说错了，是很差", "1")],
)
def test_who_corrects_himself_means_the_last(words: str, score: str) -> None:
    assert read(words).code == score


@given(st.sampled_from(WHOLE), st.lists(st.sampled_from(FILLERS), max_size=2), st.sampled_from(PARTICLES))
def test_fillers_never_change_a_rating(said: tuple[str, str], fillers: list[str], particle: str) -> None:
    words, score = said
    reading = read("".join(fillers) + words + particle)
    assert (reading.intent, reading.code) == (Intent.RATING, score), reading


@given(st.sampled_from([words for words, _ in WHOLE]), st.sampled_from(["吗", "么"]))
def test_a_question_never_commits_a_rating(words: str, particle: str) -> None:
    reading = read(words + particle)
    assert reading.intent is not Intent.RATING or reading.confidence < COMMITTED, reading


@pytest.mark.parametrize(
    ("words", "score"),
    [
        ("我给四没有十全十美嘛", 4), ("三分不对四分", 4), ("不是三分是四分", 4), ("三分太低了四分差不多", 4), ("比一分强一点二", 2),
        ("我本来想给三分算了一分", 1), ("就一分", 1), ("扣一分", 4), ("差一分满分", 4), ("打个二吧", 2), ("顶多两分", 2), ("倒数第二", 2),
        ("打八分", 4), ("给你们九十五分", 5), ("八十五", 4), ("百分之六十", 3), ("不给满分四分吧", 4),
    ],
)  # fmt: skip
def test_of_several_numbers_the_one_that_is_meant_counts(words: str, score: int) -> None:
    found = points(syllables(words), han(words))
    assert found is not None
    assert found.score == score


@pytest.mark.parametrize(
    "words",
    [
        "我买了三件",
        "五分是最高还是最低",
        "一分是最好吗",
        "十分不满意",
        "我女儿今年五岁",
        "五一那天去的",
        "三乘以七等于二十一",
        "等了五分钟",
    ],
)
def test_a_number_of_something_else_is_no_score(words: str) -> None:
    assert points(syllables(words), han(words)) is None


@pytest.mark.parametrize(
    "words", ["还可以，四分嘛", "勉勉强强两分", "菜好服务差，扯平三分", "满分不至于，四分"]
)
def test_a_number_says_more_than_the_words_beside_it_and_is_read_back(words: str) -> None:
    reading = read(words)
    found = points(syllables(words), han(words))
    assert found is not None
    assert (reading.intent, reading.code) == (Intent.RATING, str(found.score)), reading
    assert reading.confidence < COMMITTED


@pytest.mark.parametrize("words", ["比最差好一点", "都行", "按一"])
def test_what_hardly_tells_a_score_commits_to_none(words: str) -> None:
    reading = read(words)
    assert reading.intent is not Intent.RATING or reading.confidence < COMMITTED, reading


@given(st.text(max_size=30), st.booleans())
def test_any_text_has_at_most_one_score_that_lies_inside_it(text: str, is_written: bool) -> None:
    sounds = syllables(text)
    characters = han(text) if is_written and len(han(text)) == len(sounds) else ""
    found = points(sounds, characters)
    assert found is None or (1 <= found.score <= 5 and 0 <= found.start < found.end <= len(sounds))
