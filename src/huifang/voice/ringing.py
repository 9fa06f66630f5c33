"""Ringing agents one after the other until one of them waits for the customer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence

from huifang.errors import HuifangError
from huifang.logic.voice_line import Order, TransferTarget
from huifang.voice.agent_phone import AgentPhone, Gone, Held, PhoneEvent, PickedUp
from huifang.voice.director import Timer, drop
from huifang.voice.exchange import Exchange
from huifang.voice.whispering import WhenWhispered, Whispering

log = logging.getLogger(__name__)

_SHORTEST_RING_S = 5.0  # two rings and a grab


class Ringing:
    """Rings ``targets`` in turn, for ``order.transfer_timeout_s`` in total.

    Every agent but the last gets a fair share of that time, so that one phone that nobody hears does not
    use it all up.  Who picks up hears the whisper first.

    :param numbers: count the phones rung in this call: each needs a Call-ID of its own
    :param whisper: gives the audio of the whisper, as soon as it is there
    :param rings: told of each agent whose phone begins to ring
    :param ready: somebody waits for the customer; ``hand_out`` gives their phone
    :param nobody: told (agent, cause) of the last one when nobody could be reached
    """

    def __init__(
        self,
        order: Order,
        exchange: Exchange,
        targets: Sequence[TransferTarget],
        numbers: Iterator[int],
        *,
        whisper: Callable[[WhenWhispered], None],
        rings: Callable[[str], None],
        ready: Callable[[], None],
        nobody: Callable[[str, str], None],
    ) -> None:
        self.is_ready = False
        self.agent = ""
        """Whose phone is being rung, or was last."""
        self._is_window = False
        self._order = order
        self._exchange = exchange
        self._targets = list(targets)
        self._numbers = numbers
        self._whisper = whisper
        self._tell_rings = rings
        self._tell_ready = ready
        self._tell_nobody = nobody
        self._deadline = time.monotonic() + order.transfer_timeout_s
        self._phone: AgentPhone | None = None
        self._whispering: Whispering | None = None
        self._timer: Timer | None = None

    def start(self) -> None:
        """Ring the first."""
        self._ring_next("nobody is named to take over")

    def hand_out(self) -> AgentPhone:
        """The phone of the agent who is ready; from now on it is the caller's."""
        assert self._phone is not None
        phone, self._phone = self._phone, None
        self.stop()
        return phone

    def stop(self) -> None:
        """Ring nobody any more and hang up on whoever has picked up."""
        self._targets.clear()
        self._let_go()

    def _ring_next(self, last_cause: str) -> None:
        self._let_go()
        left = self._deadline - time.monotonic()
        if not self._targets or left < 1.0:
            self._tell_nobody(self.agent, last_cause)
            return
        target = self._targets.pop(0)
        share = (
            left if not self._targets else max(min(_SHORTEST_RING_S, left), left / (len(self._targets) + 1))
        )
        self.agent = target.agent
        self._is_window = target.is_window
        self._tell_rings(target.agent)
        try:
            self._phone = AgentPhone(
                target,
                self._exchange,
                self._take,
                call_id=f"{self._order.attempt_id}-agent{next(self._numbers)}",
                caller_id=self._order.trunk.caller_id,
                ring_s=share,
            )
        except HuifangError as error:
            log.warning("The agent %s cannot be rung: %s", target.agent, error)
            self._timer = self._exchange.after(0, lambda: self._ring_next("no free media port"))
            return
        # The signalling gives up by itself; this timer is for the time that its CANCEL takes.
        self._timer = self._exchange.after(share + 1.0, lambda: self._ring_next("no_answer"))

    def _take(self, event: PhoneEvent) -> None:
        if isinstance(event, Gone):
            self._ring_next(event.cause)
        elif isinstance(event, PickedUp):
            self._picked_up()
        elif self._whispering is not None and not isinstance(event, Held):
            self._whispering.take(event)

    def _picked_up(self) -> None:
        assert self._phone is not None
        drop(self._timer)
        machine = None if self._is_window else lambda: self._ring_next("machine")
        self._whispering = Whispering(self._phone, self._whisper, self._exchange, self._accepted, machine)

    def _accepted(self) -> None:
        self.is_ready = True
        self._tell_ready()

    def _let_go(self) -> None:
        self.is_ready = False
        drop(self._timer)
        if self._whispering is not None:
            self._whispering.stop()
            self._whispering = None
        if self._phone is not None:
            self._phone.close()
            self._phone = None
