"""The Chinese working calendar with its moved holidays (调休), from the chinesecalendar package."""

from __future__ import annotations

from datetime import date, timedelta

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


_FESTIVALS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
}
"""Festivals that people wish each other a happy one for; at 清明 nobody does."""
_NEAR = 4


def festival_near(day: date) -> str:
    """The festival on ``day`` or within four days after it, as it is called in a greeting; "" where there is none."""
    for ahead in range(_NEAR + 1):
        try:
            is_off, name = chinese_calendar.get_holiday_detail(day + timedelta(days=ahead))
        except NotImplementedError:
            return ""
        if is_off and name in _FESTIVALS:
            return _FESTIVALS[name]
    return ""
