"""What kind of customer a call is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.customer_kind import kind_of

DAYS = st.dates(date(1930, 1, 1), date(2008, 12, 31))
TODAY = st.dates(date(2024, 1, 1), date(2032, 12, 31))


def kind(**known: Any) -> dict[str, object]:
    nothing = {
        "lifecycle": "new", "last_year_cents": 0, "frequency_quintile": None, "monetary_quintile": None,
        "birthday": None, "today": date(2026, 9, 15),
    }  # fmt: skip
    return kind_of(**{**nothing, **known})


def test_what_is_not_known_is_left_out() -> None:
    assert kind() == {"customer.lifecycle": "new", "customer.is_vip": False}


@pytest.mark.parametrize(("cents", "is_vip"), [(999_999, False), (1_000_000, True)])
def test_ten_thousand_yuan_in_a_year_make_a_vip(cents: int, is_vip: bool) -> None:
    assert kind(last_year_cents=cents)["customer.is_vip"] is is_vip


@pytest.mark.parametrize(
    ("often", "much", "looks"), [(3, 2, True), (5, 1, True), (2, 1, False), (5, 3, False)]
)
def test_who_buys_often_and_little_looks_at_prices(often: int, much: int, looks: bool) -> None:
    facts = kind(frequency_quintile=often, monetary_quintile=much)
    assert facts["customer.is_price_sensitive"] is looks


@given(DAYS, TODAY)
def test_who_has_had_sixty_birthdays_is_elderly(birthday: date, today: date) -> None:
    birthdays = sum(
        (today.year - n, today.month, today.day) >= (birthday.year, birthday.month, birthday.day)
        for n in range(1, 130)
    )
    assert kind(birthday=birthday, today=today)["customer.is_elderly"] is (birthdays >= 60)


@given(DAYS, TODAY, st.integers(-8, 8))
def test_a_birthday_is_near_three_days_before_and_after(birthday: date, today: date, days: int) -> None:
    on = (
        date(today.year, 2, 28)
        if (birthday.month, birthday.day) == (2, 29)
        else birthday.replace(year=today.year)
    )
    if (birthday.month, birthday.day) == (2, 29) and today.year % 4 == 0:
        return  # has a day of its own
    assert kind(birthday=birthday, today=on + timedelta(days=days))["customer.is_birthday"] is (
        abs(days) <= 3
    )
