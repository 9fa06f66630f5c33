"""One utterance prepared for reading, and the places where known words stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import questions, refusals, sayings, speakers, strangers
from huifang.logic.understanding.index import index_of
from huifang.logic.understanding.lexicon import NUMBER_CEILING, Known
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
from huifang.logic.understanding.timed import names_only_time
from huifang.logic.understanding.verdict import verdict

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
_SLACK = 1e-9  # sums of costs are not exact
_BY_SOUND = 0.64  # the characters say otherwise: 按一 is no 安逸
TOLD = 0.75  # 「前天就到了」 may be about something else, so it is read back
_NUMBERS = frozenset(("san", "si", "liu", "ba", "jiu", "shi"))
_NUMERALS = frozenset("三四六八九十时")
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

    @property
    def counted(self) -> tuple[str, ...]:
        """The sounds, with those marked whose characters say that they are no numbers: 把电话 names no eight."""
        if not self.is_aligned:
            return self.sounds
        pairs = zip(self.sounds, self.text, strict=True)
        return tuple(f"{s}_" if s in _NUMBERS and ch not in _NUMERALS else s for s, ch in pairs)


@dataclass(frozen=True, slots=True)
class Place:
    """Where known words fit, how well (0-1) and at what cost; ``unknown`` syllables in between say something else."""

    known: Known
    similarity: float
    cost: float
    start: int
    end: int
    unknown: int = 0


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
    judged = _verdict(heard, asked) if asked.kind != "free" else None
    characters = heard.text if heard.is_aligned else ""
    if names_only_time(heard.counted, characters):
        yield Place(_run(heard, Intent.CALLBACK, "", 0, len(heard.sounds)), 1.0, 0.0, 0, len(heard.sounds))
    elif asked.kind == "rating" and (named := points(heard.sounds, characters)):
        known = _run(heard, Intent.RATING, str(named.score), named.start, named.end, NUMBER_CEILING)
        judged = Place(known, 1.0, 0.0, named.start, named.end)  # a number says more than words beside it
    if judged is not None:
        yield judged
    for known, start, end in index_of(asked).exact(heard.sounds):
        if not (judged and known.intent is Intent.RATING and judged.start <= start and end <= judged.end):
            yield Place(known, 1.0, 0.0, start, end)
    for found in _grammar().find(heard.text if heard.is_aligned else "", heard.sounds, asked.kind):
        known = _run(heard, found.rule.intent, found.rule.code, found.start, found.end)
        yield Place(known, 1.0, 0.0, found.start, found.end)


def _verdict(heard: Heard, asked: Asked) -> Place | None:
    """What is put together from words that judge, by the characters where they are known."""
    judged = verdict(tuple(heard.text), by_sound=False) if heard.is_aligned else None
    ceiling = judged.sure if judged else 0.0
    if judged is None:
        judged = verdict(heard.sounds, by_sound=True)
        if judged is None or judged.unknown or judged.is_plain:
            return None
        if heard.is_aligned and judged.end - judged.start < len(heard.sounds):
            return None  # 重来 sounds like 中, but its characters say otherwise
        ceiling = min(judged.sure, _BY_SOUND) if heard.is_aligned else judged.sure
    if judged.is_plain and asked.kind != "rating":  # 行行行 agrees
        return None
    known = _run(heard, Intent.RATING, str(judged.score), judged.start, judged.end, ceiling)
    return Place(known, 1.0, 0.0, judged.start, judged.end, judged.unknown)


def bent_places(heard: Heard, asked: Asked) -> Iterator[Place]:
    """Known phrases that fit with a syllable or two misheard, put in or left out."""
    if len(heard.sounds) > _STORY:
        return
    if not heard.text and len(heard.sounds) <= _BENT_REFUSAL:
        yield from _bent_refusals(heard)
    at_least = NEEDED_IN_CHARACTERS if heard.text else 0.0
    for known in index_of(asked).possible(heard.sounds, at_least):
        most = known.weight * (1.0 - known.needed) + _SLACK
        cost, start, end = fit(known.sounds, known.soft, heard.sounds, heard.soft, most)
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
        (*refusals.RULES, *strangers.RULES, *speakers.RULES, *sayings.RULES, *questions.RULES),
        {**refusals.WORDS, **strangers.WORDS, **speakers.WORDS, **questions.WORDS},
    )


def _run(heard: Heard, intent: Intent, code: str, start: int, end: int, ceiling: float = 1.0) -> Known:
    """A run of what was heard as a phrase that is known because a rule says so."""
    sounds, light = heard.sounds[start:end], heard.soft[start:end]
    words = heard.text[start:end] if heard.is_aligned else " ".join(sounds)
    is_number = ceiling == NUMBER_CEILING
    weight = len(sounds) if is_number else sum(not s for s in light) or len(sounds)  # the 八 of 八分 is no 吧
    return Known(intent, code, words, sounds, light, weight, 1.0, is_rule=True, ceiling=ceiling)
