"""Numbers and days in words."""

from __future__ import annotations

from datetime import date

import pytest
from everything import ask, script
from hypothesis import given
from hypothesis import strategies as st
from scripted import Conversation

from huifang.logic.dialogue import Started
from huifang.logic.rehearsal_caller import _spoken
from huifang.logic.script_state import Phase
from huifang.logic.understanding.quantity import day_in, is_bare, number_in, on
from huifang.logic.understanding.sounds import syllables

TODAY = date(2026, 9, 15)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("八分", 8), ("打十分", 10), ("三十五岁", 35), ("一百二", 120), ("一百零二", 102), ("三千五", 3500), ("两百", 200), ("10", 10), ("８", 8),
        ("一三五", 135), ("十", 10), ("零", 0), ("一万二", 12_000), ("两千零五", 2005), ("没有数", None), ("三或者五", None), ("", None),
    ],
)  # fmt: skip
def test_a_number_is_read(words: str, value: int | None) -> None:
    assert number_in(words) == value


@given(st.integers(0, 999))
def test_every_number_is_read_back_from_its_words_and_up_to_a_hundred_from_its_sounds(number: int) -> None:
    assert number_in(_spoken(number)) == number
    assert is_bare(_spoken(number) + "吧")
    if number <= 100:
        assert number_in("", syllables(_spoken(number))) == number


@pytest.mark.parametrize(
    ("words", "past", "day"),
    [
        ("三月五号", False, "2027-03-05"), ("三月五号", True, "2026-03-05"), ("9月15日", True, "2026-09-15"), ("今天", False, "2026-09-15"),
        ("大后天", False, "2026-09-18"), ("昨天", True, "2026-09-14"), ("十二月二十五", False, "2026-12-25"), ("二月三十号", False, None),
        ("二月二十九", False, "2028-02-29"), ("哪天都行", False, None),
    ],
)  # fmt: skip
def test_a_day_is_read(words: str, past: bool, day: str | None) -> None:
    found = day_in(words, TODAY, past=past)
    assert (found.isoformat() if found else None) == day
    if "月" in words:
        assert day_in("", TODAY, past=past, pinyin=syllables(words)) == found


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 13), st.integers(0, 32), st.booleans())
def test_a_day_is_on_the_side_that_was_asked_for(today: date, month: int, day: int, past: bool) -> None:
    found = on(month, day, today, past=past)
    if found is not None:
        assert (found.month, found.day) == (month, day)
        assert found <= today if past else found >= today


@pytest.mark.parametrize("words", ["下午三点再打", "三楼的服务员态度很差", "好的", "我给你们打了十次电话"])
def test_a_number_among_other_words_is_not_bare(words: str) -> None:
    assert not is_bare(words)


@pytest.mark.parametrize("number", range(1, 121))
def test_no_age_is_taken_for_anything_else(number: int) -> None:
    """三十 sounds like 啥事, 七十 like 气死."""
    item = {"type": "number", "low": 1, "high": 120}
    talk = Conversation(script(ask("age", item, "finish")), {}).give(Started()).speak(_spoken(number))
    assert talk.state.phase is Phase.CONFIRMING
    assert talk.state.pending is not None
    assert talk.state.pending.code == str(number)


def test_who_only_ever_asks_back_is_led_to_the_end() -> None:
    talk = Conversation(script(ask("ok", {"type": "yes_no"}, "finish")), {}).give(Started())
    for _ in range(20):
        talk.speak("再说一遍").speak("你是机器人吗")
    assert "谢谢，再见" in "".join(o.text for o in talk.all if hasattr(o, "interruptible"))
