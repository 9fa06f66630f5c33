"""The segments that come with the product, as data: each a condition tree over the customers' fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from huifang.conditions.query import query
from huifang.customers.fields import CUSTOMER_FIELDS
from huifang.logic.condition import from_json
from huifang.people import audit
from huifang.people.models import User
from huifang.segments.models import Segment


@dataclass(frozen=True, slots=True)
class ShippedSegment:
    slug: str
    name: str
    tree: dict[str, Any]


SHIPPED = (
    ShippedSegment(
        "loyal-high-value",
        "高价值忠诚客户",
        {
            "all": [
                {"field": "monetary_quintile", "op": "ge", "value": 4},
                {"field": "frequency_quintile", "op": "ge", "value": 4},
                {"field": "recency_days", "op": "lt", "value": 60},
            ]
        },
    ),
    ShippedSegment("new-customers", "新客户", {"field": "lifecycle", "op": "eq", "value": "new"}),
    ShippedSegment(
        "first-order-followup",
        "首单后3至5天",
        {
            "all": [
                {"field": "order_count", "op": "eq", "value": 1},
                {"field": "first_order_days", "op": "between", "value": [3, 5]},
            ]
        },
    ),
    ShippedSegment("dormant-60", "沉睡60天", {"field": "recency_days", "op": "between", "value": [60, 89]}),
    ShippedSegment("dormant-90", "沉睡90天", {"field": "recency_days", "op": "between", "value": [90, 365]}),
    ShippedSegment("at-risk", "流失预警", {"field": "lifecycle", "op": "eq", "value": "at_risk"}),
    ShippedSegment(
        "slipping-away",
        "潜在流失",
        {
            "all": [
                {"field": "recency_quintile", "op": "le", "value": 2},
                {"field": "order_count", "op": "ge", "value": 2},
                {"field": "recency_days", "op": "between", "value": [60, 365]},
            ]
        },
    ),
    ShippedSegment("lost", "已流失", {"field": "lifecycle", "op": "eq", "value": "lost"}),
    ShippedSegment("big-spenders", "年消费过千", {"field": "last_year_cents", "op": "ge", "value": 100_000}),
    ShippedSegment("dissatisfied", "近期不满意", {"field": "last_score", "op": "le", "value": 2}),
)


def install_shipped(*, acting_user: User) -> list[Segment]:
    """Make the shipped segments that are not there yet; a segment that somebody changed stays as it is."""
    made: list[Segment] = []
    with transaction.atomic():
        there = set(Segment.objects.values_list("slug", flat=True))
        for shipped in SHIPPED:
            if shipped.slug in there:
                continue
            query(from_json(shipped.tree), CUSTOMER_FIELDS)  # refuses a tree that cannot be asked
            segment = Segment.objects.create(slug=shipped.slug, name=shipped.name, tree=shipped.tree)
            audit.record(acting_user=acting_user, action="segments.create", thing=segment, slug=shipped.slug)
            made.append(segment)
    return made
