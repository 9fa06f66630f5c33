"""Which features a model has weights for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.understanding.features import features
from huifang.logic.understanding.known import known, places
from huifang.nlu.fitting import often, packed

INDICES = st.lists(st.integers(0, 2**26 - 1), min_size=1, max_size=30)


@given(INDICES, INDICES)
def test_what_is_known_is_found_at_its_own_place_and_nothing_else_is(
    keys: list[int], asked: list[int]
) -> None:
    table = np.unique(np.array(keys, np.uint32))
    index = np.array(asked, np.int64)
    at, is_known = places(table, index)
    assert is_known.tolist() == [i in set(keys) for i in asked]
    assert table[at[is_known]].tolist() == [i for i in asked if i in set(keys)]
    rows, value = known(table, (index, index.astype(np.float32)))
    assert table[rows].astype(np.float32).tolist() == value.tolist()


@pytest.mark.parametrize(("least", "texts"), [(1, 3), (2, 2), (3, 1)])
def test_known_is_what_enough_texts_have(least: int, texts: int) -> None:
    given = [features(text) for text in ("茶凉了", "茶好", "茶凉")]
    times = {i: sum(i in index.tolist() for index, _ in given) for index, _ in given for i in index.tolist()}
    assert set(often(given, least).tolist()) == {i for i, n in times.items() if n >= least}


def test_what_nobody_said_weighs_nothing() -> None:
    keys = np.setdiff1d(often([features("东西很好")], 1), often([features("猫睡了")], 1))
    weights = packed(
        ("bad", "good"), keys, np.tile(np.float32([-1, 1]), (len(keys), 1)), np.float32([0.5, 0])
    )
    assert weights.leaning(features("东西很好")).label == "good"
    assert weights.leaning(features("猫睡了")).label == "bad", "the bias alone"


def test_a_feature_that_tells_nothing_is_not_kept() -> None:
    table = np.float32([[0, 0], [-1, 1], [1e-6, 0]])
    weights = packed(("bad", "good"), np.array([3, 5, 8], np.uint32), table, np.zeros(2, np.float32))
    assert weights.keys.tolist() == [5]
