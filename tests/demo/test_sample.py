"""The sample chain: the committed files, and that they show what the demonstration needs."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date, datetime

import phonenumbers
import pytest

from huifang.demo.sample import (
    BAD_CUSTOMER_ROWS,
    BAD_ORDER_ROWS,
    CUSTOMERS,
    DATA,
    DEMO_DAY,
    DEMO_START,
    DORMANT_DUE,
    FIRST_ORDER_DUE,
    ORDERS,
    sample_files,
)
from huifang.demo.sample_words import STORES


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(sample_files()[name])))


@pytest.mark.parametrize("name", ["customers.csv", "orders.csv"])
def test_the_committed_files_are_what_the_generator_writes(name):
    assert (DATA / name).read_bytes() == sample_files()[name].encode()


def test_the_demo_day_is_a_tuesday_at_ten():
    assert (DEMO_START.isoweekday(), DEMO_START.hour, DEMO_START.isoformat()) == (
        2,
        10,
        "2026-09-15T10:00:00+08:00",
    )


@pytest.fixture
def orders_by_member() -> dict[str, list[date]]:
    members = {row["会员号"] for row in rows_of("customers.csv")[:CUSTOMERS]}
    days: dict[str, list[date]] = defaultdict(list)
    for row in rows_of("orders.csv")[:ORDERS]:
        assert row["会员号"] in members
        days[row["会员号"]].append(datetime.strptime(row["下单时间"], "%Y-%m-%d %H:%M").date())  # noqa: DTZ007
    return days


def test_who_is_due_on_the_demo_day_is_as_promised(orders_by_member):
    people = {row["会员号"]: row for row in rows_of("customers.csv")[:CUSTOMERS]}
    first = [m for m, days in orders_by_member.items() if 3 <= (DEMO_DAY - min(days)).days <= 5]
    dormant = [
        m
        for m, days in orders_by_member.items()
        if 60 <= (DEMO_DAY - max(days)).days <= 67 and len(days) >= 2
    ]
    assert (len(first), len(dormant)) == (FIRST_ORDER_DUE, DORMANT_DUE)
    unreachable = [m for m in first + dormant if people[m]["免打扰"] == "是" or not people[m]["手机号"]]
    assert len(unreachable) == 8
    assert sum(1 for m in dormant if people[m]["同意营销"] != "是") == 2


def test_the_numbers_are_300_valid_mobile_phones_and_no_number_twice():
    rows = rows_of("customers.csv")
    assert len(rows) == CUSTOMERS + 5 + BAD_CUSTOMER_ROWS
    assert len(rows_of("orders.csv")) == ORDERS + 1 + BAD_ORDER_ROWS
    numbers = [phonenumbers.parse(row["手机号"], "CN") for row in rows[:CUSTOMERS] if row["手机号"]]
    assert len(numbers) == CUSTOMERS - 3
    assert len({number.national_number for number in numbers}) == len(numbers)
    assert all(phonenumbers.number_type(n) == phonenumbers.PhoneNumberType.MOBILE for n in numbers)


def test_orders_spread_over_two_years_and_four_stores():
    orders = rows_of("orders.csv")[:ORDERS]
    times = sorted(row["下单时间"] for row in orders)
    assert times[0] > "2024-09-15"
    assert times[-1] < "2026-09-15"
    assert {row["门店"] for row in orders} == set(STORES)
    assert len({row["订单号"] for row in orders}) == ORDERS
