"""Stages and fifths by the pure rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.score import Stages, lifecycle, quintiles


@pytest.mark.parametrize(
    ("orders", "first", "last", "stage"),
    [
        (0, None, None, "prospect"),
        (1, 0, 0, "new"),
        (1, 30, 30, "new"),
        (1, 31, 31, "active"),
        (2, 30, 5, "active"),
        (2, 90, 59, "active"),
        (2, 90, 60, "dormant"),
        (1, 365, 365, "dormant"),
        (1, 366, 366, "lost"),
        (9, 800, 366, "lost"),
        # every 10 days, then 29, 30 and 200 days of silence: a broken rhythm counts from day 30
        (4, 59, 29, "active"),
        (4, 60, 30, "at_risk"),
        (4, 230, 200, "at_risk"),
        # every 40 days: 60 days of silence are no broken rhythm yet, 120 are
        (5, 220, 60, "dormant"),
        (5, 279, 119, "dormant"),
        (5, 280, 120, "at_risk"),
        (3, 230, 200, "dormant"),  # too few orders for a rhythm
    ],
)
def test_the_stage_of_a_customer(orders, first, last, stage):
    assert lifecycle(orders, first, last) == stage


def test_thresholds_are_data():
    assert lifecycle(2, 90, 60, Stages(dormant_days=90)) == "active"


@given(st.dictionaries(st.integers(1, 99), st.integers(-5, 5)))
def test_fifths_are_even_ordered_and_complete(values):
    fifths = quintiles(values)
    assert fifths.keys() == values.keys()
    sizes = [sum(1 for f in fifths.values() if f == fifth) for fifth in range(1, 6)]
    assert max(sizes) - min(sizes) <= 1
    assert sizes == sorted(sizes, reverse=True)
    ranked = sorted(values, key=lambda c: (values[c], c))
    assert [fifths[c] for c in ranked] == sorted(fifths.values())
