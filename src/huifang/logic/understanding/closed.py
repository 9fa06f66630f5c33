"""Understanding of closed things: how close what was heard comes to what people say in answer.

Every known phrase is fitted into the toneless syllables that were heard.  A fit is worth its weight
in syllables less four times its cost, so that longer and more specific phrases win (不满意 over 满意)
and a clean fit beats a bent one.  What is left over of the utterance lowers the confidence, and below
a threshold nothing is understood.
"""

from __future__ import annotations

from dataclasses import dataclass

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding.heard import (
    NEEDED_IN_CHARACTERS,
    TOLD,
    Heard,
    Place,
    bent_places,
    clean_places,
    heard_in,
)
from huifang.logic.understanding.lexicon import (
    CARRIED,
    CARRIED_WITH_TIME,
    FIRST,
    LONGEST_CARRIER,
    NUMBER_CEILING,
    Known,
    sounds_of,
)
from huifang.logic.understanding.pattern import VOID
from huifang.logic.understanding.reading import NOTHING_ASKED, SAYS_ALONE, Asked, Intent, Reading
from huifang.logic.understanding.sounds import NEGATIONS, distance
from huifang.logic.understanding.timed import moment_in
from huifang.logic.understanding.vetoes import is_vetoed

ACCEPT = 0.6
_SOUND_ONLY = 0.94  # the same sounds, but no characters that say so
_COST = 4.0
_HALF_HEARD = 0.78  # what stands before 满意 sounds nearly like a 不
_ASKED_BACK = 0.7  # 「满意吗」 wants an answer
_BENT_AMONG_OTHERS = 0.69  # 慢一点 is heard as mai yi dian, and 能不能 before it is no part of a 满意
_AFTER_UNKNOWN = 0.7  # what was not understood before 再打 may have been a 别
_EVIDENT = 0.85  # so sure, with nothing left over, that no bent phrase can mean more
_CLEAN = 0.95  # a bent fit does not count in a longer sentence
_BETWEEN = frozenset(
    (
        "neng",
        "shi",
        "tai",
        "hen",
        "zen",
        "me",
        "na",
        "gou",
        "suan",
        "yong",
        "yao",
        "you",
        "zai",
        "xiang",
        "da",
        "dou",
    )
)
# These are said with a reason around them: 〈我没听清〉信号不好.
_EXPLAINED = frozenset(
    (
        *(Intent.WRONG_NUMBER, Intent.UNDO, Intent.REPEAT, Intent.BUSY, Intent.CALLBACK),
        *(Intent.COMPLAINT, Intent.GOODBYE, Intent.DECLINE),
    )
)
_WITH_REASONS = frozenset((Intent.BUSY, Intent.CALLBACK, Intent.HOLD, Intent.UNDO, Intent.GOODBYE))
_TIMED = frozenset((Intent.CALLBACK, Intent.BUSY))
_SEASONS = ("on:", "end", "d", "weekend")
_OPINIONS = frozenset((Intent.RATING, Intent.COMPLAINT))
_CLOSED = frozenset((Intent.YES, Intent.NO))


@dataclass(frozen=True, slots=True)
class _Match:
    """A place that makes sense; ``left_over`` syllables of the utterance say something else."""

    known: Known
    gain: float
    confidence: float
    start: int
    end: int
    left_over: int


def understand(utterance: Utterance, asked: Asked = NOTHING_ASKED) -> Reading:
    """The closed meaning of ``utterance`` as an answer to ``asked``; UNCLEAR (or FREE) where there is none."""
    heard = heard_in(utterance)
    places = list(clean_places(heard, asked))
    best = _choose(_matches(heard, places, asked), asked)
    if best is None or best.left_over or best.confidence < _EVIDENT:
        places.extend(bent_places(heard, asked))
        best = _choose(_matches(heard, places, asked), asked)
    if best is None:
        is_free = asked.kind == "free" and heard.soft.count(False) >= 2
        return Reading(Intent.FREE, "", 0.5) if is_free else Reading(Intent.UNCLEAR)
    known, confidence = best.known, round(best.confidence, 3)
    if asked.kind == "yes_no" and known.intent is Intent.ALREADY and known.code == "solved":
        return Reading(Intent.YES, "", confidence, known.phrase)
    if known.intent in _TIMED:
        when = moment_in(heard.counted, heard.text if heard.is_aligned else "")
        if known.intent is Intent.BUSY and when.startswith(_SEASONS):
            when = ""  # 月底结账忙着呢 says why, and no time to call
        return Reading(Intent.CALLBACK if when else known.intent, when, confidence, known.phrase)
    return Reading(known.intent, known.code, confidence, known.phrase)


def _choose(matches: list[_Match], asked: Asked) -> _Match | None:
    if any(m.known.intent is Intent.QUESTION for m in matches):  # 不合适能退吗 wants an answer, gives none
        matches = [m for m in matches if not (m.left_over and m.known.intent in _OPINIONS)]
    numbers = [m for m in matches if m.known.is_rule and m.known.ceiling == NUMBER_CEILING]
    if numbers:  # 「还可以，四分」 and 「服务差，扯平三分」 have said it in so many words
        matches = numbers + [m for m in matches if m.known.intent not in _OPINIONS]
    if asked.kind != "yes_no":  # 「嗯，满意」 answers with 满意
        telling = [m for m in matches if m.known.intent not in _CLOSED]
        matches = telling or matches
    first = [m for m in matches if m.known.intent in FIRST and not any(_is_part(m, o) for o in matches)]
    refusals = [m for m in first if m.known.intent is Intent.REFUSAL]
    unrecorded = [
        m for m in matches if m.known.intent is Intent.NO_RECORDING
    ]  # 「录音啊」 asks for a robot, too
    asks_closed = asked.kind == "yes_no"
    return max(
        refusals or unrecorded or first or matches,
        key=lambda m: _worth(m, asks_closed=asks_closed),
        default=None,
    )


def _worth(match: _Match, *, asks_closed: bool) -> tuple[float, bool, bool, float]:
    """What fits better wins, then the kind of answer that was asked for, then what tells more."""
    known = match.known
    answers = asks_closed and known.intent in _CLOSED
    return round(match.gain, 3), answers, bool(known.code), match.confidence


def _is_part(match: _Match, other: _Match) -> bool:
    """What sounds like a part of something longer that fits better is only that part."""
    if match.known.intent is Intent.REFUSAL and other.known.is_rule:
        return False
    return other.gain > match.gain and other.start <= match.start and match.end <= other.end


def _matches(heard: Heard, places: list[Place], asked: Asked) -> list[_Match]:
    """The places that make sense in the whole utterance."""
    denied = [
        p
        for p in places
        if p.known.code == VOID or (p.known.intent is not Intent.RATING and _negation(p, heard))
    ]
    found = []
    is_no_refusal = is_vetoed(Intent.REFUSAL, heard.text, is_open=asked.kind == "free")
    for p in places:
        if is_no_refusal and p.known.intent is Intent.REFUSAL:
            continue
        if not any(_denies(d, p) for d in denied):
            match = _match(p, heard, asked)
            if match is not None and match.confidence >= ACCEPT:
                found.append(match)
    return found


def _denies(denied: Place, place: Place) -> bool:
    """不用转人工 also denies the 人工 inside it."""
    return (
        denied.known.intent is place.known.intent and denied.start <= place.start and place.end <= denied.end
    )


def _match(place: Place, heard: Heard, asked: Asked) -> _Match | None:
    known = place.known
    anywhere = (known.intent in FIRST and (known.is_rule or known.weight > 2)) or (
        known.intent is Intent.CHOICE
        and asked.kind == "free"
        and known.weight > 1
        and known.phrase not in SAYS_ALONE
    )
    left_over, doubted = _left_over(heard, place)
    most, each = _allowance(known, asked)
    if not anywhere and (
        left_over > most or (left_over >= min(known.weight, 3) - 1 and place.similarity < _CLEAN)
    ):
        return None
    written = known.phrase in heard.text
    if known.intent is Intent.DIGIT and place.similarity < _CLEAN:
        return None
    if (
        heard.text
        and not written
        and place.similarity < (_CLEAN if known.intent in FIRST else NEEDED_IN_CHARACTERS)
    ):
        return None
    alone = all(heard.soft[: place.start] + heard.soft[place.end :])
    if not alone and (len(known.sounds) == 1 or (heard.text and not written and known.weight <= 3)):
        return None  # 慢一点 sounds like 满意 but is written otherwise
    confidence = place.similarity * min(1.0, 0.5 + heard.confidence / 2)
    if not written:
        confidence *= _SOUND_ONLY
        if known.intent is not Intent.REFUSAL:  # bad sounds are worse than bad characters
            confidence *= min(1.0, 0.7 + 0.3 * heard.confidence)
        if len(known.sounds) == 1 or (len(heard.sounds) <= 2 and known.intent is Intent.RATING):
            confidence *= (
                heard.confidence
            )  # noise, too, sounds like 好, and 满意 may be what is left of 不满意
    confidence *= max(0.0, 1.0 - left_over * (0.012 if anywhere else each))
    if known.intent is Intent.CALLBACK and left_over and place.start and known.sounds[0] in ("zai", "da"):
        confidence *= _AFTER_UNKNOWN
    if known.intent in (Intent.RATING, Intent.YES) and _may_be_denied(heard, place.start):
        confidence *= _HALF_HEARD
    confidence = min(confidence, known.ceiling, TOLD if known.intent in _CLOSED and known.is_rule else 1.0)
    if known.intent is Intent.RATING and heard.text.endswith(("吗", "么")):
        confidence = min(confidence, _ASKED_BACK)
    if not heard.text and not alone and place.similarity < _CLEAN and known.intent in _OPINIONS:
        confidence = min(confidence, _BENT_AMONG_OTHERS)
    if known.intent is Intent.RATING:
        negation = _negation(place, heard)
        if negation:
            known = known.opposite()
            confidence *= 0.75 if negation == "far" else 0.9
        elif doubted and known.ceiling != NUMBER_CEILING:  # 没有我想的那么满意
            confidence *= 0.7
    return _Match(known, known.weight - _COST * place.cost, confidence, place.start, place.end, left_over)


def _may_be_denied(heard: Heard, at: int) -> bool:
    """What stands before ``at`` is no negation, but a recogniser may have made it of one (pu of 不)."""
    if heard.is_aligned:
        return False
    for before in reversed(heard.sounds[max(0, at - 4) : at]):
        if before not in NEGATIONS and any(0 < distance(before, n) <= 0.3 for n in ("bu", "mei")):
            return True
        if before not in _BETWEEN:
            return False
    return False


def _allowance(known: Known, asked: Asked) -> tuple[int, float]:
    """How many syllables may be left over, and what share of the confidence each of them costs."""
    if known.intent is Intent.BUSY and known.phrase.endswith("方便"):
        return 0, 0.0  # 停车不方便 is a complaint
    if known.intent in _CLOSED and known.is_rule:
        return 9, 0.03
    if known.intent in _CLOSED or known.intent is Intent.DIGIT:
        return 0, 0.0
    if asked.kind == "free":
        return (2, 0.1) if known.is_rule else (1, 0.12)  # what else is said is the answer
    if known.is_rule and known.intent is Intent.RATING and known.ceiling != NUMBER_CEILING:
        return min(5, known.weight - 1), 0.05
    if known.is_rule:
        return (5, 0.05) if known.intent in _WITH_REASONS else (8, 0.03)
    if known.intent in FIRST:
        return 2, 0.06  # 人工 and 真人 alone
    if known.weight <= 2 and known.intent is Intent.REPEAT:
        return 0, 0.0  # 什么 alone; 成分是什么 wants to know something
    if known.weight <= 2:
        return (2 if known.intent in _EXPLAINED else 1), 0.12
    return (4, 0.08) if known.intent in _EXPLAINED else (3, 0.12)


def _left_over(heard: Heard, place: Place) -> tuple[int, bool]:
    """How many syllables outside ``place`` say something of their own, and whether a negation before it does."""
    carriers = CARRIED_WITH_TIME if place.known.intent in _TIMED else CARRIED
    same = sounds_of(place.known.intent)
    count, at = place.unknown, 0
    denial = False
    while at < len(heard.sounds):
        if place.start <= at < place.end:
            at = place.end
            continue
        limit = place.start if at < place.start else len(heard.sounds)
        for size in range(min(LONGEST_CARRIER, limit - at), 0, -1):
            run = heard.sounds[at : at + size]
            if run in carriers or run in same:
                at += size
                break
        else:
            count += not heard.soft[at]
            denial |= at < place.start and heard.denies[at]
            at += 1
    return count, denial


def _negation(place: Place, heard: Heard) -> str:
    """The negation that reaches the place from the left: ``near``, ``far`` or ``""``.

    Phrases that begin with a negation of their own (别再打) are not turned round by another one,
    except for ratings (不是不满意).
    """
    known = place.known
    if known.is_rule or (known.sounds[0] in NEGATIONS and known.intent is not Intent.RATING):
        return ""
    for at in range(place.start - 1, max(-1, place.start - 5), -1):
        syllable = heard.sounds[at]
        if heard.denies[at]:
            asks = at and heard.sounds[at - 1] == heard.sounds[at + 1]  # 是不是, 能不能
            return "" if asks else "near" if at == place.start - 1 else "far"
        if syllable not in _BETWEEN:
            return ""
    return ""
