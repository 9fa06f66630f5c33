"""Telephone keys as RTP events (RFC 4733, section 2)."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

KEYS = "0123456789*#ABCD"  # the event code is the index (RFC 4733, table 3)
KEY_MS = 100
VOLUME = 10  # dBm0 below zero
_BODY = struct.Struct("!BBH")
_STEP = 160  # timestamp units between two packets
_STEPS = KEY_MS // 20
_END_PACKETS = 3  # RFC 4733, section 2.5.1.4
_LONGEST = 0xFFFF  # a longer event goes on as a new segment (section 2.5.1.3)


class EventMalformed(ValueError):
    """The payload is not a telephone event."""


class KeyPacket(NamedTuple):
    """What one outgoing event packet holds."""

    payload: bytes
    marker: bool


def key_packets(key: str) -> Iterator[KeyPacket]:
    """The packets of one key press, 20 ms apart, all with the timestamp of the first: four updates, three
    ends.  ``ValueError`` where ``key`` is no telephone key."""
    event = KEYS.index(key)
    for step in range(1, _STEPS):
        yield KeyPacket(_BODY.pack(event, VOLUME, step * _STEP), marker=step == 1)
    for _ in range(_END_PACKETS):
        yield KeyPacket(_BODY.pack(event, 0x80 | VOLUME, _STEPS * _STEP), marker=False)


class KeyReader:
    """Tells each key once, whatever is lost, doubled or out of order.

    All packets of an event carry the timestamp of its beginning, so a timestamp not seen lately is a new
    key, even where only a retransmitted end arrives.
    """

    def __init__(self) -> None:
        self._seen: deque[int] = deque(maxlen=16)
        self._event = -1
        self._segment_end: int | None = None  # where an event of the longest duration would go on

    def read(self, timestamp: int, payload: bytes) -> str | None:
        """The key that begins with this packet, or None.  ``EventMalformed`` where it is no event."""
        if len(payload) < _BODY.size:
            raise EventMalformed("shorter than an event")
        event, _, duration = _BODY.unpack_from(payload)
        goes_on = timestamp == self._segment_end and event == self._event
        if duration == _LONGEST:
            self._segment_end = (timestamp + duration) & 0xFFFFFFFF
        self._event = event
        if timestamp in self._seen:
            return None
        self._seen.append(timestamp)
        if goes_on or event >= len(KEYS):
            return None
        return KEYS[event]
