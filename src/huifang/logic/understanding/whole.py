"""The whole of understanding: what the grammar reads, weighed with what the linear models make of the words.

What only the models say of an answer is never certain: a rating is confirmed like a spoken number.  What the question
did not ask for (a refusal, a person, another time) is as sure as both together make it, see ``beside.py``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from huifang.logic.dialogue import Utterance
from huifang.logic.sense import Sense
from huifang.logic.understanding import closed
from huifang.logic.understanding.asking import asks
from huifang.logic.understanding.beside import BESIDE, likeliest_score, may_be_wanted, rated, replied, weighed
from huifang.logic.understanding.reading import GUESSED, NOTHING_ASKED, Asked, Intent, Reading
from huifang.logic.understanding.twice import agreed
from huifang.logic.understanding.vetoes import is_vetoed

_OPEN = frozenset((Intent.UNCLEAR, Intent.FREE))
_TOLD = _OPEN | {Intent.RATING, Intent.COMPLAINT, Intent.YES, Intent.NO}
"""What tells something, and may be the answer to a yes-or-no question by that."""
_ALSO_SAID = frozenset((Intent.HOLD, Intent.UNDO, Intent.UNSURE))
"""What has words that a plain answer may have, too: 「没退呢，都说再等等」."""
_OFFERS = re.compile("要不要|需要|用不用|安排|预约|[帮给]您")
"""Questions that a time takes up: 「要，下午三点以后我在家」 wants the visit, and no call then."""
_CERTAIN = 0.9
_MOST = 0.65  # no reading of the models is taken for certain, see ``script.confirm_below``
_LEAST, _CLEAR = 0.25, 0.7
_INTERRUPTS = frozenset((Intent.QUESTION, Intent.WHO))
"""What is no answer to an open question, however it is put."""
_INTERRUPTING = 0.8
_ACTS_AT_ONCE = frozenset((Intent.WHO, Intent.UNDO, Intent.PASS_ON))
_AT_ONCE = 0.5
_EMOTION, _CATEGORY = 0.5, 0.45
_SPEAKS = frozenset(
    (*_OPEN, Intent.RATING, Intent.CHOICE, Intent.COMPLAINT, Intent.QUESTION, Intent.INTEREST)
)
"""What has a subject and a mood; 「嗯」 and 「再见」 have none."""
_MOODY = _SPEAKS | {Intent.REFUSAL, Intent.HUMAN, Intent.DECLINE}
_TOPICS = {"service": "service", "after_sales": "unresolved"}


def understand(utterance: Utterance, asked: Asked = NOTHING_ASKED) -> Reading:
    """What ``utterance`` means as an answer to ``asked``, and its mood and subject where it was weighed."""
    reading = _understand(utterance, asked)
    return agreed(reading, _understand(utterance.again, asked)) if utterance.again else reading


def _understand(utterance: Utterance, asked: Asked) -> Reading:
    is_open = asked.kind == "free"
    reading = closed.understand(utterance, asked)
    if is_vetoed(reading.intent, utterance.text, is_open=is_open):
        reading = Reading(Intent.FREE, "", 0.5) if is_open else Reading(Intent.UNCLEAR)
    sense = utterance.sense
    if sense is None:
        return _with_score(reading)
    reading = weighed(reading, sense, asked, utterance)
    if asked.kind == "yes_no" and _may_be_told(reading, sense, asked):
        reading = replied(reading, sense, utterance)
    elif asked.kind == "rating":
        reading = rated(reading, sense, utterance)
    if reading.intent in _OPEN:
        reading = may_be_wanted(reading, sense, asked, utterance)
    if reading.intent in _OPEN:
        reading = _opened(reading, sense, asked, utterance)
    return _with_score(_toned(reading, sense))


def _may_be_told(reading: Reading, sense: Sense, asked: Asked) -> bool:
    """Whether yes or no may be what was meant; 「对给我换一个」 to 「您需要换货吗」 takes nothing back."""
    if reading.intent in _TOLD or reading.confidence < _CLEAR:
        return True
    reply = sense.reply.at_least(_CERTAIN)
    if reading.intent is Intent.CALLBACK:
        return reply == "yes" and _OFFERS.search(asked.words) is not None
    return reading.intent in _ALSO_SAID and reply in ("yes", "no")


def _opened(reading: Reading, sense: Sense, asked: Asked, heard: Utterance) -> Reading:
    """What the models make of words in which the grammar found nothing closed."""
    sure = 0.5 + heard.confidence / 2
    intent = Intent(sense.intent.label) if sense.intent.label else Intent.UNCLEAR
    if intent in BESIDE or is_vetoed(intent, heard.text, is_open=asked.kind == "free"):
        intent = Intent.UNCLEAR
    confidence = sense.intent.confidence * sure
    if asked.kind == "free":
        if intent in _INTERRUPTS and confidence >= _INTERRUPTING:
            return _guess(intent, sense, confidence)
        return replace(reading, intent=Intent.FREE, confidence=max(reading.confidence, 0.5))
    if confidence < (_AT_ONCE if intent in _ACTS_AT_ONCE else _LEAST):
        intent = Intent.UNCLEAR
    if asked.kind and _asks_back(intent, sense, asked, heard):
        return _guess(Intent.QUESTION, sense, _MOST)
    if asked.kind in ("yes_no", "rating") and intent in (Intent.FREE, Intent.RATING, Intent.COMPLAINT):
        return reading
    return _guess(intent, sense, confidence) if intent is not Intent.UNCLEAR else reading


def _asks_back(intent: Intent, sense: Sense, asked: Asked, heard: Utterance) -> bool:
    """Whether we are asked about something under the sun, instead of being answered."""
    is_taken = intent is Intent.INTEREST and asked.kind == "yes_no"
    is_angry = sense.emotion.at_least(_EMOTION) == "angry"
    return not is_taken and not is_angry and asks(heard.text, heard.pinyin)


def _guess(intent: Intent, sense: Sense, confidence: float) -> Reading:
    code = likeliest_score(sense) if intent is Intent.RATING else ""
    if intent is Intent.COMPLAINT:
        is_angry = sense.emotion.at_least(_EMOTION) == "angry"
        code = "angry" if is_angry else _TOPICS.get(sense.category.label, "quality")
    return Reading(intent, code, round(min(_MOST, confidence), 3), GUESSED)


def _toned(reading: Reading, sense: Sense) -> Reading:
    """``reading`` with mood and subject."""
    emotion = sense.emotion.at_least(_EMOTION) if reading.intent in _MOODY else ""
    confidence = sense.emotion.confidence
    if reading.intent is Intent.COMPLAINT and reading.code == "angry" and emotion != "angry":
        emotion, confidence = "angry", _EMOTION  # the grammar knows the word
    if emotion == "calm" or (emotion == "pleased" and (sense.polarity or 0.0) < 0):
        emotion = ""  # pleased and blaming: irony, or the models contradict each other
    category = sense.category.at_least(_CATEGORY) if reading.intent in _SPEAKS else ""
    return replace(
        reading,
        polarity=sense.polarity if reading.intent in _SPEAKS else None,
        emotion=emotion,
        emotion_confidence=round(confidence, 3) if emotion else 0.0,
        category=category,
    )


def _with_score(reading: Reading) -> Reading:
    """A rating is its own polarity."""
    if reading.intent is not Intent.RATING or not reading.code:
        return reading
    return replace(reading, polarity=(int(reading.code) - 3) / 2)
