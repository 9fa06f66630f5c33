"""Times in words: 「下午三点再打」 → ``"? 15:00"``; see ``logic/script_promise.py`` for the form."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Read from toneless syllables, because a recogniser's characters are less sure than their sounds.
_NUMBER = {
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
    "shi": 10,
}
_ONES = "(?:yi|er|liang|san|si|wu|liu|qi|ba|jiu)"
_COUNT = f"(?:(?:{_ONES} )?shi(?: {_ONES})?|{_ONES})"
_DAY = {
    "jin tian": 0,
    "ming tian": 1,
    "ming er": 1,
    "ming r": 1,
    "hou tian": 2,
    "jin wan": 0,
    "ming wan": 1,
    "ming zao": 1,
}
_PART = {
    "zao shang": 9, "shang wu": 10, "zhong wu": 12, "xia wu": 15, "bang wan": 18, "wan shang": 19,
    "xia ban": 18, "jin wan": 19, "ming wan": 19, "ming zao": 9,
}  # fmt: skip
_AFTERNOON = {"xia wu", "bang wan", "wan shang", "jin wan", "ming wan", "xia ban"}
_CLOCK = re.compile(
    rf"\b({_COUNT}) (?:dian|ian)(?: (ban|yi ke|san ke|{_COUNT}(?= fen)|(?:er|san|si|wu) shi(?: wu)?|shi wu|shi))?\b"
)
_SOON = re.compile(rf"\b({_COUNT}|ban|ji)(?: ge)? (xiao shi|fen zhong|zhong tou)(?: (ban))?\b")


def moment(syllables: Sequence[str]) -> str:
    """The time named in ``syllables``: ``""``, ``"+MINUTES"`` or ``"DAY HH:MM"``."""
    words = " ".join(syllables)
    soon = _SOON.search(words)
    if soon:
        count = 0.5 if soon[1] == "ban" else 2 if soon[1] == "ji" else _number(soon[1])
        minutes = count * (1 if soon[2] == "fen zhong" else 60) + (30 if soon[3] else 0)
        return f"+{max(int(minutes), 5)}"
    day = next((str(d) for w, d in _DAY.items() if _has(words, w)), "?")
    part = next((w for w in _PART if _has(words, w)), "")
    clock = _CLOCK.search(words.replace(part, "|") if part else words)  # the wu of 上午 is no five
    if clock:
        hour, minute = _number(clock[1]), _minute(clock[2] or "")
        if hour > 24 or minute > 59:
            return ""
        if hour < 12 and (part in _AFTERNOON or (part == "zhong wu" and hour < 3) or (not part and hour < 8)):
            hour += 12
        return f"{day} {hour % 24:02d}:{minute:02d}"
    if part:
        return f"{day} {_PART[part]:02d}:00"
    return f"{day} 10:00" if day in ("1", "2") else ""


def _has(words: str, sought: str) -> bool:
    return f" {sought} " in f" {words} "


def _number(words: str) -> int:
    total = 0
    for word in words.split():
        total = max(total, 1) * 10 if word == "shi" else total + _NUMBER[word]
    return total


def _minute(words: str) -> int:
    named = {"": 0, "ban": 30, "yi ke": 15, "san ke": 45}
    return named[words] if words in named else _number(words)
