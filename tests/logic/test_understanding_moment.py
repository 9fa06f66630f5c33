"""Times in words."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.dialogue import Utterance
from huifang.logic.script_promise import due_at, spoken
from huifang.logic.understanding import Asked, Intent, understand
from huifang.logic.understanding.instant import instant
from huifang.logic.understanding.moment import moment
from huifang.logic.understanding.sounds import number, syllables

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
        ("十一点", "? 11:00~"),
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
        ("0 10:00", "2026-09-15T12:07:30+08:00"),  # is past: as if no time had been named
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


# Said on Tuesday 2026-09-15 at 10:07; "" = no such time.
NAMED = """
明天下午三点半 09-16 15:30 | 后天上午 09-17 10:00 | 大后天 09-18 10:00 | 周五晚上七点以后 09-18 19:00 | 下周一 09-21 10:00 | 下礼拜二下午两点 09-22 14:00
礼拜天 09-20 10:00 | 星期三 09-16 10:00 | 周二下午 09-15 15:00 | 周二上午九点 09-22 09:00 | 这周六 09-19 10:00 | 这周一 "" | 周末 09-19 10:00 | 下下周三 09-30 10:00 | 周五一点 09-18 13:00
半小时后 09-15 10:37 | 一个小时以后 09-15 11:07 | 一个半小时后 09-15 11:37 | 两个半小时 09-15 12:37 | 一刻钟后 09-15 10:22 | 二十分钟 09-15 10:27 | 过几分钟 09-15 10:12
过两天 09-17 10:00 | 三天后 09-18 10:00 | 过几天 09-18 10:00 | 过一周 09-22 10:00 | 两个星期以后 09-29 10:00 | 半个月后 09-30 10:00 | 一个月以后 10-15 10:00
月底 09-28 10:00 | 月中 10-15 10:00 | 月初 10-01 10:00 | 下个月五号 10-05 10:00 | 下个月 10-01 10:00 | 十五号 10-15 10:00 | 十五号下午 09-15 15:00 | 二十一号 09-21 10:00
3月5号下午 2027-03-05 15:00 | 十二月三十一号 12-31 10:00 | 二月二十九号 "" | 二月三十号 "" | 十三月一号 "" | 三十二号 "" | 二十五点 "" | 三点七十分 ""
五一之后 2027-05-06 10:00 | 过完五一 2027-05-06 10:00 | 国庆节后 10-08 10:00 | 十一长假之后 10-08 10:00 | 元旦以后 2027-01-04 10:00 | 过完年 2027-02-13 10:00 | 中秋节后 09-26 10:00
下班以后 09-15 18:00 | 中午吃完饭 09-15 13:00 | 吃完饭 09-15 13:00 | 晚饭后 09-15 19:30 | 凌晨 09-16 05:00 | 凌晨两点 09-16 02:00 | 今晚八点 09-15 20:00 | 明早 09-16 09:00
三点 09-15 15:00 | 八点 09-15 20:00 | 九点半 09-16 09:30 | 十点 09-16 10:00 | 十点半 09-15 10:30 | 十二点半 09-15 12:30 | 三点一刻 09-15 15:15 | 差一刻四点 09-15 15:45
两点过五分 09-15 14:05 | 四点零五分 09-15 16:05 | 下午两点五十 09-15 14:50 | 差五分三点 09-15 14:55 | 15点30 09-15 15:30 | 15:30 09-15 15:30 | 下午3:30 09-15 15:30 | 下午四五点 09-15 16:00
晚上十二点 09-16 00:00 | 晚上一点 09-16 01:00 | 明天晚上十二点 09-17 00:00 | 下午五点之前 09-15 16:00 | 明天中午之前 09-16 11:00
不要上午打 09-15 14:00 | 上午别打下午打 09-15 15:00 | 上午没空下午吧 09-15 15:00 | 上午开会下午三点 09-15 15:00 | 晚上不方便 09-16 10:00 | 今天没空 09-16 10:00 | 明天没空后天吧 09-17 10:00
改天 "" | 晚点 "" | 等会儿 "" | 我在开会 "" | 三点钟 09-15 15:00 | 今天上午九点 ""
"""


@pytest.mark.parametrize("case", [c.strip() for c in NAMED.replace("\n", "|").split("|") if c.strip()])
def test_words_become_the_instant_that_they_mean(case: str) -> None:
    words, *due = case.split()
    found = instant(moment(syllables(words)), NOW)
    if due == ['""']:
        assert found is None
    else:
        day = due[0] if len(due[0]) > 5 else f"2026-{due[0]}"
        assert found is not None
        assert (
            found.isoformat()
            == f"{day}T{due[1]}:{'30' if '小时' in words or '分钟' in words or '刻钟' in words else '00'}+08:00"
        )


def test_a_callback_carries_its_time_and_a_time_that_cannot_be_is_not_promised() -> None:
    for words in ("我在开会，三点以后吧", "下周一上午再打给我", "现在没空，晚上七点打来"):
        reading = understand(Utterance(words), Asked("rating"))
        assert reading.intent is Intent.CALLBACK, words
        assert instant(reading.code, NOW) is not None
    impossible = understand(Utterance("二月三十号再打"), Asked("rating"))
    assert instant(impossible.code, NOW) is None


ZONES = [ZoneInfo("Asia/Shanghai"), ZoneInfo("Asia/Urumqi"), ZoneInfo("Europe/Berlin")]
FIRST, LAST = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2030-12-31")
MOMENTS = st.builds(datetime.replace, st.datetimes(FIRST, LAST), tzinfo=st.sampled_from(ZONES))
DAYS = [
    "",
    "今天",
    "明天",
    "后天",
    "大后天",
    "周一",
    "周五",
    "礼拜天",
    "下周三",
    "十五号",
    "月底",
    "三月五号",
    "国庆之后",
    "过两天",
    "周末",
]
PARTS = {"": (0, 24), "早上": (5, 12), "上午": (5, 13), "中午": (11, 15), "下午": (12, 19), "晚上": (17, 24)}
HOURS = {"": None, "八点": 8, "九点半": 9, "十点": 10, "两点": 2, "三点一刻": 3, "五点二十": 5, "七点": 7}
FITTING = {
    "早上": (8, 9, 10),
    "上午": (8, 9, 10),
    "中午": (2,),
    "下午": (2, 3, 5),
    "晚上": (7, 8, 9, 10),
    "": (2, 3, 5, 7, 8, 9, 10),
}


@given(MOMENTS, st.sampled_from(DAYS), st.sampled_from(sorted(PARTS)), st.sampled_from(sorted(HOURS)))
def test_an_instant_is_ahead_and_inside_what_was_said(now: datetime, day: str, part: str, hour: str) -> None:
    if hour and HOURS[hour] not in FITTING[part]:
        hour = ""
    due = instant(moment(syllables(day + part + hour + "再打")), now)
    if due is None:
        assert day in ("", "今天"), (day, part, hour)  # is past today, or nothing was named
        return
    assert due > now
    assert due.tzinfo is now.tzinfo
    first, last = PARTS[part]
    assert first <= due.hour < last
    if hour:
        assert due.hour % 12 == (HOURS[hour] or 0) % 12
    ahead = (due.date() - now.date()).days
    exact = {"今天": 0, "明天": 1, "后天": 2, "大后天": 3, "过两天": 2}
    if day in exact:
        assert ahead == exact[day]
    weekdays = {"周一": (0,), "周五": (4,), "礼拜天": (6,), "下周三": (2,), "周末": (5, 6)}
    assert due.weekday() in weekdays.get(day, range(7))
    if day == "下周三":
        assert due.isocalendar()[1] != now.isocalendar()[1]
    if day == "十五号":
        assert due.day == 15
    if day == "三月五号":
        assert (due.month, due.day) == (3, 5)
    if day == "月底":
        assert (due + timedelta(days=3)).month != due.month
    if day == "国庆之后":
        assert (due.month, due.day) == (10, 8)


@given(
    MOMENTS,
    st.integers(13, 20),
    st.sampled_from(["", "半", "十分", "一刻"]),
    st.sampled_from(["", "明天", "周五"]),
)
def test_both_ways_to_count_hours_agree(now: datetime, hour: int, minute: str, day: str) -> None:
    part = "下午" if hour < 18 else "晚上"
    of_24 = moment(syllables(f"{day}{number(hour)}点{minute}"))
    of_12 = moment(syllables(f"{day}{part}{number(hour - 12)}点{minute}"))
    assert instant(of_24, now) == instant(of_12, now)
    digits = moment(syllables(f"{day}{hour}点{minute}"))
    assert digits == of_24


@given(
    MOMENTS,
    st.text(max_size=30),
    st.lists(st.sampled_from(syllables("今天明后下周一二三点半小时分钟月号五之前以后上午晚")), max_size=14),
)
def test_any_words_of_time_mean_an_instant_ahead_or_none(now: datetime, text: str, sounds: list[str]) -> None:
    for heard in (syllables(text), tuple(sounds)):
        due = instant(moment(heard), now)
        assert due is None or due > now


@given(
    st.sampled_from(["明天上午", "后天下午", "今天晚上", "明天中午", "大后天傍晚", "明天早上"]),
    st.booleans(),
)
def test_an_accent_changes_no_time(words: str, flat: bool) -> None:
    sounds = []
    for sound in syllables(words + "再打"):
        if flat:
            sound = sound.replace("zh", "z").replace("sh", "s").replace("ch", "c")
        elif sound.endswith(("ang", "ing")) and len(sound) > 3:
            sound = sound[:-1]
        sounds.append(sound)
    assert moment(sounds) == moment(syllables(words + "再打"))
