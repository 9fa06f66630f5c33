"""The customer's end of a call: its leg, its media session, and what their clocks say."""

from __future__ import annotations

import time
from collections.abc import Callable

from huifang.logic.voice_line import Order
from huifang.voice.connecting import connect, follow
from huifang.voice.exchange import Exchange
from huifang.voice.rtp.port import MediaEvent, MediaSession, Quality
from huifang.voice.sip.port import Account, Incoming, Leg, SipEvent


class CustomerLine:
    """One leg with its audio, dialled by us or picked up.  Events go to ``take_sip`` and ``take_media``."""

    def __init__(
        self,
        order: Order,
        exchange: Exchange,
        take_sip: Callable[[SipEvent], None],
        take_media: Callable[[MediaEvent], None],
        leg: Leg | None,
    ) -> None:
        self.session: MediaSession | None = None
        self.is_held = False
        """The customer's telephone has put us on hold: nothing that we say is heard."""
        self._order = order
        self._exchange = exchange
        self._take_sip = take_sip
        self._take_media = take_media
        self._leg = leg
        self._connected_at = self._rang_at = self._answered_at = 0.0

    # ---- begin and end

    def open(self) -> MediaSession:
        """Audio for this line.  ``SettingInvalid`` where no port is free."""
        self.session = self._exchange.open_media(self._take_media)
        return self.session

    def dial(self) -> None:
        """Send the INVITE; after ``open``."""
        order, trunk = self._order, self._order.trunk
        assert self.session is not None
        self._leg = self._exchange.dial(
            self._take_sip,
            call_id=order.attempt_id,
            to_uri=f"sip:{order.number}@{trunk.host}:{trunk.port}",
            caller_id=trunk.caller_id,
            session=self.session,
            account=Account(trunk.user, trunk.password),
            ring_timeout_s=order.ring_timeout_s,
            codecs=trunk.codecs,
        )

    def pick_up(self, caller: Incoming) -> None:
        """Answer a customer who calls; after ``open``."""
        assert self.session is not None
        self._exchange.pick_up(caller.leg, caller.sdp, self.session)

    def connect(self, description: str) -> str:
        """Send to where the far end says; the codec.  ``SdpUnusable``."""
        assert self.session is not None
        codec = connect(self.session, description)
        self._connected_at = self._connected_at or time.monotonic()
        return codec

    def follow(self, description: str) -> None:
        """The far end has described its audio anew.  ``SdpUnusable``."""
        if self.session is not None:
            self.is_held = follow(self.session, description)

    def refer(self, to_uri: str, patience_s: float) -> None:
        """Ask the far end to call ``to_uri`` in our place; the leg's ReferDone tells what came of it."""
        if self._leg is not None:
            self._leg.refer(to_uri, patience_s)

    def quality(self) -> Quality | None:
        """How well the two ends have heard each other; None without audio."""
        return self.session.quality() if self.session is not None else None

    def hang_up(self) -> None:
        """CANCEL, reject or BYE, whichever fits; the media go on until ``close``."""
        if self._leg is not None:
            self._leg.hang_up()

    def close(self) -> None:
        """Close the media, which completes a recording."""
        if self.session is not None:
            self._exchange.close_media(self.session)

    # ---- clocks

    def rings(self) -> bool:
        """Note that it rings; True the first time."""
        first = not self._rang_at
        self._rang_at = self._rang_at or time.monotonic()
        return first

    def answered(self) -> None:
        """Note that it was answered just now."""
        self._answered_at = time.monotonic()

    @property
    def is_connected(self) -> bool:
        """There is audio, if only early media."""
        return bool(self._connected_at)

    @property
    def was_answered(self) -> bool:
        return bool(self._answered_at)

    @property
    def ring_ms(self) -> int:
        """How long it rang before the answer, or until now."""
        until = self._answered_at or time.monotonic()
        return round((until - self._rang_at) * 1000) if self._rang_at else 0

    @property
    def talk_ms(self) -> int:
        """Time since the answer; 0 before."""
        return round((time.monotonic() - self._answered_at) * 1000) if self._answered_at else 0

    def since_answer(self, session_ms: int) -> int:
        """Media time, which counts from the connection, as time since the answer: early media come first."""
        return max(0, session_ms - round((self._answered_at - self._connected_at) * 1000))
