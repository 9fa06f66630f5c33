"""All known phrases with their sounds, ready to be compared with what was heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from huifang.logic.understanding.phrases import (
    ANSWERS,
    CARRIERS,
    PHRASES,
    TIME_WORDS,
    calls_for_a_person,
    refusals,
)
from huifang.logic.understanding.ratings import digit_phrases, point_phrases, rating_phrases
from huifang.logic.understanding.reading import Asked, Intent
from huifang.logic.understanding.sounds import han, soft, syllables, words

_NEEDED = {1: 1.0, 2: 0.78, 3: 0.74}  # similarity by weight
_NEEDED_LONGER = 0.7
_NEEDED_ANYWHERE = 0.88  # a wrong transfer cannot be taken back …
_NEEDED_OF_REFUSAL = 0.92  # … and a wrong “never call again” even less
NUMBER_CEILING = 0.65  # 五分 and 四分 are one breath apart: numbers are always confirmed
# These count wherever they stand in a sentence and come first when several things are said in one breath.
FIRST = frozenset((Intent.REFUSAL, Intent.NO_RECORDING, Intent.ROBOT, Intent.HUMAN))


@dataclass(frozen=True, slots=True)
class Known:
    """A phrase and what it means.

    ``weight``: its syllables that are no particles.  ``needed``: how alike (0-1) what was heard must sound.
    ``is_rule``: a rule's place, not a phrase's.  ``ceiling``: the most that its meaning can be believed (0-1).
    """

    intent: Intent
    code: str
    phrase: str
    sounds: tuple[str, ...]
    soft: tuple[bool, ...]
    weight: int
    needed: float
    is_rule: bool = False
    ceiling: float = 1.0

    def opposite(self) -> Known:
        """A rating with a 不 before it."""
        score = {"5": "2", "4": "2", "3": "2", "2": "4", "1": "4"}[self.code]
        return replace(self, code=score, phrase="不" + self.phrase)


CARRIED = frozenset(syllables(word) for word in CARRIERS)
CARRIED_WITH_TIME = CARRIED | {syllables(word) for word in TIME_WORDS}
LONGEST_CARRIER = max(len(c) for c in CARRIED_WITH_TIME)


@lru_cache(maxsize=64)
def candidates(asked: Asked) -> tuple[Known, ...]:
    """The phrases that can answer ``asked``."""
    found = list(_always())
    for option in asked.options:
        for phrase in option.phrases:
            found.extend(_known(Intent.CHOICE, option.code, phrase))
    if asked.kind != "free":
        ratings = _ratings()
        spoken = {k.phrase for k in ratings}  # a label such as 满意 is a rating, with all that holds for one
        found = [k for k in found if k.intent is not Intent.CHOICE or k.phrase not in spoken]
        found.extend(ratings)
    if asked.kind == "yes_no":
        answers = _answers()
        closed = {k.sounds for k in answers}
        found = [*answers, *(k for k in found if k.sounds not in closed or k.intent is Intent.CHOICE)]
    return tuple(found)


@lru_cache(maxsize=32)
def sounds_of(intent: Intent) -> frozenset[tuple[str, ...]]:
    """All that means ``intent``, as sounds: said twice, it leaves nothing over (满意满意)."""
    known = (*_answers(), *_always(), *_ratings())
    return frozenset(k.sounds for k in known if k.intent is intent and len(k.sounds) > 1)


@lru_cache(maxsize=1)
def _answers() -> tuple[Known, ...]:
    """What is a yes or a no where one is asked for, whatever else it may mean elsewhere."""
    meant = {p: key for table in (PHRASES, ANSWERS) for key, listed in table.items() for p in words(listed)}
    return tuple(
        known
        for phrase, (intent, code) in meant.items()
        if intent in (Intent.YES, Intent.NO)
        for known in _known(intent, code, phrase)
    )


@lru_cache(maxsize=1)
def _always() -> tuple[Known, ...]:
    meant = {phrase: key for key, phrases in PHRASES.items() for phrase in words(phrases)}
    made = dict.fromkeys(refusals(), (Intent.REFUSAL, ""))
    made |= dict.fromkeys(calls_for_a_person(), (Intent.HUMAN, ""))
    return tuple(
        known for phrase, (intent, code) in (made | meant).items() for known in _known(intent, code, phrase)
    )


@lru_cache(maxsize=1)
def _ratings() -> tuple[Known, ...]:
    found: list[Known] = []
    for score, phrase in rating_phrases():
        found.extend(_known(Intent.RATING, str(score), phrase))
    for score, phrase in point_phrases():
        found.extend(_known(Intent.RATING, str(score), phrase, NUMBER_CEILING))
    for digit, phrase in digit_phrases():
        found.extend(_known(Intent.DIGIT, digit, phrase, NUMBER_CEILING))
    return tuple(found)


def _known(intent: Intent, code: str, phrase: str, ceiling: float = 1.0) -> Iterator[Known]:
    sounds = syllables(phrase)
    if sounds:
        light = soft(sounds, phrase)
        weight = sum(not s for s in light) or len(sounds)
        if intent is Intent.REFUSAL or code == "deceased":
            needed = _NEEDED_OF_REFUSAL
        elif intent in FIRST:
            needed = _NEEDED_ANYWHERE
        else:
            needed = _NEEDED.get(weight, _NEEDED_LONGER)
        yield Known(intent, code, han(phrase), sounds, light, weight, needed, ceiling=ceiling)
