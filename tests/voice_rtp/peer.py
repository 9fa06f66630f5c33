"""A far end for tests: a plain socket that speaks RTP, written apart from the code under test."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Heard(NamedTuple):
    at: float
    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


class Peer:
    """Sends what it is told, in its own time, and receives everything that comes."""

    def __init__(self, ssrc: int = 0xFACE) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port: int = self.sock.getsockname()[1]
        self.ssrc = ssrc
        self.sequence = 65530  # wraps soon
        self.timestamp = 2**32 - 800

    def close(self) -> None:
        self.sock.close()

    def send(self, port: int, payload: bytes, payload_type: int = 8, *, at: int | None = None) -> None:
        stamp = self.timestamp if at is None else at
        header = struct.pack("!BBHII", 0x80, payload_type, self.sequence, stamp, self.ssrc)
        self.sequence = (self.sequence + 1) % 65536
        self.sock.sendto(header + payload, ("127.0.0.1", port))

    def talk(self, port: int, codes: bytes, payload_type: int = 8) -> None:
        """Send audio at its own pace, 20 ms a packet."""
        due = time.monotonic()
        for start in range(0, len(codes), 160):
            self.send(port, codes[start : start + 160], payload_type)
            self.timestamp = (self.timestamp + 160) % 2**32
            due += 0.02
            time.sleep(max(due - time.monotonic(), 0))

    def press(self, port: int, event: int, payload_type: int = 101) -> None:
        """One key with every packet, ends repeated, all at once."""
        at = self.timestamp
        for flags, duration in [(10, 160), (10, 320), (0x8A, 480), (0x8A, 480), (0x8A, 480)]:
            self.send(port, struct.pack("!BBH", event, flags, duration), payload_type, at=at)
        self.timestamp = (self.timestamp + 1600) % 2**32

    def receive(self, count: int) -> list[Heard]:
        """The next ``count`` packets."""
        self.sock.settimeout(60)
        return [self._parse(self.sock.recv(2048)) for _ in range(count)]

    def receive_until(self, wanted: bytes, most: int = 500) -> list[Heard]:
        """Packets up to the first whose payload begins with ``wanted``."""
        heard = []
        while not heard or not heard[-1].payload.startswith(wanted):
            heard += self.receive(1)
            assert len(heard) < most
        return heard

    def receive_until_quiet(self, seconds: float) -> list[Heard]:
        """Packets until none has come for so long."""
        heard = []
        self.sock.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            while True:
                heard.append(self._parse(self.sock.recv(2048)))
        return heard

    def forget(self) -> None:
        """Drop what has come so far."""
        self.sock.setblocking(False)
        try:
            while True:
                self.sock.recv(2048)
        except BlockingIOError:
            pass

    def _parse(self, datagram: bytes) -> Heard:
        first, second, sequence, stamp, ssrc = struct.unpack("!BBHII", datagram[:12])
        assert first == 0x80
        return Heard(time.monotonic(), second & 0x7F, second > 127, sequence, stamp, ssrc, datagram[12:])


@dataclass
class Events:
    """Collects the loop's events and waits for some."""

    told: list[Any] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, event: Any) -> None:
        with self._news:
            self.told.append(event)
            self._news.notify_all()

    def of(self, kind: type) -> list[Any]:
        with self._news:
            return [event for event in self.told if isinstance(event, kind)]

    def wait(self, kind: type, count: int = 1) -> list[Any]:
        """The first ``count`` events of a kind, within a minute."""
        with self._news:
            arrived = self._news.wait_for(
                lambda: sum(isinstance(event, kind) for event in self.told) >= count, timeout=60
            )
        assert arrived, f"{count} × {kind.__name__} did not come, only {self.told}"
        return self.of(kind)[:count]
