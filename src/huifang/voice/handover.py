"""Ringing the agents of an order one after the other until one takes over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from huifang.errors import HuifangError
from huifang.logic.voice_line import Order, TransferTarget
from huifang.voice.director import Timer
from huifang.voice.exchange import Exchange
from huifang.voice.rtp import sdp
from huifang.voice.rtp.port import MediaEvent, MediaLost, MediaSession
from huifang.voice.sip.port import Account, Answered, Failed, HungUp, Leg, SipEvent

log = logging.getLogger(__name__)

_SHORTEST_RING_S = 5.0  # two rings and a grab


class Switchboard(Protocol):
    """The call that wants a person."""

    def agent_rings(self, agent: str) -> None: ...

    def agent_answers(self, agent: str, session: MediaSession) -> None: ...

    def agent_hangs_up(self, agent: str) -> None: ...

    def no_agent(self, agent: str, cause: str) -> None:
        """Nobody took over: ``agent`` was rung last and failed for ``cause``."""


class Handover:
    """Rings ``order.transfer_targets`` in turn, for ``order.transfer_timeout_s`` in total.

    Every agent but the last gets a fair share of that time, so that one phone that nobody hears does not
    use it all up.
    """

    def __init__(
        self, order: Order, exchange: Exchange, board: Switchboard, now: Callable[[], float]
    ) -> None:
        self._order = order
        self._exchange = exchange
        self._board = board
        self._clock = now
        self._deadline = now() + order.transfer_timeout_s
        self._targets = list(order.transfer_targets)
        self._rung = 0
        self._leg: Leg | None = None
        self._session: MediaSession | None = None
        self._agent = ""
        self._answered = False
        self._over = False
        self._timer: Timer | None = None

    def start(self) -> None:
        """Ring the first agent."""
        if not self._over:
            self._ring_next("nobody is named to take over")

    def end(self) -> None:
        """Stop ringing, or hang up on the agent; nothing more is told to the switchboard."""
        self._over = True
        self._let_go()

    def _ring_next(self, last_cause: str) -> None:
        self._let_go()
        left = self._deadline - self._clock()
        if not self._targets or left < 1.0:
            self._over = True
            self._board.no_agent(self._agent, last_cause)
            return
        target = self._targets.pop(0)
        share = (
            left if not self._targets else max(min(_SHORTEST_RING_S, left), left / (len(self._targets) + 1))
        )
        self._agent = target.agent
        self._rung += 1
        self._board.agent_rings(target.agent)
        try:
            self._dial(target, share)
        except HuifangError as error:
            log.warning("The agent %s cannot be rung: %s", target.agent, error)
            self._timer = self._exchange.after(0, lambda: self._ring_next("no free media port"))
            return
        # The signalling gives up by itself; this timer is for the time that its CANCEL takes.
        self._timer = self._exchange.after(share + 1.0, lambda: self._ring_next("no_answer"))

    def _dial(self, target: TransferTarget, ring_s: float) -> None:
        number = self._rung
        self._session = self._exchange.open_media(self._take_media)
        self._leg = self._exchange.dial(
            lambda event: self._take_sip(event, number),
            call_id=f"{self._order.attempt_id}-agent{number}",
            to_uri=target.sip_uri,
            caller_id=self._order.trunk.caller_id,
            session=self._session,
            account=Account(),
            ring_timeout_s=ring_s,
        )

    def _take_sip(self, event: SipEvent, number: int) -> None:
        if self._over or number != self._rung:
            return
        if isinstance(event, Answered):
            self._take_answer(event)
        elif isinstance(event, Failed) and not self._answered:
            self._ring_next(
                "busy"
                if event.status in (486, 600)
                else "no_answer"
                if event.status in (408, 480, 487)
                else f"status {event.status}"
            )
        elif isinstance(event, HungUp):
            self._hang_up()

    def _take_answer(self, event: Answered) -> None:
        assert self._session is not None
        if self._timer is not None:
            self._timer.cancel()
        try:
            target = sdp.choose(sdp.parse(event.sdp))
        except HuifangError as error:
            log.warning("The phone of agent %s cannot be talked to: %s", self._agent, error)
            self._ring_next("no common codec")
            return
        self._session.connect(target.host, target.port, codec=target.codec, dtmf_payload=target.dtmf_payload)
        self._answered = True
        self._board.agent_answers(self._agent, self._session)

    def _take_media(self, event: MediaEvent) -> None:
        if isinstance(event, MediaLost) and self._answered and not self._over:
            self._hang_up()

    def _hang_up(self) -> None:
        self._over = True
        self._let_go()
        self._board.agent_hangs_up(self._agent)

    def _let_go(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._leg is not None:
            self._leg.hang_up()
            self._leg = None
        if self._session is not None:
            self._exchange.close_media(self._session)
            self._session = None
