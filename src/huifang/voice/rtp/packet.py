"""RTP packets on the wire (RFC 3550, section 5.1)."""

from __future__ import annotations

import struct
from typing import NamedTuple

HEADER = struct.Struct("!BBHII")


class PacketMalformed(ValueError):
    """The datagram is not an RTP packet."""


class RtpPacket(NamedTuple):
    """One packet; CSRCs and header extensions are read over and never written."""

    payload_type: int  # 0-127
    marker: bool
    sequence: int  # 16 bits
    timestamp: int  # 32 bits, in samples
    ssrc: int  # 32 bits
    payload: bytes


def parse_packet(data: bytes) -> RtpPacket:
    """The RTP packet in one datagram.  ``PacketMalformed`` where the datagram is none."""
    if len(data) < HEADER.size:
        raise PacketMalformed("shorter than the header")
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    plain = first == 0x80  # version 2 and nothing optional: nearly every packet
    payload = data[12:] if plain else _payload_behind_options(data, first)
    return RtpPacket(second & 0x7F, second >= 0x80, sequence, timestamp, ssrc, payload)


def _payload_behind_options(data: bytes, first: int) -> bytes:
    if first >> 6 != 2:
        raise PacketMalformed("not version 2")
    start = HEADER.size + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < start + 4:
            raise PacketMalformed("header extension cut off")
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4])
    if start > len(data):
        raise PacketMalformed("header cut off")
    end = len(data)
    if first & 0x20:
        padding = data[-1]
        if padding == 0 or padding > end - start:
            raise PacketMalformed("padding longer than the payload")
        end -= padding
    return data[start:end]


def serialise_packet(packet: RtpPacket) -> bytes:
    """The datagram of a packet.  ``struct.error`` where a field does not fit its width."""
    second = packet.payload_type | (0x80 if packet.marker else 0)
    return HEADER.pack(0x80, second, packet.sequence, packet.timestamp, packet.ssrc) + packet.payload


def signed_distance(later: int, earlier: int) -> int:
    """``later - earlier`` of two 32-bit timestamps across the wrap, in -2³¹ … 2³¹-1."""
    return ((later - earlier + 0x80000000) & 0xFFFFFFFF) - 0x80000000
