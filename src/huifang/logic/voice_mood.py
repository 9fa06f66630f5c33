"""Mood by voice: a weak second signal beside the words, measured against how the same person spoke before.

There is no absolute loud, fast or high: people, telephones and lines differ by more than moods do.  So a call's first
words are the measure for its later ones, and louder or faster alone, the telephone held closer, is no mood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, log2, sqrt
from typing import Any

from huifang.logic.prosody import Prosody

_ENOUGH = 6
"""Syllables until a voice is known: the pitch of fewer tells the tones of the words, not the speaker's mood."""
_FEWEST = 3
_UP_SEMITONES, _UP_DB = 2.0, 2.0  # both, or a voice is not raised …
_DOWN_SEMITONES, _DOWN_DB = 2.0, 3.0  # … nor lowered
_VERY_SEMITONES, _VERY_DB, _VERY_OCTAVES = 6.0, 9.0, 0.5  # where loud, high and fast are at their most
_MOST = 0.6
_STRONG = 0.4


class Mood(StrEnum):
    """How a voice differs from itself."""

    NONE = ""
    AGITATED = "agitated"
    """Higher and louder than before."""
    SUBDUED = "subdued"
    """Lower and softer than before."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One utterance's voice.  ``confidence``: 0 where there is no mood, at most 0.6."""

    prosody: Prosody
    mood: Mood = Mood.NONE
    confidence: float = 0.0

    @property
    def is_strongly_raised(self) -> bool:
        return self.mood is Mood.AGITATED and self.confidence >= _STRONG


class Speaker:
    """One speaker in one call."""

    def __init__(self) -> None:
        self._level_db = self._pitch = self._rate = 0.0  # means of the first words; the pitch in octaves
        self._syllables = 0

    def hears(self, prosody: Prosody | None) -> Voice | None:
        """The mood of the next utterance; None where nothing could be measured.  The first words make the measure
        and have none: who begins the call in a rage is known by the words."""
        if prosody is None:
            return None
        if prosody.pitch_hz is None or prosody.syllables < _FEWEST or prosody.rate <= 0:
            return Voice(prosody)
        pitch, rate = log2(prosody.pitch_hz), log2(prosody.rate)
        if self._syllables < _ENOUGH:
            old, new = self._syllables, prosody.syllables
            self._level_db = (old * self._level_db + new * prosody.level_db) / (old + new)
            self._pitch = (old * self._pitch + new * pitch) / (old + new)
            self._rate = (old * self._rate + new * rate) / (old + new)
            self._syllables += new
            return Voice(prosody)
        known = self._syllables / (self._syllables + 4) * prosody.syllables / (prosody.syllables + 4)
        return _voice(
            prosody,
            12 * (pitch - self._pitch),
            prosody.level_db - self._level_db,
            rate - self._rate,
            sqrt(known),
        )


def told(voice: Voice | None) -> dict[str, Any]:
    """As a HEARD event tells it."""
    if voice is None:
        return {"voice_emotion": "", "voice_confidence": 0.0, "voice": None}
    figures = {
        "level_db": voice.prosody.level_db,
        "rate": voice.prosody.rate,
        "pitch_hz": voice.prosody.pitch_hz,
    }
    return {"voice_emotion": str(voice.mood), "voice_confidence": voice.confidence, "voice": figures}


def voice_in(heard: Mapping[str, Any]) -> dict[str, Any]:
    """What a HEARD event's data tell of the voice: {mood, confidence, level_db, rate, pitch_hz}, whatever a node
    may have sent; {} where nothing was measured."""
    figures = heard.get("voice")
    if not isinstance(figures, Mapping):
        return {}
    mood, sure = heard.get("voice_emotion"), _figure(heard.get("voice_confidence"))
    known = mood if isinstance(mood, str) and mood in set(Mood) else ""
    return {
        "mood": str(known),
        "confidence": min(_MOST, max(0.0, sure or 0.0)) if known else 0.0,
        **{name: _figure(figures.get(name)) for name in ("level_db", "rate", "pitch_hz")},
    }


def _figure(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def _voice(prosody: Prosody, semitones: float, decibels: float, octaves: float, sure: float) -> Voice:
    if semitones >= _UP_SEMITONES and decibels >= _UP_DB:
        mood, sign = Mood.AGITATED, 1
    elif semitones <= -_DOWN_SEMITONES and decibels <= -_DOWN_DB:
        mood, sign = Mood.SUBDUED, -1
    else:
        return Voice(prosody)
    strength = (
        0.5 * min(1.0, sign * semitones / _VERY_SEMITONES)
        + 0.35 * min(1.0, sign * decibels / _VERY_DB)
        + 0.15 * min(1.0, max(0.0, sign * octaves / _VERY_OCTAVES))
    )
    return Voice(prosody, mood, round(min(_MOST, strength * sure), 3))
