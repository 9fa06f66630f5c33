"""When a promised callback is due, and how that moment is said.

``now`` is an aware time in the callee's zone; the centre moves the result into lawful hours.
A moment in words comes from ``understanding.moment`` and means what ``understanding.instant`` says.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from huifang.logic.clock import HARD_CLOSING, HARD_OPENING
from huifang.logic.understanding.instant import instant
from huifang.logic.understanding.sounds import number as number

_DAYS = ("今天", "明天", "后天")


def due_at(now: datetime, moment: str, default_minutes: int) -> datetime:
    """The instant that ``moment`` means at ``now``, or so many minutes on where it means none; always later."""
    return instant(moment, now) or now + timedelta(minutes=default_minutes)


def spoken(at: datetime, now: datetime, moment: str, language: str) -> str:
    """When we call again, as one would say it: 在今天下午三点, or 尽快 where no lawful time was named.

    Only a time that the customer named is repeated: the centre may move any other.
    """
    chinese = language.startswith("zh")
    if instant(moment, now) is None or not HARD_OPENING <= at.time() < HARD_CLOSING:
        return "尽快" if chinese else "as soon as we can"
    days = (at.date() - now.date()).days
    if not chinese:
        day = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
        return f"{day} at {at.hour}:{at.minute:02d}"
    day = _DAYS[days] if 0 <= days < len(_DAYS) else f"{number(at.month)}月{number(at.day)}号"
    part = (
        "凌晨"
        if at.hour < 6
        else "上午"
        if at.hour < 12
        else "中午"
        if at.hour < 13
        else "下午"
        if at.hour < 18
        else "晚上"
    )
    hour = at.hour if at.hour <= 12 else at.hour - 12
    clock = f"{'两' if hour == 2 else number(hour)}点"
    if at.minute == 30:
        clock += "半"
    elif at.minute:
        clock += ("零" if at.minute < 10 else "") + f"{number(at.minute)}分"
    return "在" + day + part + clock
