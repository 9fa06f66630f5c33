"""Telephones that hum a tone and tell which tones they hear: a plain socket each, apart from our media loop."""

from __future__ import annotations

import queue
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from huifang.voice.rtp import sdp
from huifang.voice.rtp.g711 import Codec, decode, encode
from huifang.voice.sip import port as sip
from huifang.voice.sip.agent import SippyAgent

from .stage import wait_until

TONES = (500, 700, 900)
_LOUD = 6000
_WINDOW = 15  # frames of 20 ms
_KEYS = "0123456789*#"


@dataclass
class Phone:
    """One telephone.  It is silent until ``is_humming``."""

    name: str
    tone_hz: int
    is_humming: bool = False
    ring_s: float = 0.3
    leg: sip.Leg | None = None
    is_off: bool = False
    """the other side has hung up"""
    keys: str = ""
    """that came in"""
    frames: list[bytes] = field(default_factory=list)
    """everything heard, 20 ms each, A-law"""
    _to_say: deque[bytes] = field(default_factory=deque)
    _pressed: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(0.2)
        self.port: int = self.sock.getsockname()[1]
        self._running = True
        self._far_end: tuple[str, int] | None = None
        self._threads: list[threading.Thread] = []

    def answer(self, incoming: sip.Incoming) -> None:
        """Pick up and begin to send and to hear."""
        offered = sdp.parse(incoming.sdp or "")
        target = sdp.choose(offered)
        self._far_end = (target.host, target.port)
        self.listen(target.dtmf_payload)
        incoming.leg.answer(sdp.answer(offered, "127.0.0.1", self.port))

    def listen(self, dtmf_payload: int | None = 101) -> None:
        """Hear whoever sends, and send back to where it comes from."""
        self._threads = [
            threading.Thread(target=self._send, args=(dtmf_payload,)),
            threading.Thread(target=self._receive, args=(dtmf_payload,)),
        ]
        for thread in self._threads:
            thread.start()

    def press(self, keys: str) -> None:
        for key in keys:
            self._pressed.put(key)

    def say(self, codes: bytes) -> None:
        """Send this sound (A-law), and then go on humming or being silent."""
        frames = [codes[at : at + 160] for at in range(0, len(codes), 160)]
        self._to_say.extend(frame.ljust(160, b"\xd5") for frame in frames)

    @property
    def is_talking(self) -> bool:
        return bool(self._to_say)

    def hang_up(self) -> None:
        assert self.leg is not None
        self.leg.hang_up()
        self.is_humming = False

    def heard(self) -> NDArray[np.float64]:
        """The last 300 ms."""
        return decode(b"".join(self.frames[-_WINDOW:]), Codec.PCMA).astype(np.float64)

    def tones(self) -> set[int]:
        """The tones among the last 300 ms."""
        samples = self.heard()
        if len(samples) < 160 * _WINDOW:
            return set()
        turns = np.arange(len(samples)) / 8000
        return {
            hz for hz in TONES if 2 * abs(np.mean(samples * np.exp(-2j * np.pi * hz * turns))) > _LOUD / 2
        }

    def loudness(self) -> float:
        samples = self.heard()
        return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0

    def close(self) -> None:
        self._running = False
        for thread in self._threads:
            thread.join()
        self.sock.close()

    def _send(self, dtmf_payload: int | None) -> None:
        turns = np.arange(160 * 50) / 8000  # a second: every tone is whole in it
        hum = encode(
            (_LOUD * np.sin(2 * np.pi * self.tone_hz * turns)).astype(np.int16), Codec.PCMA
        ).tobytes()
        due, number, packet, sequence = time.monotonic(), 0, deque[tuple[int, int, bytes]](), 0
        while self._running:
            if not packet and dtmf_payload is not None and not self._pressed.empty():
                event, at = _KEYS.index(self._pressed.get()), 160 * number
                packet.extend(
                    (dtmf_payload, at, struct.pack("!BBH", event, 10, 160 * n)) for n in (1, 2, 3, 4)
                )
                packet.extend([(dtmf_payload, at, struct.pack("!BBH", event, 0x8A, 800))] * 3)
            if packet:
                kind, at, payload = packet.popleft()
            else:
                start = number % 50 * 160
                kind, at = 8, 160 * number
                silence = hum[start : start + 160] if self.is_humming else b"\xd5" * 160
                payload = self._to_say.popleft() if self._to_say else silence
            header = struct.pack("!BBHII", 0x80, kind, sequence % 65536, at, self.port)
            if self._far_end is not None:
                self.sock.sendto(header + payload, self._far_end)
            sequence, number, due = sequence + 1, number + 1, due + 0.02
            time.sleep(max(due - time.monotonic(), 0))

    def _receive(self, dtmf_payload: int | None) -> None:
        last_key = -1
        while self._running:
            try:
                datagram, source = self.sock.recvfrom(2048)
            except TimeoutError:
                continue
            self._far_end = self._far_end or source
            kind, at = datagram[1] & 0x7F, struct.unpack("!I", datagram[4:8])[0]
            if kind == Codec.PCMA:
                self.frames.append(datagram[12:])
            elif kind == dtmf_payload and at != last_key:
                last_key = at
                self.keys += _KEYS[datagram[12]]


class Exchange:
    """Telephones behind one SIP port, named by the user part of what is called; others ring for ever."""

    def __init__(self, *phones: Phone) -> None:
        self.phones = {phone.name: phone for phone in phones}
        self.ringing: set[str] = set()
        self._agent = SippyAgent("127.0.0.1", 0, self._take)

    def __enter__(self) -> Exchange:
        self._agent.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._agent.stop()
        for phone in self.phones.values():
            phone.close()

    @property
    def port(self) -> int:
        return self._agent.port

    def _take(self, event: sip.SipEvent) -> None:
        if isinstance(event, sip.Incoming):
            event.leg.ring()
            self.ringing.add(event.called)
            phone = self.phones.get(event.called)
            if phone is not None:
                phone.leg = event.leg
                threading.Timer(phone.ring_s, phone.answer, (event,)).start()
        elif isinstance(event, sip.HungUp):
            for phone in self.phones.values():
                if phone.leg is event.leg:
                    phone.is_off = True


def hear_only(phone: Phone, *tones: int) -> bool:
    """Whether ``phone`` comes to hear just these tones."""
    return wait_until(lambda: phone.tones() == set(tones), 15)
