"""Reports about a stream on the wire (RTCP, RFC 3550, section 6).  Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_HEADER = struct.Struct("!BBH")
_SENDER = struct.Struct("!IIIII")  # NTP seconds and fraction, RTP timestamp, packets, bytes
_BLOCK = struct.Struct("!IIIIII")  # source, lost, highest sequence, jitter, last report, delay since
_SENDER_REPORT, _RECEIVER_REPORT, _DESCRIPTION, _BYE = 200, 201, 202, 203
_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_MOST_LOST = 0x7FFFFF


class ReportMalformed(ValueError):
    """The datagram is no RTCP."""


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says of one source."""

    source: int
    lost_share: float  # since the report before
    lost: int
    highest: int  # sequence number with its cycles
    jitter: int  # timestamp units
    last_report: int  # the middle 32 bits of the NTP time of the last sender report; 0 = none
    delay: int  # since then, in 1/65536 s


@dataclass(frozen=True, slots=True)
class Report:
    """A sender's or receiver's report.  ``sent_at`` is the middle of its NTP time, None without a sender."""

    ssrc: int
    sent_at: int | None
    blocks: tuple[ReportBlock, ...]


def is_report(datagram: bytes) -> bool:
    """RTCP, on a port that also carries RTP (RFC 5761, section 4)."""
    return len(datagram) >= 8 and datagram[0] >> 6 == 2 and 192 <= datagram[1] <= 223


def middle_of_ntp(now: float) -> int:
    """The middle 32 bits of a time (seconds since 1970) as NTP writes it."""
    return int((now + _NTP_EPOCH) * 65536) & 0xFFFFFFFF


def parse_reports(data: bytes) -> tuple[Report, ...]:
    """The reports in a compound packet; other kinds are read over.  ``ReportMalformed``."""
    reports, at = [], 0
    if len(data) < 8:
        raise ReportMalformed("shorter than any report")
    while at < len(data):
        if len(data) - at < 4:
            raise ReportMalformed("header cut off")
        first, kind, words = _HEADER.unpack_from(data, at)
        end = at + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            raise ReportMalformed("not version 2, or cut off")
        if kind in (_SENDER_REPORT, _RECEIVER_REPORT):
            reports.append(_report(data[at + 4 : end], kind == _SENDER_REPORT, first & 0x1F))
        at = end
    return tuple(reports)


def _report(body: bytes, is_sender: bool, count: int) -> Report:
    start = 4 + (_SENDER.size if is_sender else 0)
    if len(body) < start + count * _BLOCK.size:
        raise ReportMalformed("report cut off")
    sent_at = None
    if is_sender:
        seconds, fraction = struct.unpack_from("!II", body, 4)
        sent_at = (seconds & 0xFFFF) << 16 | fraction >> 16
    blocks = []
    for index in range(count):
        source, lost, *rest = _BLOCK.unpack_from(body, start + index * _BLOCK.size)
        total = (lost & 0xFFFFFF) - (0x1000000 if lost & 0x800000 else 0)
        blocks.append(ReportBlock(source, (lost >> 24) / 256, total, *rest))
    return Report(int.from_bytes(body[:4]), sent_at, tuple(blocks))


def write_report(
    ssrc: int, now: float, timestamp: int, packets: int, sent_bytes: int, block: ReportBlock | None, name: str
) -> bytes:
    """A sender report with one block at most, and the name (CNAME, RFC 3550, section 6.5.1) behind it.
    ``now`` is the time in seconds since 1970."""
    ntp = int((now + _NTP_EPOCH) * 2**32)
    sender = _SENDER.pack(
        ntp >> 32 & 0xFFFFFFFF, ntp & 0xFFFFFFFF, timestamp, packets & 0xFFFFFFFF, sent_bytes & 0xFFFFFFFF
    )
    body = ssrc.to_bytes(4) + sender
    if block is not None:
        lost = max(-_MOST_LOST, min(block.lost, _MOST_LOST)) & 0xFFFFFF
        share = min(int(block.lost_share * 256), 255)
        body += _BLOCK.pack(
            block.source, share << 24 | lost, block.highest, block.jitter, block.last_report, block.delay
        )
    report = _HEADER.pack(0x80 | (block is not None), _SENDER_REPORT, len(body) // 4) + body
    item = b"\x01" + bytes([len(name)]) + name.encode("ascii")
    chunk = ssrc.to_bytes(4) + item + bytes(4 - len(item) % 4)
    return report + _HEADER.pack(0x81, _DESCRIPTION, len(chunk) // 4) + chunk


def write_bye(ssrc: int) -> bytes:
    """The stream is over (behind a report, which every compound packet begins with)."""
    return _HEADER.pack(0x81, _BYE, 1) + ssrc.to_bytes(4)
