"""Times in words: 「明天下午三点半再打」 → ``"1 15:30"``; what the form means at an instant, see ``instant.py``.

Read from toneless syllables, because a recogniser's characters are less sure than their sounds; names of days
and of parts of the day may be a little off (sang wu for 上午), numbers may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from huifang.logic.understanding.sounds import distance, syllables

_NUMBER = {
    **{"ling": 0, "yi": 1, "er": 2, "liang": 2, "san": 3, "si": 4, "wu": 5, "liu": 6, "qi": 7, "ba": 8},
    **{"jiu": 9, "shi": 10},
}
_ONES = "(?:yi|er|liang|san|si|wu|liu|qi|ba|jiu)"
_COUNT = f"(?:(?:{_ONES} )?shi(?: {_ONES})?|{_ONES})"
_MINUTES = rf"(?:ling )?{_COUNT}(?= fen)|ling {_ONES}|{_ONES} shi(?: {_ONES}(?! hou))?|shi {_ONES}(?! hou)"
_CLOCK = re.compile(
    rf"\b(?:(cha) (yi ke|{_COUNT})(?: fen)? )?({_COUNT})(?: {_ONES})?? dian(?!(?: le)? (?:hao|ma))"
    rf"(?: (?:zhong )?(?:guo )?(?:(ban)|(yi ke|san ke)|({_MINUTES})))?\b"
)
_SOON = re.compile(
    rf"\b({_COUNT}|ban|ji)(?: ge)?(?: (ban))?(?: ge)? (xiao shi|fen zhong|zhong tou|ke zhong)(?: (ban))?\b"
)
_DATE = re.compile(rf"\b({_COUNT}) yue(?: fen)? ({_COUNT})(?: hao| ri)?\b")
_DAY_OF_MONTH = re.compile(rf"\b(xia ge yue |xia yue |ben yue |zhe ge yue )?({_COUNT}) hao(?! ma|ma)\b")
_DAYS_ON = re.compile(
    rf"\b(guo |deng )?({_COUNT}|ji|ban)(?: ge)? (tian|zhou|xing qi|li bai|yue)(?: (yi hou|zhi hou|hou|guo hou))?\b"
)
_WEEKDAY = {"yi": 1, "er": 2, "san": 3, "si": 4, "wu": 5, "liu": 6, "ri": 7, "tian": 7}
_WEEK = re.compile(
    r"\b(?:(xia xia|xia|zhe|ben)(?: ge)? )?(zhou|xing qi|li bai)(?: (yi|er|san|si|wu|liu|ri|tian))?\b"
)
_AFTER = re.compile(r"\b(?:guo wan|guo le|hou|jie hou)\b")
_BEFORE = re.compile(r"^ ?(?:zuo you )?(?:zhi qian|yi qian|qian)\b")
_NOT_THEN = re.compile(
    r"^ ?(?:wo |dou |jiu |ye |ke |ni |ni men )*(?:bu xing|mei kong|mei shi jian|bu fang bian|bie|bu yao|bu neng|bu zai|mei de kong"
    r"|yao kai hui|kai hui|yao shang ban|shang ban|you shi|bu de xian|bu ke yi|bu de kong)\b"
)
_NOT_THAT = re.compile(r"(?:bu yao|bie|bu neng|chu le|bu xiang)(?: zai)? ?$")

_DAY_WORDS = {
    "0": "今天 今晚 今儿 今日",
    "1": "明天 明儿 明晚 明早 明日 明儿个 翌日 第二天",
    "2": "后天 后儿 后晚",
    "+1d1": "下个月 下月 下月初 下个月初",
    "d1": "月初",
    "d15": "月中",
    "weekend": "周末 这周末 双休日",
    "+1w6": "下周末",
    "end": "月底 月末 月尾",
    "+1end": "下个月底 下月底",
    "7": "过阵子 过一阵子 过段时间 过一段时间",
    "3": "大后天 过几天",
}
_PART_WORDS = {
    "early 05:00": "凌晨",
    "am 08:00": "清早 一大早 大清早 清晨",
    "am 09:00": "早上 早晨 明早",
    "am 10:00": "上午",
    "noon 12:00": "中午 正午 午休",
    "noon 13:00": "午饭后 中午吃完饭 吃完午饭 吃过午饭 午饭以后 中饭后 午后 午休以后 午睡起来",
    "pm 15:00": "下午",
    "pm 18:00": "傍晚 下班 下班以后 下班后 下了班 放学 放学后 下班之后",
    "night 19:00": "晚上 今晚 明晚 夜里 晚间 夜晚 后晚",
    "night 19:30": "吃完晚饭 晚饭后 晚饭以后 吃过晚饭",
    "meal meal": "吃完饭 吃过饭 饭后 等我吃完饭 吃好饭",
    "deep 23:00": "半夜 深夜 大半夜",
}
_HOLIDAY_WORDS = {
    "new-year": "元旦",
    "spring": "春节 过年 大年初一 新年",
    "lantern": "元宵 元宵节 正月十五",
    "qingming": "清明 清明节",
    "labour": "五一节 劳动节 五一劳动节 五一之后 五一以后 五一过后 五一假期 五一长假 五一放假 过完五一 过了五一 五一那天",
    "children": "六一节 儿童节 六一儿童节 六一之后 六一以后",
    "dragon-boat": "端午 端午节",
    "moon": "中秋 中秋节",
    "national": "国庆 国庆节 十一之后 十一以后 十一过后 十一假期 十一长假 过完十一 过了十一",
    "singles": "双十一",
    "twelve": "双十二",
    "christmas": "圣诞 圣诞节",
}


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of time at ``start`` … ``end`` (syllables): what kind it is and what it stands for."""

    kind: str  # day | part | holiday
    value: str
    start: int
    end: int


def moment(sounds: Sequence[str]) -> str:
    """The time named in ``sounds``: ``""`` (none, or none that exists), ``"+MINUTES"`` or ``"DAY CLOCK"``."""
    heard = tuple(sounds)
    line = " ".join(heard)
    soon = _SOON.search(line)
    if soon and not re.search(r"dian $", line[: soon.start()]):
        return _soon(soon)
    found = list(_words(heard))
    wanted = [w for w in found if not _is_excluded(w, heard)]
    day, is_whole = _day(heard, wanted, [w for w in found if w not in wanted])
    parts = [w for w in wanted if w.kind == "part"]
    bare = _without(heard, found)
    clocks = list(_CLOCK.finditer(bare))
    if clocks:
        return _with_clock(day, clocks[-1], parts, bare)
    if parts:
        clock = parts[-1].value.split()[1]
        return f"{day or '?'} {clock}{_limit(heard, parts[-1].end)}"
    if day:
        return f"{day} 10:00" if is_whole else ""
    shunned = {w.value.split()[0] for w in found if w.kind == "part"}
    if shunned:  # 上午别打: in the afternoon, then
        return "? 14:00" if shunned & {"am", "noon", "early"} else "? 10:00"
    return ""


def _with_clock(day: str, clock: re.Match[str], parts: list[_Word], line: str) -> str:
    hour = _count(clock[3])
    minute = (
        30
        if clock[4]
        else {"yi ke": 15, "san ke": 45}.get(clock[5] or "", _count(clock[6]) if clock[6] else 0)
    )
    if clock[1]:  # 差五分三点
        less = 15 if clock[2] == "yi ke" else _count(clock[2])
        hour, minute = (hour - 1, 60 - less) if 0 < less < 60 else (99, 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return ""
    at = line.count(" ", 0, clock.start())
    near = [p for p in parts if p.end <= at + 1] or parts
    half = near[-1].value.split()[0] if near else ""
    suffix = ""
    if half in ("pm", "night", "deep") and hour < 12:
        is_small_hour = half != "pm" and hour < 5
        hour, day = (hour, _next(day)) if is_small_hour else (hour + 12, day)
    elif half in ("night", "deep") and hour == 12:
        hour, day = 0, _next(day)
    elif (half == "noon" and hour < 4) or (not half and hour < 8):
        hour += 12
    elif not half and hour < 12 and not day:
        suffix = "~"
    if hour == 24:
        hour, day = 0, _next(day)
    if _BEFORE.search(line[clock.end() :]):
        suffix = "<"
    return f"{day or '?'} {hour:02d}:{minute:02d}{suffix}"


def _next(day: str) -> str:
    return str(int(day) + 1) if day.isdigit() else day


def _soon(found: re.Match[str]) -> str:
    count = 0.5 if found[1] == "ban" else 2.0 if found[1] == "ji" else float(_count(found[1]))
    unit = {"fen zhong": 1, "ke zhong": 15}.get(found[3], 60)
    if found[1] == "ji" and unit == 1:
        count = 5
    minutes = count * unit + (30 if found[2] or found[4] else 0)
    return f"+{max(int(minutes), 5)}" if minutes <= 72 * 60 else ""


def _day(heard: tuple[str, ...], wanted: list[_Word], shunned: list[_Word]) -> tuple[str, bool]:
    """The day that is named, as ``instant.py`` reads it, and whether it alone tells a time."""
    line = " ".join(heard)
    holiday = next((w for w in reversed(wanted) if w.kind == "holiday"), None)
    if holiday is not None:
        name = " ".join(heard[max(0, holiday.start - 2) : holiday.end + 3])
        return f"{'after' if _AFTER.search(name) else 'on'}:{holiday.value}", True
    date = _DATE.search(line)
    if date:
        month, number = _count(date[1]), _count(date[2])
        return (f"{month:02d}-{number:02d}", True) if month <= 12 and number <= 31 else ("never", True)
    numbered = _DAY_OF_MONTH.search(line)
    if numbered:
        number, next_month = _count(numbered[2]), (numbered[1] or "").startswith("xia")
        return (f"{'+1' if next_month else ''}d{number}", True) if number <= 31 else ("never", True)
    days = [w.value for w in wanted if w.kind == "day"]
    if days:
        return days[-1], days[-1] != "0"
    on = _DAYS_ON.search(line)
    if on and (on[1] or on[4]) and not (on[3] != "tian" and on[2] == "ban" and on[3] != "yue"):
        count = {"ji": 3.0, "ban": 0.5}.get(on[2]) or float(_count(on[2]))
        later = int(count * {"tian": 1, "yue": 30}.get(on[3], 7))
        return (str(max(1, later)), True) if later <= 180 else ("never", True)
    week = next((w for w in _WEEK.finditer(line) if w[1] or w[3]), None)
    if week:
        ahead = {"xia xia": "+2", "xia": "+1", "zhe": "+0", "ben": "+0"}.get(week[1] or "", "")
        if week[3] or ahead in ("+1", "+2"):
            return f"{ahead}w{_WEEKDAY[week[3]] if week[3] else 1}", True
    if any(w.kind == "day" and w.value == "0" for w in shunned):
        return "1", True  # 今天没空: tomorrow, then
    if any(w.kind == "day" and w.value == "1" for w in shunned):
        return "2", True
    return "", False


def _words(heard: tuple[str, ...]) -> Iterator[_Word]:
    """The words of time in ``heard``, the longest first at each place, none inside another."""
    at = 0
    while at < len(heard):
        taken = 1
        for sounds, kinds in _lexicon():
            run = heard[at : at + len(sounds)]
            if len(run) == len(sounds) and _is_near(run, sounds):
                for kind, value in kinds:
                    yield _Word(kind, value, at, at + len(sounds))
                taken = len(sounds)
                break
        at += taken


def _is_near(run: tuple[str, ...], sounds: tuple[str, ...]) -> bool:
    if run == sounds:
        return True
    if len(sounds) < 2 or distance(run[0], sounds[0]) > 0.25:  # most end here
        return False
    if any(a != b and (a in _NUMBER or b in _NUMBER) for a, b in zip(run, sounds, strict=True)):
        return False  # 五 or 舞, 十 or 四: what is a number must be one
    apart = [distance(a, b) for a, b in zip(run, sounds, strict=True)]
    return sum(apart) <= (0.125 if any(s in _NUMBER for s in sounds) else 0.375) and max(apart) <= 0.25


@lru_cache(maxsize=1)
def _lexicon() -> tuple[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], ...]:
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for kind, table in (("day", _DAY_WORDS), ("part", _PART_WORDS), ("holiday", _HOLIDAY_WORDS)):
        for value, listed in table.items():
            for word in listed.split():
                found.setdefault(syllables(word), {})[kind] = value
    found[("guo", "wan", "nian")] = found[("nian", "hou")] = {"holiday": "spring"}
    found[("ming", "r")] = {"day": "1"}
    ordered = sorted(found.items(), key=lambda item: -len(item[0]))
    return tuple((sounds, tuple(kinds.items())) for sounds, kinds in ordered)


def _is_excluded(word: _Word, heard: tuple[str, ...]) -> bool:
    """上午没空, 不要晚上打: just that time is not meant."""
    before, after = " ".join(heard[max(0, word.start - 3) : word.start]), " ".join(heard[word.end :])
    return bool(_NOT_THAT.search(before) or _NOT_THEN.search(after))


def _without(heard: tuple[str, ...], found: list[_Word]) -> str:
    """``heard`` with its words of time struck out: the wu of 上午 is no five."""
    hidden = {n for w in found for n in range(w.start, w.end)}
    bare = " ".join("-" if n in hidden else s for n, s in enumerate(heard))
    for dated in (_WEEK, _DATE, _DAY_OF_MONTH):
        bare = dated.sub(lambda m: "- " * m[0].count(" ") + "-", bare)
    return bare


def _limit(heard: tuple[str, ...], end: int) -> str:
    return "<" if _BEFORE.search(" ".join(heard[end:])) else ""


def _count(words: str) -> int:
    total = 0
    for word in words.split():
        total = max(total, 1) * 10 if word == "shi" else total + _NUMBER[word]
    return total
