"""One agent's phone: its leg and its audio, from the INVITE to the last word."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from huifang.errors import HuifangError
from huifang.logic.voice_line import TransferTarget
from huifang.voice.connecting import connect, follow
from huifang.voice.exchange import Exchange
from huifang.voice.rtp.port import MediaEvent, MediaLost
from huifang.voice.sip.port import Account, Answered, Failed, HungUp, Reoffered, SipEvent

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PickedUp:
    """The phone was answered, by somebody or something, and its audio is connected."""


@dataclass(frozen=True, slots=True)
class Gone:
    """It was not answered, or is there no longer; nothing comes after this."""

    cause: str  # busy | no_answer | hung_up | media_lost | no common codec | status 5xx


@dataclass(frozen=True, slots=True)
class Held:
    """The telephone itself has put us on hold (``is_held``) or takes us off it."""

    is_held: bool


PhoneEvent = PickedUp | Gone | Held | MediaEvent


class AgentPhone:
    """Rings from the beginning, and is closed by whoever has it in hand or by its own going.

    Events go to ``take``, which changes hands with the phone.  ``SettingInvalid`` where no media port is
    free.
    """

    def __init__(
        self,
        target: TransferTarget,
        exchange: Exchange,
        take: Callable[[PhoneEvent], None],
        *,
        call_id: str,
        caller_id: str,
        ring_s: float,
    ) -> None:
        self.agent = target.agent
        self.take = take
        self.session = exchange.open_media(self._take_media)
        self._exchange = exchange
        self._is_closed = False
        self._leg = exchange.dial(
            self._take_sip,
            call_id=call_id,
            to_uri=target.sip_uri,
            caller_id=caller_id,
            session=self.session,
            account=Account(),
            ring_timeout_s=ring_s,
        )

    def close(self) -> None:
        """CANCEL or BYE, and end the audio; no event comes any more."""
        if not self._is_closed:
            self._is_closed = True
            self._leg.hang_up()
            self._exchange.close_media(self.session)

    def _take_sip(self, event: SipEvent) -> None:
        if self._is_closed:
            return
        if isinstance(event, Answered):
            self._connect(event)
        elif isinstance(event, Failed):
            self._go(_cause(event.status))
        elif isinstance(event, Reoffered):
            self._follow(event)
        elif isinstance(event, HungUp):
            self._go("hung_up")

    def _connect(self, event: Answered) -> None:
        try:
            connect(self.session, event.sdp)
        except HuifangError as error:
            log.warning("The phone of agent %s cannot be talked to: %s", self.agent, error)
            self._go("no common codec")
            return
        self.take(PickedUp())

    def _follow(self, event: Reoffered) -> None:
        try:
            self.take(Held(follow(self.session, event.sdp)))
        except HuifangError as error:
            log.warning("The phone of agent %s wants what we cannot do: %s", self.agent, error)

    def _take_media(self, event: MediaEvent) -> None:
        if self._is_closed:
            return
        if isinstance(event, MediaLost):
            self._go("media_lost")
        else:
            self.take(event)

    def _go(self, cause: str) -> None:
        self.close()
        self.take(Gone(cause))


def _cause(status: int) -> str:
    if status in (486, 600):
        return "busy"
    return "no_answer" if status in (408, 480, 487) else f"status {status}"
