"""The media thread's side of a session: its socket, both streams, whom it hears and its recording."""

from __future__ import annotations

import contextlib
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from huifang.voice.rtp.concealment import COMFORT_NOISE, Concealer
from huifang.voice.rtp.dtmf import EventMalformed, KeyReader
from huifang.voice.rtp.g711 import FRAME, SILENCE, Codec, transcode
from huifang.voice.rtp.jitter import JitterBuffer
from huifang.voice.rtp.mixing import mixed
from huifang.voice.rtp.packet import HEADER, PacketMalformed, parse_packet
from huifang.voice.rtp.port import KeyPressed, MediaEvent, MediaLost, MediaSession, Played, Quality
from huifang.voice.rtp.recording import Recording
from huifang.voice.rtp.reporting import Reporting
from huifang.voice.rtp.rtcp import ReportMalformed, is_report
from huifang.voice.rtp.source import Address, SourceGate
from huifang.voice.rtp.talker import Talker
from huifang.voice.rtp.utterance import UtteranceCollector

LOST_AFTER_S = 8.0
_LOST_AFTER_FRAMES = round(LOST_AFTER_S * 50)
_REPORT_FRAMES = (125, 375)  # 5 s on the average (RFC 3550, section 6.2)


@dataclass(slots=True)
class PacketCounts:
    """What happened to the packets of all sessions since the loop began."""

    sent: int = 0
    received: int = 0
    malformed: int = 0
    """Datagrams that were no RTP, or RTP that held nonsense."""
    foreign: int = 0
    """RTP from a source that is not the call's."""
    unknown: int = 0
    """Payload types that were not agreed on."""
    reports: int = 0
    """RTCP from the far ends."""
    unsent: int = 0
    """Packets that the system refused to send."""
    left_out: int = 0
    """Packets that were not sent at all, because their time had passed."""
    late_5ms: int = 0
    """Packets that left, or were left out, more than 5 ms after their time."""


class Endpoint:
    """One session as the media thread sees it; no method is for another thread.

    :param emit: takes the events of this session
    :param control: the socket for RTCP; without one there are no reports
    """

    def __init__(
        self,
        session: MediaSession,
        sock: socket.socket,
        counts: PacketCounts,
        emit: Callable[[MediaEvent], None],
        control: socket.socket | None = None,
    ) -> None:
        self.session = session
        self.sock = sock
        self.fileno = sock.fileno()
        self.control = control
        ssrc = random.getrandbits(32)
        self.talker = Talker(
            Codec.PCMA,
            None,
            ssrc=ssrc,
            sequence=random.getrandbits(16),
            timestamp=random.getrandbits(32),
        )
        self.collector = UtteranceCollector()
        self.recording: Recording | None = None
        self.sources: tuple[Endpoint, ...] = ()
        """Whom this far end hears where no clip is playing."""
        self.heard = _silent_frame(Codec.PCMA)
        """The last 20 ms from the far end, in the codec of this session."""
        self.arrived = self.heard
        """20 ms of the latest packet, which may wait in the jitter buffer yet."""
        self.arrived_at = 0
        """Its RTP timestamp."""
        self.is_closed = False
        self.is_watched = False
        """Tones and speech that goes on are told."""
        self.gate: SourceGate | None = None
        """None until connected."""
        self._counts = counts
        self.emit = emit
        self._jitter = JitterBuffer(SILENCE[Codec.PCMA])
        self._concealer = Concealer(Codec.PCMA)
        self._key_reader = KeyReader()
        self._key_ssrc = 0
        self._quiet_frames = 0
        self._sends = self._hears = True
        self._reporting = Reporting(ssrc)
        self._report_in = random.randint(*_REPORT_FRAMES)
        self._reports_to: Address | None = None  # where the far end's reports come from
        self._reports_share_port = False
        self._sent = self._sent_bytes = 0

    @property
    def codec(self) -> Codec:
        return self.talker.codec

    @property
    def has_keys_in_audio(self) -> bool:
        """The far end has agreed on no telephone events."""
        return self.talker.dtmf_payload is None

    def connect(self, address: Address, codec: Codec, dtmf_payload: int | None) -> None:
        """Talk to ``address``; again for a new place or codec in the middle of a call.

        The same place and codec again, as when an answer repeats the early media, disturb nothing.
        """
        self._quiet_frames = 0
        if self.gate is None or address != self.gate.signalled or codec != self.codec:
            if codec != self.codec and self.recording is not None:
                self.recording.change_codec(codec)
            self.gate = SourceGate(address)
            self._jitter = JitterBuffer(SILENCE[codec])
            self._concealer = Concealer(codec)
            self.heard = self.arrived = _silent_frame(codec)
        self.talker.agree(codec, dtmf_payload)

    def direct(self, sends: bool, hears: bool) -> None:
        """Whether we may send, and whether the far end does."""
        self._sends, self._hears = sends, hears
        self._quiet_frames = 0

    def receive(self, datagram: bytes, source: Address, now: float) -> None:
        """Take one datagram.  Whatever it holds, the worst is that it is counted and dropped."""
        counts = self._counts
        gate = self.gate
        try:
            packet = parse_packet(datagram)
        except PacketMalformed:
            counts.malformed += 1
            return
        kind = packet.payload_type
        is_audio = kind in (Codec.PCMA, Codec.PCMU)
        if gate is None or not (is_audio or kind in (self.talker.dtmf_payload, COMFORT_NOISE)):
            if gate is not None and is_report(datagram):
                self.receive_report(datagram, source, shares_port=True)
            else:
                counts.unknown += 1
            return
        if not gate.admit(source, packet.ssrc, packet.sequence, now):
            counts.foreign += 1
            return
        counts.received += 1
        self._quiet_frames = 0
        self._reporting.arrivals.note(
            packet.ssrc, packet.sequence, packet.timestamp if is_audio else None, now
        )
        if is_audio:
            payload = packet.payload
            if kind != self.codec:
                payload = transcode(payload, Codec(kind), self.codec)
            self._jitter.put(packet.ssrc, packet.timestamp, payload)
            if len(payload) == FRAME:
                self.arrived, self.arrived_at = payload, packet.timestamp
            elif payload:  # of another length: its end, or itself over and over, which is as loud
                self.arrived = (payload[-FRAME:] * FRAME)[:FRAME]
                self.arrived_at = packet.timestamp + len(payload) - FRAME
            self._concealer.audio_comes()
        elif kind == COMFORT_NOISE:
            self._concealer.falls_silent(packet.payload)
        else:
            self._concealer.falls_silent()
            self._receive_key(packet.ssrc, packet.timestamp, packet.payload)

    def _receive_key(self, ssrc: int, timestamp: int, payload: bytes) -> None:
        if ssrc != self._key_ssrc:
            self._key_reader, self._key_ssrc = KeyReader(), ssrc
        try:
            key = self._key_reader.read(timestamp, payload)
        except EventMalformed:
            self._counts.malformed += 1
            return
        if key is not None:
            self.emit(KeyPressed(self.session, key))

    def receive_report(self, datagram: bytes, source: Address, *, shares_port: bool) -> None:
        """Take the far end's RTCP, from its own port or, where it wants that (RFC 5761), from that of RTP."""
        if self.gate is None or source[0] != self.gate.address[0]:
            self._counts.foreign += 1
            return
        try:
            self._reporting.take(datagram, time.time())
        except ReportMalformed:
            self._counts.malformed += 1
            return
        self._reports_to, self._reports_share_port = source, shares_port
        self._counts.reports += 1

    def quality(self) -> Quality:
        """How well the two ends have heard each other so far; for every thread."""
        return self._reporting.quality(self._sent)

    def _send_report(self, *, last: bool = False) -> None:
        if self.gate is None or self.control is None:
            return
        report = self._reporting.write(
            time.time(), self.talker.timestamp, self._sent, self._sent_bytes, last=last
        )
        host, port = self.gate.address
        sock = self.sock if self._reports_share_port else self.control
        with contextlib.suppress(OSError, OverflowError):
            sock.sendto(report, self._reports_to or (host, port + 1))

    def hear(self) -> bytes:
        """The next 20 ms from the far end as codes; also what those send next who hear it."""
        frame = self._concealer.frame(self._jitter.take())
        self.collector.hear(frame)
        self.heard = frame
        self._quiet_frames += self._hears
        if self._quiet_frames == _LOST_AFTER_FRAMES:
            self.emit(MediaLost(self.session, LOST_AFTER_S))
        return frame

    def send(self) -> None:
        """Send the packet for this 20 ms; on hold let the time pass, and clips wait."""
        self._report_in -= 1
        if not self._report_in:
            self._send_report()
            self._report_in = random.randint(*_REPORT_FRAMES)
        if not self._sends:
            self.talker.skip(1)
            return
        relayed = None
        if self.sources:
            relayed = mixed([(source.heard, source.codec) for source in self.sources], self.codec)
        packet = self.talker.next_packet(relayed)
        if self.gate is not None:
            try:
                self.sock.sendto(packet, self.gate.address)
                self._counts.sent += 1
                self._sent += 1
                self._sent_bytes += len(packet) - HEADER.size
            except OSError:  # a full buffer or no route: as good as lost on the way
                self._counts.unsent += 1
        if self.talker.over:
            self._report_clips()

    def play(self, clip: bytes, token: object, loop: bool) -> None:
        self.talker.play(clip, token, loop=loop)
        if self.is_closed:
            self.stop_playing()

    def stop_playing(self) -> None:
        self.talker.stop_playing()
        self._report_clips()

    def _report_clips(self) -> None:
        over, self.talker.over = self.talker.over, []
        for clip in over:
            self.emit(Played(self.session, clip.token, clip.finished, clip.start_ms, clip.end_ms))

    def pass_unheard(self, frames: int) -> None:
        """Let time pass in which nothing could be heard, because the process stood still."""
        self.collector.skip(frames)
        if self.recording is not None:
            self.recording.pad(frames)

    def hear_from(self, sources: tuple[Endpoint, ...]) -> None:
        """Let the far end hear ``sources`` and nobody else."""
        self.sources = () if self.is_closed else sources

    def close(self) -> None:
        """Give everything back."""
        self.is_closed = True
        self.sources = ()
        self.heard = _silent_frame(self.codec)
        self.stop_playing()
        if self.recording is not None:
            self.recording.finish()
            self.recording = None
        if self._sent:
            self._send_report(last=True)
        if self.control is not None:
            self.control.close()
        self.sock.close()


def _silent_frame(codec: Codec) -> bytes:
    return bytes([SILENCE[codec]]) * FRAME
