"""Hypothesis strategies for condition trees and facts, shared by the unit and the law tests."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from huifang.logic.condition import All, Any, Condition, Known, Not, Test

NUMBERS = ("score", "order_count")
TEXTS = ("city", "last_product")
DATES = ("birthday",)
FLAGS = ("is_vip",)

numbers = st.integers(-3, 6)
texts = st.sampled_from(["杭州", "上海", "面霜", "保湿面霜", "Serum", "serum", "%", "_", "a'b", "\\"])
dates = st.dates(date(2026, 1, 1), date(2026, 1, 5)).map(date.isoformat)


def _tests(fields: tuple[str, ...], values: st.SearchStrategy, *, ordered: bool, contains: bool) -> st.SearchStrategy:  # fmt: skip
    name = st.sampled_from(fields)
    one_value_ops = (
        ["eq", "ne"] + (["lt", "le", "gt", "ge"] if ordered else []) + (["contains"] if contains else [])
    )
    kinds = [
        st.builds(Test, name, st.sampled_from(one_value_ops), values),
        st.builds(Test, name, st.just("in"), st.lists(values, min_size=1, max_size=4).map(tuple)),
        st.builds(Known, name),
    ]
    if ordered:
        kinds.append(st.builds(Test, name, st.just("between"), st.tuples(values, values)))
    return st.one_of(kinds)


leaves = st.one_of(
    _tests(NUMBERS, numbers, ordered=True, contains=False),
    _tests(TEXTS, texts, ordered=False, contains=True),
    _tests(DATES, dates, ordered=True, contains=False),
    _tests(FLAGS, st.booleans(), ordered=False, contains=False),
)


def trees_over(leaves: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """Trees whose leaves come from ``leaves``."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(inner, max_size=3).map(lambda parts: Any(tuple(parts))),
            inner.map(Not),
        ),
        max_leaves=8,
    )


trees = trees_over(leaves)

facts = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.none() | numbers for name in NUMBERS},
        **{name: st.none() | st.just("") | texts for name in TEXTS},
        **{name: st.none() | dates.map(date.fromisoformat) for name in DATES},
        **{name: st.none() | st.booleans() for name in FLAGS},
    },
)
