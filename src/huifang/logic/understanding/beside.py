"""What somebody wants beside the question, yes or no to it, and their score: the grammar and the models weighed together.

The models are learnt from turns that were written down as they are said (``nlu/corpus``), and meet new ways of saying
things that no phrase or rule foresees; the grammar knows the plain ones, and what is left of them when a recogniser
mishears.  Neither is right alone: what each says counts as evidence, in log odds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from huifang.logic.dialogue import Utterance
from huifang.logic.sense import Sense
from huifang.logic.understanding.asking import asks
from huifang.logic.understanding.contact import means_something_else
from huifang.logic.understanding.moment import moment
from huifang.logic.understanding.points import is_refused, points
from huifang.logic.understanding.reading import GUESSED, Asked, Intent, Reading
from huifang.logic.understanding.sounds import syllables
from huifang.logic.understanding.vetoes import is_vetoed

NONE, GONE = "none", "gone"
_ASIDES = {
    "refusal": Intent.REFUSAL,
    "busy": Intent.BUSY,
    "callback": Intent.CALLBACK,
    "human": Intent.HUMAN,
    "robot": Intent.ROBOT,
    "repeat": Intent.REPEAT,
    "wrong_number": Intent.WRONG_NUMBER,
    GONE: Intent.WRONG_NUMBER,
    "delete": Intent.ERASURE,
}
_LATER = frozenset(("busy", "callback"))
"""They end the same way."""
BESIDE = frozenset(_ASIDES.values())
"""What is weighed here: no other model may say it."""
_LABELS = {intent: label for label, intent in _ASIDES.items() if label != GONE}
_POLITE = frozenset(("qing", "wen", "wei", "ni", "nin", "hao", "ya", "a", "ne", "o", "la"))
_SURE = 0.9
_SAID = {
    "refusal": (0.8, 0.4),
    "busy": (2.0, 1.5),
    "callback": (2.8, 0.1),
    "human": (2.8, 2.8),
    "robot": (1.0, 0.0),
    "repeat": (1.2, 0.1),
    "wrong_number": (1.3, 0.5),
    GONE: (0.6, 0.0),
    "delete": (0.9, 0.0),
    NONE: (1.0, 0.5),
}
_SCORED = 2.0
"""What the grammar's reading adds to the log odds of its label, where it is ``_SURE`` and where it is not.  Fitted to
12,700 lines of fifteen writers, each of whom neither the grammar nor the models had seen; but a person who is asked for
counts for 1.5 to 2.8 more, because the grammar is surer of a blurred 找经理 than the models are."""
_FAINTEST = 1e-4
_LEAST, _CLEAR = 0.5, 0.7
_LEAST_OF_OPEN = 0.8  # a free answer may speak of anything
_MAY_BE_REFUSAL, _MAY_BE_REFUSAL_IN_OPEN, _MAY_BE_WANTED = 0.1, 0.4, 0.15
"""Of 1,621 refusals of writers not learnt from 97.1 % are so likely as the first, and 1.6 % of what is none; the grammar hears others."""
_OF_QUESTIONS = 3  # times as likely must it be where an answer is wanted
_MAY_BE = {
    label: _MAY_BE_REFUSAL if label == "refusal" else _MAY_BE_WANTED for label in _ASIDES if label != "delete"
}
_REPLIES = 0.42
_MAY_BE_SCORE = 0.2
_RATED = frozenset((Intent.RATING, Intent.COMPLAINT, Intent.UNCLEAR, Intent.FREE))
_READ_BACK = 0.65  # below ``script.confirm_below``


def weighed(reading: Reading, sense: Sense, asked: Asked, heard: Utterance) -> Reading:
    """``reading`` of the grammar, or what is more likely meant."""
    if not sense.asides or _is_answered(reading, heard):
        return reading
    label = _label(reading)
    shares = _together(sense.asides, label, reading.confidence)
    best = max(shares, key=lambda name: shares[name])
    share = sum(shares[name] for name in _LATER) if best in _LATER else shares[best]
    sure = round(share * (0.5 + heard.confidence / 2), 3)
    if best == label == NONE or (best == "delete" and reading.intent is Intent.REFUSAL):
        return reading  # who demands that their data go wants no calls, either
    if best == label:
        surer = max(sure, reading.confidence) if sure >= _CLEAR else min(sure, reading.confidence)
        return replace(reading, confidence=surer)
    intent = _ASIDES.get(best)
    if intent is not None and _may_be_meant(intent, sure, asked, heard):
        if intent is Intent.REFUSAL and sure < _SURE and asks(heard.text, heard.pinyin):
            sure = min(sure, _READ_BACK)  # 「你们从哪儿弄到我的号码」
        return Reading(intent, _code(best, intent, heard), sure, GUESSED)
    if label == NONE or (intent is None and asked.kind == "free" and sure < _SURE):
        return reading
    if intent is None and reading.intent is Intent.REFUSAL:
        return replace(reading, confidence=round(shares["refusal"], 3))  # asked about: no model may drop one
    if intent is None:
        return Reading(Intent.FREE, "", 0.5) if asked.kind == "free" else Reading(Intent.UNCLEAR)
    return replace(reading, confidence=min(reading.confidence, _READ_BACK))


def _is_answered(reading: Reading, heard: Utterance) -> bool:
    """Whether they said what they were offered, do not want to be recorded, took leave or asked who calls in so many words, or
    want to know where we have their number: they are told, and how to refuse."""
    if reading.intent is Intent.WHO and reading.code == "caller":
        said = f" {' '.join(heard.pinyin or syllables(heard.text))} "
        return _POLITE.issuperset(said.replace(f" {' '.join(syllables(reading.evidence))} ", " ").split())
    if reading.intent is Intent.NO_RECORDING:
        return True
    if reading.intent is Intent.GOODBYE:
        return syllables(reading.evidence) == (heard.pinyin or syllables(heard.text))
    return reading.intent is Intent.CHOICE or (reading.intent is Intent.WHO and reading.code == "source")


def may_be_wanted(reading: Reading, sense: Sense, asked: Asked, heard: Utterance) -> Reading:
    """What is no answer, as what it may mean at all, however unsure: it is asked again or asked about in any case."""
    least = _MAY_BE if asked.kind in ("rating", "yes_no") else {"refusal": _MAY_BE_REFUSAL_IN_OPEN}
    shares = {label: share * (0.5 + heard.confidence / 2) for label, share in sense.asides.items()}
    label = max(least, key=lambda name: shares.get(name, 0.0) / least[name])
    intent, share = _ASIDES[label], round(shares.get(label, 0.0), 3)
    if share < least[label] or not _fits(intent, asked, heard):
        return reading
    if share < _OF_QUESTIONS * least[label] and asks(heard.text, heard.pinyin):
        return reading  # 「能在你们那里办婚宴吗」 wants an answer, 「打够了没有」 none
    return Reading(intent, _code(label, intent, heard), min(share, _LEAST), GUESSED)


def _together(asides: Mapping[str, float], label: str, confidence: float) -> dict[str, float]:
    """How likely each label is, by the models and by the grammar's ``label``."""
    sure, unsure = _SAID.get(label, (_SCORED, _SCORED) if label.isdigit() else (0.0, 0.0))
    said = sure if confidence >= _SURE else unsure
    odds = {
        name: max(share, _FAINTEST) * (math.exp(said) if name == label else 1.0)
        for name, share in asides.items()
    }
    total = sum(odds.values())
    return {name: value / total for name, value in odds.items()}


def _label(reading: Reading) -> str:
    """What the grammar's reading is among the labels; nothing is no evidence for anything."""
    if reading.intent in (Intent.UNCLEAR, Intent.FREE):
        return ""
    if reading.intent is Intent.WRONG_NUMBER and reading.code in ("moved", "deceased"):
        return GONE
    return _LABELS.get(reading.intent, NONE)


def _may_be_meant(intent: Intent, sure: float, asked: Asked, heard: Utterance) -> bool:
    """Whether the models may say so against the grammar, or where it is silent."""
    return sure >= (_LEAST_OF_OPEN if asked.kind == "free" else _LEAST) and _fits(intent, asked, heard)


def _fits(intent: Intent, asked: Asked, heard: Utterance) -> bool:
    """Whether no words stand there that turn what the models heard into something else."""
    if is_vetoed(intent, heard.text, is_open=asked.kind == "free"):
        return False
    if intent is Intent.REFUSAL:
        return not means_something_else(heard.text)
    return intent is not Intent.CALLBACK or not asks(heard.text, heard.pinyin)  # 「九点半之后能来吗」


def replied(reading: Reading, sense: Sense, heard: Utterance) -> Reading:
    """Yes or no to the question, as its own words make it; ``reading`` where the models cannot tell.

    The grammar knows 对 and 没有, and not what they say to this question; what it takes for the opposite is read back.
    """
    if not sense.reply.label:
        return reading
    intent = {"yes": Intent.YES, "no": Intent.NO}.get(sense.reply.at_least(_REPLIES))
    sure = round(sense.reply.confidence * (0.5 + heard.confidence / 2), 3)
    is_closed = reading.intent in (Intent.YES, Intent.NO)
    if intent is None:
        return replace(reading, confidence=min(reading.confidence, _READ_BACK)) if is_closed else reading
    if reading.intent is intent:
        return replace(reading, confidence=max(reading.confidence, sure))
    return Reading(intent, "", min(sure, _READ_BACK), GUESSED)


def rated(reading: Reading, sense: Sense, heard: Utterance) -> Reading:
    """The score that words mean, where they are none that the grammar is sure of and the models agree to.

    What only the models say, or say otherwise, is read back.
    """
    if reading.intent not in _RATED or not sense.ratings:
        return reading
    label = reading.code if reading.intent is Intent.RATING else ""
    sounds = heard.pinyin or syllables(heard.text)
    if is_refused(sounds):
        return Reading(Intent.UNCLEAR)
    named = _named_score(sounds, heard.text)
    if named and label in ("", named):
        is_read = label and reading.confidence >= _READ_BACK
        return reading if is_read else Reading(Intent.RATING, named, _READ_BACK, heard.text)
    shares = _together(sense.ratings, label, reading.confidence)
    best = max(shares, key=lambda name: shares[name])
    sure = round(shares[best] * (0.5 + heard.confidence / 2), 3)
    if best == label:
        return reading
    if best == NONE and label and shares[label] < _MAY_BE_SCORE:
        return Reading(Intent.UNCLEAR)
    if best == NONE or sure < _LEAST:
        return replace(reading, confidence=min(reading.confidence, _READ_BACK)) if label else reading
    return Reading(Intent.RATING, best, min(sure, _READ_BACK), GUESSED)


def _named_score(sounds: tuple[str, ...], text: str) -> str:
    """The score that is said as a number, for which the models have no ear: 两点五分 is no five."""
    found = points(sounds, text if len(text) == len(sounds) else "") if text else None
    return str(found.score) if found else ""


def likeliest_score(sense: Sense) -> str:
    """From ``1`` to ``5``; empty where nothing was weighed."""
    return max("12345", key=lambda score: sense.ratings.get(score, 0.0)) if sense.ratings else ""


def _code(label: str, intent: Intent, heard: Utterance) -> str:
    if intent in (Intent.BUSY, Intent.CALLBACK):
        return moment(heard.pinyin or syllables(heard.text))
    return "moved" if label == GONE else ""
