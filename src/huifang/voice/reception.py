"""Incoming calls until they are picked up: let them ring, ask the centre who it is, hand over the order."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

from huifang.errors import HuifangError
from huifang.logic.voice_line import InboundCall, Order
from huifang.voice.contract import Centre
from huifang.voice.director import Director
from huifang.voice.peers import Peers
from huifang.voice.sip.port import Incoming

log = logging.getLogger(__name__)

_CLERKS = 2  # callers asked about at once
_FORBIDDEN = (403, "Forbidden")
_BUSY = (486, "Busy Here")
_NOT_NOW = (480, "Temporarily Unavailable")


class Reception:
    """Answers for the node while a caller waits.

    :param centre: makes a connection to the centre, for one thread
    :param peers: from where calls are taken
    :param has_seat: whether the node may take one more call
    :param pick_up: gets the caller and the order, on the director's thread
    """

    def __init__(
        self,
        node: str,
        director: Director,
        centre: Callable[[], Centre],
        peers: Peers,
        has_seat: Callable[[], bool],
        pick_up: Callable[[Incoming, Order], None],
    ) -> None:
        self._node = node
        self._director = director
        self._centre = centre
        self._peers = peers
        self._has_seat = has_seat
        self._pick_up = pick_up
        self._waiting: set[str] = set()
        self._clerks = ThreadPoolExecutor(_CLERKS, "reception")

    def receive(self, caller: Incoming) -> None:
        """Somebody calls.  Without a free seat they hear the busy tone; strangers are turned away."""
        if not self._has_seat():
            caller.leg.reject(*_BUSY)
            return
        self._waiting.add(caller.leg.call_id)
        self._clerks.submit(self._ask, caller)

    def gave_up(self, call_id: str) -> bool:
        """The caller has hung up; False where it was not waiting here.  An order that is on its way is
        never begun, and the centre takes it back when its lease is over."""
        if call_id not in self._waiting:
            return False
        self._waiting.discard(call_id)
        return True

    def close(self) -> None:
        self._clerks.shutdown(wait=False, cancel_futures=True)

    def _ask(self, caller: Incoming) -> None:
        if not self._peers.includes(caller.source):
            log.warning("A call from %s is refused: HUIFANG_SIP_PEERS does not name it", caller.source)
            self._director.post(partial(self._refuse, caller))
            return
        caller.leg.ring()
        order = None
        try:
            with closing(self._centre()) as centre:
                peer = self._peers.host_of(caller.source)
                order = centre.inbound(
                    InboundCall(self._node, caller.call_id, caller.caller, caller.called, peer)
                )
        except HuifangError as error:
            log.warning("An incoming call cannot be answered: %s", error)
        except Exception:
            log.exception("An incoming call cannot be answered")
        self._director.post(partial(self._answer, caller, order))

    def _refuse(self, caller: Incoming) -> None:
        if self.gave_up(caller.leg.call_id):
            caller.leg.reject(*_FORBIDDEN)

    def _answer(self, caller: Incoming, order: Order | None) -> None:
        if not self.gave_up(caller.leg.call_id):
            return
        if order is None or not self._has_seat():
            caller.leg.reject(*_NOT_NOW)
        else:
            self._pick_up(caller, order)
