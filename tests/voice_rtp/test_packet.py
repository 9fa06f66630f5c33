"""RTP on the wire: RFC 3550, section 5.1."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.rtp.packet import (
    PacketMalformed,
    RtpPacket,
    parse_packet,
    serialise_packet,
    signed_distance,
)

words = st.integers(0, 0xFFFFFFFF)
packets = st.builds(
    RtpPacket,
    payload_type=st.integers(0, 127),
    marker=st.booleans(),
    sequence=st.integers(0, 0xFFFF),
    timestamp=words,
    ssrc=words,
    payload=st.binary(max_size=400),
)


@given(packets)
def test_what_is_written_is_read_again(packet):
    assert parse_packet(serialise_packet(packet)) == packet


@given(
    packets,
    st.lists(st.binary(min_size=4, max_size=4), max_size=15),
    st.binary(max_size=20),
    st.integers(0, 30),
)
def test_csrcs_extension_and_padding_are_read_over(packet, csrcs, extension, padding):
    extension += bytes(-len(extension) % 4)
    plain = serialise_packet(packet)
    first = 0x80 | 0x10 | len(csrcs) | (0x20 if padding else 0)
    header = bytes([first]) + plain[1:12] + b"".join(csrcs)
    header += b"\xbe\xde" + (len(extension) // 4).to_bytes(2) + extension
    tail = bytes(padding - 1) + bytes([padding]) if padding else b""
    assert parse_packet(header + packet.payload + tail) == packet


@given(st.binary(max_size=60))
def test_any_datagram_is_either_a_packet_or_malformed(datagram):
    with contextlib.suppress(PacketMalformed):
        parse_packet(datagram)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x80" * 11,
        b"\x40" + bytes(20),  # version 1
        b"\x8f" + bytes(20),  # fifteen CSRCs, cut off
        b"\x90" + bytes(13),  # extension header cut off
        b"\x90" + bytes(11) + b"\0\0\0\x09" + bytes(8),  # extension cut off
        b"\xa0" + bytes(11),  # padding without a byte
        b"\xa0" + bytes(11) + b"\x01\x02\x09",  # padding longer than the payload
        b"\xa0" + bytes(11) + b"\x01\x02\x00",
        b"INVITE sip:a@b SIP/2.0\r\n",
    ],
)
def test_nonsense_is_refused(datagram):
    with pytest.raises(PacketMalformed):
        parse_packet(datagram)


@given(words, st.integers(-(2**31), 2**31 - 1))
def test_timestamps_are_compared_across_their_wrap(timestamp, distance):
    assert signed_distance((timestamp + distance) % 2**32, timestamp) == distance
