"""Session descriptions: reading the far end's, writing ours.  Pure text in, text out.

We speak one audio stream of G.711 over IPv4: PCMA (payload type 8) first, then PCMU (0), 20 ms per
packet, telephone keys as RFC 4733 events.  Anything else in an offer is refused line by line, as
the offer/answer model wants it.

Sources: RFC 4566 (SDP), RFC 3264 (offer/answer), RFC 3551 (static payload types), RFC 4733 (keys).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from huifang.errors import N_, HuifangError
from huifang.logic.voice_line import CODECS

PAYLOAD_TYPES = {"PCMA": 8, "PCMU": 0}
"""What the media loop can send and hear, in our order of preference."""

OFFERED_DTMF_PAYLOAD = 101

_STATIC_NAMES = {payload: name for name, payload in PAYLOAD_TYPES.items()}
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_MIRRORED = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
_PLAIN_PROFILES = ("RTP/AVP", "RTP/AVPF")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}")


class SdpUnusable(HuifangError):
    """The far end's description cannot be talked to.  ``reason`` is a clause in plain English."""

    template = N_(
        "The far end's media description (SDP) cannot be used: %(reason)s; "
        "check the codecs (PCMA or PCMU) and the address settings of the trunk."
    )


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """What we need of a session description: its first usable audio stream.

    ``codecs`` holds those of ``PCMA`` and ``PCMU`` that are offered, in the far end's order.
    ``dtmf_payload`` is the payload type of telephone-event at 8 kHz, or None.
    ``direction`` is the far end's view (``sendonly``: it only sends).  ``media`` are all ``m=``
    values in order and ``audio_at`` is the index of ours, because an answer repeats every one.
    """

    host: str
    port: int
    codecs: tuple[str, ...]
    dtmf_payload: int | None
    direction: str
    media: tuple[str, ...]
    audio_at: int
    version: int
    shares_port: bool = False
    """Reports (RTCP) may come and go on the port of the audio (RFC 5761)."""


class MediaTarget(NamedTuple):
    """Where and how to send: the arguments of ``MediaSession.connect``."""

    host: str
    port: int
    codec: str
    dtmf_payload: int | None


def parse(text: str) -> SessionDescription:
    """Read a session description, tolerant of line ends, order and unknown lines.

    The first audio stream over plain RTP with a port wins; a stream with port 0 is taken only
    where there is no other.  Raises ``SdpUnusable`` where there is no audio stream or no address.
    """
    session, sections = _split(text)
    audio = [i for i, section in enumerate(sections) if section[0].split()[:1] == ["audio"]]
    if not audio:
        raise SdpUnusable(reason="it has no audio stream")
    heads = {i: _media_head(sections[i][0]) for i in audio}
    plain = [i for i in audio if heads[i][1].upper() in _PLAIN_PROFILES]
    if not plain:
        raise SdpUnusable(reason=f"its audio needs the profile {heads[audio[0]][1]}, we have plain RTP/AVP")
    audio_at = next((i for i in plain if heads[i][0]), plain[0])
    port, _, formats = heads[audio_at]
    host = _address(sections[audio_at][1:]) or _address(session)
    if host is None:
        raise SdpUnusable(reason="it has no IPv4 address (c= line)")
    names = _names(sections[audio_at][1:], formats)
    direction = _direction(sections[audio_at][1:]) or _direction(session) or "sendrecv"
    if host == "0.0.0.0" and direction == "sendrecv":
        direction = "sendonly"  # hold as RFC 2543 wrote it
    return SessionDescription(
        host=host,
        port=port,
        codecs=tuple(dict.fromkeys(c for p in formats if (c := _STATIC_NAMES.get(p)) and names[p] == c)),
        dtmf_payload=next((p for p in formats if names.get(p) == "TELEPHONE-EVENT"), None),
        direction=direction,
        media=tuple(re.sub(r"[^\x20-\x7e]", "?", section[0]) for section in sections),
        audio_at=audio_at,
        version=_version(session),
        shares_port=any(line.split()[0] == "a=rtcp-mux" for line in sections[audio_at][1:] if line.strip()),
    )


def offer(host: str, port: int, codecs: Sequence[str] = CODECS) -> str:
    """Our offer: ``codecs`` of PCMA and PCMU, the best first, keys as payload 101, 20 ms, both directions.
    ``host`` is an IPv4 address."""
    known = tuple(codec for codec in codecs if codec in PAYLOAD_TYPES)  # a newer centre may know more
    return _write(host, port, known or CODECS, OFFERED_DTMF_PAYLOAD, "sendrecv", ("",), 0, 1)


def answer(offered: SessionDescription, host: str, port: int, *, version: int = 1) -> str:
    """Our answer to an offer: its first codec that we have, its payload type for keys, its direction
    mirrored, every other stream refused with port 0.  ``version`` must grow with each change.
    Raises ``SdpUnusable`` where we share no codec.
    """
    codec = _common_codec(offered)
    direction = _MIRRORED[offered.direction]
    port = port if offered.port else 0
    media, at = offered.media, offered.audio_at
    answered = _write(host, port, (codec,), offered.dtmf_payload, direction, media, at, version)
    if offered.shares_port:
        answered = answered.replace("a=ptime:20\r\n", "a=ptime:20\r\na=rtcp-mux\r\n")
    return answered


def answer_again(ours: str, offered: SessionDescription) -> str:
    """Our answer to a later offer in the same call (hold, resume, keep-alive): same address, mirrored
    direction.  ``ours`` is our last description.  Raises ``SdpUnusable`` where we share no codec.
    """
    last = parse(ours)
    return answer(offered, last.host, last.port, version=last.version + 1)


def offer_again(ours: str) -> str:
    """A full offer in the middle of a call, for a peer that asks what we can: same address, both codecs."""
    last = parse(ours)
    dtmf = OFFERED_DTMF_PAYLOAD
    return _write(last.host, last.port, tuple(PAYLOAD_TYPES), dtmf, "sendrecv", ("",), 0, last.version + 1)


def choose(remote: SessionDescription) -> MediaTarget:
    """What to send to the far end: its first codec that we have.

    Raises ``SdpUnusable`` where audio is refused (port 0), held at 0.0.0.0 or without a common codec.
    """
    if remote.port == 0:
        raise SdpUnusable(reason="it refuses audio (port 0)")
    if remote.host == "0.0.0.0":
        raise SdpUnusable(reason="its address is 0.0.0.0")
    return MediaTarget(remote.host, remote.port, _common_codec(remote), remote.dtmf_payload)


def _common_codec(remote: SessionDescription) -> str:
    if not remote.codecs:
        raise SdpUnusable(reason="it offers neither PCMA nor PCMU")
    return remote.codecs[0]


def _write(
    host: str,
    port: int,
    codecs: Sequence[str],
    dtmf_payload: int | None,
    direction: str,
    media: tuple[str, ...],
    audio_at: int,
    version: int,
) -> str:
    formats = [PAYLOAD_TYPES[c] for c in codecs] + ([] if dtmf_payload is None else [dtmf_payload])
    lines = ["v=0", f"o=- {port} {version} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
    for index, line in enumerate(media):
        if index != audio_at:
            kind, _, profile, *rest = line.split()
            lines.append(f"m={kind} 0 {profile} {' '.join(rest) or '0'}")
            continue
        lines.append(f"m=audio {port} RTP/AVP {' '.join(map(str, formats))}")
        lines += [f"a=rtpmap:{PAYLOAD_TYPES[c]} {c}/8000" for c in codecs]
        if dtmf_payload is not None:
            lines += [f"a=rtpmap:{dtmf_payload} telephone-event/8000", f"a=fmtp:{dtmf_payload} 0-15"]
        lines += ["a=ptime:20", f"a={direction}"]
    return "\r\n".join(lines) + "\r\n"


def _split(text: str) -> tuple[list[str], list[list[str]]]:
    """Session-level lines, then one list per ``m=`` whose first entry is the m-line's value."""
    session: list[str] = []
    sections: list[list[str]] = []
    for raw in re.split(r"[\r\n]+", text):
        line = raw.strip()
        if line[:2] == "m=":
            if len(line[2:].split()) < 3:
                raise SdpUnusable(reason="it has a broken m= line")
            sections.append([" ".join(line[2:].split())])  # tabs and doubled spaces are written, too
        elif sections:
            sections[-1].append(line)
        else:
            session.append(line)
    return session, sections


def _media_head(value: str) -> tuple[int, str, list[int]]:
    _, port_text, profile, *formats = value.split()
    port_text = port_text.partition("/")[0]
    if not (port_text.isascii() and port_text.isdigit()) or int(port_text) > 65535:
        raise SdpUnusable(reason="its audio port is not a number from 0 to 65535")
    payloads = [int(f) for f in formats if f.isascii() and f.isdigit() and len(f) <= 3]
    return int(port_text), profile, [p for p in payloads if p <= 127]


def _address(lines: list[str]) -> str | None:
    for line in lines:
        if not line.startswith("c="):
            continue
        parts = line[2:].split()
        if len(parts) < 3 or parts[0].upper() != "IN":
            raise SdpUnusable(reason="it has a broken c= line")
        if parts[1].upper() != "IP4":
            raise SdpUnusable(reason=f"its address family is {parts[1][:8]}, we have IP4")
        host = parts[2].partition("/")[0]
        if re.fullmatch(r"[\d.]+", host):
            try:
                return str(ipaddress.IPv4Address(host))
            except ValueError:
                raise SdpUnusable(reason="its address is not an IPv4 address") from None
        if not _HOST.fullmatch(host):
            raise SdpUnusable(reason="its address is neither an IPv4 address nor a host name")
        return host
    return None


def _names(lines: list[str], formats: list[int]) -> dict[int, str]:
    """Payload type → encoding name in capitals, of those with one 8 kHz channel."""
    names = {p: _STATIC_NAMES[p] for p in formats if p in _STATIC_NAMES}
    for line in lines:
        mapped = re.fullmatch(r"a=rtpmap:\s*(\d{1,3})\s+([^/\s]+)/(\d+)(/1)?\s*", line, re.ASCII)
        if mapped:
            names[int(mapped[1])] = mapped[2].upper() if mapped[3] == "8000" else ""
    return names


def _direction(lines: list[str]) -> str | None:
    return next(
        (line[2:].lower() for line in lines if line[2:].lower() in _DIRECTIONS and line[:2] == "a="), None
    )


def _version(lines: list[str]) -> int:
    for line in lines:
        origin = re.match(r"o=\S+ \S+ (\d{1,19})\b", line, re.ASCII)
        if origin:
            return int(origin[1])
    return 0
