"""The roll-up in the database and the pure rules say the same, on every database."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Sum

from huifang.clock import HOME_ZONE
from huifang.customers.facts import YEAR, refresh_facts, roll_up
from huifang.customers.models import Customer, CustomerFacts, Order
from huifang.logic.score import lifecycle, quintiles

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)


def buy(customer: Customer, at: datetime, cents: int = 100, product: str = "面霜") -> None:
    Order.objects.create(
        customer=customer,
        number=f"D{Order.objects.count()}",
        ordered_at=at,
        amount_cents=cents,
        product=product,
    )


def someone(name: str = "某人") -> Customer:
    return Customer.objects.create(name=name, created_at=NOW, updated_at=NOW)


def days_between(at: datetime, now: datetime) -> int:
    return (now.astimezone(HOME_ZONE).date() - at.astimezone(HOME_ZONE).date()).days


@pytest.fixture
def shoppers() -> list[Customer]:
    """Fifty-seven customers (no multiple of five) with all kinds of histories and many equal values."""
    rng = random.Random(5)
    people = [someone() for _ in range(57)]
    for customer in people[:52]:
        start, pause = rng.choice((2, 25, 40, 61, 90, 250, 366, 500)), rng.choice((0, 1, 8, 30))
        for number in range(rng.choice((1, 1, 2, 4, 9))):
            at = NOW - timedelta(days=start + pause * number, hours=rng.randrange(24))
            buy(customer, at, rng.choice((0, 100, 100, 25_900)), rng.choice(("面霜", "精华")))
    roll_up(None, NOW)
    refresh_facts(NOW)
    return people


def test_sums_and_ends_are_those_of_the_orders(shoppers):
    for facts in CustomerFacts.objects.select_related("customer"):
        orders = list(facts.customer.orders.order_by("ordered_at", "id"))
        assert facts.order_count == len(orders)
        assert facts.total_cents == sum(order.amount_cents for order in orders)
        assert facts.last_year_cents == sum(o.amount_cents for o in orders if o.ordered_at > NOW - YEAR)
        assert facts.first_order_at == (orders[0].ordered_at if orders else None)
        assert facts.last_order_at == (orders[-1].ordered_at if orders else None)
        assert facts.first_product == (orders[0].product if orders else "")
        assert facts.last_product == (orders[-1].product if orders else "")


def test_days_stages_and_fifths_are_those_of_the_pure_rules(shoppers):
    buyers = list(CustomerFacts.objects.filter(order_count__gt=0))
    fifths = {
        "recency_quintile": quintiles({f.pk: int(f.last_order_at.timestamp()) for f in buyers}),
        "frequency_quintile": quintiles({f.pk: f.order_count for f in buyers}),
        "monetary_quintile": quintiles({f.pk: f.total_cents for f in buyers}),
    }
    for facts in CustomerFacts.objects.all():
        stage = lifecycle(facts.order_count, facts.first_order_days, facts.recency_days)
        assert facts.lifecycle == stage
        if facts.order_count:
            assert facts.recency_days == days_between(facts.last_order_at, NOW)
            assert facts.first_order_days == days_between(facts.first_order_at, NOW)
        for column, expected in fifths.items():
            assert getattr(facts, column) == expected.get(facts.pk)
    stages = set(CustomerFacts.objects.values_list("lifecycle", flat=True))
    assert stages == {"prospect", "new", "active", "at_risk", "dormant", "lost"}


def test_a_day_is_a_calendar_day_of_the_home_zone():
    late, early = someone(), someone()
    buy(late, datetime(2026, 9, 14, 15, 59, tzinfo=UTC))  # 23:59 on the 14th
    buy(early, datetime(2026, 9, 14, 16, 1, tzinfo=UTC))  # 00:01 on the 15th
    roll_up([late.pk, early.pk], NOW)
    refresh_facts(NOW)
    assert CustomerFacts.objects.get(customer=late).recency_days == 1
    assert CustomerFacts.objects.get(customer=early).recency_days == 0


def test_only_the_named_customers_are_rolled_up(shoppers):
    one, other = shoppers[:2]
    before = CustomerFacts.objects.get(customer=other).order_count
    for customer in (one, other):
        buy(customer, NOW, 700)
    roll_up([one.pk], NOW)
    assert CustomerFacts.objects.get(customer=one).order_count == one.orders.count()
    assert CustomerFacts.objects.get(customer=other).order_count == before


def test_time_alone_moves_days_stages_and_the_last_year(shoppers):
    later = NOW + timedelta(days=200)
    refresh_facts(later)
    for facts in CustomerFacts.objects.filter(order_count__gt=0):
        assert facts.recency_days == days_between(facts.last_order_at, later)
        assert facts.lifecycle == lifecycle(facts.order_count, facts.first_order_days, facts.recency_days)
        recent = Order.objects.filter(customer_id=facts.pk, ordered_at__gt=later - YEAR)
        assert facts.last_year_cents == (recent.aggregate(sum=Sum("amount_cents"))["sum"] or 0)


def test_a_customer_who_loses_every_order_has_no_fifths(shoppers):
    customer = shoppers[0]
    customer.orders.all().delete()
    roll_up([customer.pk], NOW)
    refresh_facts(NOW)
    facts = CustomerFacts.objects.get(customer=customer)
    assert (facts.recency_quintile, facts.recency_days, facts.lifecycle) == (None, None, "prospect")


def test_refreshing_twice_changes_nothing_and_writes_no_fifths(shoppers, django_assert_max_num_queries):
    before = list(CustomerFacts.objects.order_by("pk").values())
    with django_assert_max_num_queries(10):
        refresh_facts(NOW)
    assert list(CustomerFacts.objects.order_by("pk").values()) == before
