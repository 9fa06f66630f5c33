"""The far end of the demonstration's text messages: a gateway on loopback that checks what it is given and writes
it down.  Nothing leaves this machine."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from huifang.logic.message_line import SIGNATURE, TIMESTAMP, is_signed

_LARGEST = 64 * 1024


class TextGateway:
    """Takes one message per key, however often it is told, and tells of it in ``log``, one JSON object a line."""

    def __init__(self) -> None:
        self.log: Path | None = None
        self.secret = secrets.token_urlsafe(24)
        self._taken: dict[str, str] = {}
        self._lock = threading.Lock()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST))
                status, answer = gateway.take(self.headers, body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    def settings(self, public_url: str) -> dict[str, str]:
        """What the installation has to know of it."""
        return {
            "HUIFANG_SMS_URL": f"http://127.0.0.1:{self.server.server_port}/messages",
            "HUIFANG_SMS_KEY": self.secret,
            "HUIFANG_SMS_SENDER": "花颜美妆",
            "HUIFANG_SMS_IDEMPOTENT": "1",
            "HUIFANG_PUBLIC_URL": public_url,
        }

    @property
    def count(self) -> int:
        """How many messages it has taken."""
        return len(self._taken)

    def take(self, headers: Any, body: bytes) -> tuple[int, dict[str, str]]:
        """The status and the answer to one request."""
        timestamp, given = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
        if not is_signed(self.secret, timestamp, body, given, time.time()):
            return 401, {"reason": "the signature is wrong"}
        message = json.loads(body)
        with self._lock:
            key = str(message["key"])
            if key not in self._taken:
                self._taken[key] = f"demo-{len(self._taken) + 1}"
                if self.log is not None:
                    with self.log.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(message, ensure_ascii=False) + "\n")
            return 200, {"id": self._taken[key]}


@contextmanager
def text_gateway() -> Iterator[TextGateway]:
    """A gateway that answers until this ends."""
    gateway = TextGateway()
    thread = threading.Thread(target=gateway.server.serve_forever, name="text-gateway", daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.server.shutdown()
        gateway.server.server_close()
