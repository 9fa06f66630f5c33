"""The customer's voice in one call: who is speaking, what is being recognised, and whether it is a machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huifang.logic.dialogue import Listen
from huifang.logic.understanding import Intent, is_back_channel
from huifang.voice.director import Timer
from huifang.voice.ears.port import Heard
from huifang.voice.exchange import Exchange

ANSWERS = frozenset(
    {
        *(Intent.YES, Intent.NO, Intent.DIGIT, Intent.CHOICE, Intent.FREE, Intent.UNCLEAR, Intent.RATING),
        *(Intent.UNSURE, Intent.ALREADY, Intent.WHO),
    }
)
"""What means something only as the answer to a question, or is answered by the disclosure (「你是谁？」)."""
_MACHINE_SPEECH_S = 4.0
_MACHINE_BEGINS_MS = 2500
"""Speech that begins this early and goes on for four seconds while we speak is no 「喂，你好」."""
_GREETING_S = 12.0
"""With a recogniser the words decide what it is: an announcement, or an assistant to be told something.  Longer
than this nobody waits for their end."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One recognised utterance.  Times in ms since the answer; ``early``: begun during the disclosure;
    ``like_machine``: it began at once and went on as only a recording's does."""

    heard: Heard
    start_ms: int
    end_ms: int
    early: bool
    like_machine: bool = False

    @property
    def text(self) -> str:
        return self.heard.text or " ".join(self.heard.pinyin)

    def only_listens(self, listening: Listen | None, *, is_asking: bool) -> bool:
        """No reason to stop talking: nothing was understood, or a back-channel.  ``is_asking``: the question
        that is to be answered is what we are saying."""
        may_answer = is_asking and listening is not None and listening.expects == "yes_no"
        return not self.text or is_back_channel(self.heard.text, self.heard.pinyin, may_answer=may_answer)


class Hearing:
    """Follows the speech of one customer.

    :param spoken: told of every utterance that was recognised, also where nothing was understood
    :param machine: called where the speech goes on as only a recording's does
    """

    def __init__(
        self, exchange: Exchange, spoken: Callable[[Spoken], None], machine: Callable[[], None]
    ) -> None:
        self._exchange = exchange
        self._spoken = spoken
        self._machine = machine
        self.heard_anybody = False
        """Somebody has spoken, or pressed a key, since the answer."""
        self._is_speaking = False
        self._early = False
        self._recognising = 0
        self._had_turn = False
        self._like_machine = False
        self._suspicion: Timer | None = None

    @property
    def is_busy(self) -> bool:
        """Somebody speaks, or what was said is being recognised."""
        return self._is_speaking or self._recognising > 0

    def starts(self, at_ms: int, *, early: bool, is_talking: bool) -> None:
        """Speech has begun.  ``is_talking``: the call is answered and nobody else has taken over."""
        self._is_speaking = True
        self.heard_anybody |= is_talking
        self._early = early
        self._like_machine = False
        if is_talking and not self._had_turn and at_ms < _MACHINE_BEGINS_MS:
            self._suspicion = self._exchange.after(_MACHINE_SPEECH_S, self._suspect)

    def _suspect(self) -> None:
        self._suspicion = None
        if self._exchange.can_hear:
            self._like_machine = True
            self._suspicion = self._exchange.after(_GREETING_S - _MACHINE_SPEECH_S, self._machine)
        else:
            self._machine()

    def ends(self, pcm: NDArray[np.int16], start_ms: int, end_ms: int) -> None:
        """Speech has ended; make words of it."""
        self.stops()
        self._recognising += 1
        early, like_machine = self._early, self._like_machine
        self._exchange.recognise(
            pcm, lambda heard: self._take(Spoken(heard, start_ms, end_ms, early, like_machine))
        )

    def stops(self) -> None:
        """Speech has ended and does not matter."""
        self._is_speaking = False
        self._forget_suspicion()

    def has_turn(self) -> None:
        """The customer has pressed or said something: this is no machine."""
        self._had_turn = self.heard_anybody = True
        self._forget_suspicion()

    def close(self) -> None:
        """The call is over."""
        self._forget_suspicion()

    def _take(self, spoken: Spoken) -> None:
        self._recognising -= 1
        self._spoken(spoken)

    def _forget_suspicion(self) -> None:
        if self._suspicion is not None:
            self._suspicion.cancel()
            self._suspicion = None
