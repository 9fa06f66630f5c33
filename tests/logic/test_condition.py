"""The condition tree in memory."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from law.condition_trees import facts, trees

from huifang.logic.condition import (
    MAX_DEPTH,
    MAX_NODES,
    OPS,
    All,
    Any,
    ConditionInvalid,
    Known,
    Not,
    Test,
    closure,
    fields_of,
    from_json,
    holds,
    reasons,
    to_json,
)

DORMANT = {
    "all": [
        {"field": "recency_days", "op": "between", "value": [60, 89]},
        {"any": [{"field": "city", "op": "in", "value": ["杭州", "上海"]}, {"known": "last_score"}]},
        {"not": {"field": "last_product", "op": "contains", "value": "面膜"}},
    ]
}


def test_a_tree_from_json_holds_for_the_right_facts():
    tree = from_json(DORMANT)
    assert holds(tree, {"recency_days": 60, "city": "杭州", "last_product": "面霜"})
    assert holds(tree, {"recency_days": 89, "last_score": 1})
    assert not holds(tree, {"recency_days": 90, "city": "杭州"})
    assert not holds(tree, {"recency_days": 60, "city": "北京"})
    assert not holds(tree, {"recency_days": 60, "city": "杭州", "last_product": "补水面膜"})
    assert fields_of(tree) == {"recency_days", "city", "last_score", "last_product"}


@pytest.mark.parametrize(
    ("op", "value", "true_for", "false_for"),
    [
        ("eq", 3, 3, 2),
        ("ne", 3, 2, 3),
        ("lt", 3, 2, 3),
        ("le", 3, 3, 4),
        ("gt", 3, 4, 3),
        ("ge", 3, 3, 2),
        ("between", (2, 3), 2, 1),
        ("in", (1, 3), 3, 2),
        ("contains", "面", "面霜", "精华"),
        ("lt", "2026-02-01", date(2026, 1, 31), date(2026, 2, 1)),
        ("eq", "2026-02-01", date(2026, 2, 1), date(2026, 2, 2)),
        ("eq", True, True, False),
    ],
)
def test_each_operator(op, value, true_for, false_for):
    test = Test("x", op, value)
    assert holds(test, {"x": true_for})
    assert not holds(test, {"x": false_for})


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("unknown", [None, "", datetime(2026, 1, 1, tzinfo=UTC), [1], float("nan")])
def test_a_test_on_an_unknown_fact_is_false_and_its_not_is_true(op, unknown):
    value = {"between": (1, 2), "in": (1, 2), "contains": "x"}.get(op, 1)
    test = Test("x", op, value)
    for values in ({}, {"x": unknown}):
        assert not holds(test, values)
        assert holds(Not(test), values)
        assert not holds(Known("x"), values)


@pytest.mark.parametrize(("value", "fact"), [(1, True), (True, 1), (1, "1"), ("1", 1), ("2026-01-01", 5)])
def test_a_fact_of_another_kind_is_unknown_to_a_test(value, fact):
    for op in ("eq", "ne"):
        assert not holds(Test("x", op, value), {"x": fact})


def test_nothing_needed_holds_and_none_of_nothing_does_not():
    assert holds(All(), {})
    assert not holds(Any(), {})


@given(trees)
def test_json_both_ways_gives_the_same_tree(tree):
    assert from_json(json.loads(json.dumps(to_json(tree)))) == tree


@given(trees, facts)
def test_not_always_turns_the_outcome_round(tree, values):
    assert holds(Not(tree), values) is not holds(tree, values)


@given(trees, facts, facts)
def test_the_reasons_suffice_for_the_outcome(tree, values, others):
    outcome, why = reasons(tree, values)
    assert outcome is holds(tree, values)
    named = {reason.leaf.field for reason in why}
    assert named <= fields_of(tree)
    changed = {**{k: v for k, v in others.items() if k not in named}, **{k: values.get(k) for k in named}}
    assert holds(tree, changed) is outcome
    assert all(holds(reason.leaf, values) is reason.holds for reason in why)


def test_a_compiled_tree_answers_many_times():
    ask = closure(from_json(DORMANT))
    assert [ask({"recency_days": days, "last_score": 5}) for days in (59, 60, 90)] == [False, True, False]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["all", "any", "not", "known", "field", "op", "value"]), inner)
    ),
)


@given(JSON)
def test_any_json_is_a_tree_or_one_clear_sentence(data):
    try:
        tree = from_json(data)
    except ConditionInvalid as refusal:
        sentence = str(refusal)
    else:
        sentence = str(holds(tree, {}))
    assert "\n" not in sentence
    assert len(sentence) < 400


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"field": "x", "op": "like", "value": 1}, "'like'"),
        ({"field": "x", "op": "between", "value": [1]}, "two values"),
        ({"field": "x", "op": "between", "value": 5}, "list of values"),
        ({"field": "x", "op": "in", "value": []}, "list of values"),
        ({"field": "x", "op": "in", "value": [1, "a"]}, "different kinds"),
        ({"field": "x", "op": "in", "value": list(range(501))}, "500"),
        ({"field": "x", "op": "lt", "value": "many"}, "a number or a date"),
        ({"field": "x", "op": "lt", "value": "2026-02-30"}, "a number or a date"),
        ({"field": "x", "op": "lt", "value": True}, "a number or a date"),
        ({"field": "x", "op": "contains", "value": 1}, "needs text"),
        ({"field": "x", "op": "eq", "value": None}, "usable value"),
        ({"field": "x", "op": "eq", "value": ""}, "usable value"),
        ({"field": "x", "op": "eq", "value": "a\0b"}, "usable value"),
        ({"field": "x", "op": "eq", "value": "\ud800"}, "usable value"),
        ({"field": "x", "op": "eq", "value": float("nan")}, "usable value"),
        ({"field": "x", "op": "eq", "value": 10**30}, "usable value"),
        ({"field": "x", "op": "eq", "value": "长" * 201}, "usable value"),
        ({"field": "x; drop table", "op": "eq", "value": 1}, "name of a field"),
        ({"known": ["x"]}, "name of a field"),
        ({"all": {"known": "x"}}, "needs a list"),
        ({"all": [], "any": []}, "none of all, any"),
        ([], "not a condition"),
        (None, "not a condition"),
    ],
)
def test_what_cannot_be_a_condition_is_refused_in_one_sentence(data, words):
    with pytest.raises(ConditionInvalid, match=words) as caught:
        from_json(data)
    assert str(caught.value).startswith("The condition cannot be used: ")
    str(caught.value).encode()


def test_a_nesting_bomb_is_refused():
    bomb: object = {"known": "x"}
    for _ in range(5000):
        bomb = {"not": bomb}
    with pytest.raises(ConditionInvalid, match=f"more than {MAX_DEPTH} deep"):
        from_json(bomb)
    deepest = Known("x")
    for _ in range(MAX_DEPTH - 1):
        deepest = Not(deepest)
    with pytest.raises(ConditionInvalid, match="deep"):
        Not(deepest)


def test_a_bomb_of_many_parts_is_refused():
    wide = {"any": [{"known": "x"}] * MAX_NODES}
    with pytest.raises(ConditionInvalid, match=f"more than {MAX_NODES} parts"):
        from_json(wide)
    with pytest.raises(ConditionInvalid, match="parts"):
        from_json({"any": [{"known": "x"}] * 1_000_000})


def test_a_tree_cannot_be_built_from_something_else():
    with pytest.raises(ConditionInvalid):
        All(({"known": "x"},))
    with pytest.raises(ConditionInvalid):
        Not(None)
