"""An agent under test, with its events in a queue."""

from __future__ import annotations

import queue
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from huifang.voice.rtp import sdp
from huifang.voice.sip.agent import SippyAgent
from huifang.voice.sip.leg import SippyLeg
from huifang.voice.sip.port import Account, SipEvent

E = TypeVar("E")
LOCAL = "127.0.0.1"
NUMBER = "13800138000"
PATIENCE_S = 8.0
OFFER = sdp.offer(LOCAL, 40000)


class Line:
    """A running ``SippyAgent`` on a free port of 127.0.0.1 (or ``port``)."""

    def __init__(self, react: Callable[[SipEvent], None] | None = None, port: int = 0) -> None:
        self._events: queue.Queue[SipEvent] = queue.Queue()
        self._react = react
        self.agent = SippyAgent(LOCAL, port, self._on_event)

    def _on_event(self, event: SipEvent) -> None:
        if self._react is not None:
            self._react(event)
        self._events.put(event)

    def expect(self, kind: type[E], **fields: Any) -> E:
        """The next event; it must be a ``kind`` with these fields."""
        event = self._events.get(timeout=PATIENCE_S)
        assert isinstance(event, kind), event
        for name, value in fields.items():
            assert getattr(event, name) == value, event
        return event

    def silent(self) -> bool:
        """Whether no event waits."""
        return self._events.empty()

    def dial(self, port: int, **changes: Any) -> SippyLeg:
        """Call ``NUMBER`` at 127.0.0.1:``port`` with our offer."""
        order: dict[str, Any] = {
            "call_id": uuid.uuid4().hex,
            "to_uri": f"sip:{NUMBER}@{LOCAL}:{port}",
            "caller_id": "95001",
            "sdp": OFFER,
            "account": Account(),
            "ring_timeout_s": 20.0,
        }
        return self.agent.dial(**{**order, **changes})
