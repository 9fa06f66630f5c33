"""Times in words: 「明天下午三点半再打」 → ``"1 15:30"``; what the form means at an instant, see ``instant.py``.

Read from toneless syllables, because a recogniser's characters are less sure than their sounds; names of days
and of parts of the day may be a little off (sang wu for 上午), numbers may not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from huifang.logic.understanding.moment_words import DAY_WORDS, HOLIDAY_WORDS, PART_WORDS
from huifang.logic.understanding.sounds import distance, syllables

_NEAR = 0.25  # how far a syllable of a day's name may be off
_NUMBER = {
    **{
        "ling": 0,
        "yi": 1,
        "er": 2,
        "liang": 2,
        "lia": 2,
        "san": 3,
        "si": 4,
        "wu": 5,
        "liu": 6,
        "qi": 7,
        "ba": 8,
    },
    **{"jiu": 9, "shi": 10},
}
_ONES = "(?:yi|er|liang|lia|san|si|wu|liu|qi|ba|jiu)"
_COUNT = f"(?:(?:{_ONES} )?shi(?: {_ONES})?|{_ONES})"
_MINUTES = rf"(?:ling )?{_COUNT}(?= fen)|ling {_ONES}|{_ONES} shi(?: {_ONES}(?! hou))?|shi {_ONES}(?! hou)"
_CLOCK = re.compile(
    rf"\b(?:(cha) (yi ke|{_COUNT})(?: fen)? )?({_COUNT})(?: {_ONES})?? dian(?!(?: le)? (?:hao|ma))"
    rf"(?: (?:zhong )?(?:guo )?(?:(ban)|(yi ke|san ke)|({_MINUTES})))?\b"
)
_SOON = re.compile(
    rf"\b({_COUNT}|ban|ji|ge ba)(?: lai| ji| duo)?(?: ge)?(?: (ban))?(?: ge)? "
    r"(xiao shi|fen zhong|zhong tou|ke zhong|(?<=ge )zhong(?! wu))(?: (ban))?\b"
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
_TO = re.compile(r" (?:zhong |ban )?(?:dao|zhi) (?:- )*")
_NOT_THEN = re.compile(
    r"^ ?(?:wo |dou |jiu |ye |ke |ni |ni men )*(?:bu xing|mei kong|mei shi jian|bu fang bian|bie|bu yao|bu neng|bu zai|mei de kong|chu chai"
    r"|yao kai hui|kai hui|yao shang ban|shang ban|you shi|bu de xian|bu ke yi|bu de kong)\b"
)
_NOT_THAT = re.compile(r"(?:bu yao|bie|bu neng|chu le|bu xiang)(?: zai)? ?$")


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
    soons = list(_SOON.finditer(line))
    if soons and not re.search(r"dian $", line[: soons[-1].start()]):
        return _soon(soons[-1], soons[-2] if len(soons) > 1 and _goes_on(line, *soons[-2:]) else None)
    found = _words(heard)
    wanted = [w for w in found if not _is_excluded(w, heard)]
    day, is_whole = _day(heard, wanted, [w for w in found if w not in wanted])
    parts = [w for w in wanted if w.kind == "part"]
    bare = _without(heard, found)
    clocks = list(_CLOCK.finditer(bare))
    if clocks:
        return _with_clock(day, _meant(clocks, bare), parts, bare)
    if parts:
        clock = parts[-1].value.split()[1]
        limit = "" if clock == "meal" else _limit(heard, parts[-1].end)
        return f"{day or '?'} {clock}{limit}"
    if day:
        return f"{day} 10:00" if is_whole else ""
    shunned = {w.value.split()[0] for w in found if w.kind == "part"}
    if shunned:  # 上午别打: in the afternoon, then
        return "? 14:00" if shunned & {"am", "noon", "early"} else "? 10:00"
    return ""


def spans(sounds: Sequence[str]) -> frozenset[int]:
    """Which of ``sounds`` name a time."""
    heard = tuple(sounds)
    line = " ".join(heard)
    found = {n for word in _words(heard) for n in range(word.start, word.end)}
    for pattern in (_SOON, _CLOCK, _DATE, _DAY_OF_MONTH, _DAYS_ON, _WEEK):
        for named in pattern.finditer(line):
            start = line.count(" ", 0, named.start())
            found.update(range(start, start + named[0].count(" ") + 1))
    return frozenset(found)


def _meant(clocks: list[re.Match[str]], line: str) -> re.Match[str]:
    """The clock time that is meant: the last, because people correct themselves, or where a span of time begins."""
    if len(clocks) > 1 and _TO.fullmatch(line[clocks[-2].end() : clocks[-1].start()]):
        return clocks[-2]
    return clocks[-1]


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


def _goes_on(line: str, hours: re.Match[str], minutes: re.Match[str]) -> bool:
    """一小时二十分钟, and not 半小时，不，一小时, of which the last is meant."""
    between = line[hours.end() : minutes.start()].strip()
    return between in ("", "ling") and hours[3] != "fen zhong" and minutes[3] in ("fen zhong", "ke zhong")


def _soon(found: re.Match[str], before: re.Match[str] | None = None) -> str:
    """``before``: the hours that ``found`` is added to."""
    told = {"ban": 0.5, "ji": 2.0, "ge ba": 1.0}
    count = told[found[1]] if found[1] in told else float(_count(found[1]))
    unit = {"fen zhong": 1, "ke zhong": 15}.get(found[3], 60)
    if found[1] == "ji" and unit == 1:
        count = 5
    minutes = count * unit + (30 if found[2] or found[4] else 0)
    if before is not None:
        minutes += float(_soon(before) or 0)
    return f"+{max(int(minutes), 5)}" if minutes <= 72 * 60 else ""


def _day(heard: tuple[str, ...], wanted: list[_Word], shunned: list[_Word]) -> tuple[str, bool]:
    """The day that is named, as ``instant.py`` reads it, and whether it alone tells a time."""
    line = " ".join(heard)
    holiday = next((w for w in reversed(wanted) if w.kind == "holiday"), None)
    if holiday is not None:
        name = " ".join(heard[max(0, holiday.start - 2) : holiday.end + 3])
        return f"{'after' if _AFTER.search(name) else 'on'}:{holiday.value}", True
    date = _last_meant(_DATE, line)
    if date:
        month, number = _count(date[1]), _count(date[2])
        return (f"{month:02d}-{number:02d}", True) if month <= 12 and number <= 31 else ("never", True)
    numbered = _last_meant(_DAY_OF_MONTH, line)
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
    week = _last_meant(_WEEK, line)
    if week:
        ahead = {"xia xia": "+2", "xia": "+1", "zhe": "+0", "ben": "+0"}.get(week[1] or "", "")
        if week[3] or ahead in ("+1", "+2"):
            return f"{ahead}w{_WEEKDAY[week[3]] if week[3] else 1}", True
    if any(w.kind == "day" and w.value == "0" for w in shunned):
        return "1", True  # 今天没空: tomorrow, then
    if any(w.kind == "day" and w.value == "1" for w in shunned):
        return "2", True
    return "", False


def _last_meant(pattern: re.Pattern[str], line: str) -> re.Match[str] | None:
    """The last that is not shunned, for people correct themselves: 周一不行，周二打给我."""
    named = [found for found in pattern.finditer(line) if found.re is not _WEEK or found[1] or found[3]]
    meant = [
        found
        for found in named
        if not _NOT_THEN.search(line[found.end() :]) and not _NOT_THAT.search(line[: found.start()])
    ]
    return meant[-1] if meant else None


@lru_cache(maxsize=500)
def _words(heard: tuple[str, ...]) -> tuple[_Word, ...]:
    """The words of time in ``heard``, the longest first at each place, none inside another."""
    found: list[_Word] = []
    at = 0
    while at < len(heard):
        taken = 1
        for sounds, kinds in _beginning(heard[at]):
            run = heard[at : at + len(sounds)]
            if len(run) == len(sounds) and _is_near(run, sounds, is_holiday="holiday" in dict(kinds)):
                found += [_Word(kind, value, at, at + len(sounds)) for kind, value in kinds]
                taken = len(sounds)
                break
        at += taken
    return tuple(found)


@lru_cache(maxsize=2_000)
def _beginning(syllable: str) -> tuple[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], ...]:
    """The words of time whose first syllable ``syllable`` may be."""
    return tuple(known for known in _lexicon() if distance(syllable, known[0][0]) <= _NEAR)


def _is_near(run: tuple[str, ...], sounds: tuple[str, ...], *, is_holiday: bool) -> bool:
    if run == sounds:
        return True
    if len(sounds) < 2:
        return False
    if any(a != b and (a in _NUMBER or b in _NUMBER) for a, b in zip(run, sounds, strict=True)):
        return False  # 五 or 舞, 十 or 四: what is a number must be one
    apart = [distance(a, b) for a, b in zip(run, sounds, strict=True)]
    is_exact = is_holiday or any(s in _NUMBER for s in sounds)
    return sum(apart) <= (0.125 if is_exact else 0.375) and max(apart) <= _NEAR


@lru_cache(maxsize=1)
def _lexicon() -> tuple[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], ...]:
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for kind, table in (("day", DAY_WORDS), ("part", PART_WORDS), ("holiday", HOLIDAY_WORDS)):
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


def _without(heard: tuple[str, ...], found: Sequence[_Word]) -> str:
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
