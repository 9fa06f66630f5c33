"""A real node, the virtual telephone network and a lean centre on loopback: for benches and rehearsals.

The node and the network are processes of their own; the centre is this one.  It hands out an order whenever
one is due and keeps what it is told.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

from huifang.env import Ears
from huifang.errors import N_, FileUnusable
from huifang.logic.voice_line import EventKind, Order, TrunkAddress, to_json

_TOKEN = "bench"


@dataclass
class LeanCentre:
    """Hands out order after order, each when it is due, and keeps how the calls ended.

    :param trunk_port: of the telephone network
    :param rate: orders per second
    :param calls: how many orders there are
    :param script: of every order
    :param facts: of the order with this number
    """

    trunk_port: int
    rate: float
    calls: int
    script: Mapping[str, Any]
    facts: Callable[[int], dict[str, Any]]
    claims: int = 0
    handed_out: int = 0
    handed_at: dict[str, float] = field(default_factory=dict)
    stats: Mapping[str, Any] = field(default_factory=dict)
    """What the node told of itself with its last claim."""
    events: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    """Attempt id → its events, each once, in the order they came."""
    _ended: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _began: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """From now on orders are due."""
        self._began = time.monotonic()

    @property
    def since_begin_s(self) -> float:
        return time.monotonic() - self._began if self._began is not None else 0.0

    @property
    def over(self) -> int:
        """How many calls have ended."""
        return len(self._ended)

    def ends(self) -> dict[str, Mapping[str, Any]]:
        """Attempt id → the data of its ENDED (or IN_DOUBT) event."""
        return dict(self._ended)

    def answer(self, path: str, body: bytes) -> dict[str, Any]:
        """The answer to one request of the node."""
        if path == "/api/voice/claim":
            with self._lock:
                return self._claim(json.loads(body))
        if path == "/api/voice/events":
            with self._lock:
                return self._take(json.loads(body)["events"])
        return {}  # a recording

    def _claim(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self.claims += 1
        self.stats = request["stats"]
        due = min(self.calls, int(self.since_begin_s * self.rate))
        orders = []
        for number in range(self.handed_out, min(due, self.handed_out + int(request["free"]))):
            order = self._order(number)
            self.handed_at[order.attempt_id] = time.time()
            orders.append(to_json(order))
        self.handed_out += len(orders)
        return {"orders": orders, "trunks": []}

    def _take(self, events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        for event in events:
            known = self.events.setdefault(event["attempt_id"], [])
            if all(event["seq"] != other["seq"] for other in known):
                known.append(event)
            if event["kind"] in (EventKind.ENDED, EventKind.IN_DOUBT):
                self._ended.setdefault(event["attempt_id"], event["data"])
        return {"refused": []}

    def _order(self, number: int) -> Order:
        return Order(
            attempt_id=uuid.uuid4().hex,
            fence=1,
            number=f"+86138{number:08d}",
            trunk=TrunkAddress("bench", "127.0.0.1", self.trunk_port, caller_id="02166668888"),
            script=dict(self.script),
            facts=self.facts(number),
            language="zh-CN",
            transfer_targets=[],
            transfer_timeout_s=15.0,
            ring_timeout_s=30.0,
            dial_before=(datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        )


@contextmanager
def serving(centre: LeanCentre) -> Iterator[str]:
    """Serve the voice line of ``centre``; its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # head and body in one packet
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            answer = centre.answer(self.path, self.rfile.read(int(self.headers.get("Content-Length", 0))))
            data = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_PUT = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="centre")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# ---- the other processes


@contextmanager
def telephone_network(log: Path, output: IO[bytes], *, only: str = "", seed: int = 7) -> Iterator[int]:
    """The virtual telephone network, on the last core; its SIP port.  ``only``: how everybody behaves.
    ``FileUnusable`` where it does not start."""
    command = [sys.executable, "-m", "huifang", "pstn", "--port", "0", "--log", str(log), "--seed", str(seed)]
    command += ["--only", only] if only else []
    with _process(command, dict(os.environ), stdout=subprocess.PIPE, stderr=output) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise FileUnusable(path=log, reason=N_("the virtual telephone network did not start."))
        pin_process(process.pid, -1)
        yield int(json.loads(line)["port"])


@contextmanager
def node(folder: Path, url: str, *, calls: int, output: IO[bytes], asr_model: str = "") -> Iterator[int]:
    """The node with room for so many calls, alone on the first core where there are several; its pid.

    It hears with ``asr_model``, or by keys only, whatever recogniser this shell's settings name.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        sip_port = probe.getsockname()[1]
    settings = {
        "HUIFANG_HOME": str(folder),
        "HUIFANG_CENTRE_URL": url,
        "HUIFANG_VOICE_TOKEN": _TOKEN,
        "HUIFANG_TRUNK": "",
        "HUIFANG_SIP_HOST": "127.0.0.1",
        "HUIFANG_SIP_PORT": str(sip_port),
        "HUIFANG_NODE": "bench",
        "HUIFANG_NODE_SEATS": str(calls),
        "HUIFANG_EARS": Ears.SHERPA if asr_model else Ears.NONE,
        "HUIFANG_ASR_MODEL": asr_model,
    }
    command = [sys.executable, "-m", "huifang", "voice"]
    with _process(command, {**os.environ, **settings}, stdout=output, stderr=output) as process:
        pin_process(process.pid, 0)
        yield process.pid


@contextmanager
def _process(
    command: Sequence[str], environment: Mapping[str, str], **files: Any
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, **files)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def pin_process(pid: int, which: int) -> None:
    """Keep a process to one core, counted from the first (0) or the last (-1)."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(pid, {cores[which]})


def wait_for(claim: Callable[[], bool], longest_s: float) -> None:
    """Wait until ``claim`` is true, at most ``longest_s``."""
    deadline = time.monotonic() + longest_s
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.02)
