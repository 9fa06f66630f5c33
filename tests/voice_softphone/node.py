"""What calls a softphone: a SIP agent and a media loop, as in a voice node."""

from __future__ import annotations

import queue
import time
import uuid
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from huifang.voice.rtp import port as media
from huifang.voice.rtp import sdp
from huifang.voice.rtp.loop import BatchedMediaLoop
from huifang.voice.sip import port as sip
from huifang.voice.sip.agent import SippyAgent

LOCAL = "127.0.0.1"
PATIENCE_S = 30.0
E = TypeVar("E")


class Node:
    """Dials; every wait is bounded by ``PATIENCE_S``."""

    def __init__(self) -> None:
        self.sip: queue.Queue[sip.SipEvent] = queue.Queue()
        self.media: queue.Queue[media.MediaEvent] = queue.Queue()
        self.agent = SippyAgent(LOCAL, 0, self.sip.put)
        self.loop = BatchedMediaLoop(self.media.put, LOCAL)

    def start(self) -> None:
        self.agent.start()
        self.loop.start()

    def stop(self) -> None:
        self.agent.stop()
        self.loop.stop()

    def dial(self, uri: str, attempt: str = "") -> Dialled:
        return Dialled(self, uri, attempt)

    def heard(self, kind: type[E], session: media.MediaSession) -> E:
        """The next event of this kind; others are passed over."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            event: Any = self.media.get(timeout=max(0.01, deadline - time.monotonic()))
            if isinstance(event, kind) and event.session is session:  # type: ignore[attr-defined]
                return event


class Dialled:
    """One call to a phone."""

    def __init__(self, node: Node, uri: str, attempt: str) -> None:
        self.node = node
        self.session = node.loop.open()
        self.leg = node.agent.dial(
            call_id=f"{attempt or f'visitor-{uuid.uuid4().hex}'}-agent1",
            to_uri=uri,
            caller_id="95001",
            sdp=sdp.offer(LOCAL, self.session.local_port),
            account=sip.Account(),
            ring_timeout_s=PATIENCE_S,
        )

    def event(self) -> sip.SipEvent:
        """The next event of this call."""
        while (event := self.node.sip.get(timeout=PATIENCE_S)).leg is not self.leg:
            pass
        return event

    def rings(self) -> None:
        assert isinstance(event := self.event(), sip.Ringing), event

    def is_answered(self) -> None:
        event = self.event()
        assert isinstance(event, sip.Answered), event
        target = sdp.choose(sdp.parse(event.sdp))
        self.session.connect(target.host, target.port, codec=target.codec, dtmf_payload=target.dtmf_payload)

    def is_hung_up(self) -> None:
        assert isinstance(event := self.event(), sip.HungUp), event

    def status(self) -> int:
        """How a call that was not answered ended."""
        while isinstance(event := self.event(), sip.Ringing):
            pass
        assert isinstance(event, sip.Failed), event
        return event.status

    def key(self) -> str:
        """The next key that is pressed."""
        return self.node.heard(media.KeyPressed, self.session).key

    def recorded(self) -> np.ndarray:
        """What was heard of the far end since ``record_to``; ends the session."""
        self.session.close()
        path: Path = self.node.heard(media.Recorded, self.session).path
        return np.frombuffer(path.read_bytes()[44:], np.int16)[::2]
