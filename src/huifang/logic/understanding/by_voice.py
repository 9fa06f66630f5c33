"""What a voice may add to words: it makes their emotion likelier or less so, and never makes one."""

from __future__ import annotations

from dataclasses import replace

from huifang.logic.high_risk import FURIOUS
from huifang.logic.understanding.reading import Intent, Reading
from huifang.logic.voice_mood import Mood, Voice

_WEIGHT = 0.2  # of a voice's confidence, in that of the words
_BELOW_FURIOUS = FURIOUS - 0.001
_LOUD_FEELINGS = ("angry", "anxious")
_ANSWERS = (Intent.FREE, Intent.CHOICE, Intent.RATING, Intent.COMPLAINT, Intent.NO)


def joined(reading: Reading, voice: Voice | None) -> Reading:
    """``reading`` with the voice's say in the confidence of its emotion, and in nothing else.

    A raised voice makes anger and worry likelier, a low one makes disappointment likelier and anger and joy less so.
    It names no emotion by itself, and moves no confidence over the line from which anger alone is 高风险情绪, in
    either direction.
    """
    if voice is None or not reading.emotion or voice.mood is Mood.NONE:
        return reading
    before, weight = reading.emotion_confidence, _WEIGHT * voice.confidence
    if (voice.mood is Mood.AGITATED and reading.emotion in _LOUD_FEELINGS) or (
        voice.mood is Mood.SUBDUED and reading.emotion == "disappointed"
    ):
        after = before + weight * (1 - before)
    elif voice.mood is Mood.SUBDUED and reading.emotion in ("angry", "pleased"):
        after = before * (1 - weight)
    else:
        return reading
    bound = max(after, FURIOUS) if before >= FURIOUS else min(after, _BELOW_FURIOUS)
    return replace(reading, emotion_confidence=round(bound, 3))


def wants_care(reading: Reading, voice: Voice | None) -> bool:
    """A calm answer that is no praise, in a strongly raised voice: worth a kind word or one more question, no more."""
    if voice is None or not voice.is_strongly_raised or reading.emotion or reading.intent not in _ANSWERS:
        return False
    is_good = reading.intent is Intent.RATING and reading.code in ("4", "5")
    return not is_good and (reading.polarity or 0.0) <= 0
