"""When a person may be called: lawful hours, working days, and windows of time.

Instants are aware datetimes; each rule is read in the callee's own zone.  The calendar is a
parameter, because 调休 (holidays moved and weekends worked) is decided anew every year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

HARD_OPENING = time(8)
HARD_CLOSING = time(21)
"""No policy goes beyond these.  Source: no national figure exists; the widest window that the
platforms of Chinese carriers allow is 8-21."""

DEFAULT_HOURS = ((time(9), time(12)), (time(14), time(20)))
HORIZON_DAYS = 40  # longer than the longest run of days off


class DayKind(StrEnum):
    WORKDAY = "workday"  # also a weekend day that is worked (调休)
    WEEKEND = "weekend"
    HOLIDAY = "holiday"  # a public holiday, or a weekend day inside one


@dataclass(frozen=True, slots=True)
class Day:
    """What kind of day it is.  ``is_certain`` is false where the year's calendar is not published yet."""

    kind: DayKind
    is_certain: bool = True


Calendar = Callable[[date], Day]


def plain_calendar(day: date) -> Day:
    """Weekdays and weekends only, for a year whose holidays nobody knows yet."""
    return Day(DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKDAY, is_certain=False)


@dataclass(frozen=True, slots=True)
class Slot:
    """From ``start`` on and before ``end``; never empty."""

    start: datetime
    end: datetime


def within_hard_limits(hours: tuple[tuple[time, time], ...]) -> tuple[tuple[time, time], ...]:
    """``hours`` (pairs of local opening and closing times) cut to 8-21, ordered, empty ones dropped."""
    cut = ((max(opens, HARD_OPENING), min(closes, HARD_CLOSING)) for opens, closes in hours)
    return tuple(sorted((opens, closes) for opens, closes in cut if opens < closes))


@dataclass(frozen=True, slots=True)
class LawfulHours:
    """When contacts are allowed in the callee's zone.

    ``hours`` are cut to 8-21 whatever is asked for.  With ``working_days_only`` (marketing) weekends
    and public holidays are closed, and weekend days worked because of 调休 are open.
    """

    hours: tuple[tuple[time, time], ...] = DEFAULT_HOURS
    working_days_only: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "hours", within_hard_limits(self.hours))

    def slots(self, earliest: datetime, zone: tzinfo, calendar: Calendar) -> Iterator[Slot]:
        """The lawful slots from ``earliest`` on, in order, as UTC-comparable instants in ``zone``."""
        _need_aware(earliest)
        first_day = earliest.astimezone(zone).date()
        for ahead in range(HORIZON_DAYS):
            day = first_day + timedelta(days=ahead)
            if self.working_days_only and calendar(day).kind is not DayKind.WORKDAY:
                continue
            for opens, closes in self.hours:
                start = max(datetime.combine(day, opens, zone), earliest.astimezone(zone))
                end = datetime.combine(day, closes, zone)
                if start < end:
                    yield Slot(start, end)


def next_lawful_instant(at: datetime, rule: LawfulHours, zone: tzinfo, calendar: Calendar) -> datetime | None:
    """``at`` itself where it is lawful, otherwise the next lawful instant; None where none is near
    (the rule has no hours at all)."""
    slot = next(rule.slots(at, zone, calendar), None)
    return slot.start if slot else None


def lawful_slot(
    earliest: datetime, latest: datetime, rule: LawfulHours, zone: tzinfo, calendar: Calendar
) -> Slot | None:
    """The first lawful slot that starts at or after ``earliest`` and before ``latest``, ended by
    ``latest`` at the latest; None where law and window have nothing in common."""
    _need_aware(latest)
    slot = next(rule.slots(earliest, zone, calendar), None)
    if slot is None or slot.start >= latest:
        return None
    return Slot(slot.start, min(slot.end, latest.astimezone(zone)))


def due_window(anchor: datetime, after_days: int, within_days: int, zone: tzinfo) -> Slot:
    """The window of a duty that falls due ``after_days`` days after ``anchor`` and may be done within
    ``within_days`` more days.

    Days are the callee's calendar days: an order on 12 September with (3, 2) gives 15 September,
    first minute, to 17 September, 21:00, after which no call is lawful anyway.
    """
    _need_aware(anchor)
    if after_days < 0 or within_days < 0:
        raise ValueError("a due window cannot start before its anchor or end before its start")
    first = anchor.astimezone(zone).date() + timedelta(days=after_days)
    last = first + timedelta(days=within_days)
    return Slot(datetime.combine(first, time(0), zone), datetime.combine(last, HARD_CLOSING, zone))


def _need_aware(at: datetime) -> None:
    if at.tzinfo is None:
        raise ValueError("a naive datetime has no place in a rule about the callee's clock")
