"""Wilson's interval against published values, and when one share stands out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.interval import Share, ahead

# Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3 (score, without continuity correction).
PUBLISHED = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("hits", "n", "low", "high"), PUBLISHED)
def test_the_interval_is_the_published_one(hits, n, low, high):
    share = Share(hits, n)
    assert (share.low, share.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_lies_in_its_interval_and_the_interval_in_0_to_1(pair):
    share = Share(*pair)
    assert 0 <= share.low <= share.value + 1e-12
    assert share.value - 1e-12 <= share.high <= 1


def test_of_nothing_nothing_is_known():
    assert (Share(0, 0).value, Share(0, 0).low, Share(0, 0).high) == (None, None, None)


def test_ahead_is_whose_interval_lies_above_all_others():
    assert ahead([Share(10, 100), Share(80, 100), Share(40, 100)]) == 1
    assert ahead([Share(10, 100), Share(12, 100)]) is None
    assert ahead([Share(90, 100), Share(0, 0)]) is None
    assert ahead([Share(90, 100)]) is None
    assert ahead([]) is None
