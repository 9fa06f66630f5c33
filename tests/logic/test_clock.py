from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.followups.calendar import chinese_day
from huifang.logic.clock import (
    HARD_CLOSING,
    HARD_OPENING,
    Day,
    DayKind,
    LawfulHours,
    due_window,
    lawful_slot,
    next_lawful_instant,
    plain_calendar,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = st.sampled_from([SHANGHAI, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), UTC])
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants naive bounds
TIMES = st.times().map(lambda at: at.replace(tzinfo=None))
RULES = st.builds(
    LawfulHours,
    hours=st.lists(st.tuples(TIMES, TIMES), min_size=1, max_size=3).map(tuple),
    working_days_only=st.booleans(),
)


def shanghai(month, day, hour, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@given(INSTANTS, RULES, ZONES)
def test_no_rule_however_wide_leaves_eight_to_twenty_one(at, rule, zone):
    found = next_lawful_instant(at, rule, zone, chinese_day)
    if found is not None:
        assert HARD_OPENING <= found.astimezone(zone).time() < HARD_CLOSING


@given(INSTANTS, RULES, ZONES)
def test_the_next_lawful_instant_is_not_earlier_and_is_lawful_itself(at, rule, zone):
    found = next_lawful_instant(at, rule, zone, chinese_day)
    if found is not None:
        assert found >= at
        assert next_lawful_instant(found, rule, zone, chinese_day) == found


@given(INSTANTS, INSTANTS, RULES, ZONES)
def test_a_slot_lies_inside_its_window_and_inside_one_day(earliest, latest, rule, zone):
    slot = lawful_slot(earliest, latest, rule, zone, chinese_day)
    if slot is not None:
        assert earliest <= slot.start < slot.end <= latest
        assert slot.start.astimezone(zone).date() == slot.end.astimezone(zone).date()
        assert slot.end.astimezone(zone).time() <= HARD_CLOSING


@given(INSTANTS, INSTANTS, RULES, ZONES)
def test_there_is_no_slot_only_where_the_next_lawful_instant_is_too_late(earliest, latest, rule, zone):
    slot = lawful_slot(earliest, latest, rule, zone, chinese_day)
    found = next_lawful_instant(earliest, rule, zone, chinese_day)
    assert (slot is None) == (found is None or found >= latest)


@given(INSTANTS, st.integers(0, 100), st.integers(0, 30), ZONES)
def test_a_due_window_counts_the_callee_s_calendar_days(anchor, after, within, zone):
    window = due_window(anchor, after, within, zone)
    assert window.start < window.end
    assert (window.start.date() - anchor.astimezone(zone).date()).days == after
    assert (window.end.date() - window.start.date()).days == within
    assert (window.start.time(), window.end.time()) == (time(0), HARD_CLOSING)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (shanghai(9, 15, 7, 59), shanghai(9, 15, 9)),
        (shanghai(9, 15, 9), shanghai(9, 15, 9)),
        (shanghai(9, 15, 11, 59), shanghai(9, 15, 11, 59)),
        (shanghai(9, 15, 12), shanghai(9, 15, 14)),
        (shanghai(9, 15, 19, 59), shanghai(9, 15, 19, 59)),
        (shanghai(9, 15, 20), shanghai(9, 16, 9)),
    ],
)
def test_by_default_calls_are_made_from_nine_to_twelve_and_two_to_eight(at, expected):
    assert next_lawful_instant(at, LawfulHours(), SHANGHAI, chinese_day) == expected


def test_a_policy_from_midnight_to_midnight_still_opens_at_eight():
    rule = LawfulHours(((time(0), time(23, 59)),))
    assert rule.hours == ((time(8), time(21)),)


def test_a_policy_without_hours_never_opens():
    assert next_lawful_instant(shanghai(9, 15, 9), LawfulHours(()), SHANGHAI, chinese_day) is None


def test_national_day_is_closed_for_marketing_and_open_for_service():
    at = shanghai(10, 2, 10)
    assert next_lawful_instant(at, LawfulHours(), SHANGHAI, chinese_day) == at
    marketing = LawfulHours(working_days_only=True)
    assert next_lawful_instant(at, marketing, SHANGHAI, chinese_day) == shanghai(10, 8, 9)


def test_a_weekend_day_that_is_worked_is_open_for_marketing():
    at = shanghai(10, 10, 10)  # a Saturday that was moved
    assert chinese_day(at.date()) == Day(DayKind.WORKDAY)
    assert next_lawful_instant(at, LawfulHours(working_days_only=True), SHANGHAI, chinese_day) == at
    assert chinese_day(date(2026, 9, 12)) == Day(DayKind.WEEKEND)


def test_a_year_without_a_published_calendar_is_weekdays_and_weekends_and_says_so():
    assert chinese_day(date(2099, 10, 1)) == Day(DayKind.WORKDAY, is_certain=False)
    assert plain_calendar(date(2099, 10, 3)) == Day(DayKind.WEEKEND, is_certain=False)


def test_nine_in_berlin_is_not_nine_in_shanghai():
    at = shanghai(9, 15, 10)
    berlin = ZoneInfo("Europe/Berlin")
    assert next_lawful_instant(at, LawfulHours(), berlin, plain_calendar) == datetime(
        2026, 9, 15, 9, tzinfo=berlin
    )


def test_an_order_on_the_twelfth_is_due_from_the_fifteenth_to_the_seventeenth():
    window = due_window(shanghai(9, 12, 23, 59).astimezone(UTC), 3, 2, SHANGHAI)
    assert (window.start, window.end) == (shanghai(9, 15, 0), shanghai(9, 17, 21))


def test_naive_times_are_refused():
    naive = datetime(2026, 9, 15, 10)  # noqa: DTZ001
    with pytest.raises(ValueError, match="naive"):
        next_lawful_instant(naive, LawfulHours(), SHANGHAI, chinese_day)
    with pytest.raises(ValueError, match="naive"):
        due_window(naive, 1, 1, SHANGHAI)
    with pytest.raises(ValueError, match="naive"):
        lawful_slot(shanghai(9, 1, 1), naive + timedelta(1), LawfulHours(), SHANGHAI, chinese_day)
