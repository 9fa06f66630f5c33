"""``huifang up``: web, work, voice and the softphone gateway, kept alive, and gone when it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from huifang.commands.up import process_commands


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def up(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    """A running ``huifang up`` with its URL and the file of what it prints."""
    port, output = free_port(socket.SOCK_STREAM), folder / "output.txt"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HUIFANG_", "DJANGO_"))} | {
        "HUIFANG_HOME": str(folder / "home"),
        "HUIFANG_WEB_PORT": str(port),
        "HUIFANG_SIP_PORT": str(free_port(socket.SOCK_DGRAM)),
    }
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "huifang", "up"], env=environment, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        yield process, f"http://127.0.0.1:{port}", output
    finally:
        process.terminate()
        process.wait(60)


def wait_for(claim: Callable[[], Any], output: Path, seconds: float = 90.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := claim()):
        assert time.monotonic() < deadline, output.read_text(errors="replace")
        time.sleep(0.2)
    return found


def processes(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Name → state, pid, restarts, as the board shows them."""
    path = folder / "home" / "huifang.sqlite3"
    if not path.exists():
        return {}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
        try:
            found = database.execute("select name, state, pid, restarts from work_processstate").fetchall()
        except sqlite3.OperationalError:  # not migrated yet
            return {}
    return {name: (state, pid, restarts) for name, state, pid, restarts in found}


def are_running(folder: Path) -> bool:
    found = processes(folder)
    return len(found) == len(process_commands()) and all(state == "running" for state, _, _ in found.values())


def answers(url: str) -> bool:
    try:
        return httpx.get(url + "/login/", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_first_start_makes_a_login_and_every_process_is_kept_alive_until_the_end(tmp_path: Path) -> None:
    with up(tmp_path) as (process, url, output):
        wait_for(lambda: are_running(tmp_path) and answers(url), output)
        assert re.search(r"admin / \S{8,}", output.read_text())
        before = processes(tmp_path)
        for name in before.keys() - {"web"}:
            os.kill(before[name][1], signal.SIGKILL)
        wait_for(lambda: are_running(tmp_path) and processes(tmp_path)["voice"][2] == 1, output)
        for name in before.keys() - {"web"}:
            wait_for(lambda name=name: processes(tmp_path)[name][2] == 1, output)
        after = processes(tmp_path)
        assert after["web"] == before["web"]
        assert after["voice"][1] != before["voice"][1]
        process.terminate()
        assert process.wait(60) == 0
        assert not any(is_alive(pid) for _, pid, _ in after.values())
        assert {state for state, _, _ in processes(tmp_path).values()} == {"stopped"}


def test_nothing_is_left_behind_when_it_is_killed(tmp_path: Path) -> None:
    with up(tmp_path) as (process, url, output):
        wait_for(lambda: are_running(tmp_path) and answers(url), output)
        pids = [pid for _, pid, _ in processes(tmp_path).values()]
        process.kill()
        process.wait()
        wait_for(lambda: not any(is_alive(pid) for pid in pids), output)
