"""Kamailio as the trunk's registrar and proxy: digest, Record-Route, and one place for all other numbers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

LOCAL = "127.0.0.1"
USER, PASSWORD = "trunk-user", "s3cret"

_CONFIGURATION = """#!KAMAILIO
debug=0
log_stderror=yes
fork=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:{port}
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "auth.so"
modparam("registrar", "min_expires", 1)
modparam("rr", "append_fromtag", 1)
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); exit; }}
        if (is_method("ACK") && t_check_trans()) {{ t_relay(); exit; }}
        if (!is_method("ACK")) sl_send_reply("404", "Not here");
        exit;
    }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    t_check_trans();
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("127.0.0.1", "{password}", "0")) {{ www_challenge("127.0.0.1", "1"); exit; }}
        save("location");
        exit;
    }}
    record_route();
    if ($rU == "{user}") {{
        if (!lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
    }} else {{
        $du = "sip:127.0.0.1:{callee}";
    }}
    t_relay();
}}
"""


@dataclass
class Kamailio:
    """A running proxy on ``port``; ``USER`` is looked up among the registered, all else goes to one place."""

    port: int


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOCAL, 0))
        probe.settimeout(0.2)
        mine = probe.getsockname()[1]
        probe.sendto(
            f"OPTIONS sip:{USER}@{LOCAL}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {LOCAL}:{mine};branch=z9hG4bK{mine}\r\n"
            f"From: <sip:test@{LOCAL}>;tag=1\r\nTo: <sip:{USER}@{LOCAL}>\r\nCall-ID: {mine}\r\n"
            "CSeq: 1 OPTIONS\r\nMax-Forwards: 5\r\nContent-Length: 0\r\n\r\n".encode(),
            (LOCAL, port),
        )
        try:
            return bool(probe.recv(4096))
        except OSError:
            return False


@pytest.fixture
def kamailio(tmp_path: Path) -> Iterator[Callable[[int], Kamailio]]:
    """Starts a proxy whose calls to unknown numbers go to 127.0.0.1:``callee``; ended with the test."""
    program = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin")
    if program is None:
        pytest.skip("kamailio is not installed (Debian: kamailio)")
    processes: list[subprocess.Popen[bytes]] = []

    def start(callee: int = 9) -> Kamailio:
        port = _free_port()
        folder = tmp_path / f"kamailio-{port}"
        folder.mkdir()
        configuration = folder / "kamailio.cfg"
        configuration.write_text(
            _CONFIGURATION.format(port=port, callee=callee, user=USER, password=PASSWORD)
        )
        command = [program, "-f", str(configuration), "-DD", "-E", "-m", "16", "-M", "4", "-Y", str(folder)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        processes.append(process)
        deadline = time.monotonic() + 30
        while not _answers(port):
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, (folder / "log").read_text()[-2000:]
        return Kamailio(port)

    yield start
    for process in processes:
        try:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        except ProcessLookupError:
            process.wait()
