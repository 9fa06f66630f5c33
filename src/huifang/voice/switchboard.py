"""Whose leg and whose audio it is: events of signalling and media find the call that they belong to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from huifang.logic.voice_line import CODECS
from huifang.voice.rtp import port as media
from huifang.voice.rtp import sdp
from huifang.voice.rtp.loop import BatchedMediaLoop
from huifang.voice.sip import port as sip
from huifang.voice.sip.agent import SippyAgent

TakeSip = Callable[[sip.SipEvent], None]
TakeMedia = Callable[[media.MediaEvent], None]


class Switchboard:
    """The legs and sessions of a node's calls.  Called on the director's thread alone.

    The methods that calls use promise what ``exchange.Exchange`` does.
    """

    def __init__(self, agent: SippyAgent, loop: BatchedMediaLoop) -> None:
        self._agent = agent
        self._loop = loop
        self._legs: dict[str, TakeSip] = {}
        self._sessions: dict[media.MediaSession, TakeMedia] = {}

    # ---- for calls

    def open_media(self, take: TakeMedia) -> media.MediaSession:
        session = self._loop.open()
        self._sessions[session] = take
        return session

    def close_media(self, session: media.MediaSession) -> None:
        self._sessions.pop(session, None)
        session.close()

    def dial(
        self,
        take: TakeSip,
        *,
        call_id: str,
        to_uri: str,
        caller_id: str,
        session: media.MediaSession,
        account: sip.Account,
        ring_timeout_s: float,
        codecs: Sequence[str] = CODECS,
    ) -> sip.Leg:
        self._legs[call_id] = take
        try:
            return self._agent.dial(
                call_id=call_id,
                to_uri=to_uri,
                caller_id=caller_id,
                sdp=sdp.offer(self._agent.host, session.local_port, codecs),
                account=account,
                ring_timeout_s=ring_timeout_s,
            )
        except Exception:
            del self._legs[call_id]
            raise

    def pick_up(self, leg: sip.Leg, offered: str | None, session: media.MediaSession) -> None:
        host, port = self._agent.host, session.local_port
        leg.answer(sdp.offer(host, port) if offered is None else sdp.answer(sdp.parse(offered), host, port))

    # ---- for the node

    def connect(self, leg: sip.Leg, take: TakeSip) -> None:
        """An incoming leg's events go to ``take``."""
        self._legs[leg.call_id] = take

    def route_sip(self, event: sip.SipEvent) -> None:
        """Hand on what happened to a leg; of one that is over, nothing more is handed on."""
        over = isinstance(event, sip.Failed | sip.HungUp | sip.Cancelled)
        take = self._legs.pop(event.leg.call_id, None) if over else self._legs.get(event.leg.call_id)
        if take is not None:
            take(event)

    def route_media(self, event: media.MediaEvent) -> None:
        """Hand on what happened in a session, unless it is closed."""
        take = self._sessions.get(event.session)
        if take is not None:
            take(event)
