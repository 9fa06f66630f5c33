"""What the models see of words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.understanding.features import BITS, features, in_clauses, normal
from huifang.logic.understanding.sounds import syllables


def seen(text: str) -> set[int]:
    return set(features(text)[0].tolist())


@given(st.text(max_size=80))
def test_any_text_gives_distinct_places_within_the_table_and_values_of_length_one(text: str) -> None:
    index, value = features(text)
    assert len(set(index.tolist())) == len(index)
    assert all(0 <= i < 2**BITS for i in index.tolist())
    assert not len(value) or np.isclose(np.sum(value * value), 1.0, atol=1e-4)


def test_what_is_denied_is_another_feature_than_what_is_said() -> None:
    said = seen("好吃") & seen("真好吃")
    assert len(said & seen("不好吃")) < len(said)


@pytest.mark.parametrize("word", ["不错", "不但", "没想到", "没事", "不愧"])
def test_a_word_that_only_looks_like_a_negation_denies_nothing(word: str) -> None:
    plain = seen("面条") & seen("和面条")
    assert plain <= seen(f"{word}面条")
    assert not plain <= seen("不要面条")


def test_what_stands_behind_a_turn_counts_for_more() -> None:
    index, value = features("味道好但是服务差")
    weight = dict(zip(index.tolist(), value.tolist(), strict=True))
    before, after = seen("味道") & set(weight), seen("服务") & set(weight)
    assert max(weight[i] for i in before - after) < max(weight[i] for i in after - before)


def test_numbers_widths_and_repeated_signs_make_no_difference() -> None:
    assert normal("等了３个小时！！！！") == normal("等了12个小时!!")


def test_sounds_alone_share_their_features_with_the_words() -> None:
    sounds = features("", syllables("东西很好"))
    assert set(sounds[0].tolist()) <= seen("东西很好")


def test_nothing_said_has_no_features() -> None:
    assert len(features("")[0]) == 0


def test_of_a_very_long_text_head_and_end_are_read() -> None:
    told = "东西很好，" * 20_000
    assert seen(told + "结果坏了" + told) == seen(told + told)
    assert seen("坏了") & seen(told + "结果坏了") - seen(told)
    assert seen("坏了") & seen("坏了，" + told) - seen(told)


@given(
    st.lists(
        st.text(st.sampled_from("房间不错但是早餐没有5热水ok挺好吃的人"), min_size=2, max_size=12),
        min_size=1,
        max_size=6,
    )
)
def test_clauses_read_together_have_the_features_that_each_has_by_itself(clauses: list[str]) -> None:
    clauses = [normal(c) for c in clauses]
    at, index, _ = in_clauses(clauses)
    for place, clause in enumerate(clauses):
        assert set(index[at == place].tolist()) == seen(clause)


@given(st.lists(st.text("abc XYZ你好5", min_size=2, max_size=9), min_size=1, max_size=5))
def test_clauses_without_any_sound_have_features_too(clauses: list[str]) -> None:
    at, index, value = in_clauses([normal(c) for c in clauses])
    assert len(at) == len(index) == len(value)
