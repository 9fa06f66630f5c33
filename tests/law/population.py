"""Customers of every kind that conditions can meet, small values so that tests hit them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from huifang.customers.models import Customer, CustomerFacts, Lifecycle
from huifang.people.models import Store

T = TypeVar("T")

TEXTS = ("", "面霜", "保湿面霜", "Serum", "serum", "100%", "a_b", "a'b", "a\\b", "É", "é", " ", "😀霜")
START = datetime(2026, 1, 1, 15, 30, tzinfo=UTC)  # close to midnight in China


def populate(seed: int, size: int) -> None:
    """Make ``size`` customers; some without facts, store or anything else that may be unknown."""
    rng = random.Random(seed)

    def maybe(choices: Sequence[T]) -> T | None:
        return rng.choice(choices) if rng.random() < 0.75 else None

    moments = [START + timedelta(minutes=20 * step) for step in range(0, 200, 3)]
    stores = [
        Store.objects.create(code=f"s{n}", name=name, region=rng.choice(TEXTS))
        for n, name in enumerate(TEXTS)
        if name
    ]
    for number in range(size):
        customer = Customer.objects.create(
            member_number=rng.choice((None, f"{rng.choice(TEXTS)}{number}")),
            name="某人",
            gender=rng.choice(("", "female", "male")),
            birthday=maybe([date(2026, month, day) for month in (1, 2, 12) for day in (1, 2)]),
            store=maybe(stores),
            created_at=START,
            updated_at=START,
        )
        if rng.random() < 0.85:
            CustomerFacts.objects.create(
                customer=customer,
                order_count=rng.randrange(4),
                total_cents=rng.randrange(-2, 4),
                last_year_cents=rng.choice((0, 1, 2**40)),
                first_order_at=maybe(moments),
                last_order_at=maybe(moments),
                last_contacted_at=maybe(moments),
                first_product=rng.choice(TEXTS),
                last_product=rng.choice(TEXTS),
                recency_days=maybe(range(-1, 4)),
                first_order_days=maybe(range(-1, 4)),
                recency_quintile=maybe(range(1, 4)),
                frequency_quintile=maybe(range(1, 4)),
                monetary_quintile=maybe(range(1, 4)),
                lifecycle=rng.choice(Lifecycle.values),
                last_score=maybe(range(1, 4)),
            )
