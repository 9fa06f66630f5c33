"""What many open boards cost the server."""

from __future__ import annotations

import os
import re
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc"),
]


def connections_to_the_database(pid: int) -> int:
    names = []
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            names.append(os.readlink(f"/proc/{pid}/fd/{number}"))
        except FileNotFoundError:
            continue  # closed meanwhile
    return sum(name.endswith("huifang.sqlite3") for name in names)


def threads(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"Threads:\s+(\d+)", status)[1])


def settles(value, wanted: int) -> bool:
    """``value()`` comes down to ``wanted``, sooner or later."""
    deadline = time.monotonic() + 30
    while value() > wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    return value() <= wanted


def test_open_boards_hold_no_database_connection_and_leave_nothing_behind(site):
    session = site.run(
        "from django.test import Client\n"
        "c = Client(); c.force_login(User.objects.get(username='admin')); print(c.cookies['huifang_session'].value)"
    )
    before = threads(site.pid)
    listeners = []
    for _ in range(40):
        listener = HTTPConnection(urlsplit(site.url).netloc, timeout=30)
        headers = {"Cookie": f"huifang_session={session}", "Accept": "text/event-stream"}
        listener.request("GET", "/board/stream/", headers=headers)
        listeners.append((listener, listener.getresponse()))
    for _, reply in listeners:
        assert reply.status == 200
        assert reply.headers["Content-Type"] == "text/event-stream"
        while not reply.readline().startswith(b"event: board"):
            pass
    # The main thread's own, the look's, and what SQLite keeps to use again (a file is not closed while
    # another connection of the process holds a lock on it); but not one for each of forty listeners.
    assert settles(lambda: connections_to_the_database(site.pid), 5)
    for listener, reply in listeners:
        reply.close()
        listener.close()
    assert settles(lambda: threads(site.pid), before + 5)


def test_a_stream_needs_a_login(site):
    caller = HTTPConnection(urlsplit(site.url).netloc, timeout=30)
    caller.request("GET", "/board/stream/", headers={"Accept": "text/event-stream"})
    assert caller.getresponse().status == 403
    caller.close()
