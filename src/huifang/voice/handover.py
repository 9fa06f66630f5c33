"""Handing a customer over to a person: ringing the agents, their conversation, and the way back."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from huifang.logic.dialogue import Parting, SayPart, TransferResult
from huifang.logic.script_document import Script
from huifang.logic.script_state import State
from huifang.logic.voice_line import EventKind, Order, TransferTarget
from huifang.logic.whisper import nobody_came, whisper
from huifang.voice.customer_line import CustomerLine
from huifang.voice.desk import Desk
from huifang.voice.exchange import Clips, Exchange
from huifang.voice.referral import Referral
from huifang.voice.ringing import Ringing
from huifang.voice.telling import Telling
from huifang.voice.whispering import WhenWhispered


@dataclass(frozen=True, slots=True)
class Brief:
    """What the people who take over are told, in which language, and the tune for a customer on hold."""

    whisper: str
    language: str
    tune: str


def brief_for(script: Script, state: State, facts: Mapping[str, object]) -> Brief:
    """What is known where a conversation stands."""
    return Brief(whisper(script, state, facts), state.language, script.waiting_tune)


class Handover:
    """Rings the agents of ``order`` and lets the one who picks up talk to the customer.

    A trunk that may be asked to refer is asked first; where it does not, we ring ourselves.

    :param line: the customer, answered, who hears a tune meanwhile
    :param ready: called when an agent waits for the customer; the call chooses the moment to ``take_over``
    :param over: called when the conversation with our people has ended, or when nobody answered
    """

    def __init__(
        self,
        order: Order,
        exchange: Exchange,
        telling: Telling,
        line: CustomerLine,
        brief: Brief,
        ready: Callable[[], None],
        over: Callable[[TransferResult], None],
    ) -> None:
        self._order = order
        self._exchange = exchange
        self._telling = telling
        self._line = line
        self._brief = brief
        self._ready = ready
        self._tell_over = over
        self._numbers = itertools.count(1)
        self._clips: Clips | None = None  # until they are rendered
        self._waiting: list[WhenWhispered] = []
        self._agent = ""
        self._referral: Referral | None = None
        self._ringing: Ringing | None = None
        self._desk: Desk | None = None
        self._is_over = False

    def start(self) -> None:
        """Refer the customer, or ring the first agent."""
        if self._is_over:
            return
        agents = [target for target in self._order.transfer_targets if not target.expert]
        if self._order.trunk.refer and agents:
            self._referral = Referral(
                self._line,
                agents[0],
                self._order.transfer_timeout_s,
                self._telling,
                put_through=self._put_through,
                failed=partial(self._ring, agents),
            )
        else:
            self._ring(agents)

    def _ring(self, agents: Sequence[TransferTarget]) -> None:
        self._referral = None
        words = [
            SayPart(text, fixed=False) for text in (self._brief.whisper, nobody_came(self._brief.language))
        ]
        self._exchange.render(words, self._brief.language, self._rendered)
        self._ringing = Ringing(
            self._order,
            self._exchange,
            agents,
            self._numbers,
            whisper=self._whisper,
            rings=lambda agent: self._telling.tell(EventKind.TRANSFER, {"agent": agent}),
            ready=self._ready,
            nobody=self._nobody_answered,
        )
        self._ringing.start()

    @property
    def is_referring(self) -> bool:
        """The trunk tries to put the customer through, and may hold our audio meanwhile."""
        return self._referral is not None

    @property
    def is_ready(self) -> bool:
        """An agent waits for the customer."""
        return self._ringing is not None and self._ringing.is_ready

    @property
    def is_bridged(self) -> bool:
        """The customer talks to our people."""
        return self._desk is not None

    @property
    def is_held(self) -> bool:
        """Our people have put the customer on hold."""
        return self._desk is not None and self._desk.is_held

    def referred(self, status: int) -> None:
        """What came of asking the trunk."""
        if self._referral is not None:
            self._referral.settle(status)

    def take_over(self) -> None:
        """Let the customer and the waiting agent talk to each other."""
        assert self._ringing is not None
        assert self._line.session is not None
        phone, self._ringing = self._ringing.hand_out(), None
        self._agent = phone.agent
        self._desk = Desk(
            self._exchange,
            self._telling,
            self._line.session,
            phone,
            tune=self._exchange.tune(self._brief.tune),
            fetch_expert=self._fetch_expert,
            sorry=lambda agent: agent.play(self._clip(nobody_came(self._brief.language)), self),
            over=self._parted,
        )
        self._telling.tell(EventKind.BRIDGED, {"agent": phone.agent})

    def press(self, key: str) -> None:
        """A key of the customer's, while bridged."""
        if self._desk is not None:
            self._desk.press(key)

    def end(self, cause: str) -> TransferResult:
        """Stop ringing, or hang up on our people; ``over`` is not called any more.

        ``cause`` says why nobody is wanted any longer: abandoned (the customer has hung up), withdrawn or
        stopped.
        """
        self._is_over = True
        if self._desk is not None:
            self._desk.close()
            return TransferResult(bridged=True, agent=self._agent, parting=Parting.ALL_SAID)
        if self._referral is not None:
            self._tell_failed(self._referral.agent, cause)
        elif self._ringing is not None:
            self._ringing.stop()
            self._tell_failed(self._ringing.agent, cause)
        return TransferResult(bridged=False)

    def _rendered(self, clips: Clips) -> None:
        self._clips = clips
        for then in self._waiting:
            then(self._clip(self._brief.whisper))

    def _whisper(self, then: WhenWhispered) -> None:
        if self._clips is None:
            self._waiting.append(then)
        else:
            then(self._clip(self._brief.whisper))

    def _clip(self, text: str) -> bytes:
        return (self._clips or {}).get(text, b"")

    def _put_through(self) -> None:
        assert self._referral is not None
        self._is_over = True
        self._tell_over(TransferResult(True, self._referral.agent, Parting.ALL_SAID))

    def _nobody_answered(self, agent: str, cause: str) -> None:
        self._is_over = True
        self._tell_failed(agent, cause)
        self._tell_over(TransferResult(bridged=False, agent=agent))

    def _tell_failed(self, agent: str, cause: str) -> None:
        self._telling.tell(EventKind.TRANSFER_FAILED, {"agent": agent, "cause": cause})

    def _fetch_expert(self, ready: Callable[[], None], nobody: Callable[[str, str], None]) -> Ringing:
        others = [target for target in self._order.transfer_targets if target.agent != self._agent]
        return Ringing(
            self._order,
            self._exchange,
            [target for target in others if target.expert] or others,
            self._numbers,
            whisper=self._whisper,
            rings=lambda agent: None,
            ready=ready,
            nobody=nobody,
        )

    def _parted(self, parting: Parting) -> None:
        self._is_over = True
        self._tell_over(TransferResult(bridged=True, agent=self._agent, parting=parting))
