"""The whole of understanding: the grammar first, the linear models behind it where it finds nothing closed.

What the grammar is sure of stands.  What only the models say is never certain: a rating is confirmed like
a spoken number, and what cannot be taken back needs a model that is very sure.
"""

from __future__ import annotations

import re
from dataclasses import replace

from huifang.logic.dialogue import Utterance
from huifang.logic.sense import Sense
from huifang.logic.understanding import closed
from huifang.logic.understanding.asking import asks
from huifang.logic.understanding.beside import NONE, doubted, replied, wanted
from huifang.logic.understanding.contact import may_refuse
from huifang.logic.understanding.reading import GUESSED, NOTHING_ASKED, Asked, Intent, Reading
from huifang.logic.understanding.sounds import syllables
from huifang.logic.understanding.twice import agreed
from huifang.logic.understanding.vetoes import is_vetoed

_OPEN = frozenset((Intent.UNCLEAR, Intent.FREE))
_TOLD = _OPEN | {Intent.RATING, Intent.COMPLAINT}
"""What tells something, and may be the answer to a yes-or-no question by that."""
_MOST = 0.65  # no reading of the models is taken for certain, see ``script.confirm_below``
_LEAST = 0.25
_GRAVE = {Intent.REFUSAL: 0.6, Intent.HUMAN: 0.6}
_INTERRUPTS = frozenset(
    (
        *_GRAVE,
        Intent.ROBOT,
        Intent.WRONG_NUMBER,
        Intent.QUESTION,
        Intent.WHO,
        Intent.BUSY,
        Intent.CALLBACK,
        Intent.REPEAT,
    )
)
"""What is no answer to an open question, however it is put."""
_INTERRUPTING = 0.8
_ACTS_AT_ONCE = frozenset((Intent.REPEAT, Intent.ROBOT, Intent.WHO, Intent.UNDO))
_AT_ONCE = 0.5
_US = re.compile("[你您吗吧嘛么侬恁系]|是不|对不")
"""What is asked about machines must be asked of us: 那个扫地机器人挺好用 is not."""
_TELLS = 0.9
_RATED = 0.65
_LEANS = 0.4  # the polarity of words that praise or blame
_SHORTEST = 3  # syllables: 哦 and 喂 rate nothing
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
    if reading.intent in _OPEN:
        reading = wanted(sense, asked, utterance) or reading
    else:
        reading = doubted(reading, sense, utterance)
    if asked.kind == "yes_no" and (reading.intent in _TOLD or _only_tells(reading, sense)):
        reading = replied(sense, utterance) or reading
    if reading.intent in _OPEN:
        reading = _opened(reading, sense, asked, utterance)
    return _with_score(_toned(reading, sense))


def _only_tells(reading: Reading, sense: Sense) -> bool:
    """「还在路上呢」 says where a parcel is, whatever the grammar makes of 路上."""
    return reading.intent in (Intent.BUSY, Intent.CALLBACK) and sense.aside.at_least(_TELLS) == NONE


def _opened(reading: Reading, sense: Sense, asked: Asked, heard: Utterance) -> Reading:
    """What the models make of words in which the grammar found nothing closed."""
    sure = 0.5 + heard.confidence / 2
    intent = Intent(sense.intent.label) if sense.intent.label else Intent.UNCLEAR
    is_other = is_vetoed(intent, heard.text, is_open=asked.kind == "free")
    if is_other or (intent is Intent.REFUSAL and not may_refuse(heard.text, heard.pinyin)):
        intent = Intent.UNCLEAR
    confidence = sense.intent.confidence * sure
    if asked.kind == "free":
        if intent in _INTERRUPTS and confidence >= _INTERRUPTING:
            return _guess(intent, sense, confidence)
        return replace(reading, intent=Intent.FREE, confidence=max(reading.confidence, 0.5))
    if intent is Intent.ROBOT and heard.text and not _US.search(heard.text):
        intent = Intent.UNCLEAR
    if confidence < _GRAVE.get(intent, _AT_ONCE if intent in _ACTS_AT_ONCE else _LEAST):
        intent = Intent.UNCLEAR
    if asked.kind and _asks_back(intent, sense, asked, heard):
        return _guess(Intent.QUESTION, sense, _MOST)
    if asked.kind == "rating" and intent in (
        *(Intent.UNCLEAR, Intent.FREE, Intent.RATING, Intent.COMPLAINT),
    ):
        rated = _rates(sense, heard)
        return _guess(Intent.RATING, sense, sense.rating.confidence * sure) if rated else reading
    if asked.kind == "yes_no" and intent in (Intent.FREE, Intent.RATING, Intent.COMPLAINT):
        return reading
    return _guess(intent, sense, confidence) if intent is not Intent.UNCLEAR else reading


def _rates(sense: Sense, heard: Utterance) -> bool:
    """Whether words rate us, and do not only tell something: what judges their score and their polarity agree."""
    if len(heard.pinyin or syllables(heard.text)) < _SHORTEST or not sense.rating.at_least(_RATED):
        return False
    leaning = int(sense.rating.label) - 3
    return leaning * (sense.polarity or 0.0) >= _LEANS if leaning else sense.intent.label == Intent.RATING


def _asks_back(intent: Intent, sense: Sense, asked: Asked, heard: Utterance) -> bool:
    """Whether we are asked about something under the sun, instead of being answered."""
    is_taken = intent in _GRAVE or (intent is Intent.INTEREST and asked.kind == "yes_no")
    is_angry = sense.emotion.at_least(_EMOTION) == "angry"
    return not is_taken and not is_angry and asks(heard.text, heard.pinyin)


def _guess(intent: Intent, sense: Sense, confidence: float) -> Reading:
    code = ""
    if intent is Intent.RATING:
        code = sense.rating.label
    elif intent is Intent.COMPLAINT:
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
