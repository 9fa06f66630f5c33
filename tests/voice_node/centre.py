"""A centre for tests: the voice line's contract over HTTP, in memory, strict about what it accepts."""

from __future__ import annotations

import json
import threading
import uuid
from collections import defaultdict
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from huifang.logic.voice_line import Event, EventKind, Order, TrunkAddress, event_from_json, to_json

TOKEN = "a-token-for-tests"


@dataclass
class FakeCentre:
    """Hands out ``orders`` once each and keeps every event under (attempt, seq)."""

    orders: list[Order] = field(default_factory=list)
    trunks: list[TrunkAddress] = field(default_factory=list)
    """with these the node is to register"""
    for_callers: list[Order] = field(default_factory=list)
    """what callers are answered with, one each; nobody is answered without one"""
    callers: list[dict[str, Any]] = field(default_factory=list)
    refuse_dialling: set[str] = field(default_factory=set)
    """attempts whose DIALLING is refused"""
    is_away: bool = False
    """answers 503 to everything"""
    is_deaf: bool = False
    """hands out orders but answers 503 to events"""
    lose_answers: int = 0
    """so many event batches are stored, but their answer never arrives"""
    events: dict[str, dict[int, Event]] = field(default_factory=lambda: defaultdict(dict))
    recordings: dict[str, bytes] = field(default_factory=dict)
    tunes: dict[str, bytes] = field(default_factory=dict)
    """uploaded tunes by key"""
    fetched: list[str] = field(default_factory=list)
    """the keys of tunes that nodes asked for"""
    knowledge: dict[str, list[Any]] = field(default_factory=dict)
    """editions of the knowledge base by name"""
    asked_knowledge: list[str] = field(default_factory=list)
    """the editions that nodes asked for"""
    turned_away: int = 0
    """requests that came while it was away"""
    claims: list[dict[str, Any]] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    """the same (attempt, seq) twice with different content"""
    unauthorised: int = 0
    gives_out_again: bool = True
    """numbers that certainly did not ring are handed out under a new attempt"""
    handed_out: dict[str, Order] = field(default_factory=dict)
    given_back: set[str] = field(default_factory=set)
    """attempts that certainly rang nobody; their numbers are handed out again"""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> str:
        """Serve on a free port; the URL."""
        centre = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                centre._serve(self, json.loads(self._body() or b"{}"))

            def do_PUT(self) -> None:
                centre._serve(self, self._body())

            def do_GET(self) -> None:
                centre._serve(self, None)

            def _body(self) -> bytes:
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    # ---- what tests ask

    def kinds(self, attempt_id: str) -> list[EventKind]:
        return [e.kind for e in self.of(attempt_id)]

    def of(self, attempt_id: str, kind: EventKind | None = None) -> list[Event]:
        with self._lock:
            found = sorted(self.events[attempt_id].values(), key=lambda e: e.seq)
        return [e for e in found if kind is None or e.kind is kind]

    def end_of(self, attempt_id: str) -> Event | None:
        return next(iter(self.of(attempt_id, EventKind.ENDED)), None)

    def is_settled(self, attempt_id: str) -> bool:
        return any(k in (EventKind.ENDED, EventKind.IN_DOUBT) for k in self.kinds(attempt_id))

    def fates(self) -> dict[str, list[EventKind]]:
        """Number → how each attempt that may have rung it ended."""
        found: dict[str, list[EventKind]] = defaultdict(list)
        for attempt_id, order in list(self.handed_out.items()):
            if attempt_id in self.given_back:
                continue
            kinds = self.kinds(attempt_id)
            last = [k for k in kinds if k in (EventKind.ENDED, EventKind.IN_DOUBT)]
            if last:
                found[order.number].append(last[-1])
        return found

    # ---- the contract

    def _serve(self, request: Any, body: Any) -> None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.unauthorised += 1
            return self._answer(request, 401, {})
        if self.is_away or (self.is_deaf and request.path == "/api/voice/events"):
            self.turned_away += 1
            return self._answer(request, 503, {})
        if request.path.startswith("/api/voice/knowledge/"):
            return self._send_knowledge(request, request.path.rpartition("/")[2])
        if request.path.startswith("/api/voice/tunes/"):
            return self._send_tune(request, request.path.rpartition("/")[2])
        with self._lock:
            if request.path == "/api/voice/claim":
                answer: dict[str, Any] = self._claim(body)
            elif request.path == "/api/voice/inbound":
                self.callers.append(body)
                found = self.for_callers.pop(0) if self.for_callers else None
                answer = {"order": to_json(found) if found else None}
            elif request.path == "/api/voice/events":
                answer = self._take(body)
                if self.lose_answers > 0:
                    self.lose_answers -= 1
                    request.close_connection = True
                    request.connection.close()
                    return None
            elif request.path.startswith("/api/voice/recordings/"):
                self.recordings[request.path.rpartition("/")[2]] = body
                answer = {}
            else:
                return self._answer(request, 404, {})
        return self._answer(request, 200, answer)

    def _claim(self, body: dict[str, Any]) -> dict[str, Any]:
        self.claims.append(body)
        orders = self.orders[: body["free"]]
        del self.orders[: body["free"]]  # the same list: a test may be in the middle of adding to it
        self.handed_out.update((order.attempt_id, order) for order in orders)
        trunks = [to_json(trunk) for trunk in self.trunks]
        return {"orders": [to_json(order) for order in orders], "trunks": trunks}

    def _take(self, body: dict[str, Any]) -> dict[str, Any]:
        refused = []
        for data in body["events"]:
            event = event_from_json(data)
            if event.attempt_id in self.refuse_dialling | self.given_back:
                refused.append(event.attempt_id)
                continue
            stored = self.events[event.attempt_id]
            if event.kind is EventKind.IN_DOUBT and not stored:  # the node died before it had asked
                self._give_back(event.attempt_id)
                refused.append(event.attempt_id)
                continue
            known = stored.setdefault(event.seq, event)
            if known != event:
                self.conflicts.append(f"{event.attempt_id} {event.seq}: {known} and {event}")
            elif event.kind is EventKind.ENDED and event.data.get("dialled") is False:
                self._give_back(event.attempt_id)  # certainly not rung: to be tried again
        return {"refused": sorted(set(refused))}

    def _give_back(self, attempt_id: str) -> None:
        """The number is handed out again under a new attempt."""
        if self.gives_out_again and attempt_id not in self.given_back:
            self.given_back.add(attempt_id)
            again = replace(self.handed_out[attempt_id], attempt_id=uuid.uuid4().hex)
            self.orders.append(again)

    def _send_tune(self, request: Any, key: str) -> None:
        self.fetched.append(key)
        if key not in self.tunes:
            return self._answer(request, 404, {})
        return self._answer(request, 200, self.tunes[key])

    def _send_knowledge(self, request: Any, edition: str) -> None:
        self.asked_knowledge.append(edition)
        if edition not in self.knowledge:
            return self._answer(request, 404, {})
        return self._answer(request, 200, {"articles": self.knowledge[edition]})

    @staticmethod
    def _answer(request: Any, status: int, body: dict[str, Any] | bytes) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            request.send_response(status)
            request.send_header("Content-Type", "application/json")
            request.send_header("Content-Length", str(len(data)))
            request.end_headers()
            request.wfile.write(data)
        except OSError:
            pass
