"""A lossy road between an agent and SIPp: it looks to each like the other, and loses what it is told to."""

from __future__ import annotations

import random
import re
import socket
import threading
from collections import Counter
from selectors import EVENT_READ, DefaultSelector

LOCAL = "127.0.0.1"


class LossyRelay:
    """Stands between two UDP ports of 127.0.0.1; ``port`` is where ``ours`` finds ``theirs``, ``back_port`` the reverse.

    :param lose: kinds (see ``kind``) of which the first copy is lost; the next comes through
    :param share: of everything else, lost by a die with ``seed``

    The ports that the messages name are replaced, so that no request takes a shorter way.
    """

    def __init__(self, *, lose: frozenset[str] = frozenset(), share: float = 0.0, seed: int = 0) -> None:
        self.lost: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        self._to_lose = set(lose)
        self._share, self._dice = share, random.Random(seed)
        self._front, self._back, self._bell = (_bound() for _ in range(3))
        self.port, self.back_port = (s.getsockname()[1] for s in (self._front, self._back))
        self._ours = self._theirs = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, ours: int, theirs: int) -> None:
        """Carry messages between these two ports."""
        self._ours, self._theirs = ours, theirs
        self._thread.start()

    def close(self) -> None:
        self._bell.sendto(b"", self._bell.getsockname())
        if self._thread.ident is not None:
            self._thread.join()
        for each in (self._front, self._back, self._bell):
            each.close()

    def _run(self) -> None:
        selector = DefaultSelector()
        for each in (self._front, self._back, self._bell):
            selector.register(each, EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is self._bell:
                    selector.close()
                    return
                if key.fileobj is self._front:
                    self._carry(self._front, self._back, self._theirs, self._ours, self.back_port)
                else:
                    self._carry(self._back, self._front, self._ours, self._theirs, self.port)

    def _carry(self, at: socket.socket, out: socket.socket, to: int, sender: int, shown: int) -> None:
        data = at.recv(65535)
        name = kind(data)
        if name in self._to_lose or self._dice.random() < self._share:
            self._to_lose.discard(name)
            self.lost[name] += 1
            return
        self.passed[name] += 1
        head, end, body = data.partition(b"\r\n\r\n")
        head = head.replace(f"{LOCAL}:{at.getsockname()[1]}".encode(), f"{LOCAL}:{to}".encode())
        head = head.replace(f"{LOCAL}:{sender}".encode(), f"{LOCAL}:{shown}".encode())
        out.sendto(head + end + body, (LOCAL, to))


def kind(data: bytes) -> str:
    """``BYE`` of a request, ``200 BYE`` of an answer."""
    head = data.partition(b"\r\n\r\n")[0].decode(errors="replace")
    first = head.split(" ", 2)
    if first[0] != "SIP/2.0":
        return first[0]
    method = re.search(r"^CSeq:\s*\d+\s+(\w+)", head, re.MULTILINE | re.IGNORECASE)
    return f"{first[1]} {method[1] if method else ''}".strip()


def _bound() -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.bind((LOCAL, 0))
    return found
