"""One reading of two listenings to the same words.

A recogniser that is unsure listens again in another way, and stumbles over other syllables.  What means the same both
times is meant; where the meanings differ, the better founded one is no more than a guess and is confirmed.
"""

from __future__ import annotations

from dataclasses import replace

from huifang.logic.understanding.reading import GUESSED, Intent, Reading

_GUESS = 0.65  # below every threshold that commits, see ``script.confirm_below``
_OPEN = frozenset((Intent.UNCLEAR, Intent.FREE))


def agreed(first: Reading, second: Reading) -> Reading:
    """What is meant, if the same words were read as ``first`` and as ``second``."""
    surer = max(first, second, key=_ground)
    if (first.intent, first.code) == (second.intent, second.code):
        return surer
    return replace(surer, confidence=min(surer.confidence, _GUESS))


def _ground(reading: Reading) -> tuple[bool, bool, bool, float]:
    """Something is more than nothing, and the grammar knows more than the models.  A refusal ends the call for good,
    however sure it is: another meaning that the grammar found goes before it."""
    is_refusal = reading.intent is Intent.REFUSAL
    return reading.intent not in _OPEN, reading.evidence != GUESSED, not is_refusal, reading.confidence
