"""How words sound and where they fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.understanding.ratings import digit_phrases, point_phrases, rating_phrases
from huifang.logic.understanding.sounds import distance, fit, marked, plain, soft, split, syllables

SYLLABLE = st.sampled_from(
    [
        "bu",
        "man",
        "yi",
        "fei",
        "chang",
        "zhang",
        "zang",
        "nv",
        "lv",
        "shi",
        "si",
        "er",
        "hao",
        "hui",
        "fen",
        "feng",
        "ao",
        "e",
        "xiang",
        "xian",
    ]
)
HEARD = st.lists(SYLLABLE, max_size=8).map(tuple)


def place(phrase: str, heard: str) -> tuple[float, int, int]:
    wanted, got = tuple(phrase.split()), tuple(heard.split())
    return fit(wanted, soft(wanted, ""), got, soft(got, ""))


def test_characters_digits_and_letters_become_syllables() -> None:
    assert syllables("非常满意！") == ("fei", "chang", "man", "yi")
    assert syllables("打5分") == syllables("打五分") == syllables("打５分") == ("da", "wu", "fen")
    assert syllables("女士，绿色") == ("nv", "shi", "lv", "se")
    assert syllables("你是AI吗")[2] == "ai"
    assert syllables("abc, 😀") == ()


def test_tone_marks_are_dropped_and_u_umlaut_is_v() -> None:
    assert [plain(s) for s in ("ēi", "áng", "ǚ", "lǜ", "ó", "ń")] == ["ei", "ang", "v", "lv", "o", "n"]


def test_bie_denies_only_where_it_is_an_order() -> None:
    assert marked(("te", "bie", "hao")) == ("te", "bye", "hao")
    assert marked(("bie", "de")) == ("bye", "de")
    assert marked(("bie", "da", "le")) == ("bie", "da", "le")


def test_particles_are_known_by_their_characters_where_there_are_any() -> None:
    assert soft(("la", "ji"), "垃圾") == (False, False)
    assert soft(("la", "ji"), "") == (True, False)
    assert soft(("hao", "de"), "好的") == (False, True)


@pytest.mark.parametrize(
    ("near", "far"),
    [
        (("zhang", "zang"), ("zhang", "bu")),
        (("nan", "lan"), ("nan", "shi")),
        (("man", "mang"), ("man", "mei")),
        (("fu", "hu"), ("fu", "tai")),
    ],
)
def test_blurred_syllables_are_nearer_than_others(near: tuple[str, str], far: tuple[str, str]) -> None:
    assert 0 < distance(*near) < 0.3 < distance(*far)


@given(SYLLABLE, SYLLABLE)
def test_distance_is_symmetric_bounded_and_zero_for_the_same(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert 0 <= distance(one, other) <= 1
    assert (distance(one, other) == 0) == (one == other)
    assert "".join(split(one)).lstrip("-") == one


def test_a_phrase_is_found_where_it_stands() -> None:
    assert place("man yi", "wo fei chang man yi a") == (0.0, 3, 5)
    assert place("man yi", "man yi") == (0.0, 0, 2)
    cost, start, end = place("fei chang man yi", "fei chang de man yi")
    assert (0 < cost < 0.3, start, end) == (True, 0, 5)


def test_a_negation_put_in_or_left_out_is_dear() -> None:
    assert place("bu man yi", "man yi")[0] >= 2
    assert place("fei chang man yi", "fei chang bu man yi")[0] >= 2
    assert place("hen man yi", "bu man yi")[0] >= 1


@given(HEARD, HEARD, HEARD)
def test_a_phrase_inside_any_words_costs_nothing(before: tuple, phrase: tuple, after: tuple) -> None:
    heard = before + phrase + after
    cost, start, end = fit(phrase, soft(phrase, ""), heard, soft(heard, ""))
    assert cost == 0
    assert 0 <= start <= end <= len(heard)
    assert not phrase or heard[start:end] == phrase


def test_no_phrase_means_two_scores() -> None:
    phrases = [p for _, p in (*rating_phrases(), *point_phrases())]
    assert len(phrases) > 500
    assert len(set(phrases)) == len(phrases)
    assert len({p for _, p in digit_phrases()}) == len(list(digit_phrases()))
    by_sound: dict[tuple[str, ...], set[int]] = {}
    for score, phrase in rating_phrases():
        by_sound.setdefault(syllables(phrase), set()).add(score)
    assert [p for p, scores in by_sound.items() if len(scores) > 1] == []
