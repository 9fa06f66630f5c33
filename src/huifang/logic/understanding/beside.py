"""What somebody wants beside the question, and yes or no to it, as the models of what people really say weigh them.

They are learnt from turns that were written down as they are said (``nlu/corpus``), and meet new ways of saying things
that no phrase or rule foresees.  What they alone say is read back or asked again, and acted on unasked only where they
are very sure and nothing is lost by it.
"""

from __future__ import annotations

from dataclasses import replace

from huifang.logic.dialogue import Utterance
from huifang.logic.sense import Sense
from huifang.logic.understanding.asking import asks
from huifang.logic.understanding.contact import may_refuse, means_something_else
from huifang.logic.understanding.moment import moment
from huifang.logic.understanding.reading import GUESSED, Asked, Intent, Reading
from huifang.logic.understanding.sounds import syllables
from huifang.logic.understanding.vetoes import is_vetoed

NONE = "none"
_ASIDES = {
    "refusal": Intent.REFUSAL,
    "busy": Intent.BUSY,
    "callback": Intent.CALLBACK,
    "human": Intent.HUMAN,
    "robot": Intent.ROBOT,
    "repeat": Intent.REPEAT,
    "wrong_number": Intent.WRONG_NUMBER,
    "gone": Intent.WRONG_NUMBER,
}
"""By label.  ``delete`` (their data) is learnt so that it is taken for none of these; the grammar tells what it means."""
_DOUBTABLE = frozenset(_ASIDES.values()) - {Intent.REFUSAL}
_LATER = {Intent.BUSY, Intent.CALLBACK}
_LEAST = 0.5
_LEAST_OF_OPEN = 0.8  # a free answer may speak of anything
_CERTAIN = 0.9
_MOST, _MOST_CERTAIN = 0.65, 0.8  # below ``script.confirm_below``, and what ends a conversation
_REFUSES = 0.5  # where a contact is named and denied, too
_REFUSES_OTHERWISE = (
    0.6  # 「往后别掏我了」; of authors who were not learnt from, nine of ten such were refusals
)
_REPLIES = 0.5


def wanted(sense: Sense, asked: Asked, heard: Utterance) -> Reading | None:
    """What is wanted beside the question, where the grammar knows nothing of it; None where nothing is."""
    intent, sure = _ASIDES.get(sense.aside.label), sense.aside.confidence * (0.5 + heard.confidence / 2)
    is_open = asked.kind == "free"
    if intent is None or is_vetoed(intent, heard.text, is_open=is_open):
        return None
    if intent is Intent.CALLBACK and asks(heard.text, heard.pinyin):
        return None  # 「九点半之后能来吗」 asks when the shop is open
    if intent is Intent.REFUSAL and means_something_else(heard.text):
        return None
    if intent is Intent.REFUSAL:
        least = _REFUSES if may_refuse(heard.text, heard.pinyin) else _REFUSES_OTHERWISE
    else:
        least = _LEAST_OF_OPEN if is_open else _LEAST
    if sure < least:
        return None
    return Reading(
        intent,
        _code(sense, intent, heard),
        round(min(_MOST_CERTAIN if sure >= _CERTAIN else _MOST, sure), 3),
        GUESSED,
    )


def doubted(reading: Reading, sense: Sense, heard: Utterance) -> Reading:
    """``reading`` of the grammar, where the model is certain that something else is meant: 「短信太长了看不懂」 asks for
    no repetition, and 「听着像录音 给我找个人来」 asks for a person.

    No more than a guess is left then, unless a person is wanted, or busy and later are told apart, which end the
    same way.  A refusal stands: to go on would be worse.
    """
    intent, sure = _ASIDES.get(sense.aside.label), sense.aside.confidence * (0.5 + heard.confidence / 2)
    if reading.intent not in _DOUBTABLE or reading.intent is intent or sure < _CERTAIN:
        return reading
    is_meant = intent is not None and not is_vetoed(intent, heard.text, is_open=False)
    if is_meant and intent is Intent.REFUSAL:
        is_meant = may_refuse(heard.text, heard.pinyin)
    if intent is not None and is_meant:
        is_later = {reading.intent, intent} == _LATER  # either way they cannot talk now
        surely = reading.confidence if is_later else _MOST_CERTAIN if intent is Intent.HUMAN else _MOST
        return Reading(intent, _code(sense, intent, heard), surely, GUESSED)
    return replace(reading, confidence=min(reading.confidence, _MOST))


def replied(sense: Sense, heard: Utterance) -> Reading | None:
    """Yes or no, as the words of the question make it; None where the models cannot tell, too."""
    intent = {"yes": Intent.YES, "no": Intent.NO}.get(sense.reply.at_least(_REPLIES))
    if intent is None:
        return None
    return Reading(
        intent, "", round(min(_MOST, sense.reply.confidence * (0.5 + heard.confidence / 2)), 3), GUESSED
    )


def _code(sense: Sense, intent: Intent, heard: Utterance) -> str:
    if intent in (Intent.BUSY, Intent.CALLBACK):
        return moment(heard.pinyin or syllables(heard.text))
    return "moved" if sense.aside.label == "gone" else ""
