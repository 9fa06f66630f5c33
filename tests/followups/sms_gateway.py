"""A gateway for text messages on loopback that can also behave badly; it keeps what it was given, as evidence."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from huifang.logic.message_line import IDEMPOTENCY, SIGNATURE, TIMESTAMP, signature

SECRET = "what-the-gateway-knows-too"


class SmsGateway:
    """``behave``: what it does with the next requests, in order, then ``ok`` for ever.

    ok · drop (takes it, then hangs up) · slow (takes it, answers nothing until ``let_go``) · a status number,
    of which only 500 and more have taken it.
    """

    def __init__(self) -> None:
        self.behave: list[str | int] = []
        self.taken: list[dict[str, Any]] = []
        self.asked: Counter[str] = Counter()
        self.bad_signatures = 0
        self.let_go = threading.Event()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                gateway._answer(self)

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/sms"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        data = json.loads(body)
        if request.headers[SIGNATURE] != signature(SECRET, request.headers[TIMESTAMP], body):
            self.bad_signatures += 1
        assert request.headers[IDEMPOTENCY] == data["key"]
        self.asked[data["key"]] += 1
        how = self.behave.pop(0) if self.behave else "ok"
        is_new = data["key"] not in {one["key"] for one in self.taken}
        if is_new and (isinstance(how, str) or how >= 500) and how != 503:
            self.taken.append(data)
        if how == "slow":
            self.let_go.wait(30)
        if how in ("drop", "slow"):
            request.close_connection = True
            return
        status = how if isinstance(how, int) else 200
        answer = json.dumps(
            {"id": f"m{len(self.taken)}"} if status == 200 else {"reason": f"told {status}"}
        ).encode()
        request.send_response(status)
        if status == 503:
            request.send_header("Retry-After", "90")
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)
