"""What is done when a machine has answered: an assistant is told something, a voicemail gets its message, else we go."""

from __future__ import annotations

from collections.abc import Callable

from huifang.logic.answering import Evidence, Judgement
from huifang.logic.machine_words import Speaker, machine_speaking
from huifang.logic.voice_line import EndCause
from huifang.voice.causes import cause_of_announcement
from huifang.voice.director import Timer, drop
from huifang.voice.ears.port import NOTHING, Heard

_LONGEST_S = 25.0
"""A greeting is over by then; longer we hold no line for a machine."""
_QUIET_S = 3.0
"""After a greeting: a voicemail that has not beeped by now does not beep."""
_FINAL = (EndCause.EMPTY_NUMBER, EndCause.POWERED_OFF, EndCause.SUSPENDED, EndCause.BUSY)
"""Nothing is recorded behind these announcements."""

Words = Callable[[], bool]


class AtMachine:
    """Waits for the right moment and then does one thing.

    :param after: does work later
    :param leave_word: says to an assistant who called; False where we cannot
    :param leave_message: says the script's message; False where it has none
    :param finish: hangs up, for this cause
    """

    def __init__(
        self,
        judgement: Judgement,
        after: Callable[[float, Callable[[], None]], Timer],
        *,
        has_message: bool,
        leave_word: Words,
        leave_message: Words,
        finish: Callable[[EndCause], None],
    ) -> None:
        self.is_leaving = False
        """Our last words are being said."""
        self._speaker = judgement.speaker
        self._beeped = judgement.evidence is Evidence.BEEP
        self._cause: EndCause | None = None
        self._is_speaking = False
        self._after = after
        self._has_message = has_message
        self._leave_word = leave_word
        self._leave_message = leave_message
        self._finish = finish
        self._quiet: Timer | None = None
        self._limit = after(_LONGEST_S, self._give_up)

    def begin(self, heard: Heard | None, *, is_speaking: bool) -> None:
        """``heard``: the words that gave it away."""
        self._is_speaking = is_speaking
        self.hears(heard or NOTHING)

    def hears(self, heard: Heard) -> None:
        """More of what it says, or the same from its beginning to here."""
        self._speaker = machine_speaking(heard.text, heard.pinyin) or self._speaker
        self._cause = cause_of_announcement(heard.text, heard.pinyin) or self._cause
        self._act()

    @property
    def cause(self) -> EndCause:
        """Why this call comes to nothing, as far as it is known."""
        return EndCause.MACHINE if self.is_leaving else self._cause or EndCause.MACHINE

    @property
    def intent(self) -> str:
        """What its words are called in the transcript."""
        return "phone_assistant" if self._speaker is Speaker.ASSISTANT else "announcement"

    def speaks(self) -> None:
        self._is_speaking = True
        drop(self._quiet)

    def falls_silent(self) -> None:
        self._is_speaking = False
        drop(self._quiet)
        if not self.is_leaving:
            self._quiet = self._after(_QUIET_S, self._says_no_more)
        self._act()

    def beeps(self) -> None:
        self._beeped = True
        self._act()

    def close(self) -> None:
        """The call is over."""
        drop(self._quiet)
        drop(self._limit)

    def _act(self) -> None:
        if self.is_leaving:
            return
        if self._speaker is Speaker.ASSISTANT:
            if not self._is_speaking:
                self._say(self._leave_word)
        elif self._cause in _FINAL:
            self._finish(self._cause)
        elif self._beeped:
            self._say(self._leave_message)
        elif self._speaker is Speaker.VOICEMAIL and not self._has_message:
            self._finish(EndCause.MACHINE)

    def _says_no_more(self) -> None:
        if self._speaker is Speaker.VOICEMAIL and not self.is_leaving:
            self._say(self._leave_message)
        else:
            self._give_up()

    def _say(self, words: Words) -> None:
        self.is_leaving = True
        drop(self._quiet)
        if not words():
            self._finish(EndCause.MACHINE)

    def _give_up(self) -> None:
        if not self.is_leaving:
            self._finish(self.cause)
