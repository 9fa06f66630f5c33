"""Telling an agent who has picked up, and nobody else, whom they are about to talk to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from huifang.voice.agent_phone import AgentPhone
from huifang.voice.causes import cause_of_announcement
from huifang.voice.director import Timer, drop
from huifang.voice.ears.port import Heard
from huifang.voice.exchange import Exchange
from huifang.voice.rtp.port import KeyPressed, MediaEvent, Played, SpeechEnded, SpeechStarted

_MACHINE_SPEECH_S = 6.0
"""Whoever talks on so long into our words is a voicemail; 「您好，客服中心小王」 is said in three."""
_WORDS_WITHIN_S = 3.0
"""An agent who hears nothing for longer hangs up; then the customer comes without an introduction."""

WhenWhispered = Callable[[bytes], None]
"""Takes the audio of a whisper, empty where it cannot be rendered."""


class Whispering:
    """Whispers to a phone that was picked up; the customer goes on listening to the tune.

    A key takes the customer at once.  Without one the customer is put through after the whisper, as soon
    as the other end is quiet: an agent needs to do nothing.  A voicemail does not count as an agent: it
    talks on and on, or says that nobody is there.  Where only a person can pick up, the customer comes right
    after the whisper: the room of a call centre is never quiet.

    :param whisper: asked for the audio of the whisper, gives it now or as soon as it is rendered: who picks up
        at the first ring is told as much as who lets it ring
    :param accepted: the agent is ready for the customer
    :param machine: nobody is there but a machine; None where only a person can have picked up
    """

    def __init__(
        self,
        phone: AgentPhone,
        whisper: Callable[[WhenWhispered], None],
        exchange: Exchange,
        accepted: Callable[[], None],
        machine: Callable[[], None] | None,
    ) -> None:
        self._phone = phone
        self._exchange = exchange
        self._accepted = accepted
        self._machine = machine
        self._is_over = False
        self._is_whispering = True
        self._is_speaking = False
        self._recognising = 0
        self._suspicion: Timer | None = None
        self._has_words = False
        self._patience = exchange.after(_WORDS_WITHIN_S, lambda: self._speak(b""))
        whisper(self._speak)

    def take(self, event: MediaEvent) -> None:
        """What comes from the phone meanwhile."""
        if self._is_over:
            return
        if isinstance(event, KeyPressed):
            self._end(self._accepted)
        elif isinstance(event, Played) and event.token is self:
            self._is_whispering = False
            self._go_on()
        elif self._machine is None:
            return
        elif isinstance(event, SpeechStarted):
            self._is_speaking = True
            self._suspicion = self._exchange.after(_MACHINE_SPEECH_S, partial(self._end, self._machine))
        elif isinstance(event, SpeechEnded):
            self._is_speaking = False
            drop(self._suspicion)
            if self._exchange.can_hear:
                self._recognising += 1
                self._exchange.recognise(event.pcm, self._heard)
            self._go_on()

    def stop(self) -> None:
        """The phone is wanted no more, or is gone."""
        self._is_over = True
        drop(self._suspicion)
        drop(self._patience)

    def _speak(self, clip: bytes) -> None:
        if not (self._is_over or self._has_words):
            self._has_words = True
            self._phone.session.play(clip, self)  # an empty clip is over at once

    def _heard(self, heard: Heard) -> None:
        self._recognising -= 1
        if self._is_over:
            return
        if self._machine and cause_of_announcement(heard.text, heard.pinyin) is not None:
            self._end(self._machine)
        else:
            self._go_on()

    def _go_on(self) -> None:
        if not (self._is_whispering or self._is_speaking or self._recognising):
            self._end(self._accepted)

    def _end(self, told: Callable[[], None]) -> None:
        if not self._is_over:
            self.stop()
            self._phone.session.stop_playing()
            told()
