"""What a recogniser makes of words: another character with nearly the same sound, or another sound that is near."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import cache

from huifang.logic.understanding.sounds import NEGATIONS, distance, folded, syllables

_PER_CHARACTER = 0.07
_PER_SYLLABLE = 0.1
_NEAR = 0.3  # as ``distance`` has it: one of initial and final is another, but near


class Mishearing:
    """Homophones drawn from the characters of ``texts``, so that common characters replace common ones."""

    def __init__(self, texts: Iterable[str]) -> None:
        by_sound: dict[str, list[str]] = {}
        self._sound: dict[str, str] = {}
        for character in sorted({c for text in texts for c in text if "一" <= c <= "鿿"}):
            sounds = syllables(character)
            if sounds:
                self._sound[character] = folded(sounds[0])
                by_sound.setdefault(self._sound[character], []).append(character)
        self._by_sound = by_sound

    def misheard(self, text: str, draw: random.Random) -> str:
        """``text`` with some characters taken for others."""
        return "".join(
            draw.choice(self._by_sound[self._sound[c]])
            if c in self._sound and draw.random() < _PER_CHARACTER
            else c
            for c in text
        )


class Blurring:
    """Syllables of ``texts`` taken for near ones that occur there, as a bad line or an accent blurs them.

    A negation is neither lost nor put in: that would teach the opposite.
    """

    def __init__(self, texts: Iterable[str], draw: random.Random) -> None:
        self._known = sorted({s for text in texts for s in syllables(text)} - NEGATIONS)
        self._draw = draw
        self._near = cache(self._near_ones)

    def blurred(self, sounds: tuple[str, ...]) -> tuple[str, ...]:
        """``sounds`` with some of them taken for others."""
        return tuple(
            self._draw.choice(near) if self._draw.random() < _PER_SYLLABLE and (near := self._near(s)) else s
            for s in sounds
        )

    def _near_ones(self, syllable: str) -> tuple[str, ...]:
        if syllable in NEGATIONS:
            return ()
        return tuple(other for other in self._known if 0 < distance(syllable, other) <= _NEAR)
