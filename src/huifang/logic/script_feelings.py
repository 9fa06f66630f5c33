"""Which feeling in a customer's words is answered before anything else, and how good or bad the words are."""

from __future__ import annotations

from huifang.logic.understanding import Intent, Reading

FELT = 0.78
"""How sure a guess at a feeling must be before it is answered."""
_LEANS = 0.3  # a polarity from which on words praise, or complain


def tone_of(reading: Reading) -> float:
    """How good or bad what was said is, -1 to 1, also where only a closed reading tells."""
    if reading.polarity is not None:
        return reading.polarity
    if reading.intent is Intent.COMPLAINT:
        return -1.0
    if reading.intent is Intent.RATING:
        return {"1": -1.0, "2": -0.6, "4": 0.6, "5": 1.0}.get(reading.code, 0.0)
    return 0.0


def emotion_of(reading: Reading) -> str:
    """The feeling that is answered; a complaint is one even where its words are calm.

    Comfort for a feeling that nobody has is worse than none: a guess must be a good one, and must not contradict
    what was said.
    """
    if reading.intent is Intent.COMPLAINT:
        return reading.emotion or ("angry" if reading.code == "angry" else "disappointed")
    if reading.emotion_confidence < FELT:
        return ""
    tone = tone_of(reading)
    is_denied = {"angry": tone > _LEANS, "disappointed": tone > _LEANS, "pleased": tone < -_LEANS}
    return "" if is_denied.get(reading.emotion) else reading.emotion
