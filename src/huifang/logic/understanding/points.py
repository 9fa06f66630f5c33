"""Scores said as points: 打四分, 八点五分, 给你们九十分 (of a hundred), 五颗星.  They are always confirmed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ONES = {
    "ling": 0,
    "yi": 1,
    "er": 2,
    "liang": 2,
    "san": 3,
    "si": 4,
    "wu": 5,
    "liu": 6,
    "qi": 7,
    "ba": 8,
    "jiu": 9,
}
_ONE = "(?:" + "|".join(_ONES) + ")"
_NUMBER = f"(?:yi bai|(?:{_ONE} )?shi(?: {_ONE})?|{_ONE}(?: {_ONE}){{0,2}})"
_POINTS = re.compile(
    rf"\b(?:(?:da|gei|ping)(?: le)?(?: ge)? )?({_NUMBER})(?: dian ({_ONE}))? (fen(?! zhong)|ke xing|xing)(?= |$)"
)
# Marks of ten or of a hundred as schools give them, and the canonical score of each.
_OF_HUNDRED = ((90, 5), (75, 4), (60, 3), (40, 2), (0, 1))


@dataclass(frozen=True, slots=True)
class Points:
    """``score``: canonical, 5 (best) to 1; ``start`` and ``end`` in syllables."""

    score: int
    start: int
    end: int


def points(sounds: tuple[str, ...]) -> Iterator[Points]:
    """The points named in ``sounds``.  One to five are taken as a score, more as marks of ten or a hundred."""
    line = " ".join(sounds)
    for match in _POINTS.finditer(line):
        value = _value(match[1]) + (_ONES[match[2]] / 10 if match[2] else 0)
        score = _score(value, is_stars="xing" in match[3])
        if score:
            start = line.count(" ", 0, match.start())
            yield Points(score, start, start + match[0].count(" ") + 1)


def _score(value: float, *, is_stars: bool) -> int:
    if is_stars:
        return int(value) if 1 <= value <= 5 else 0
    if value <= 5:
        return max(1, int(value))
    of_hundred = value * 10 if value <= 10 else value
    return next(score for least, score in _OF_HUNDRED if of_hundred >= least) if of_hundred <= 100 else 0


def _value(spoken: str) -> int:
    parts = spoken.split()
    if "bai" in parts:
        return 100
    if "shi" in parts:
        at = parts.index("shi")
        tens = _ONES[parts[at - 1]] if at else 1
        return tens * 10 + (_ONES[parts[at + 1]] if at + 1 < len(parts) else 0)
    return int("".join(str(_ONES[p]) for p in parts))
