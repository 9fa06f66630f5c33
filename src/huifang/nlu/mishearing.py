"""What a recogniser makes of words: another character with the same or nearly the same sound."""

from __future__ import annotations

import random
from collections.abc import Iterable

from huifang.logic.understanding.sounds import folded, syllables

_PER_CHARACTER = 0.07


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
