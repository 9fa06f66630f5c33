"""Ringing the agents of an order one after the other until one takes over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from huifang.errors import HuifangError
from huifang.logic.dialogue import TransferResult
from huifang.logic.voice_line import EventKind, Order, TransferTarget
from huifang.voice.connecting import connect, follow
from huifang.voice.director import Timer
from huifang.voice.exchange import Exchange
from huifang.voice.rtp.port import MediaEvent, MediaLost, MediaSession
from huifang.voice.sip.port import Account, Answered, Failed, HungUp, Leg, Reoffered, SipEvent
from huifang.voice.telling import Telling

log = logging.getLogger(__name__)

_SHORTEST_RING_S = 5.0  # two rings and a grab


class Handover:
    """Rings ``order.transfer_targets`` in turn, for ``order.transfer_timeout_s`` in total.

    Every agent but the last gets a fair share of that time, so that one phone that nobody hears does not
    use it all up.

    :param customer: the media session of the customer, who hears a tune meanwhile
    :param ready: called when an agent has answered; the call chooses the moment to ``take_over``
    :param over: called when the conversation with the agent has ended, or when nobody answered
    """

    def __init__(
        self,
        order: Order,
        exchange: Exchange,
        telling: Telling,
        customer: MediaSession,
        ready: Callable[[], None],
        over: Callable[[TransferResult], None],
    ) -> None:
        self.is_bridged = False
        self._order = order
        self._exchange = exchange
        self._telling = telling
        self._customer = customer
        self._ready = ready
        self._tell_over = over
        self._deadline = time.monotonic() + order.transfer_timeout_s
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

    @property
    def is_ready(self) -> bool:
        """An agent has answered and waits for the customer."""
        return self._answered and not self._over and not self.is_bridged

    def take_over(self) -> None:
        """Let the customer and the waiting agent talk to each other."""
        assert self._session is not None
        self.is_bridged = True
        self._customer.bridge(self._session)
        self._telling.tell(EventKind.BRIDGED, {"agent": self._agent})

    def end(self) -> TransferResult:
        """Stop ringing, or hang up on the agent; ``over`` is not called any more."""
        if self.is_bridged:
            self._customer.unbridge()
        self._over = True
        self._let_go()
        return TransferResult(bridged=self.is_bridged, agent=self._agent)

    def _ring_next(self, last_cause: str) -> None:
        self._let_go()
        left = self._deadline - time.monotonic()
        if not self._targets or left < 1.0:
            self._fail(last_cause)
            return
        target = self._targets.pop(0)
        share = (
            left if not self._targets else max(min(_SHORTEST_RING_S, left), left / (len(self._targets) + 1))
        )
        self._agent = target.agent
        self._rung += 1
        self._telling.tell(EventKind.TRANSFER, {"agent": target.agent})
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
        elif isinstance(event, Reoffered) and self._session is not None:
            follow(self._session, event.sdp)  # the agent's own telephone holds and resumes
        elif isinstance(event, HungUp):
            self._hang_up()

    def _take_answer(self, event: Answered) -> None:
        assert self._session is not None
        if self._timer is not None:
            self._timer.cancel()
        try:
            connect(self._session, event.sdp)
        except HuifangError as error:
            log.warning("The phone of agent %s cannot be talked to: %s", self._agent, error)
            self._ring_next("no common codec")
            return
        self._answered = True
        self._ready()

    def _take_media(self, event: MediaEvent) -> None:
        if isinstance(event, MediaLost) and self._answered and not self._over:
            self._hang_up()

    def _hang_up(self) -> None:
        """The agent is gone, before or after the bridge stood."""
        if not self.is_bridged:
            self._fail("hung_up")
            return
        self._customer.unbridge()
        self._over = True
        self._let_go()
        self._tell_over(TransferResult(bridged=True, agent=self._agent))

    def _fail(self, cause: str) -> None:
        self._over = True
        self._let_go()
        self._telling.tell(EventKind.TRANSFER_FAILED, {"agent": self._agent, "cause": cause})
        self._tell_over(TransferResult(bridged=False, agent=self._agent))

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
