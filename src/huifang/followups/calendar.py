"""The Chinese working calendar with its moved holidays (调休), from the chinesecalendar package."""

from __future__ import annotations

from datetime import date

import chinese_calendar

from huifang.logic.clock import Day, DayKind, plain_calendar


def chinese_day(day: date) -> Day:
    """What kind of day ``day`` is in mainland China.

    A year that the package does not know yet is read as plain weekdays and weekends, and the day
    says so (``is_certain`` is false).
    """
    try:
        is_off, holiday = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return plain_calendar(day)
    if not is_off:
        return Day(DayKind.WORKDAY)
    return Day(DayKind.HOLIDAY if holiday else DayKind.WEEKEND)
