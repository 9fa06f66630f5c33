"""The law of conditions: the tree in memory and the tree as a query find the same customers.

It runs over every field of the customers' catalogue, unasked, on SQLite and (servers/) PostgreSQL.
"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from law.condition_trees import trees_over
from law.population import TEXTS, populate

from huifang.conditions.fields import Field, Kind
from huifang.conditions.query import query
from huifang.customers.fields import CUSTOMER_FIELDS
from huifang.customers.models import Customer
from huifang.logic.condition import (
    All,
    Any,
    Condition,
    ConditionInvalid,
    Known,
    Not,
    Test,
    closure,
    fields_of,
)

pytestmark = pytest.mark.django_db
# The customers are the same for every tree, and asking changes none of them.
LAW = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=250
)

_VALUES = {
    Kind.INT: st.integers(-2, 4) | st.sampled_from([40_000, 2**31, -(2**33), 2**53]),
    Kind.MONEY: st.integers(-2, 4) | st.sampled_from([2**40, 2**53]),
    Kind.TEXT: st.sampled_from([text for text in TEXTS if text] + ["霜", "%", "_", "1", "S", "s"]),
    Kind.DATE: st.dates(date(2025, 12, 31), date(2026, 1, 6)).map(date.isoformat),
}


def leaves_of(field: Field) -> st.SearchStrategy[Condition]:
    """Every question that may be asked of ``field``."""
    name = st.just(field.name)
    values = st.sampled_from(sorted(field.choices)) if field.kind is Kind.CHOICE else _VALUES[field.kind]
    one_value = ["eq", "ne"]
    kinds = [st.builds(Known, name), st.builds(Test, name, st.just("in"), st.lists(values, min_size=1, max_size=3).map(tuple))]  # fmt: skip
    if field.kind in (Kind.INT, Kind.MONEY, Kind.DATE):
        one_value += ["lt", "le", "gt", "ge"]
        kinds.append(st.builds(Test, name, st.just("between"), st.tuples(values, values)))
    if field.kind is Kind.TEXT:
        one_value.append("contains")
    return st.one_of(*kinds, st.builds(Test, name, st.sampled_from(one_value), values))


any_leaf = st.sampled_from(sorted(CUSTOMER_FIELDS)).flatmap(lambda name: leaves_of(CUSTOMER_FIELDS[name]))


def both_readings(tree: Condition) -> tuple[set[int], set[int]]:
    holds = closure(tree)
    everybody = Customer.objects.select_related("store", "facts")
    names = fields_of(tree)
    return (
        {customer.pk for customer in everybody if holds(CUSTOMER_FIELDS.facts(customer, names))},
        set(Customer.objects.filter(query(tree, CUSTOMER_FIELDS)).values_list("pk", flat=True)),
    )


@pytest.fixture
def people(db):
    populate(seed=20260915, size=80)


@LAW
@given(trees_over(any_leaf))
def test_a_random_tree_finds_the_same_customers_in_memory_and_in_the_database(people, tree):
    in_memory, in_database = both_readings(tree)
    assert in_memory == in_database


@pytest.mark.parametrize("name", sorted(CUSTOMER_FIELDS))
def test_each_field_is_known_to_both_readings_and_not_to_everybody_alike(people, name):
    in_memory, in_database = both_readings(Known(name))
    assert in_memory == in_database
    assert in_memory  # a field that nobody ever knows would prove nothing
    outcomes = both_readings(Not(Known(name)))
    assert outcomes[0] == outcomes[1]


def test_nothing_asked_is_everybody_and_none_of_nothing_is_nobody(people):
    everybody = set(Customer.objects.values_list("pk", flat=True))
    for tree, expected in ((All(), everybody), (Not(All()), set()), (Any(), set()), (Not(Any()), everybody)):
        assert both_readings(tree) == (expected, expected)


def test_the_widest_and_the_deepest_tree_can_be_asked(people):
    wide = Any(tuple(Test("last_product", "ne", f"商品{n}") for n in range(199)))
    deep: Condition = Test("store", "contains", "霜")
    for _ in range(15):
        deep = Not(deep)
    many = Test("recency_days", "in", tuple(range(500)))
    for tree in (wide, deep, many):
        in_memory, in_database = both_readings(tree)
        assert in_memory == in_database


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (Test("shoe_size", "eq", 1), "no field"),
        (Known("facts__customer__name"), "no field"),
        (Test("recency_days", "eq", 2.5), "cannot have"),
        (Test("recency_days", "eq", True), "cannot have"),
        (Test("recency_days", "contains", "1"), "cannot be tested"),
        (Test("lifecycle", "eq", "asleep"), "cannot have"),
        (Test("birthday", "eq", "tomorrow"), "cannot have"),
        (Test("last_product", "lt", 3), "cannot be tested"),
    ],
)
def test_a_question_that_the_catalogue_cannot_answer_is_refused(tree, words):
    with pytest.raises(ConditionInvalid, match=words):
        query(tree, CUSTOMER_FIELDS)
