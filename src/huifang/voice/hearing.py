"""The customer's voice in one call: who is speaking, and what is being recognised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huifang.logic.dialogue import Listen
from huifang.logic.understanding import Intent, is_back_channel
from huifang.voice.ears.port import Heard
from huifang.voice.exchange import Exchange

ANSWERS = frozenset(
    {
        *(Intent.YES, Intent.NO, Intent.DIGIT, Intent.CHOICE, Intent.FREE, Intent.UNCLEAR, Intent.RATING),
        *(Intent.UNSURE, Intent.ALREADY, Intent.WHO),
    }
)
"""What means something only as the answer to a question, or is answered by the disclosure (「你是谁？」)."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One recognised utterance.  Times in ms since the answer; ``early``: begun during the disclosure."""

    heard: Heard
    start_ms: int
    end_ms: int
    early: bool

    @property
    def text(self) -> str:
        return self.heard.text or " ".join(self.heard.pinyin)

    @property
    def turn(self) -> dict[str, Any]:
        """As a HEARD event tells it."""
        return {"text": self.text, "key": "", "start_ms": self.start_ms, "end_ms": self.end_ms}

    def only_listens(self, listening: Listen | None, *, is_asking: bool) -> bool:
        """No reason to stop talking: nothing was understood, or a back-channel.  ``is_asking``: the question
        that is to be answered is what we are saying."""
        may_answer = is_asking and listening is not None and listening.expects == "yes_no"
        return not self.text or is_back_channel(self.heard.text, self.heard.pinyin, may_answer=may_answer)


class Hearing:
    """Follows the speech of one customer.

    :param spoken: told of every utterance that was recognised, also where nothing was understood
    """

    def __init__(self, exchange: Exchange, spoken: Callable[[Spoken], None]) -> None:
        self._exchange = exchange
        self._spoken = spoken
        self._is_speaking = False
        self._early = False
        self._recognising = 0

    @property
    def is_speaking(self) -> bool:
        return self._is_speaking

    @property
    def is_busy(self) -> bool:
        """Somebody speaks, or what was said is being recognised."""
        return self._is_speaking or self._recognising > 0

    def starts(self, *, early: bool) -> None:
        """Speech has begun."""
        self._is_speaking = True
        self._early = early

    def ends(self, pcm: NDArray[np.int16], start_ms: int, end_ms: int) -> None:
        """Speech has ended; make words of it."""
        self.stops()
        self._recognising += 1
        early = self._early
        self._exchange.recognise(pcm, lambda heard: self._take(Spoken(heard, start_ms, end_ms, early)))

    def stops(self) -> None:
        """Speech has ended and does not matter."""
        self._is_speaking = False

    def _take(self, spoken: Spoken) -> None:
        self._recognising -= 1
        self._spoken(spoken)
