"""The customer's voice in one call: who is speaking, and what is being recognised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huifang.logic.dialogue import Listen
from huifang.logic.understanding import Intent, is_back_channel
from huifang.voice.ears.port import NOTHING, Failed, Final, Heard, Partial, Told
from huifang.voice.ears.recognition import Recognition
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
    is_failure: bool = False
    """The recogniser gave no answer."""
    silence_ms: int = 0
    """The silence that ended it."""
    recognition_ms: int = 0
    """From there until the words were here."""

    @property
    def text(self) -> str:
        return self.heard.text or " ".join(self.heard.pinyin)

    @property
    def turn(self) -> dict[str, Any]:
        """As a HEARD event tells it."""
        wait_ms = {"silence": self.silence_ms, "recognition": self.recognition_ms}
        times = {"start_ms": self.start_ms, "end_ms": self.end_ms, "wait_ms": wait_ms}
        return {"text": self.text, "key": "", **times}

    def only_listens(self, listening: Listen | None, *, is_asking: bool) -> bool:
        """No reason to stop talking: nothing was understood, or a back-channel.  ``is_asking``: the question
        that is to be answered is what we are saying."""
        may_answer = is_asking and listening is not None and listening.expects == "yes_no"
        return not self.text or is_back_channel(self.heard.text, self.heard.pinyin, may_answer=may_answer)


class _Utterance:
    """What is being said, or was said and is not recognised yet."""

    recognition: Recognition

    def __init__(self, early: bool) -> None:
        self.early = early
        self.asked_at = 0.0
        self.silence_ms = 0
        self.span: tuple[int, int] | None = None
        """start_ms, end_ms; None while somebody speaks."""
        self.outcome: Told | None = None


class Hearing:
    """Follows the speech of one customer.

    :param spoken: told of every utterance that was recognised, also where nothing was understood
    :param so_far: told what has been said while somebody still speaks
    """

    def __init__(
        self, exchange: Exchange, spoken: Callable[[Spoken], None], so_far: Callable[[Heard], None]
    ) -> None:
        self._exchange = exchange
        self._spoken = spoken
        self._so_far = so_far
        self._utterance: _Utterance | None = None
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

    def hears(self, pcm: NDArray[np.int16]) -> None:
        """The next piece of what is being said."""
        if self._utterance is None:
            self._utterance = _Utterance(self._early)
            self._utterance.recognition = self._exchange.listen(partial(self._told, self._utterance))
        self._utterance.recognition.feed(pcm)

    def ends(self, start_ms: int, end_ms: int, *, silence_ms: int, at: float) -> bool:
        """Speech has ended; the words are wanted now.  Whether there will be any.

        :param silence_ms: how much silence said so
        :param at: when that was, on the monotonic clock
        """
        utterance = self._utterance
        self._is_speaking, self._utterance = False, None
        if utterance is None:
            return False
        self._recognising += 1
        utterance.asked_at, utterance.silence_ms = at, silence_ms
        utterance.span = (start_ms, end_ms)
        if utterance.outcome is not None:
            self._take(utterance, utterance.outcome)
        else:
            utterance.recognition.finish()
        return True

    def stops(self) -> None:
        """Speech has ended and does not matter."""
        if self._utterance is not None:
            self._utterance.recognition.cancel()
        self._is_speaking, self._utterance = False, None

    def _told(self, utterance: _Utterance, told: Told) -> None:
        if isinstance(told, Partial):
            if utterance is self._utterance:
                self._so_far(told.heard)
        elif utterance.span is not None:
            self._take(utterance, told)
        else:
            utterance.outcome = told  # it failed while the customer still speaks

    def _take(self, utterance: _Utterance, told: Told) -> None:
        assert utterance.span is not None
        self._recognising -= 1
        self._spoken(
            Spoken(
                told.heard if isinstance(told, Final) else NOTHING,
                *utterance.span,
                utterance.early,
                is_failure=isinstance(told, Failed),
                silence_ms=utterance.silence_ms,
                recognition_ms=round(1000 * (monotonic() - utterance.asked_at)),
            )
        )
