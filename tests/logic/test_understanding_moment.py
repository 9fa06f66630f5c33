"""Times in words."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from huifang.logic.script_promise import due_at, number, spoken
from huifang.logic.understanding.moment import moment
from huifang.logic.understanding.sounds import syllables

NOW = datetime(2026, 9, 15, 10, 7, 30, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("下午三点", "? 15:00"),
        ("下午三点半再打", "? 15:30"),
        ("上午十点半", "? 10:30"),
        ("明天上午九点", "1 09:00"),
        ("后天下午两点", "2 14:00"),
        ("晚上八点以后", "? 20:00"),
        ("今天晚上七点", "0 19:00"),
        ("中午十二点", "? 12:00"),
        ("中午一点", "? 13:00"),
        ("十一点", "? 11:00"),
        ("三点", "? 15:00"),
        ("下午四点一刻", "? 16:15"),
        ("下午五点二十", "? 17:20"),
        ("明天", "1 10:00"),
        ("明天下午", "1 15:00"),
        ("晚上", "? 19:00"),
        ("半个小时后", "+30"),
        ("两个小时以后", "+120"),
        ("一个小时", "+60"),
        ("过十分钟", "+10"),
        ("二十分钟", "+20"),
        ("过几分钟", "+5"),
        ("改天再说", ""),
        ("我在开会", ""),
    ],
)
def test_time_is_read_from_its_sounds(words: str, expected: str) -> None:
    assert moment(syllables(words)) == expected


@pytest.mark.parametrize(
    ("named", "due"),
    [
        ("", "2026-09-15T12:07:30+08:00"),
        ("+30", "2026-09-15T10:37:30+08:00"),
        ("? 15:00", "2026-09-15T15:00:00+08:00"),
        ("? 09:00", "2026-09-16T09:00:00+08:00"),
        ("0 10:00", "2026-09-16T10:00:00+08:00"),
        ("2 14:00", "2026-09-17T14:00:00+08:00"),
    ],
)
def test_moment_is_the_next_such_instant(named: str, due: str) -> None:
    assert due_at(NOW, named, 120).isoformat() == due


def test_instant_is_said_as_people_say_it() -> None:
    def said(hour: int, minute: int, days: int = 0) -> str:
        at = NOW.replace(hour=hour, minute=minute) + timedelta(days=days)
        return spoken(at, NOW, "? 00:00", "zh-CN")

    assert said(15, 0) == "在今天下午三点"
    assert said(14, 30, 1) == "在明天下午两点半"
    assert said(10, 5, 2) == "在后天上午十点零五分"
    assert said(12, 0) == "在今天中午十二点"
    assert said(19, 20, 5) == "在九月二十号晚上七点二十分"
    assert said(7, 0) == "尽快"  # too early to call anyone
    assert spoken(NOW, NOW, "", "zh-CN") == "尽快"
    assert spoken(NOW, NOW, "? 10:07", "en") == "today at 10:07"


def test_numbers() -> None:
    assert [number(n) for n in (0, 2, 10, 12, 20, 31, 59)] == [
        "零",
        "二",
        "十",
        "十二",
        "二十",
        "三十一",
        "五十九",
    ]
