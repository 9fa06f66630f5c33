"""The customer's voice in one call: who is speaking, and what is being recognised."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huifang.logic.dialogue import Listen
from huifang.logic.prosody import LONGEST_SPEECH, Prosody
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
    with_agent: bool = False
    """It was said to one of our people, not to us."""
    prosody: Prosody | None = None
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

    def __init__(self, early: bool, with_agent: bool) -> None:
        self.early = early
        self.with_agent = with_agent
        self.asked_at = 0.0
        self.silence_ms = 0
        self.span: tuple[int, int] | None = None
        """start_ms, end_ms; None while somebody speaks."""
        self.outcome: Told | None = None
        self.told_at = 0.0
        self.prosody: Prosody | None = None
        self.is_measured = False
        self._pieces: deque[NDArray[np.int16]] = deque()
        self._samples = 0

    def keep(self, pcm: NDArray[np.int16]) -> None:
        """The next samples; only the end of a long utterance is measured."""
        self._pieces.append(pcm)
        self._samples += len(pcm)
        while self._samples - len(self._pieces[0]) >= LONGEST_SPEECH:
            self._samples -= len(self._pieces.popleft())

    def pcm(self) -> NDArray[np.int16]:
        return np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)

    @property
    def is_complete(self) -> bool:
        """It has ended, and words and voice are known."""
        return self.span is not None and self.outcome is not None and self.is_measured


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

    def hears(self, pcm: NDArray[np.int16], *, with_agent: bool = False) -> None:
        """The next piece of what is being said, to us or to one of our people."""
        if self._utterance is None:
            self._utterance = _Utterance(self._early, with_agent)
            self._utterance.recognition = self._exchange.listen(partial(self._told, self._utterance))
        self._utterance.recognition.feed(pcm)
        self._utterance.keep(pcm)

    def ends(
        self, start_ms: int, end_ms: int, *, silence_ms: int, at: float, with_agent: bool = False
    ) -> bool:
        """Speech has ended; the words are wanted now.  Whether there will be any.

        :param silence_ms: how much silence said so
        :param at: when that was, on the monotonic clock
        :param with_agent: one of our people has taken over meanwhile
        """
        utterance = self._utterance
        self._is_speaking, self._utterance = False, None
        if utterance is None:
            return False
        self._recognising += 1
        utterance.asked_at, utterance.silence_ms = at, silence_ms
        utterance.span = (start_ms, end_ms)
        utterance.with_agent |= with_agent
        self._exchange.measure(utterance.pcm(), partial(self._measured, utterance))
        if utterance.outcome is None:
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
            return
        utterance.outcome, utterance.told_at = (
            told,
            monotonic(),
        )  # it may fail while the customer still speaks
        self._take(utterance)

    def _measured(self, utterance: _Utterance, prosody: Prosody | None) -> None:
        utterance.prosody, utterance.is_measured = prosody, True
        self._take(utterance)

    def _take(self, utterance: _Utterance) -> None:
        if not utterance.is_complete:
            return
        told, span = utterance.outcome, utterance.span
        assert span is not None
        self._recognising -= 1
        self._spoken(
            Spoken(
                told.heard if isinstance(told, Final) else NOTHING,
                *span,
                utterance.early,
                utterance.with_agent,
                utterance.prosody,
                is_failure=isinstance(told, Failed),
                silence_ms=utterance.silence_ms,
                recognition_ms=max(0, round(1000 * (utterance.told_at - utterance.asked_at))),
            )
        )
