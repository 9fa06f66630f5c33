"""One utterance prepared for reading, and the places where known words stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import questions, refusals, sayings, strangers
from huifang.logic.understanding.index import index_of
from huifang.logic.understanding.lexicon import Known
from huifang.logic.understanding.pattern import VOID, Grammar
from huifang.logic.understanding.points import points
from huifang.logic.understanding.reading import Asked, Intent
from huifang.logic.understanding.sounds import (
    NEGATION,
    NEGATIONS,
    denying,
    distance,
    fit,
    folded,
    han,
    marked,
    soft,
    syllables,
)

NEEDED_IN_CHARACTERS = 0.9  # a recogniser of characters has a language model and seldom bends sounds
_STORY = 15  # syllables; a longer speech is no bent short answer, so only clean fits count (and time is kept)
_BENT_REFUSAL = 12  # syllables, for the same reason
_OF_REFUSALS = (
    "bie",
    "bu",
    "yao",
    "yong",
    "da",
    "dian",
    "hua",
    "zai",
    "lian",
    "xi",
    "sao",
    "rao",
    "shan",
    "hao",
    "ma",
    "fan",
)
_LONGEST = 120  # syllables that rules are tried on; what matters in a speech is said at its beginning or end


@dataclass(frozen=True, slots=True)
class Heard:
    """``text`` are the characters alone; ``is_aligned``: one for each sound.  ``confidence``: the recogniser's."""

    sounds: tuple[str, ...]
    soft: tuple[bool, ...]
    denies: tuple[bool, ...]
    text: str
    is_aligned: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where known words fit, how well (0-1) and at what cost."""

    known: Known
    similarity: float
    cost: float
    start: int
    end: int


def heard_in(utterance: Utterance) -> Heard:
    """``utterance`` with everything that is asked of it again and again."""
    sounds, text = marked(utterance.pinyin) or syllables(utterance.text), han(utterance.text)
    if len(sounds) > _LONGEST:
        half = _LONGEST // 2
        is_aligned = len(text) == len(sounds)
        sounds, text = sounds[:half] + sounds[-half:], text[:half] + text[-half:] if is_aligned else ""
    return Heard(
        sounds,
        soft(sounds, text),
        denying(sounds, text),
        text,
        len(text) == len(sounds) > 0,
        utterance.confidence,
    )


def clean_places(heard: Heard, asked: Asked) -> Iterator[Place]:
    """Known phrases that were said as they are, and rules that hold."""
    for known, start, end in index_of(asked).exact(heard.sounds):
        yield Place(known, 1.0, 0.0, start, end)
    for found in _grammar().find(heard.text if heard.is_aligned else "", heard.sounds, asked.kind):
        known = _run(heard, found.rule.intent, found.rule.code, found.start, found.end)
        yield Place(known, 1.0, 0.0, found.start, found.end)
    if asked.kind == "rating":
        for named in points(heard.sounds):
            score = str(named.score)
            known = _run(heard, Intent.RATING, score, named.start, named.end, is_number=True)
            yield Place(known, 1.0, 0.0, named.start, named.end)


def bent_places(heard: Heard, asked: Asked) -> Iterator[Place]:
    """Known phrases that fit with a syllable or two misheard, put in or left out."""
    if len(heard.sounds) > _STORY:
        return
    if not heard.text and len(heard.sounds) <= _BENT_REFUSAL:
        yield from _bent_refusals(heard)
    at_least = NEEDED_IN_CHARACTERS if heard.text else 0.0
    for known in index_of(asked).possible(heard.sounds, at_least):
        cost, start, end = fit(known.sounds, known.soft, heard.sounds, heard.soft)
        if known.weight <= 2 and end - start > len(known.sounds):
            continue  # nothing may stand inside a short word
        similarity = 1.0 - cost / known.weight
        if cost > 0 and similarity >= known.needed:
            yield Place(known, similarity, cost, start, end)


def _bent_refusals(heard: Heard) -> Iterator[Place]:
    """Refusals with one syllable misheard (pie da le): no other rule is worth the time, but to miss these is grave."""
    rules, sounds = _refusals(), heard.sounds
    for at, heard_one in enumerate(sounds):
        for meant in _taken_for(heard_one):
            for found in rules.find("", (*sounds[:at], meant, *sounds[at + 1 :])):
                if found.rule.code != VOID and found.start <= at < found.end and found.end - found.start > 3:
                    known = _run(heard, found.rule.intent, found.rule.code, found.start, found.end)
                    cost = distance(heard_one, meant) * (NEGATION if meant in NEGATIONS else 1.0)
                    yield Place(known, 1.0 - cost / known.weight, cost, found.start, found.end)


@lru_cache(maxsize=4_000)
def _taken_for(syllable: str) -> tuple[str, ...]:
    """The syllables of a refusal that ``syllable`` may have been, itself left out."""
    return tuple(
        k for k in _OF_REFUSALS if 0 < distance(k, syllable) <= 0.25 and folded(k) != folded(syllable)
    )


@lru_cache(maxsize=1)
def _refusals() -> Grammar:
    return Grammar(refusals.RULES, refusals.WORDS)


@lru_cache(maxsize=1)
def _grammar() -> Grammar:
    return Grammar(
        (*refusals.RULES, *strangers.RULES, *sayings.RULES, *questions.RULES),
        {**refusals.WORDS, **strangers.WORDS, **questions.WORDS},
    )


def _run(heard: Heard, intent: Intent, code: str, start: int, end: int, *, is_number: bool = False) -> Known:
    """A run of what was heard as a phrase that is known because a rule says so."""
    sounds, light = heard.sounds[start:end], heard.soft[start:end]
    words = heard.text[start:end] if heard.is_aligned else " ".join(sounds)
    weight = len(sounds) if is_number else sum(not s for s in light) or len(sounds)  # the 八 of 八分 is no 吧
    return Known(intent, code, words, sounds, light, weight, 1.0, is_number, is_rule=True)
