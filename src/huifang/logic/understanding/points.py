"""Scores said as numbers: 打四分, 八点五分, 给你们九十分 (of a hundred), 我给四, 三分…不对，四分.  They are always confirmed.

The last number counts, because people correct themselves, and none that is only held against another one
(三分太低了, 比一分强).  A number of something else (三件, 五岁) is no score.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from huifang.logic.understanding.sounds import syllables

_ONES = {
    **{"ling": 0, "yi": 1, "yao": 1, "er": 2, "liang": 2, "lia": 2, "san": 3, "si": 4, "wu": 5},
    **{"liu": 6, "qi": 7, "ba": 8, "jiu": 9},
}
_DIGITS = frozenset("零一幺二两俩三四五六七八九十百")
_ONE = "(?:" + "|".join(_ONES) + ")"
_SMALL = "(yi|yao|er|liang|lia|san|si|wu)"
_NUMBER = f"(?:yi bai|(?:{_ONE} )?shi(?: {_ONE})?|{_ONE}(?: {_ONE}){{0,2}})"
_UNIT = r"(fen(?! (?:zhong|ji|lei|qi|dian)\b)|ke xing|xing(?! (?:qi|hao)\b))"
_GIVEN = r"(?:da|gei|ping|suan|zhi neng gei)_?(?: (?:le|ge|ni men|ni|ta|shang|gei))*"
_END = r"(?= (?:ba_?|le|a|la|ma|o|de le|hao le|suan le|mei|yin|qi ta|jiu_?|bu)\b|$)"
_POINTS = re.compile(rf"\b({_NUMBER})(?: dian ({_ONE}))? {_UNIT}(?= |$)")
_BARE = re.compile(rf"\b{_GIVEN} {_SMALL}{_END}")
_LAST = re.compile(rf"(?<= ){_SMALL}$")
_NOT_LAST = re.compile(
    rf"\b(?:{_ONE}|shi|di|xuan|an|bai|yue|xing qi|zhou|li bai|hao|(?<!yi )dian|lou|shi_) $"
)
_ALONE = re.compile(
    rf"^(?:da |gei )?(?:bai fen (?:zhi|zhi_) )?((?:{_ONE} )?shi(?: {_ONE})?|yi bai)(?: (?:lai|ji|duo|chu tou|ba_?|zuo you|bu dao))?$"
)
_DEGREE = re.compile(
    r" (?:de )?(?:bu|man yi|xi huan|hao|gan|kai|gao|shi wang|zao|cha|tao|re qing|nai xin|zhuan ye|man|ling)\b"
)  # 十分满意
_BLURRED_DEGREE = re.compile(
    r" bu (?:man yi|xi huan|gao xing|kai xin|hao)\b"
)  # who says si for shi: 十分不满意
_ASKED = re.compile("^(?!.*(?:分吧|就)).*(?:吗|么|啥|还是最[高低])$")
_LESS = re.compile(
    rf"(?<!\btai )\b(?:cha|kou|shao gei|shao) (?:le |ge |diao )?{_SMALL} fen\b(?! (?:dou|ye)\b)(?: (?:jiu_? )?man fen)?"
)
_ONLY_COMPARED = re.compile(
    r"^ ?(?:dou |ye |you dian )?(?:tai |you dian )?(?:gao|di|duo|shao|bu gou|bu pei|xian|mei you|bu xiang|bu zhi)\b"
)
_HELD_AGAINST = re.compile(
    r"\b(?:bi|bu shi|bu zhi|mei dao|bu dao|bu gei|liu|liu ge|liu le|ben lai xiang gei|ben lai gei)_?(?: ge)? ?$"
)
_REFUSED = re.compile(
    rf"\b(?:bu neng|bu xiang|bu hui|mei fa|gei bu liao|bu dao|bu gou|mei dao|da bu liao)(?: da| gei)?(?: ge)?_? {_NUMBER} fen\b"
    rf"|\b{_NUMBER} fen (?:dou |ye )?(?:bu gou|bu dao|mei you|yi xia|gei bu liao|da bu liao)\b"
)
_OF_A_HUNDRED = re.compile(rf"\byi bai fen\b.* (?:gei|da)_? ({_NUMBER})$")
_PLACES = {
    5: "最高那个 最高的那个 最高档 最高一档 顶格 拉满",
    4: "第二高 次高 第二档",
    3: "中间数 中间那个 中间档 中间的那个 取中间 正中间",
    2: "倒数第二 第二低",
    1: "垫底 给最低 就最低 最低那个 最低的那个 最低档 倒数第一 最底下那个",
}
_BY_PLACE = re.compile(
    r"\b(?:" + "|".join(f"(?P<p{n}>{'|'.join(' '.join(syllables(w)) for w in words.split())})" for n, words in _PLACES.items()) + r")\b"
)  # fmt: skip
# Marks of ten or of a hundred as schools give them, and the canonical score of each.
_OF_HUNDRED = ((90, 5), (75, 4), (60, 3), (40, 2), (0, 1))


def is_refused(sounds: tuple[str, ...]) -> bool:
    """不能给五分, 五分以下: the points that are named are just not given."""
    return _REFUSED.search(" ".join(sounds)) is not None


@dataclass(frozen=True, slots=True)
class Points:
    """``score``: canonical, 5 (best) to 1; ``start`` and ``end`` in syllables."""

    score: int
    start: int
    end: int


def points(sounds: tuple[str, ...], characters: str = "") -> Points | None:
    """The points that ``sounds`` mean.  One to five are taken as a score, more as marks of ten or a hundred.

    ``characters``: one for each sound, or "" where only sounds are known; then 就 may be a nine.
    """
    if _ASKED.search(characters):  # 五分是最高吗
        return None
    line = " ".join(_clear(sounds, characters))
    named = sorted(_named(line, is_written=bool(characters)), key=lambda found: found[1])
    if not named:
        return None
    meant = [n for n in named if not _is_only_compared(line, n)] or named
    start, end = named[0][1], max(n[2] for n in named)
    first, size = line.count(" ", 0, start), line[start:end].count(" ") + 1
    if size == 1:  # 取个中间数，三: one syllable says so little that all of it must be about the number
        return Points(meant[-1][0], 0, len(sounds))
    return Points(meant[-1][0], first, first + size)


def _named(line: str, *, is_written: bool) -> Iterator[tuple[int, int, int]]:
    """(score, start, end) of everything in ``line`` that may be a score."""
    less = [(5 - _value(m[1]), m.start(), m.end()) for m in _LESS.finditer(line)]
    yield from ((score, start, end) for score, start, end in less if score)
    for match in _POINTS.finditer(line):
        value = _value(match[1]) + (_ONES[match[2]] / 10 if match[2] else 0)
        score = _score(value, is_stars="xing" in match[3])
        is_degree = match[1] == "shi" and _DEGREE.match(line[match.end() :]) is not None
        if match[1] == "si" and not is_written:
            is_degree = _BLURRED_DEGREE.match(line[match.end() :]) is not None
        if score and not is_degree and not any(start <= match.start() < end for _, start, end in less):
            yield score, match.start(), match.end()
    hundredth = _OF_A_HUNDRED.search(line)
    if hundredth:
        yield _score(max(5.1, _value(hundredth[1])), is_stars=False), hundredth.start(1), len(line)
    alone = _ALONE.match(line) if is_written else None  # 八十五 is a mark of a hundred
    if alone and _value(alone[1]) > 10:
        yield _score(_value(alone[1]), is_stars=False), 0, len(line)
    for match in _BARE.finditer(line):
        yield _value(match[1]), match.start(), match.end()
    last = _LAST.search(line) if is_written else None  # man yi is no one, and 一 alone a key
    if last and not _NOT_LAST.search(line[: last.start()]):
        yield _value(last[1]), last.start(), last.end()
    for match in _BY_PLACE.finditer(line):
        yield int((match.lastgroup or "p3")[1:]), match.start(), match.end()


def _is_only_compared(line: str, named: tuple[int, int, int]) -> bool:
    _, start, end = named
    return bool(_ONLY_COMPARED.search(line[end:]) or _HELD_AGAINST.search(line[:start]))


def _clear(sounds: tuple[str, ...], characters: str) -> Iterator[str]:
    """``sounds`` with those marked that only sound like a number: the 就 of 就一分 is no nine."""
    for at, sound in enumerate(sounds):
        is_number = sound in _ONES or sound in ("shi", "bai")
        yield f"{sound}_" if is_number and characters and characters[at] not in _DIGITS else sound


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
