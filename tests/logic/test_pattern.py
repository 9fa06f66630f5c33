"""Rules read as characters and as sounds, and only those tried that can hold."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.understanding import questions, refusals, sayings, speakers, strangers
from huifang.logic.understanding.necessary import letters
from huifang.logic.understanding.pattern import Found, Grammar, Rule
from huifang.logic.understanding.reading import Intent
from huifang.logic.understanding.sounds import han, syllables

RULES = (*refusals.RULES, *strangers.RULES, *speakers.RULES, *sayings.RULES, *questions.RULES)
WORDS = {**refusals.WORDS, **strangers.WORDS, **speakers.WORDS, **questions.WORDS}
ALL = Grammar(RULES, WORDS)
EACH = [Grammar((rule,), WORDS) for rule in RULES]
"""Every rule by itself, so that none is passed over for what another needs."""


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("别打", "别"),
        ("(?:别|不要)再?(?:打|联系|骚扰)", "别不"),
        ("(?:别|不要)?再?", ""),
        ("a{0,3}(?=b)", "b"),
        ("(?<!x)[yz]+", "yz"),
        ("[^y]", ""),
        ("(?P<void>上午)?", ""),
        ("^$|a", ""),
    ],
)
def test_what_a_pattern_cannot_do_without(pattern: str, needed: str) -> None:
    assert letters(pattern) == frozenset(needed)


@given(
    st.from_regex("[(](?:[?]:)?[abc]{1,4}[|][abc]{1,3}[)][?*+]?[abc]{0,2}[?]?[|]?[abc]?", fullmatch=True),
    st.text("abcd", max_size=8),
)
def test_whatever_matches_has_one_of_them(pattern: str, text: str) -> None:
    needed = letters(pattern)
    if needed and re.search(pattern, text):
        assert needed.intersection(text)


def found(grammar: Grammar, text: str, *, by_sound: bool) -> list[Found]:
    return list(grammar.find("" if by_sound else text, syllables(text), "yes_no"))


@given(
    st.lists(
        st.sampled_from(
            [
                "别再给我打电话了",
                "不要",
                "联系",
                "打错了",
                "他搬走了",
                "去世",
                "找人工",
                "你是机器人吗",
                "没听清",
                "再说一遍",
                "忙着呢",
                "明天",
                "不方便",
                "好",
                "谁",
                "拉黑",
                "名单",
                "删",
                "号码",
                "投诉",
                "回头",
            ]
        ),
        max_size=5,
    ).map("".join)
)
def test_no_rule_is_passed_over(text: str) -> None:
    text = han(text)
    for by_sound in (False, True):
        one_by_one = [f for grammar in EACH for f in found(grammar, text, by_sound=by_sound)]
        assert found(ALL, text, by_sound=by_sound) == one_by_one


def test_a_rule_holds_for_sounds_whose_characters_are_wrong() -> None:
    rule = Rule(Intent.REFUSAL, "", "(?:别|不要)再~2打[我了]")
    for text, sounds in (("", "bie zai gei wo da le"), ("憋在给我达乐", "bie zai gei wo da le")):
        (place,) = Grammar((rule,), {}).find(text, tuple(sounds.split()))
        assert (place.start, place.end, place.by_sound) == (0, 6, bool(text))
