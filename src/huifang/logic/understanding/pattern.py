"""Rules of the grammar: one notation in characters, read as characters and as sounds.

A phrase list cannot hold every way to say 别再打了; a rule can.  The notation is a regular expression
over Chinese characters with two additions: ``~4`` stands for up to four syllables of anything, and
``{NAME}`` for a list of words given beside it.  The same rule is compiled twice: over the characters that were
heard, and over their folded syllables (see ``sounds.folded``), for recognisers that write sounds and for wrong
characters that sound right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from huifang.logic.understanding.reading import Intent
from huifang.logic.understanding.sounds import folded, syllables

_HAN = re.compile(r"([㐀-鿿]+)([?*+]?)")
_GAP = re.compile(r"~(\d)")
_NAME = re.compile(r"\{([A-Z_]+)\}")


VOID = "void"
"""The code of a rule that says what is *not* meant: 上午别打 is no refusal.  It stops what fits inside it."""


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
    sounds_unless: re.Pattern[str] | None


class Grammar:
    """Rules made ready.  ``words`` gives the word lists that the rules name."""

    def __init__(self, rules: tuple[Rule, ...], words: Mapping[str, str]) -> None:
        self._rules = tuple(_compiled(rule, words) for rule in rules)

    def find(self, characters: str, sounds: tuple[str, ...], asked: str = "") -> Iterator[Found]:
        """Where rules hold.  ``characters``: one for each of ``sounds``, or "" where only sounds are known."""
        line = " ".join(_fold(s) for s in sounds) + " "
        for known in self._rules:
            if known.rule.asked not in ("", asked):
                continue
            found = None
            if characters:
                found = _first(known.characters, known.characters_unless, characters)
            if found is not None:
                yield Found(known.rule, found[0], found[1], by_sound=False)
            elif known.sounds is not None and (not characters or known.rule.intent in _ALSO_BY_SOUND):
                at = _first(known.sounds, known.sounds_unless, line)
                if at is not None:
                    start, end = line.count(" ", 0, at[0]), line.count(" ", 0, at[1])
                    yield Found(known.rule, start, end, by_sound=bool(characters))


def _first(pattern: re.Pattern[str], unless: re.Pattern[str] | None, words: str) -> tuple[int, int] | None:
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
        None if rule.written else re.compile(_as_sounds(pattern)),
        re.compile(_as_sounds(unless)) if unless and not rule.written else None,
    )


def _named(pattern: str, words: Mapping[str, str]) -> str:
    while _NAME.search(pattern):
        pattern = _NAME.sub(lambda m: f"(?:{words[m[1]]})", pattern)
    return pattern


def _as_sounds(pattern: str) -> str:
    spelled = _GAP.sub(r"(?:\\S+ ){0,\1}?", _HAN.sub(_spelled, pattern))
    return rf"(?<!\S)(?:{spelled})"


def _spelled(run: re.Match[str]) -> str:
    """A run of characters as folded syllables; what follows it (了?) binds to its last syllable."""
    folds = [_fold(s) + " " for s in syllables(run[1])]
    if run[2]:
        folds[-1] = f"(?:{folds[-1]}){run[2]}"
    return "".join(folds)


@lru_cache(maxsize=4_000)
def _fold(syllable: str) -> str:
    return folded(syllable)
