"""What strangers send us, as functions of bytes: each may refuse with its own error and must do nothing else.

``run.py`` drives them with atheris (coverage-guided), ``test_targets.py`` with Hypothesis.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from huifang.logic.voice_line import event_from_json, order_from_json, to_json
from huifang.voice.rtp import sdp
from huifang.voice.rtp.concealment import COMFORT_NOISE, Concealer
from huifang.voice.rtp.dtmf import EventMalformed, KeyReader
from huifang.voice.rtp.g711 import Codec
from huifang.voice.rtp.jitter import JitterBuffer
from huifang.voice.rtp.packet import PacketMalformed, parse_packet, serialise_packet
from huifang.voice.rtp.reporting import Reporting
from huifang.voice.rtp.rtcp import (
    ReportBlock,
    ReportMalformed,
    is_report,
    middle_of_ntp,
    parse_reports,
    write_bye,
    write_report,
)
from huifang.voice.sip.agent import SippyAgent
from huifang.voice.sip.datagram import Malformed, readable
from huifang.voice.sip.loop import LOOP
from huifang.voice.sip.port import Incoming, SipEvent

LOCAL = "127.0.0.1"
OFFER = sdp.offer(LOCAL, 40000)
_PEER = (LOCAL, 5060)
_OUR_SSRC = 1
_AGENT_LIVES = 2_000  # messages; its transactions are kept for half a minute


class SipAgentUnderFire:
    """A real agent whose answers go nowhere: a fuzzed Via must not make us send to strangers."""

    def __init__(self) -> None:
        self._agent: SippyAgent | None = None
        self._messages = 0

    def take(self, data: bytes) -> None:
        """One datagram: understood, or counted as malformed; never a fault."""
        with suppress(Malformed):
            readable(data)
        if self._agent is None:
            self._agent = SippyAgent(LOCAL, 0, self._on_event)
            self._agent.start()
            assert self._agent._wire is not None
            self._agent._wire.send_to = lambda data, address: None  # type: ignore[method-assign]
        assert self._agent._transactions is not None
        LOOP.run(self._agent._transactions.receive, data, _PEER)
        stats = self._agent.stats()
        assert stats["faults"] == stats["on_event_faults"] == 0, stats
        self._messages += 1
        if self._messages % _AGENT_LIVES == 0:
            self.close()

    def close(self) -> None:
        if self._agent is not None:
            self._agent.stop()
            self._agent = None

    @staticmethod
    def _on_event(event: SipEvent) -> None:
        if isinstance(event, Incoming):
            if event.called.startswith("4"):
                event.leg.answer(OFFER)
            else:
                event.leg.reject(486, "Busy Here")


def take_sdp(data: bytes) -> None:
    """A description is understood or refused; what we answer to it can be understood by ourselves."""
    try:
        offered = sdp.parse(data.decode("ascii", errors="replace"))
        target = sdp.choose(offered)
    except sdp.SdpUnusable:
        return
    answer = sdp.answer(offered, LOCAL, 40000)
    again = sdp.choose(sdp.parse(answer))
    assert (again.host, again.port, again.codec) == (LOCAL, 40000, target.codec)
    assert sum(line.startswith("m=") for line in answer.splitlines()) == len(offered.media)


def take_rtp(data: bytes) -> None:
    """Packets of two bytes of length each: all that a session does with them before the sound."""
    jitter, concealer, keys = JitterBuffer(0xD5), Concealer(Codec.PCMA), KeyReader()
    while len(data) > 2:
        length = int.from_bytes(data[:2]) % 512
        datagram, data = data[2 : 2 + length], data[2 + length :]
        try:
            packet = parse_packet(datagram)
        except PacketMalformed:
            continue
        plain = serialise_packet(packet)
        assert parse_packet(plain) == packet
        if packet.payload_type == 101:
            with suppress(EventMalformed):
                keys.read(packet.timestamp, packet.payload)
        elif packet.payload_type == COMFORT_NOISE:
            concealer.falls_silent(packet.payload)
        else:
            jitter.put(packet.ssrc, packet.timestamp, packet.payload)
        assert len(concealer.frame(jitter.take())) == 160


def take_rtcp(data: bytes) -> None:
    """Packets of a byte of time and two of length each, of RTP and RTCP: what we then say of the stream can be
    read, and what we think of it is possible."""
    reporting, now = Reporting(_OUR_SSRC), 1e9
    sent = 0
    while len(data) > 3:
        now += data[0] / 64
        sent += data[0]
        length = int.from_bytes(data[1:3]) % 512
        datagram, data = data[3 : 3 + length], data[3 + length :]
        if is_report(datagram):
            with suppress(ReportMalformed):
                reporting.take(datagram, now)
        else:
            with suppress(PacketMalformed):
                packet = parse_packet(datagram)
                reporting.arrivals.note(packet.ssrc, packet.sequence, packet.timestamp, now)
        (ours,) = parse_reports(reporting.write(now, 160 * sent, sent, 160 * sent, last=len(data) < 3))
        assert ours.ssrc == _OUR_SSRC
        assert len(ours.blocks) == (reporting.arrivals.ssrc is not None)
        quality = reporting.quality(sent)
        assert 0 <= quality.loss_percent <= 100
        assert 0 <= quality.far_loss_percent <= 100
        assert quality.jitter_ms >= 0
        assert quality.round_trip_ms is None or 0 <= quality.round_trip_ms <= 10_000


def take_voice_line(data: bytes) -> None:
    """What the centre or the journal says: an order or an event, or one of the errors that are promised."""
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        return
    with suppress(KeyError, TypeError):
        order = order_from_json(message)
        assert order_from_json(to_json(order)) == order
    with suppress(KeyError, TypeError, ValueError):
        event = event_from_json(message)
        assert event_from_json(to_json(event)) == event


SIP_AGENT = SipAgentUnderFire()
TARGETS: dict[str, Callable[[bytes], None]] = {
    "sip": SIP_AGENT.take,
    "sdp": take_sdp,
    "rtp": take_rtp,
    "rtcp": take_rtcp,
    "voice-line": take_voice_line,
}

_HEAD = (
    f"Via: SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bK1;rport\r\nFrom: <sip:13800138000@{LOCAL}>;tag=t\r\n"
    f"To: <sip:4001@{LOCAL}>\r\nCall-ID: c\r\nCSeq: 1 {{method}}\r\nContact: <sip:x@{LOCAL}:9>\r\n"
    f"Record-Route: <sip:{LOCAL}:9;lr>\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\n"
    f"Content-Length: {len(OFFER)}\r\n\r\n{OFFER}"
)


def _request(method: str) -> bytes:
    return (f"{method} sip:4001@{LOCAL} SIP/2.0\r\n" + _HEAD.format(method=method)).encode()


_ORDER: dict[str, Any] = {
    "attempt_id": "0" * 32, "fence": 1, "number": "+8613800138000",
    "trunk": {"name": "t", "host": LOCAL, "port": 5060}, "script": {}, "facts": {}, "language": "zh-CN",
    "transfer_targets": [{"agent": "a", "display_name": "甲", "sip_uri": f"sip:a@{LOCAL}"}],
    "transfer_timeout_s": 15.0, "ring_timeout_s": 30.0, "dial_before": "2026-09-15T02:00:00+00:00",
}  # fmt: skip
_EVENT = {"attempt_id": "0" * 32, "fence": 1, "seq": 1, "kind": "ended", "at": "", "data": {"cause": "busy"}}
_RTP = bytes.fromhex("80080001000000a0000000aa") + b"\xd5" * 160
_KEY = bytes.fromhex("80e50002000000a0000000aa") + b"\x05\x8a\x03\x20"
_ABOUT_US = ReportBlock(_OUR_SSRC, 0.1, 5, 100, 80, middle_of_ntp(1e9), 6_000)
_REPORT = write_report(0xAA, 1e9, 1600, 10, 1600, _ABOUT_US, "far")
_RECEIVER = bytes([0x81, 201, 0, 7]) + _REPORT[4:8] + _REPORT[28:52]
SEEDS: dict[str, list[bytes]] = {
    "sip": [
        *map(_request, ("INVITE", "BYE", "CANCEL", "ACK", "OPTIONS", "REGISTER", "REFER", "INFO", "UPDATE")),
        ("SIP/2.0 200 OK\r\n" + _HEAD.format(method="INVITE")).encode(),
        ("SIP/2.0 407 Proxy Authentication Required\r\n" + _HEAD.format(method="INVITE"))
        .replace("Max-F", 'Proxy-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nMax-F')
        .encode(),
    ],
    "sdp": [
        OFFER.encode(),
        OFFER.replace("PCMA", "PCMU").encode() + b"a=sendonly\r\nm=video 0 RTP/AVP 96\r\n",
    ],
    "rtp": [len(p).to_bytes(2) + p for p in (_RTP, _KEY, b"\x90" + _RTP[1:], b"\xa0" + _RTP[1:] + b"\x04")],
    "rtcp": [
        b"".join(b"\x02" + len(p).to_bytes(2) + p for p in packets)
        for packets in ((_RTP, _REPORT), (_REPORT + write_bye(0xAA), _RTP, _RTP), (_RECEIVER,))
    ],
    "voice-line": [json.dumps(_ORDER).encode(), json.dumps(_EVENT).encode(), b"[]", b"{}"],
}
"""Something good of each kind to begin with."""
