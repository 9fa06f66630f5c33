"""What a text is about: places that carry meaning, and the terms by which each can be found again.

No dictionary segments Chinese here.  Words of ``lexicon`` are found by their characters or by their sound;
everything else by pairs of neighbouring characters, which finds any word of any trade and every product's name.
Pairs of syllables find what a recogniser wrote with the wrong characters, or as sounds alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from huifang.logic.knowledge.kinds import kinds_asked, kinds_heard
from huifang.logic.knowledge.lexicon import ASPECTS, CONCEPT, CONCEPTS
from huifang.logic.knowledge.small_words import COMMON, FILLER, FILLERS, LIGHT
from huifang.logic.understanding.sounds import folded, plain, syllables

_PIECE = re.compile(r"[㐀-鿿]|[a-z]+|\d+(?:\.\d+)?%?")
_ONLY_SOUNDS = re.compile(r"[a-zü]{1,6}(?: [a-zü]{1,6})+")
_LONGEST = 5
"""Syllables of the longest word that is looked for by its sound."""

# How well a place is found again by a word that means the same, its pair, its sound, or alone.
_SAME, _PAIR, _HEARD_WORD, _HEARD, _ALONE, _COMMON_ALONE, _HEARD_ALONE = 1.0, 1.0, 0.85, 0.75, 0.7, 0.3, 0.1
_FILLER_WEIGHT, _LIGHT_WEIGHT, _WORD_WEIGHT, _SHORT_WORD_WEIGHT = 0.1, 0.35, 2.0, 1.0
_COMMON = 0.4
"""What a place is worth that every article has."""


@dataclass(frozen=True, slots=True)
class Place:
    """A character, a syllable, a number or a Latin word.  ``terms``: by what it can be found again and how
    well, the best first."""

    weight: float
    terms: tuple[tuple[str, float], ...]
    is_topic: bool
    """It says what the question is about, not what is asked of it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A question, or a piece of an article."""

    places: tuple[Place, ...]
    terms: Mapping[str, float]
    """Term → what it is worth for the first, coarse ranking."""
    concepts: tuple[frozenset[str], ...]
    """Words of the lexicon in it, each as the terms that it may mean."""
    kinds: frozenset[str]
    """What kind of answer it wants."""
    sounds: tuple[str, ...]
    """Its syllables, blurred."""
    by_sound: bool
    """Only its sounds are known."""

    def found_in(self, having: Mapping[str, float], rarity: Mapping[str, float]) -> float:
        """How much of this is said by a text with the terms ``having`` (term → how well it tells): 0-1.
        ``rarity``: term → 0-1; what many articles speak of tells little.  What none speaks of tells most."""
        found, whole, _topic = self.share_in(having, rarity)
        return found / whole if whole else 0.0

    def share_in(
        self, having: Mapping[str, float], rarity: Mapping[str, float]
    ) -> tuple[float, float, float]:
        """The same as weights: what is found, of what there is; and how much of its topic is found, 0-1."""
        whole = found = topic = topic_found = 0.0
        for place in self.places:
            rare = min(
                (rarity.get(term, 1.0) for term, degree in place.terms if degree >= _HEARD), default=1.0
            )
            weight = place.weight * (_COMMON + (1 - _COMMON) * rare)
            whole += weight
            best = 0.0
            for term, degree in place.terms:
                if degree <= best:
                    break
                best = max(best, degree * having.get(term, 0.0))
            found += weight * best
            if place.is_topic:
                topic += weight
                topic_found += weight * best
        return found, whole, topic_found / topic if topic else 0.5

    @property
    def present(self) -> dict[str, float]:
        """Its terms as a text in which others are found."""
        return dict.fromkeys(self.terms, 1.0)


@lru_cache(maxsize=20_000)
def phrase_of(text: str) -> Phrase:
    """``text`` as places and terms."""
    words = " ".join(unicodedata.normalize("NFKC", text).lower().split())
    return _Reader(words).phrase()


class _Reader:
    def __init__(self, words: str) -> None:
        self.pieces = [match[0] for match in _PIECE.finditer(words)]
        self.is_sound = bool(_ONLY_SOUNDS.fullmatch(words))
        exact = [plain(piece) for piece in self.pieces] if self.is_sound else _sounds(self.pieces)
        self.sounds = [folded(sound) for sound in exact]
        self.exact = self.sounds if self.is_sound else exact
        count = len(self.pieces)
        self.filler = [False] * count
        self.said_by_habit = [False] * count  # 怎么样, 什么: certainly no word that only sounds like them
        self.options: list[dict[str, float]] = [{} for _ in range(count)]
        self.weights = [1.0] * count
        self.topic = [True] * count
        self.terms: dict[str, float] = {}
        self.concepts: list[frozenset[str]] = []
        self.kinds = kinds_heard(" ".join(exact)) if self.is_sound else kinds_asked("".join(self.pieces))

    def phrase(self) -> Phrase:
        self._fillers()
        self._words()
        self._pairs()
        places = tuple(
            Place(weight, tuple(sorted(options.items(), key=lambda one: -one[1])), is_topic)
            for weight, options, is_topic in zip(self.weights, self.options, self.topic, strict=True)
        )
        return Phrase(places, self.terms, tuple(self.concepts), self.kinds, tuple(self.sounds), self.is_sound)

    def _spans(self, text: str, pattern: re.Pattern[str]) -> list[tuple[int, int, str]]:
        return [(m.start(), m.end(), m[0]) for m in pattern.finditer(text)]

    @property
    def _written(self) -> str:
        """One character for each piece."""
        return "".join(piece if len(piece) == 1 else "\0" for piece in self.pieces)

    def _fillers(self) -> None:
        if self.is_sound:
            spans = _by_sound(self.sounds, _FILLER_SOUNDS)
        else:
            spans = self._spans(self._written, FILLER)
        for start, end, _word in spans:
            for n in range(start, end):
                self.filler[n] = True
                self.said_by_habit[n] = end - start > 1
                self.weights[n] = _FILLER_WEIGHT
                self.topic[n] = False
        if not self.is_sound:
            for start, end, _word in self._spans(self._written, LIGHT):
                self.filler[start:end] = [False] * (end - start)
                self.weights[start:end] = [_LIGHT_WEIGHT] * (end - start)
                self.topic[start:end] = [False] * (end - start)

    def _words(self) -> None:
        taken = [False] * len(self.pieces)
        spans = [] if self.is_sound else self._spans(self._written, CONCEPT)
        found = [(start, end, CONCEPTS.get(word, ()), _SAME) for start, end, word in spans]
        for start, end, _meanings, _degree in found:
            taken[start:end] = [True] * (end - start)
        known = (
            _WORD_SOUNDS if self.is_sound else _WORD_SYLLABLES
        )  # written wrongly, it sounds quite the same
        for start, end, word in _by_sound(self.exact, known):
            written = set(self._written[start:end])
            alike = self.is_sound or end - start > 2 or written & set(word)  # 家火 in 哪家火锅 is no 假货
            if alike and not any(taken[start:end]) and not any(self.said_by_habit[start:end]):
                found.append((start, end, CONCEPTS[word], _HEARD_WORD))
        for start, end, meanings, degree in found:
            if not meanings:
                continue
            terms = frozenset("w:" + meaning for meaning in meanings)
            self.concepts.append(terms)
            whole = _WORD_WEIGHT if end - start > 1 else _SHORT_WORD_WEIGHT
            for term in terms:
                self.terms[term] = whole * degree
            for n in range(start, end):
                self.options[n] |= dict.fromkeys(terms, degree)
                self.weights[n] = whole / (end - start)
                self.topic[n] = not ASPECTS.issuperset(meanings)
                self.filler[n] = False

    def _pairs(self) -> None:
        for n, piece in enumerate(self.pieces):
            if (not self.is_sound and len(piece) > 1) or piece.isdigit():
                self._add("l:" + piece, 1.5, n, degree=_PAIR)
                continue
            if self.filler[n]:
                continue
            if not self.is_sound:
                common = piece in COMMON
                self._add("c:" + piece, 0.35, n, degree=_COMMON_ALONE if common else _ALONE)
            self._add("s:" + self.sounds[n], 0.1, n, degree=_HEARD_ALONE)
            if n + 1 < len(self.pieces) and not self.filler[n + 1]:
                if not self.is_sound:
                    self._add("p:" + piece + self.pieces[n + 1], 1.0, n, n + 1, degree=_PAIR)
                self._add(f"s:{self.sounds[n]} {self.sounds[n + 1]}", 0.6, n, n + 1, degree=_HEARD)

    def _add(self, term: str, worth: float, *places: int, degree: float) -> None:
        self.terms[term] = worth
        for n in places:
            self.options[n][term] = max(degree, self.options[n].get(term, 0.0))


def _sounds(pieces: list[str]) -> list[str]:
    """A syllable for each piece; Latin words and numbers stand for themselves."""
    han = "".join(piece for piece in pieces if len(piece) == 1 and not piece.isascii())
    heard = iter(syllables(han))
    return [next(heard, "") if len(piece) == 1 and not piece.isascii() else piece for piece in pieces]


def _by_sound(sounds: list[str], known: Mapping[tuple[str, ...], str]) -> list[tuple[int, int, str]]:
    """Where words of ``known`` stand in ``sounds``, the longest first at each place."""
    found = []
    start = 0
    while start < len(sounds):
        for end in range(min(len(sounds), start + _LONGEST), start, -1):
            word = known.get(tuple(sounds[start:end]))
            if word is not None:
                found.append((start, end, word))
                start = end - 1
                break
        start += 1
    return found


def _sounded(words: Iterable[str], shortest: int, blur: Callable[[str], str]) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for word in words:
        heard = tuple(blur(s) for s in syllables(word))
        if shortest <= len(heard) <= _LONGEST:
            found.setdefault(heard, word)
    return found


_WORD_SOUNDS = _sounded(CONCEPTS, 2, folded)
_WORD_SYLLABLES = _sounded(CONCEPTS, 2, str)
_FILLER_SOUNDS = _sounded(FILLERS, 1, folded)
