"""Numbers and days said in answer to a question: 「打八分」 → 8, 「三月五号」 → a date.  Pure.

Digits and numerals that a recogniser has written count first; sounds alone (四 and 十, 是 and 十 are one breath apart)
are a guess that must be confirmed like every spoken number.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

from huifang.logic.understanding.sounds import syllables

_WRITTEN = {
    **dict(zip("零一二三四五六七八九", range(10), strict=True)), "〇": 0, "幺": 1, "两": 2, "俩": 2,
    "十": 10, "百": 100, "千": 1000, "万": 10_000,
}  # fmt: skip
_SOUNDED = {
    "ling": 0, "yi": 1, "yao": 1, "er": 2, "liang": 2, "san": 3, "si": 4, "wu": 5, "liu": 6, "qi": 7, "ba": 8, "jiu": 9,
    "shi": 10, "bai": 100, "qian": 1000, "wan": 10_000,
}  # fmt: skip
_NUMERALS = re.compile(f"[{''.join(_WRITTEN)}]+")
_AROUND = re.compile(r"[分岁个块元次月号日天年嗯呃哦啊吧呢了是就大概差不多左右我给打，。、！？,.!? ]")
_AROUND_SOUNDS = frozenset(
    (
        "fen",
        "sui",
        "ge",
        "ci",
        "yue",
        "hao",
        "ri",
        "tian",
        "en",
        "e",
        "o",
        "a",
        "ba",
        "ne",
        "le",
        "jiu",
        "da",
        "gei",
    )
)
_DAYS = {"前天": -2, "昨天": -1, "今天": 0, "明天": 1, "后天": 2, "大后天": 3}
_DAY_SOUNDS = {" ".join(syllables(words)): days for words, days in _DAYS.items()}
_MONTH_DAY = re.compile(r"(\d{1,2})\s*[月./-]\s*(\d{1,2})")


def is_bare(text: str, pinyin: tuple[str, ...] = ()) -> bool:
    """Whether a number or a day is all that was said, but for a unit and particles: 「嗯，三十吧」.

    Such words are read as the number even where they sound like something else (三十 like 啥事).
    """
    if text:
        plain = _NUMERALS.sub("", re.sub(r"\d+", "", unicodedata.normalize("NFKC", text)))
        return plain != text and not _AROUND.sub("", plain)
    return any(s in _SOUNDED for s in pinyin) and all(s in _SOUNDED or s in _AROUND_SOUNDS for s in pinyin)


def number_in(text: str, pinyin: tuple[str, ...] = ()) -> int | None:
    """The one whole number in what was said; None where there is none, or more than one."""
    found = _numbers(text) if text else _sounded(pinyin)
    return found[0] if len(set(found)) == 1 else None


def day_in(text: str, today: date, *, past: bool, pinyin: tuple[str, ...] = ()) -> date | None:
    """The day that was named, seen from ``today``: a month and a day, or a word such as 明天.

    ``past``: a day without a year is the last such day, today included; else the next.
    """
    near = [days for words, days in _DAYS.items() if words in text] if text else []
    if not text:
        line = " ".join(pinyin)
        near = [days for sounds, days in _DAY_SOUNDS.items() if re.search(rf"\b{sounds}\b", line)]
    if near:
        return today + timedelta(days=max(near, key=abs))
    pair = _month_and_day(text) if text else _sounded_month_and_day(pinyin)
    return on(*pair, today, past=past) if pair else None


def on(month: int, day: int, today: date, *, past: bool) -> date | None:
    """The last or next ``month``/``day``, today included; None where no year has such a day."""
    years = range(today.year, today.year - 9, -1) if past else range(today.year, today.year + 9)
    for year in years:  # nine years always hold a 29 February
        try:
            at = date(year, month, day)
        except ValueError:
            continue
        if at <= today if past else at >= today:
            return at
    return None


def value_of(units: list[int]) -> int | None:
    """The number that numerals spell: [3, 100, 5] → 350 (三百五), [1, 3, 5] → 135; None where they spell none."""
    if not units:
        return None
    if all(unit < 10 for unit in units):
        return int("".join(str(unit) for unit in units))
    total = section = 0
    digit: int | None = None
    last = 1
    for at, unit in enumerate(units):
        if unit < 10:
            if digit:  # 三五十 is no number
                return None
            digit = unit
        elif unit == 10_000:
            total, section, digit = (section + (digit or 0)) * unit, 0, None
            last = unit
        else:
            if digit is None and not (unit == 10 and (at == 0 or units[at - 1] in (0, 10_000))):
                return None
            section += (digit if digit is not None else 1) * unit
            digit, last = None, unit
    if digit and last >= 100 and units[-2] >= 10:
        digit *= last // 10  # 三百五
    return total + section + (digit or 0)


def _numbers(text: str) -> list[int]:
    plain = unicodedata.normalize("NFKC", text)
    found = [int(run) for run in re.findall(r"\d+", plain)]
    for run in _NUMERALS.findall(plain):
        value = value_of([_WRITTEN[ch] for ch in run])
        if value is not None:
            found.append(value)
    return found


def _sounded(pinyin: tuple[str, ...]) -> list[int]:
    found = []
    for run in _runs(pinyin):
        value = value_of(run)
        if value is None and run[0] == 10:
            value = value_of(run[1:])  # 是八十
        if value is not None:
            found.append(value)
    return found


def _runs(pinyin: tuple[str, ...]) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for syllable in pinyin:
        if syllable in _SOUNDED:
            runs[-1].append(_SOUNDED[syllable])
        else:
            runs.append([])
    return [run for run in runs if run]


def _month_and_day(text: str) -> tuple[int, int] | None:
    plain = unicodedata.normalize("NFKC", text)
    arabic = _NUMERALS.sub(lambda run: str(value_of([_WRITTEN[ch] for ch in run[0]]) or ""), plain)
    found = _MONTH_DAY.search(arabic)
    return (int(found[1]), int(found[2])) if found else None


def _sounded_month_and_day(pinyin: tuple[str, ...]) -> tuple[int, int] | None:
    for at, syllable in enumerate(pinyin):
        if syllable == "yue":
            before, after = _sounded(pinyin[max(0, at - 2) : at]), _sounded(pinyin[at + 1 : at + 4])
            if before and after:
                return before[-1], after[0]
    return None
