"""Rules of the grammar: one notation in characters, read as characters and as sounds.

A phrase list cannot hold every way to say 别再打了; a rule can.  The notation is a regular expression
over Chinese characters with two additions: ``~4`` stands for up to four syllables of anything, and
``{NAME}`` for a list of words given beside it.  The same rule is compiled twice: over the characters that were
heard, and over their folded syllables (see ``sounds.folded``), for recognisers that write sounds and for wrong
characters that sound right.  For that every syllable has one letter (``Alphabet``), as every character is one.

Hundreds of rules are asked about every utterance and few can hold, so each names letters of which one must
occur (``necessary.letters``), and those whose letters do not are not tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from huifang.logic.understanding.necessary import letters
from huifang.logic.understanding.reading import Intent
from huifang.logic.understanding.sounds import folded, syllables

_HAN = re.compile(r"[㐀-鿿]+")
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


class Alphabet:
    """A letter for every syllable that rules name, spelled by ``spell``; one letter for all others."""

    _FIRST, _OTHER = 0xE000, "\uf8ff"  # Unicode keeps these for private use

    def __init__(self, spell: Callable[[str], str]) -> None:
        self._spell = spell
        self._letters: dict[str, str] = {}

    def teach(self, pattern: str) -> str:
        """``pattern`` with a letter instead of every character."""
        return _HAN.sub(lambda run: "".join(self._learn(s) for s in syllables(run[0])), pattern)

    def write(self, sounds: Iterable[str]) -> str:
        """``sounds``, one letter for each."""
        return "".join([self._letters.get(self._spell(s), self._OTHER) for s in sounds])

    def _learn(self, syllable: str) -> str:
        return self._letters.setdefault(self._spell(syllable), chr(self._FIRST + len(self._letters)))


@dataclass(frozen=True, slots=True)
class _Words:
    """A rule's pattern and what makes it void, ready to be looked for in a line of letters."""

    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None

    def first(self, line: str) -> tuple[int, int] | None:
        """Where it stands first."""
        if self.pattern.search(line) is None:  # nearly always, so this comes first
            return None
        for match in self.pattern.finditer(line):
            if match.end() == match.start() or match.groupdict().get("void"):
                continue
            return None if self.unless is not None and self.unless.search(line) else match.span()
        return None


class _Lines:
    """All rules in one alphabet; ``first(i, line)`` tells where rule ``i`` stands in ``line``."""

    def __init__(self, patterns: Sequence[tuple[str, str] | None]) -> None:
        self._words = [
            None if p is None else _Words(_compiled(p[0]), _compiled(p[1]) if p[1] else None)
            for p in patterns
        ]
        self._always: set[int] = set()
        self._having: dict[str, set[int]] = {}
        for i, words in enumerate(self._words):
            if words is not None:
                needed = letters(words.pattern.pattern)
                for letter in needed:
                    self._having.setdefault(letter, set()).add(i)
                if not needed:
                    self._always.add(i)

    def possible(self, line: str) -> set[int]:
        """The rules that can stand in ``line`` at all."""
        return self._always.union(*(self._having[letter] for letter in set(line) if letter in self._having))

    def first(self, number: int, line: str) -> tuple[int, int] | None:
        words = self._words[number]
        return None if words is None else words.first(line)


class Grammar:
    """Rules made ready.  ``words`` gives the word lists that the rules name."""

    def __init__(self, rules: tuple[Rule, ...], words: Mapping[str, str]) -> None:
        self._rules = rules
        patterns = [(_named(rule.pattern, words), _named(rule.unless, words)) for rule in rules]
        self._blurred, self._clear = Alphabet(folded), Alphabet(str)
        self._also_by_sound = {i for i, rule in enumerate(rules) if rule.intent in _ALSO_BY_SOUND}
        self._in_characters = _Lines(patterns)
        self._in_blurred, self._in_clear = (
            _Lines(
                [
                    None if rule.written else (alphabet.teach(pattern), alphabet.teach(unless))
                    for rule, (pattern, unless) in zip(rules, patterns, strict=True)
                ]
            )
            for alphabet in (self._blurred, self._clear)
        )

    def find(self, characters: str, sounds: tuple[str, ...], asked: str = "") -> Iterator[Found]:
        """Where rules hold.  ``characters``: one for each of ``sounds``, or "" where only sounds are known."""
        clear = self._clear.write(sounds)
        found = (
            self._written(characters, clear)
            if characters
            else self._heard(self._blurred.write(sounds), clear)
        )
        return (f for f in found if f.rule.asked in ("", asked))

    def _written(self, characters: str, clear: str) -> Iterator[Found]:
        also = self._in_clear.possible(clear) & self._also_by_sound
        for number in sorted(self._in_characters.possible(characters) | also):
            rule = self._rules[number]
            at = self._in_characters.first(number, characters)
            if at is not None:
                yield Found(rule, *at, by_sound=False)
            elif number in also:
                at = self._in_clear.first(number, clear)
                if at is not None:
                    yield Found(rule, *at, by_sound=True)

    def _heard(self, blurred: str, clear: str) -> Iterator[Found]:
        for number in sorted(self._in_blurred.possible(blurred)):
            at = self._in_blurred.first(number, blurred)
            if at is not None and at[1] - at[0] <= _SHORT:  # in so few no sound may be lost: 离世 is not 你是
                at = self._in_clear.first(number, clear)
            if at is not None:
                yield Found(self._rules[number], *at, by_sound=False)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_GAP.sub(r".{0,\1}?", pattern))


def _named(pattern: str, words: Mapping[str, str]) -> str:
    while _NAME.search(pattern):
        pattern = _NAME.sub(lambda m: f"(?:{words[m[1]]})", pattern)
    return pattern
