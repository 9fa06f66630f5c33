"""Understanding of closed things: how close what was heard comes to what people say in answer.

Every known phrase is fitted into the toneless syllables that were heard.  A fit is worth its length
less twice its cost, so that longer and more specific phrases win (不满意 over 满意); what is left
over of the utterance lowers the confidence, and below a threshold nothing is understood.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding.moment import moment
from huifang.logic.understanding.phrases import ANYWHERE, CARRIERS, PHRASES, TIME_WORDS
from huifang.logic.understanding.ratings import digit_phrases, point_phrases, rating_phrases
from huifang.logic.understanding.reading import NOTHING_ASKED, Asked, Intent, Option, Reading
from huifang.logic.understanding.sounds import NEGATIONS, PARTICLES, fit, folded, syllables, words

ACCEPT = 0.6
_DIGIT_CEILING = 0.65  # 五分 and 四分 are one breath apart: numbers are always confirmed
_SOUND_ONLY = 0.94  # the same sounds, but no characters that say so
_LEFT_OVER = 0.12
_LEFT_OVER_ANYWHERE = 0.012
_NEEDED = {1: 1.0, 2: 0.78, 3: 0.74}  # similarity by number of syllables
_NEEDED_LONGER = 0.7
_NEEDED_ANYWHERE = 0.8  # a wrong “never call again” or “transfer” cannot be taken back
_BETWEEN = frozenset(
    ("shi", "tai", "hen", "zen", "me", "na", "gou", "suan", "yong", "yao", "you", "zai", "xiang", "da", "dou")
)
# Which intent is heard first when several are said in one breath.
_FIRST = (Intent.REFUSAL, Intent.ROBOT, Intent.HUMAN)
_CARRIERS = frozenset(syllables(word) for word in CARRIERS)
_CARRIERS_OF_TIME = _CARRIERS | {syllables(word) for word in TIME_WORDS}
_LONGEST_CARRIER = max(len(c) for c in _CARRIERS_OF_TIME)
_TIMED = frozenset((Intent.CALLBACK, Intent.BUSY))


@dataclass(frozen=True, slots=True)
class _Known:
    intent: Intent
    code: str
    phrase: str
    sounds: tuple[str, ...]
    folds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Match:
    known: _Known
    gain: float
    confidence: float
    start: int
    end: int
    denied: bool = False


def understand(utterance: Utterance, asked: Asked = NOTHING_ASKED) -> Reading:
    """The closed meaning of ``utterance`` as an answer to ``asked``; UNCLEAR (or FREE) where there is none."""
    heard = utterance.pinyin or syllables(utterance.text)
    text = "".join(ch for ch in utterance.text if "㐀" <= ch <= "鿿")
    matches = list(_matches(heard, text, asked))
    denied = [m for m in matches if m.denied]
    best = _choose(
        [m for m in matches if m.confidence >= ACCEPT and not any(_within(m, d) for d in denied)], asked
    )
    if best is None:
        return _nothing(heard, asked)
    confidence = round(best.confidence * min(1.0, 0.5 + utterance.confidence / 2), 3)
    return _reading(best, confidence, heard)


def _reading(best: _Match, confidence: float, heard: tuple[str, ...]) -> Reading:
    known = best.known
    code = known.code
    if known.intent in (Intent.CALLBACK, Intent.BUSY):
        code = moment(heard)
        if code and known.intent is Intent.BUSY:
            return Reading(Intent.CALLBACK, code, confidence, known.phrase)
    return Reading(known.intent, code, confidence, known.phrase)


def _nothing(heard: tuple[str, ...], asked: Asked) -> Reading:
    content = [s for s in heard if s not in PARTICLES]
    if asked.kind == "free" and len(content) >= 2:
        return Reading(Intent.FREE, "", 0.5, "")
    return Reading(Intent.UNCLEAR, "", 0.0, "")


def _choose(matches: list[_Match], asked: Asked) -> _Match | None:
    for intent in _FIRST:
        found = [m for m in matches if m.known.intent is intent]
        if found:
            best = max(found, key=_worth)
            rival = max((_worth(m) for m in matches if m.known.intent in _FIRST), default=(0.0, 0.0))
            if _worth(best) >= rival or intent is Intent.REFUSAL:
                return best
    if asked.kind == "yes_no":
        closed = [m for m in matches if m.known.intent in (Intent.YES, Intent.NO)]
        others = [m for m in matches if m.known.intent not in (Intent.YES, Intent.NO)]
        best_closed, best_other = max(closed, key=_worth, default=None), max(others, key=_worth, default=None)
        if best_closed and (best_other is None or best_closed.gain >= best_other.gain):
            return best_closed
        return best_other
    return max(matches, key=_worth, default=None)


def _within(match: _Match, denied: _Match) -> bool:
    """不用转人工 also denies the 人工 inside it."""
    return (
        match.known.intent is denied.known.intent and denied.start <= match.start and match.end <= denied.end
    )


def _worth(match: _Match) -> tuple[float, float]:
    return (round(match.gain, 3), match.confidence)


def _matches(heard: tuple[str, ...], text: str, asked: Asked) -> Iterator[_Match]:
    if not heard:
        return
    folds = frozenset(folded(s) for s in heard)
    for known in _candidates(asked):
        size = len(known.sounds)
        shared = sum(f in folds for f in known.folds)
        if shared * 2 < size or (size == 1 and shared == 0):
            continue
        match = _match(known, heard, text, asked)
        if match is not None:
            yield match


def _match(known: _Known, heard: tuple[str, ...], text: str, asked: Asked) -> _Match | None:
    size = len(known.sounds)
    weight = sum(s not in PARTICLES for s in known.sounds) or size
    cost, start, end = fit(known.sounds, heard)
    similarity = 1.0 - cost / weight
    if similarity < (_NEEDED_ANYWHERE if known.intent in ANYWHERE else _NEEDED.get(size, _NEEDED_LONGER)):
        return None
    carriers = _CARRIERS_OF_TIME if known.intent in _TIMED else _CARRIERS
    left_over = _left_over(heard[:start], carriers) + _left_over(heard[end:], carriers)
    written = known.phrase in text
    anywhere = known.intent in ANYWHERE or (
        known.intent is Intent.CHOICE and asked.kind == "free" and size > 1
    )
    if not anywhere and left_over > _most_left_over(weight, asked):
        return None
    alone = all(s in PARTICLES for s in heard[:start] + heard[end:])
    if not alone and (size == 1 or (text and not written and weight <= 2)):
        return None  # 慢一点 sounds like 满意 but is written otherwise
    confidence = similarity if written else similarity * _SOUND_ONLY
    confidence *= max(0.0, 1.0 - left_over * (_LEFT_OVER_ANYWHERE if anywhere else _LEFT_OVER))
    if known.intent is Intent.DIGIT or (known.intent is Intent.RATING and known.phrase in _points()):
        confidence = min(confidence, _DIGIT_CEILING)
    negation = _negated(heard[:start])
    if negation and (known.sounds[0] not in NEGATIONS or known.intent is Intent.RATING):
        if known.intent is not Intent.RATING:
            return _Match(known, 0.0, 0.0, start, end, denied=True)
        known = _opposite(known)
        confidence *= 0.75 if negation == "bu" else 0.9
    return _Match(known, weight - 2 * cost, confidence, start, end)


def _most_left_over(size: int, asked: Asked) -> int:
    if asked.kind == "free":
        return 1  # what else is said is the answer
    return 1 if size <= 2 else 3


def _left_over(rest: tuple[str, ...], carriers: frozenset[tuple[str, ...]]) -> int:
    """How many syllables of ``rest`` say something of their own."""
    count = at = 0
    while at < len(rest):
        for size in range(min(_LONGEST_CARRIER, len(rest) - at), 0, -1):
            if rest[at : at + size] in carriers:
                at += size
                break
        else:
            count += rest[at] not in PARTICLES
            at += 1
    return count


def _negated(before: tuple[str, ...]) -> str:
    """The negation that reaches the match from the left, or ``""``."""
    for back, syllable in enumerate(reversed(before[-4:])):
        if syllable in NEGATIONS:
            return syllable if back else "direct"
        if syllable not in _BETWEEN:
            return ""
    return ""


def _opposite(known: _Known) -> _Known:
    score = {"5": "2", "4": "2", "3": "2", "2": "4", "1": "4"}[known.code]
    return _Known(known.intent, score, "不" + known.phrase, known.sounds, known.folds)


@lru_cache(maxsize=64)
def _candidates(asked: Asked) -> tuple[_Known, ...]:
    known = list(_always())
    known.extend(k for option in asked.options for k in _option(option))
    if asked.kind in ("rating", "yes_no", ""):
        ratings = _ratings()
        spoken = {k.phrase for k in ratings}  # a label such as 满意 is a rating, with all that holds for one
        known = [k for k in known if k.intent is not Intent.CHOICE or k.phrase not in spoken]
        known.extend(ratings)
    return tuple(known)


def _option(option: Option) -> Iterator[_Known]:
    for phrase in option.phrases:
        yield from _known(Intent.CHOICE, option.code, phrase)


@lru_cache(maxsize=1)
def _always() -> tuple[_Known, ...]:
    return tuple(
        k
        for (intent, code), phrases in PHRASES.items()
        for phrase in words(phrases)
        for k in _known(intent, code, phrase)
    )


@lru_cache(maxsize=1)
def _ratings() -> tuple[_Known, ...]:
    found: list[_Known] = []
    for score, phrase in (*rating_phrases(), *point_phrases()):
        found.extend(_known(Intent.RATING, str(score), phrase))
    for digit, phrase in digit_phrases():
        found.extend(_known(Intent.DIGIT, digit, phrase))
    return tuple(found)


@lru_cache(maxsize=1)
def _points() -> frozenset[str]:
    return frozenset(phrase for _, phrase in point_phrases())


def _known(intent: Intent, code: str, phrase: str) -> Iterator[_Known]:
    sounds = syllables(phrase)
    if sounds:
        yield _Known(intent, code, phrase, sounds, tuple(folded(s) for s in sounds))
