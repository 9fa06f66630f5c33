"""The page says in words why somebody is in a segment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import translation

from huifang.conditions.words import explain
from huifang.customers.fields import CUSTOMER_FIELDS
from huifang.customers.models import Customer, CustomerFacts
from huifang.logic.condition import All, Known, Not, Test
from huifang.segments.explaining import membership_reason
from huifang.segments.models import Segment

NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("tree", "facts", "sentences"),
    [
        (
            All((Test("recency_days", "between", (60, 89)), Test("total_cents", "ge", 100_000))),
            {"recency_days": 63, "total_cents": 128_050},
            [
                "days since the last order: 63 (asked for: from 60 to 89)",
                "spent in total: ¥1,280.50 (asked for: at least ¥1,000.00)",
            ],
        ),
        (Test("lifecycle", "in", ("new", "lost")), {"lifecycle": "new"}, ["stage: new customer (asked for: one of new customer, lost)"]),
        (Test("last_score", "le", 2), {"last_score": 5}, ["last rating: 5 (not: at most 2)"]),
        (Not(Test("last_score", "le", 2)), {}, ["last rating is not known"]),
        (Known("last_product"), {"last_product": "面霜"}, ["last product: 面霜"]),
    ],
)  # fmt: skip
def test_the_facts_that_decided_are_named(tree, facts, sentences):
    assert explain(tree, facts, CUSTOMER_FIELDS)[1] == sentences


@pytest.mark.django_db
def test_a_customers_own_facts_explain_the_membership():
    customer = Customer.objects.create(name="王芳", created_at=NOW, updated_at=NOW)
    CustomerFacts.objects.create(customer=customer, recency_days=61)
    segment = Segment(slug="s", name="沉睡", tree={"field": "recency_days", "op": "ge", "value": 60})
    assert membership_reason(segment, customer) == "days since the last order: 61 (asked for: at least 60)"


@pytest.mark.django_db
def test_a_segment_that_cannot_be_asked_says_so_instead_of_breaking_the_page():
    customer = Customer.objects.create(name="王芳", created_at=NOW, updated_at=NOW)
    segment = Segment(slug="s", name="旧", tree={"field": "shoe_size", "op": "ge", "value": 60})
    assert "shoe_size" in membership_reason(segment, customer)
