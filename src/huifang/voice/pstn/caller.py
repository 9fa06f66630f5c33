"""Somebody with a phone: picks up, listens, and does the next thing when it is their turn."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Protocol

from huifang.errors import HuifangError
from huifang.voice.director import Timer
from huifang.voice.pstn.persona import Deed, HangUp, Line, Persona, Press, Sound, Speak, Turn
from huifang.voice.pstn.sound import beep
from huifang.voice.rtp import port as media
from huifang.voice.rtp import sdp
from huifang.voice.sip import port as sip

log = logging.getLogger(__name__)

_SETTLED_S = 0.3
"""After the end of an utterance (700 ms of silence) this much more makes it a turn."""
_STATUS = {Line.BUSY: (486, "Busy Here"), Line.EMPTY: (404, "Not Found"), Line.DECLINES: (603, "Decline")}
_AFTER_ANNOUNCEMENT_S = 1.5
_AFTER_ANNOUNCEMENT = {
    Line.EMPTY_ANNOUNCED: (404, "Not Found"),
    Line.POWERED_OFF: (480, "Temporarily Unavailable"),
    Line.SUSPENDED: (480, "Temporarily Unavailable"),
}


class Network(Protocol):
    """What a caller needs of the network; all on the director's thread."""

    host: str

    def after(self, seconds: float, work: Callable[[], None]) -> Timer: ...

    def open_media(self, take: Callable[[media.MediaEvent], None]) -> media.MediaSession: ...

    def close_media(self, session: media.MediaSession) -> None: ...

    def speak(self, text: str, sound: Sound, then: Callable[[bytes], None]) -> None:
        """Render words (A-law), then call back."""

    def note(self, kind: str, call_id: str, **data: Any) -> None:
        """Write a line into the network's log."""

    def over(self, caller: Caller) -> None: ...


class _State(Enum):
    RINGING = auto()
    TALKING = auto()
    OVER = auto()


class Caller:
    """One call to one persona."""

    def __init__(self, incoming: sip.Incoming, persona: Persona, network: Network) -> None:
        self.call_id = incoming.call_id
        self.leg = incoming.leg
        self._offer = incoming.sdp
        self._persona = persona
        self._network = network
        self._turns = deque(persona.turns)
        self._fillers = deque(persona.fillers)
        self._state = _State.RINGING
        self._session: media.MediaSession | None = None
        self._timers: list[Timer] = []
        self._next: Timer | None = None
        self._leave: Timer | None = None
        self._they_speak = False
        self._they_began_at = 0.0
        self._we_speak = 0
        self._answered_at = 0.0
        self._heard_ms = 0
        self._beeped = False
        self._before_beep_ms = 0
        self._keys = ""

    def start(self) -> None:
        """The INVITE has come in."""
        line, ring_s = self._persona.line, self._persona.ring_s
        if line in (Line.BUSY, Line.EMPTY):
            self._after(min(ring_s, 1.0), lambda: self._reject(*_STATUS[line]))
            return
        if line in _AFTER_ANNOUNCEMENT:
            self._after(ring_s, self._announce)
            return
        self._network.note("ringing", self.call_id)
        self.leg.ring()
        if line is Line.DECLINES:
            self._after(ring_s, lambda: self._reject(*_STATUS[line]))
        elif line is not Line.NO_ANSWER:
            self._after(ring_s, self._answer)

    # ---- signalling

    def take_sip(self, event: sip.SipEvent) -> None:
        if isinstance(event, sip.Cancelled):
            self._end("cancelled")
        elif isinstance(event, sip.HungUp):
            self._end("they_hung_up")
        elif isinstance(event, sip.Failed):
            self._end(f"failed {event.status}")

    def _reject(self, status: int, reason: str) -> None:
        if self._state is not _State.OVER:
            self.leg.reject(status, reason)
            self._end("rejected", status=status)

    def _open(self) -> str | None:
        """Our session description, with the media connected; None where the offer cannot be used."""
        try:
            offered = sdp.parse(self._offer or "")
            target = sdp.choose(offered)
            self._session = self._network.open_media(self.take_media)
            answer = sdp.answer(offered, self._network.host, self._session.local_port)
            self._session.connect(
                target.host, target.port, codec=target.codec, dtmf_payload=target.dtmf_payload
            )
        except HuifangError as error:
            log.warning("A call cannot be answered: %s", error)
            self._reject(488, "Not Acceptable Here")
            return None
        return answer

    def _announce(self) -> None:
        description = self._open()
        if description is not None:
            self._network.note("ringing", self.call_id, early_media=True)
            self.leg.ring(description)
            self._say(self._persona.announcement)

    def _answer(self) -> None:
        description = self._open()
        if description is None:
            return
        self._state = _State.TALKING
        self._answered_at = time.monotonic()
        self.leg.answer(description)
        self._network.note("answered", self.call_id)
        self._wait_to_leave()
        first = self._persona.greeting or self._persona.announcement
        if first:
            self._after(0.3, lambda: self._say(first))

    # ---- listening

    def take_media(self, event: media.MediaEvent) -> None:
        if self._state is _State.OVER:
            return
        if isinstance(event, media.SpeechStarted):
            self._they_start()
        elif isinstance(event, media.SpeechEnded):
            self._heard_ms += event.end_ms - event.start_ms
            self._they_speak = False
            self._expect(self._their_turn_is_over, _SETTLED_S)
        elif isinstance(event, media.Played):
            self._we_have_spoken()
        elif isinstance(event, media.MediaLost) and self._state is _State.TALKING:
            self._hang_up("media_lost")

    def _they_start(self) -> None:
        self._they_speak = True
        self._drop_next()
        self._they_began_at = time.monotonic()
        turn = self._turns[0] if self._turns else None
        if turn is not None and turn.into_s is not None and self._state is _State.TALKING:
            self._expect(self._take_turn, turn.into_s)

    def _their_turn_is_over(self) -> None:
        if self._state is not _State.TALKING or self._we_speak or self._they_speak:
            return
        turn = self._turns[0] if self._turns else None
        if turn is None:
            if self._fillers and self._persona.line is not Line.VOICEMAIL:
                words = self._fillers.popleft()
                self._expect(lambda: self._say(words), 0.4)
        elif turn.after_s is None:
            self._expect(self._take_turn, turn.think_s)

    # ---- doing

    def _take_turn(self) -> None:
        if self._state is _State.TALKING and self._turns:
            turn: Turn = self._turns.popleft()
            self._wait_to_leave()
            self._do(turn.deed)
            following = self._turns[0] if self._turns else None
            if following is not None and following.after_s is not None:
                self._after(following.after_s, self._take_turn)
            elif following is not None and following.into_s is not None and self._they_speak:
                self._expect(self._take_turn, following.into_s)

    def _do(self, deed: Deed) -> None:
        if isinstance(deed, Press) and self._session is not None:
            self._keys += deed.keys
            self._network.note("keys", self.call_id, keys=deed.keys)
            self._session.send_keys(deed.keys)
        elif isinstance(deed, Speak):
            self._say(deed.text)
        elif isinstance(deed, HangUp):
            self._hang_up("hangs_up")

    def _say(self, text: str) -> None:
        self._we_speak += 1
        self._network.speak(text, self._persona.sound, lambda clip: self._play(clip, text))

    def _play(self, clip: bytes, text: str) -> None:
        if self._state is _State.OVER or self._session is None:
            return
        if self._persona.line is Line.VOICEMAIL:
            clip += beep()
        self._network.note("said", self.call_id, text=text)
        self._session.play(clip, text)

    @property
    def _all_heard_ms(self) -> int:
        """What the other side has said, up to now."""
        going_on = time.monotonic() - self._they_began_at if self._they_speak else 0.0
        return self._heard_ms + round(going_on * 1000)

    def _we_have_spoken(self) -> None:
        if self._persona.line is Line.VOICEMAIL and not self._beeped:  # what comes now is recorded
            self._beeped = True
            self._before_beep_ms = self._all_heard_ms
            self._network.note("beeped", self.call_id)
        self._we_speak = max(0, self._we_speak - 1)
        after = _AFTER_ANNOUNCEMENT.get(self._persona.line)
        if after is not None:
            self._after(_AFTER_ANNOUNCEMENT_S, lambda: self._reject(*after))

    # ---- leaving

    def leave(self) -> None:
        """The network closes: hang up."""
        self._hang_up("network_closed")

    def _wait_to_leave(self) -> None:
        if self._leave is not None:
            self._leave.cancel()
        self._leave = self._after(self._persona.stays_s, lambda: self._hang_up("had_enough"))

    def _hang_up(self, why: str) -> None:
        if self._state is not _State.OVER:
            self.leg.hang_up()
            self._end(why)

    def _end(self, result: str, **data: Any) -> None:
        if self._state is _State.OVER:
            return
        self._heard_ms, self._they_speak = self._all_heard_ms, False
        self._state = _State.OVER
        for timer in self._timers:
            timer.cancel()
        if self._session is not None:
            self._network.close_media(self._session)
        seconds = round(time.monotonic() - self._answered_at, 2) if self._answered_at else 0.0
        if self._beeped:
            self._network.note(
                "recorded", self.call_id, seconds=round((self._heard_ms - self._before_beep_ms) / 1000, 2)
            )
        self._network.note(
            "ended", self.call_id, result=result, seconds=seconds, keys=self._keys,
            heard_s=round(self._heard_ms / 1000, 2), **data,
        )  # fmt: skip
        self._network.over(self)

    def _expect(self, work: Callable[[], None], seconds: float) -> None:
        self._drop_next()
        self._next = self._after(seconds, work)

    def _drop_next(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _after(self, seconds: float, work: Callable[[], None]) -> Timer:
        timer = self._network.after(seconds, work)
        self._timers.append(timer)
        return timer
