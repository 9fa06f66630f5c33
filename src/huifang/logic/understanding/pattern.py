"""Rules of the grammar: one notation in characters, read as characters and as sounds.

A phrase list cannot hold every way to say 别再打了; a rule can.  The notation is a regular expression
over Chinese characters with two additions: ``~4`` stands for up to four syllables of anything, and
``{NAME}`` for a list of words given beside it.  The same rule is compiled twice: over the characters that were
heard, and over their folded syllables (see ``sounds.folded``), for recognisers that write sounds and for wrong
characters that sound right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from huifang.logic.understanding.reading import Intent
from huifang.logic.understanding.sounds import folded, syllables

_HAN = re.compile(r"([㐀-鿿]+)([?*+]?)")
_GAP = re.compile(r"~(\d)")
_NAME = re.compile(r"\{([A-Z_]+)\}")


VOID = "void"
"""The code of a rule that says what is *not* meant: 上午别打 is no refusal.  It stops what fits inside it."""


_SHORT = 3  # syllables
# Where characters are known their sounds matter only for what must never be missed (别在打了).
_ALSO_BY_SOUND = frozenset((Intent.REFUSAL,))


@dataclass(frozen=True, slots=True)
class Rule:
    """What some words mean.

    ``unless``: words anywhere in the utterance that make the rule void.  A group named ``void`` in ``pattern``
    does so, too, where it took part.  ``written``: holds for characters only, because its sounds mean too much.
    ``asked``: holds only as the answer to this kind of question.
    """

    intent: Intent
    code: str
    pattern: str
    unless: str = ""
    written: bool = False
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A rule's place: ``start`` and ``end`` in syllables.  ``by_sound``: the characters do not say so."""

    rule: Rule
    start: int
    end: int
    by_sound: bool


@dataclass(frozen=True, slots=True)
class _Compiled:
    rule: Rule
    characters: re.Pattern[str]
    characters_unless: re.Pattern[str] | None
    sounds: re.Pattern[str] | None
    """Over folded syllables …"""
    clear: re.Pattern[str] | None
    """… and over syllables as they are: in few of them no sound may be lost, 离世 is not 你是."""
    sounds_unless: re.Pattern[str] | None
    clear_unless: re.Pattern[str] | None


class Grammar:
    """Rules made ready.  ``words`` gives the word lists that the rules name."""

    def __init__(self, rules: tuple[Rule, ...], words: Mapping[str, str]) -> None:
        self._rules = tuple(_compiled(rule, words) for rule in rules)

    def find(self, characters: str, sounds: tuple[str, ...], asked: str = "") -> Iterator[Found]:
        """Where rules hold.  ``characters``: one for each of ``sounds``, or "" where only sounds are known."""
        line, plain_line = " ".join(_fold(s) for s in sounds) + " ", " ".join(sounds) + " "
        for known in self._rules:
            if known.rule.asked not in ("", asked):
                continue
            if characters:
                found = _first(known.characters, known.characters_unless, characters)
                if found is not None:
                    yield Found(known.rule, found[0], found[1], by_sound=False)
                    continue
                if known.rule.intent not in _ALSO_BY_SOUND:
                    continue
            if characters and known.clear is not None:  # a recogniser with characters seldom blurs sounds
                at = _first(known.clear, known.clear_unless, plain_line)
                if at is not None:
                    yield Found(known.rule, *_syllables(plain_line, at), by_sound=True)
            elif known.sounds is not None:
                at = _first(known.sounds, known.sounds_unless, line)
                start, end = _syllables(line, at)
                if at is not None and end - start <= _SHORT and known.clear is not None:
                    at = _first(known.clear, None, plain_line)
                    start, end = _syllables(plain_line, at)
                if at is not None:
                    yield Found(known.rule, start, end, by_sound=False)


def _first(pattern: re.Pattern[str], unless: re.Pattern[str] | None, words: str) -> tuple[int, int] | None:
    if pattern.search(words) is None:  # nearly always, so this comes first
        return None
    for match in pattern.finditer(words):
        if match.end() == match.start() or match.groupdict().get("void"):
            continue
        if unless is not None and unless.search(words):
            return None
        return match.start(), match.end()
    return None


def _compiled(rule: Rule, words: Mapping[str, str]) -> _Compiled:
    pattern, unless = _named(rule.pattern, words), _named(rule.unless, words)
    return _Compiled(
        rule,
        re.compile(_GAP.sub(r".{0,\1}?", pattern)),
        re.compile(_GAP.sub(r".{0,\1}?", unless)) if unless else None,
        None if rule.written else re.compile(_as_sounds(pattern, _fold)),
        None if rule.written else re.compile(_as_sounds(pattern, str)),
        re.compile(_as_sounds(unless, _fold)) if unless and not rule.written else None,
        re.compile(_as_sounds(unless, str)) if unless and not rule.written else None,
    )


def _named(pattern: str, words: Mapping[str, str]) -> str:
    while _NAME.search(pattern):
        pattern = _NAME.sub(lambda m: f"(?:{words[m[1]]})", pattern)
    return pattern


def _as_sounds(pattern: str, spell: Callable[[str], str]) -> str:
    def spelled(run: re.Match[str]) -> str:
        """A run of characters as syllables; what follows it (了?) binds to its last one."""
        sounds = [spell(s) + " " for s in syllables(run[1])]
        if run[2]:
            sounds[-1] = f"(?:{sounds[-1]}){run[2]}"
        return "".join(sounds)

    in_sounds = _GAP.sub(r"(?:\\S+ ){0,\1}?", _HAN.sub(spelled, pattern))
    return rf"(?<!\S)(?:{in_sounds})"


def _syllables(line: str, at: tuple[int, int] | None) -> tuple[int, int]:
    return (line.count(" ", 0, at[0]), line.count(" ", 0, at[1])) if at else (0, 0)


@lru_cache(maxsize=4_000)
def _fold(syllable: str) -> str:
    return folded(syllable)
