"""What a moment in words means at ``now``: 「下周一上午」 → an instant in the callee's zone.

The form (made by ``moment.py``): ``"+MINUTES"``, or ``"DAY CLOCK"``.

DAY: ``?`` the next such time · ``2`` days ahead · ``w5`` the next Friday · ``+1w5`` the Friday of next week ·
``weekend`` · ``d15`` the next 15th · ``+1d5`` the 5th of next month · ``03-05`` · ``end`` the end of the month (``+1end``) ·
``on:`` and ``after:`` a holiday.  CLOCK: ``15:00`` · ``09:00~`` in the morning or in the evening, whichever is
next · ``15:00<`` before it · ``meal`` after the next meal.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from huifang.logic.clock import HARD_CLOSING

_FARTHEST_DAYS = 400
_BEFOREHAND = timedelta(hours=1)
_AFTER_MEALS = (time(13), time(19, 30))
# Days off of the fixed holidays: first and last.  Source: the State Council's 全国年节及纪念日放假办法 (2024).
_HOLIDAYS = {
    "new-year": ((1, 1), (1, 3)),
    "qingming": ((4, 4), (4, 6)),
    "labour": ((5, 1), (5, 5)),
    "children": ((6, 1), (6, 1)),
    "national": ((10, 1), (10, 7)),
    "singles": ((11, 11), (11, 11)),
    "twelve": ((12, 12), (12, 12)),
    "christmas": ((12, 25), (12, 25)),
}
# New Year's Day of the lunisolar calendar, the dragon boats and the mid-autumn moon; other years are refused.
_LUNAR = {
    2025: ((1, 29), (5, 31), (10, 6)),
    2026: ((2, 17), (6, 19), (9, 25)),
    2027: ((2, 6), (6, 9), (9, 15)),
    2028: ((1, 26), (5, 28), (10, 3)),
    2029: ((2, 13), (6, 16), (9, 22)),
    2030: ((2, 3), (6, 5), (9, 12)),
    2031: ((1, 23), (6, 24), (10, 1)),
}


def instant(moment: str, now: datetime) -> datetime | None:
    """The instant that ``moment`` means at ``now`` (aware), in its zone, or None where there is none ahead."""
    if now.tzinfo is None:
        raise ValueError("an instant needs a time that knows its zone")
    if not moment:
        return None
    if moment.startswith("+") and moment[1:].isdigit():
        return now + timedelta(minutes=int(moment[1:]))
    day, _, clock = moment.partition(" ")
    for candidate in _days(day, now.date()):
        if (candidate - now.date()).days > _FARTHEST_DAYS:
            break
        at = _on(candidate, clock, now)
        if at is not None and at > now:
            return at
    return None


def _on(day: date, clock: str, now: datetime) -> datetime | None:
    """The time of ``clock`` on ``day``; the later of two where the earlier is past."""
    if clock == "meal":
        times = list(_AFTER_MEALS)
    else:
        named = time.fromisoformat(clock.rstrip("~<"))
        times = [named]
        if clock.endswith("~") and named.hour + 12 < HARD_CLOSING.hour:
            times.append(named.replace(hour=named.hour + 12))
    for wanted in times:
        at = datetime.combine(day, wanted, now.tzinfo)
        if at <= now:
            continue
        if clock.endswith("<"):
            return max(at - _BEFOREHAND, now + (at - now) / 2)
        return at
    return None


def _days(day: str, today: date) -> Iterator[date]:
    """The days that ``day`` may mean, the nearest first."""
    ahead, sign = 0, day[:1] == "+"
    if sign:
        ahead, day = int(day[1]), day[2:]
    if day == "?":
        yield from (today, today + timedelta(days=1))
    elif day.isdigit():
        yield today + timedelta(days=int(day))
    elif day == "weekend":
        saturday = today + timedelta(days=5 - today.weekday())
        yield from (saturday, saturday + timedelta(days=1), saturday + timedelta(days=7))
    elif day[0] == "w":
        monday = today - timedelta(days=today.weekday())
        on = monday + timedelta(days=int(day[1:]) - 1 + 7 * ahead)
        yield from (on,) if sign else (on, on + timedelta(days=7))
    elif day == "end":
        for month in (ahead,) if sign else (0, 1):
            last = _month(today, month + 1) - timedelta(days=1)
            yield from (last - timedelta(days=2), last - timedelta(days=1), last)
    elif day[0] == "d":
        for month in (ahead,) if sign else range(3):
            yield from _dated(_month(today, month), int(day[1:]))
    elif day.startswith(("on:", "after:")):
        for first, last in _holidays(day.partition(":")[2], today):
            yield last + timedelta(days=1) if day.startswith("after:") else first
    elif day[:2].isdigit():
        for year in (today.year, today.year + 1):
            yield from _dated(date(year, int(day[:2]), 1), int(day[3:]))


def _month(today: date, ahead: int) -> date:
    """The first of the month, ``ahead`` months on."""
    years, month = divmod(today.month - 1 + ahead, 12)
    return date(today.year + years, month + 1, 1)


def _dated(first: date, number: int) -> Iterator[date]:
    """That day of the month, where the month has it."""
    on = first + timedelta(days=number - 1)
    if number >= 1 and on.month == first.month:
        yield on


def _holidays(name: str, today: date) -> Iterator[tuple[date, date]]:
    for year in range(today.year, today.year + 2):
        if name in _HOLIDAYS:
            first, last = _HOLIDAYS[name]
            yield date(year, *first), date(year, *last)
        elif year in _LUNAR:
            new_year, boats, moon = (date(year, *d) for d in _LUNAR[year])
            lantern = new_year + timedelta(days=14)
            yield {
                "spring": (new_year, new_year + timedelta(days=6)),
                "lantern": (lantern, lantern),
                "dragon-boat": (boats, boats),
                "moon": (moon, moon),
            }[name]
