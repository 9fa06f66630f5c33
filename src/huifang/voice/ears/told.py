"""What a recogniser tells of one utterance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recogniser made of one utterance.

    ``text`` is empty for models that write sounds; ``pinyin`` are toneless syllables, ü as v;
    ``confidence`` is 0-1; ``tokens`` are the model's own, for the log.  Nothing heard: both empty.
    ``again`` are the syllables of a second listening, where the first was unsure and this one heard something else.
    """

    text: str
    pinyin: tuple[str, ...]
    confidence: float
    tokens: tuple[str, ...] = ()
    again: tuple[str, ...] = ()


NOTHING = Heard("", (), 0.0)


@dataclass(frozen=True, slots=True)
class Partial:
    """What has been said so far; the next one, or the final one, may say otherwise."""

    heard: Heard


@dataclass(frozen=True, slots=True)
class Final:
    """The utterance."""

    heard: Heard


@dataclass(frozen=True, slots=True)
class Failed:
    """The engine gave no answer: it is gone, broken, or took too long."""

    reason: str


Told = Partial | Final | Failed
Take = Callable[[Told], None]
