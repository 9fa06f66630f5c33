"""How many new calls per second one node on one core begins, carries and ends.

The node is the real one, as a process of its own on one core: it claims, journals, renders, dials, speaks,
records, reports and uploads.  The telephone network is another process, and a lean centre is this one: it
hands out an order whenever one is due and keeps what it is told.  A call that any of the three does not
know to its end has failed.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
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

import numpy as np

from huifang.errors import N_, FileUnusable
from huifang.logic.voice_line import EndCause, EventKind, Order, TrunkAddress, to_json
from huifang.machine import this_machine
from huifang.voice.pstn.log import read_lines

_TOKEN = "bench"
_LONGEST_CALL_S = 6
_START_S = 60.0
_LAST_CALLS_S = 30.0
_GOOD_ENDS = {EndCause.HUNG_UP.value, EndCause.COMPLETED.value}


def run_setup(rate: float, seconds: int) -> dict[str, Any]:
    """Begin ``rate`` calls per second for ``seconds`` and tell how it went.

    ``cpu_share``: of one core, by the node.  ``setup_p99_ms``: from handing out the order to the INVITE at
    the far end.  ``rss_mb``: at every tenth of the calls, and when all are over.  ``fds`` and ``threads``: of the
    idle node before and after.  ``FileUnusable`` where a process does not start.
    """
    calls = round(rate * seconds)
    with tempfile.TemporaryDirectory(prefix="huifang-setup-") as name:
        folder = Path(name)
        log = folder / "telephone-network.jsonl"
        with (
            (folder / "processes.log").open("ab") as output,
            _telephone_network(log, output) as port,
            _serving(_Centre(port, rate, calls)) as (centre, url),
            _node(folder, url, calls=round(rate * _LONGEST_CALL_S), output=output) as pid,
        ):
            _wait(lambda: centre.claims > 0, _START_S)
            before = _Vitals.of(pid)
            centre.begin()
            rss_mb = []
            for tenth in range(1, 11):
                _wait(lambda due=calls * tenth // 10: centre.handed_out >= due, seconds)  # type: ignore[misc]
                rss_mb.append(_Vitals.of(pid).rss_mb)
            took_s, used_s = centre.since_begin_s, _Vitals.of(pid).cpu_s - before.cpu_s
            _wait(lambda: centre.over >= calls, _LAST_CALLS_S)
            after = _Vitals.of(pid)
        made = _Made.read(log)
    good = [call_id for call_id in centre.good_ends() if call_id in made.answered and call_id in made.ended]
    waits = [made.invited[call_id] - centre.handed_at[call_id] for call_id in good]
    p50, p99 = (1000 * np.percentile(waits, (50, 99))).tolist() if waits else (0.0, 0.0)
    return {
        "rate": rate,
        "seconds": round(took_s, 1),
        "calls": calls,
        "failed": calls - len(good),
        "calls_per_s": round(calls / took_s, 2),
        "cpu_share": round(used_s / took_s, 4),
        "cpu_ms_per_call": round(1000 * used_s / calls, 2),
        "setup_p50_ms": round(p50, 1),
        "setup_p99_ms": round(p99, 1),
        "at_once": made.most_at_once,
        "rss_mb": [*rss_mb, after.rss_mb],
        "fds": [before.fds, after.fds],
        "threads": [before.threads, after.threads],
        **this_machine(),
    }


# ---- the centre


@dataclass
class _Centre:
    """Hands out order after order, each when it is due, and keeps how the calls ended."""

    trunk_port: int
    rate: float
    calls: int
    claims: int = 0
    handed_out: int = 0
    over: int = 0
    handed_at: dict[str, float] = field(default_factory=dict)
    _ends: dict[str, bool] = field(default_factory=dict)
    _began: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """From now on orders are due."""
        self._began = time.monotonic()

    @property
    def since_begin_s(self) -> float:
        return time.monotonic() - self._began if self._began is not None else 0.0

    def good_ends(self) -> list[str]:
        """The calls of which the node said that somebody had answered and that they ended as they should."""
        return [call_id for call_id, is_good in self._ends.items() if is_good]

    def answer(self, path: str, body: bytes) -> dict[str, Any]:
        if path == "/api/voice/claim":
            with self._lock:
                return self._claim(json.loads(body))
        if path == "/api/voice/events":
            with self._lock:
                return self._take(json.loads(body)["events"])
        return {}  # a recording

    def _claim(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self.claims += 1
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
            if (
                event["kind"] in (EventKind.ENDED, EventKind.IN_DOUBT)
                and event["attempt_id"] not in self._ends
            ):
                data = event["data"]
                self._ends[event["attempt_id"]] = (
                    data.get("cause") in _GOOD_ENDS and data.get("talk_ms", 0) > 0
                )
                self.over += 1
        return {"refused": []}

    def _order(self, number: int) -> Order:
        return Order(
            attempt_id=uuid.uuid4().hex,
            fence=1,
            number=f"+86138{number:08d}",
            trunk=TrunkAddress("bench", "127.0.0.1", self.trunk_port, caller_id="02166668888"),
            script=_SCRIPT,
            facts={"customer.salutation": f"{_SURNAMES[number % len(_SURNAMES)]}女士"},
            language="zh-CN",
            transfer_targets=[],
            transfer_timeout_s=15.0,
            ring_timeout_s=30.0,
            dial_before=(datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        )


@contextmanager
def _serving(centre: _Centre) -> Iterator[tuple[_Centre, str]]:
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
        yield centre, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# ---- the other processes


@contextmanager
def _telephone_network(log: Path, output: IO[bytes]) -> Iterator[int]:
    """Everybody answers briefly; the SIP port."""
    command = [sys.executable, "-m", "huifang", "pstn", "--port", "0", "--log", str(log), "--only", "brief"]
    with _process(command, dict(os.environ), stdout=subprocess.PIPE, stderr=output) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise FileUnusable(path=log, reason=N_("the virtual telephone network did not start."))
        _pin(process.pid, -1)
        yield int(json.loads(line)["port"])


@contextmanager
def _node(folder: Path, url: str, *, calls: int, output: IO[bytes]) -> Iterator[int]:
    """The node with room for so many calls, alone on the first core where there are several; its pid."""
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
        "HUIFANG_ASR_MODEL": "",
    }
    command = [sys.executable, "-m", "huifang", "voice"]
    with _process(command, {**os.environ, **settings}, stdout=output, stderr=output) as process:
        _pin(process.pid, 0)
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


def _pin(pid: int, which: int) -> None:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(pid, {cores[which]})


@dataclass(frozen=True, slots=True)
class _Vitals:
    """What a process uses, as Linux tells it."""

    cpu_s: float
    rss_mb: float
    fds: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> _Vitals:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks, pages = int(after_name[11]) + int(after_name[12]), int(after_name[21])
        return cls(
            cpu_s=ticks / os.sysconf("SC_CLK_TCK"),
            rss_mb=round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1),
            fds=len(os.listdir(f"/proc/{pid}/fd")),
            threads=int(after_name[17]),
        )


@dataclass(slots=True)
class _Made:
    """What the far end saw, by Call-ID."""

    invited: dict[str, float] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    most_at_once: int = 0

    @classmethod
    def read(cls, log: Path) -> _Made:
        made = cls()
        for line in read_lines(log):
            call_id = str(line.get("call_id", ""))
            if line["kind"] == "invite":
                made.invited[call_id] = datetime.fromisoformat(line["at"]).timestamp()
                made.most_at_once = max(made.most_at_once, len(made.invited) - len(made.ended))
            elif line["kind"] == "answered":
                made.answered.add(call_id)
            elif line["kind"] == "ended":
                made.ended.add(call_id)
        return made


def _wait(claim: Callable[[], bool], longest_s: float) -> None:
    deadline = time.monotonic() + longest_s
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.02)


_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GOOD = {"zh-CN": "好的。"}
_SCRIPT: dict[str, Any] = {
    "schema": 1,
    "id": "bench_setup",
    "version": 1,
    "name": "bench",
    "purpose": "service",
    "languages": ["zh-CN"],
    "start": "opening",
    "slots": {"customer.salutation": {"zh-CN": ""}},
    "waiting_tune": "gentle",
    "callback_after_minutes": 60,
    "confirm_below": 0.7,
    "steps": [
        {
            "id": "opening",
            "kind": "say",
            "disclosure": True,
            "text": {
                "zh-CN": "您好，{customer.salutation}，我是智能语音助手，为了保证服务质量，本次通话会录音。"
            },
            "next": [{"go": "finish"}],
        },
        {"id": "finish", "kind": "end"},
    ],
    "endings": [{"id": "thanks", "words": {"zh-CN": "谢谢。"}, "tune": "gentle", "seconds": 5}],
    "replies": dict.fromkeys(("refused", "wrong_number", "declined", "transfer", "undone"), _GOOD)
    | {
        "robot": {"zh-CN": "我是智能语音助手，是机器人。"},
        "callback": {"zh-CN": "{callback.when}再打给您。"},
        "transfer_failed": {"zh-CN": "{callback.when}回电给您。"},
        "confirm": {"zh-CN": "{answer.label}，对吗？"},
    },
}
