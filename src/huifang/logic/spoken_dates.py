"""Dates and times of day as Chinese says them: 2026-11-22 → 二零二六年十一月二十二日.  Pure; see ``spoken``."""

from __future__ import annotations

import re
from datetime import date

from huifang.logic.spoken_numbers import cardinal, digits

_FRACTION_OF = {str(n) for n in range(2, 11)} | {"100", "1000"}


def year(number: str) -> str:
    return digits(number)


def _month_day(month: str, day: str) -> str | None:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    return f"{cardinal(month)}月{cardinal(day)}日"


def day_of_year(m: re.Match[str]) -> str | None:
    try:
        date(int(m[1]), int(m[2]), int(m[3]))
    except ValueError:
        return None
    said = f"{year(m[1])}年{cardinal(m[2])}月{cardinal(m[3])}日"
    return said + (" " if m["at"] else "")


def year_month(m: re.Match[str]) -> str | None:
    return f"{year(m[1])}年{cardinal(m[2])}月" if 1 <= int(m[2]) <= 12 else None


def slashed(m: re.Match[str]) -> str | None:
    """11/22 is a day, 3/4 a part, 80/20 a ratio."""
    cue, one, other, after = m["cue"] or "", m["one"], m["other"], m["after"] or ""
    said = _month_day(one, other)
    if said and (cue or after or other not in _FRACTION_OF or one == other or one[0] == "0"):
        return cue + (said[:-1] + after if after in ("日", "号") else said + after)
    if int(other) == 0:
        return f"{cue}{cardinal(one)}比{cardinal(other)}{after}"
    if int(one) >= int(other) and other not in _FRACTION_OF:
        return f"{cue}{cardinal(one)}比{cardinal(other)}{after}"
    return f"{cue}{cardinal(other)}分之{cardinal(one)}{after}"


def days(m: re.Match[str]) -> str | None:
    first, last = _month_day(m[1], m[2]), _month_day(m[3], m[4])
    return f"{first}到{last}" if first and last else None


def _clock(hour: str, minute: str, second: str | None = None) -> str | None:
    if int(hour) > 24 or int(minute) > 59 or int(second or 0) > 59:
        return None
    said = ("两" if int(hour) == 2 else cardinal(hour)) + "点"
    if int(minute) or second:
        said += ("零" if int(minute) < 10 and int(minute) else "") + cardinal(minute) + "分"
    return said + (cardinal(second) + "秒" if second and int(second) else "")


def time_of_day(m: re.Match[str]) -> str | None:
    if re.search(r"(?:比例|比分|比|按|兑水|稀释)\s*$", m.string[: m.start()]):
        return f"{cardinal(m[1])}比{cardinal(m[2])}" if m[3] is None else None
    said = _clock(m[1], m[2], m[3])
    half = {"a": "上午", "p": "下午"}.get((m["half"] or "").lower()[:1], "")
    return None if said is None else half + said


def hour_minute(m: re.Match[str]) -> str | None:
    hour = "两" if int(m[1]) == 2 else cardinal(m[1])
    return f"{hour}{m[2]}{'零' if m[3][0] == '0' and int(m[3]) else ''}{cardinal(m[3])}分"
