"""What kind of customer a script speaks to, from what is known of them: the variants of its words hang on it."""

from __future__ import annotations

from datetime import date, timedelta

VIP_CENTS = 1_000_000
"""Spent within a year by those whom a store counts among its best: 10,000 yuan."""
ELDERLY_YEARS = 60
"""老年人权益保障法, article 2."""
_BIRTHDAY = timedelta(days=3)


def kind_of(
    *,
    lifecycle: str,
    last_year_cents: int,
    frequency_quintile: int | None,
    monetary_quintile: int | None,
    birthday: date | None,
    today: date,
) -> dict[str, object]:
    """The facts ``customer.…`` about the kind of customer; what cannot be known is left out.

    Who buys more often than most (quintile 3 to 5) and spends less than most (1 or 2) looks at prices.
    """
    facts: dict[str, object] = {
        "customer.lifecycle": str(lifecycle),
        "customer.is_vip": last_year_cents >= VIP_CENTS,
    }
    if frequency_quintile is not None and monetary_quintile is not None:
        facts["customer.is_price_sensitive"] = frequency_quintile >= 3 and monetary_quintile <= 2
    if birthday is not None:
        facts["customer.is_elderly"] = _years(birthday, today) >= ELDERLY_YEARS
        facts["customer.is_birthday"] = any(
            _is_birthday(birthday, today + timedelta(days=days))
            for days in range(-_BIRTHDAY.days, _BIRTHDAY.days + 1)
        )
    return facts


def _years(birthday: date, today: date) -> int:
    return today.year - birthday.year - ((today.month, today.day) < (birthday.month, birthday.day))


def _is_birthday(birthday: date, day: date) -> bool:
    """Who was born on 29 February is congratulated on the 28th in other years."""
    if (birthday.month, birthday.day) == (2, 29) and (day + timedelta(days=1)).day == 1:
        return day.month == 2
    return (day.month, day.day) == (birthday.month, birthday.day)
