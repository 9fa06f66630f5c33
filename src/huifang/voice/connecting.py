"""From a session description to a media session that talks to its place."""

from __future__ import annotations

from huifang.voice.rtp import sdp
from huifang.voice.rtp.port import MediaSession


def connect(session: MediaSession, description: str) -> str:
    """Talk to where the far end says; the codec.  ``SdpUnusable``."""
    target = sdp.choose(sdp.parse(description))
    session.connect(target.host, target.port, codec=target.codec, dtmf_payload=target.dtmf_payload)
    return target.codec


def follow(session: MediaSession, description: str) -> bool:
    """Do what the far end asks for in the middle of a call: another place, another codec, hold, resume.

    Returns whether it holds us: whether it does not want to hear us.  ``SdpUnusable``.
    """
    remote = sdp.parse(description)
    is_silent = remote.port == 0 or remote.host == "0.0.0.0"
    listens = not is_silent and remote.direction in ("sendrecv", "recvonly")
    session.direct(sends=listens, hears=not is_silent and remote.direction in ("sendrecv", "sendonly"))
    if not is_silent:
        connect(session, description)
    return not listens
