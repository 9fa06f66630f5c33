"""What the linear models make of words; it travels with them into the conversation engine.

The engine is pure and knows no weights: whoever hears (the voice node, the simulator) has the words
weighed by ``understanding/linear.py`` and puts the result into ``Utterance.sense``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Leaning:
    """The likeliest label of one task and how likely it is, 0-1; no label = the words do not tell."""

    label: str = ""
    confidence: float = 0.0

    def at_least(self, confidence: float) -> str:
        """The label if it is that likely, else ``""``."""
        return self.label if self.confidence >= confidence else ""


@dataclass(frozen=True, slots=True)
class Sense:
    """One leaning per task.  ``polarity``: -1 (complains) … 1 (praises), None where nothing tells."""

    polarity: float | None = None
    intent: Leaning = field(default_factory=Leaning)
    emotion: Leaning = field(default_factory=Leaning)
    category: Leaning = field(default_factory=Leaning)
    ratings: Mapping[str, float] = field(default_factory=dict, hash=False)
    """How likely each score from ``1`` to ``5`` (best) is meant, or ``none``."""
    asides: Mapping[str, float] = field(default_factory=dict, hash=False)
    """How likely it is that each thing is wanted beside the question (refusal, busy, human …; gone: deceased or
    moved), or ``none``."""
    reply: Leaning = field(default_factory=Leaning)
    """``yes``, ``no`` or ``none`` to the question that was asked; empty where none was named."""
