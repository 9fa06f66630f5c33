"""The port of recognisers: telephone audio in, words or syllables out, while the customer still speaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from huifang.voice.ears.recognition import Recognition
from huifang.voice.ears.told import NOTHING, Failed, Final, Heard, Partial, Take, Told

__all__ = [
    "NOTHING", "Capabilities", "Failed", "Final", "Heard", "Partial", "Recogniser", "Take", "Told", "Yields",
]  # fmt: skip


class Yields(StrEnum):
    """What the words come as; understanding works on either."""

    TEXT = "text"
    """Characters; their pinyin is looked up."""
    SOUNDS = "sounds"
    """Syllables, and no characters."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do.  ``hz``: at which rate it listens (it is fed 8 kHz all the same)."""

    partials: bool
    yields: Yields
    hot_words: bool
    hz: int


class Recogniser(Protocol):
    """An engine.  Every method may be called from any thread and returns at once."""

    @property
    def name(self) -> str:
        """For people: the engine and its model or address."""

    @property
    def capabilities(self) -> Capabilities: ...

    def start(self, take: Take) -> Recognition:
        """Begin to listen to one utterance.

        ``take`` is told Partials, where there are any, and at the end once Final or Failed; nothing after
        that, and nothing after ``cancel``.  It is called on a thread of the engine and must not block.
        """

    def close(self) -> None:
        """Let go of the engine; what is being recognised fails."""
