"""One phone: what becomes of its calls, decided without sockets, clocks or browsers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from huifang.logic.softphone_line import PhoneState
from huifang.voice.softphone.messages import ABOUT_A_CALL, FromPage, MessageMalformed, Wish, read, write

log = logging.getLogger(__name__)

CONNECT_WITHIN_S = 20.0
"""A browser that has not come through by then (a firewall between us) is given up."""
ALIVE_EVERY_S = 2.0
SILENT_AFTER_S = 9.0
"""A page that has answered none of our calls for so long is gone: closed, crashed, or out of the network."""

BUSY = (486, "Busy Here")
NOT_THERE = (480, "Temporarily Unavailable")
DECLINED = (603, "Decline")


class Cause(StrEnum):
    """Why a call is over, for the page."""

    HUNG_UP = "hung_up"  # the agent did
    REJECTED = "rejected"  # the agent would not
    THEY_HUNG_UP = "they_hung_up"  # the far end
    GAVE_UP = "gave_up"  # the far end, before we had answered
    LOST = "lost"  # nothing was heard of the far end any more
    UNUSABLE = "unusable"  # the far end's media cannot be talked to


class Line(Protocol):
    """The SIP side of one call.  None of these reports back: what follows from it is done here."""

    attempt: str
    """The attempt of ours that is calling; empty where it is somebody else."""

    def ring(self) -> None: ...

    def answer(self) -> bool:
        """Pick up; False where the far end's media cannot be talked to (the call is then refused)."""

    def reject(self, status: int, reason: str) -> None: ...

    def hang_up(self) -> None: ...

    def send_keys(self, keys: str) -> None: ...


class Phone:
    """From the browser's offer until its window is closed.

    :param tell: sends a message to the page
    :param changed: called whenever ``state``, ``attempt`` or ``is_gone`` has changed
    :param now: seconds on a monotonic clock
    """

    def __init__(self, tell: Callable[[str], None], changed: Callable[[], None], now: float) -> None:
        self.is_gone = False
        self.malformed = 0
        """Messages of the page that were none of ours."""
        self._tell = tell
        self._changed = changed
        self._is_open = False
        self._is_paused = False
        self._is_talking = False
        self._line: Line | None = None
        self._call = 0
        self._heard_at = now
        self._asked_at = now

    @property
    def state(self) -> PhoneState:
        if not self._is_open:
            return PhoneState.CONNECTING
        if self._line is not None:
            return PhoneState.TALKING if self._is_talking else PhoneState.RINGING
        return PhoneState.PAUSED if self._is_paused else PhoneState.READY

    @property
    def line(self) -> Line | None:
        """Who is ringing or talking."""
        return self._line

    @property
    def attempt(self) -> str:
        """The attempt that is ringing or talking; empty where none is."""
        return self._line.attempt if self._line is not None else ""

    # ---- the browser

    def open(self, now: float) -> None:
        """The data channel stands."""
        if not self.is_gone and not self._is_open:
            self._is_open = True
            self._heard_at = self._asked_at = now
            self._say_state()

    def take(self, text: str | bytes, now: float) -> None:
        """The page has sent ``text``.  Whatever it holds, the worst is that it is counted and dropped."""
        if self.is_gone:
            return
        self._heard_at = now
        try:
            message = read(text)
        except MessageMalformed:
            self.malformed += 1
            return
        if message.wish is Wish.PAUSE or message.wish is Wish.RESUME:
            self._is_paused = message.wish is Wish.PAUSE
            self._say_state()
        elif message.wish in ABOUT_A_CALL and self._line is not None and message.call == self._call:
            self._do(message, self._line)

    def tick(self, now: float) -> None:
        """To be called about once a second: asks the page whether it is there, and believes it gone after a
        while."""
        if self.is_gone:
            return
        if now - self._heard_at >= (SILENT_AFTER_S if self._is_open else CONNECT_WITHIN_S):
            self.close()
        elif self._is_open and now - self._asked_at >= ALIVE_EVERY_S:
            self._asked_at = now
            self._tell(write("alive"))

    def close(self) -> None:
        """The browser is gone, or is sent away; a call ends with it."""
        if self.is_gone:
            return
        self.is_gone = True
        line, self._line = self._line, None
        if line is not None:
            if self._is_talking:
                line.hang_up()
            else:
                line.reject(*NOT_THERE)
        self._changed()

    # ---- the far end

    def invite(self, line: Line) -> bool:
        """Somebody calls; False where the call was turned away."""
        if self._line is not None:
            line.reject(*BUSY)
            return False
        if self.is_gone or not self._is_open or self._is_paused:
            line.reject(*NOT_THERE)
            return False
        self._line, self._is_talking = line, False
        self._call += 1
        line.ring()
        self._tell(write("ring", call=self._call, attempt=line.attempt))
        self._say_state()
        return True

    def key(self, line: Line, key: str) -> None:
        """The far end has pressed a key."""
        if line is self._line:
            self._tell(write("key", call=self._call, key=key))

    def line_is_over(self, line: Line, cause: Cause) -> None:
        """The far end's call has ended by itself."""
        if line is self._line:
            self._end(cause)

    # ---- doing

    def _do(self, message: FromPage, line: Line) -> None:
        if message.wish is Wish.ANSWER and not self._is_talking:
            if line.answer():
                self._is_talking = True
                self._tell(write("answered", call=self._call))
                self._say_state()
            else:
                self._end(Cause.UNUSABLE)
        elif message.wish is Wish.REJECT and not self._is_talking:
            line.reject(*DECLINED)
            self._end(Cause.REJECTED)
        elif message.wish is Wish.HANG_UP and self._is_talking:
            line.hang_up()
            self._end(Cause.HUNG_UP)
        elif message.wish is Wish.KEYS and self._is_talking:
            line.send_keys(message.keys)

    def _end(self, cause: Cause) -> None:
        self._line, self._is_talking = None, False
        self._tell(write("ended", call=self._call, cause=cause))
        self._say_state()

    def _say_state(self) -> None:
        self._tell(write("state", state=self.state))
        self._changed()
