"""The voice node is killed in the middle of its calls and started again by the supervisor."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from uuid import UUID

import httpx
from road.demonstration import Demonstration, demonstration

CALLS = 20


def rows(run: Demonstration, query: str) -> list[tuple[object, ...]]:
    """What the centre's database says now; read from outside, while it is in use."""
    path = run.figures.parent / "home-demo" / "huifang.sqlite3"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30) as database:
        return database.execute(query).fetchall()


def wait_until_talking(run: Demonstration, calls: int) -> None:
    deadline = time.monotonic() + 90
    while rows(run, "select count(*) from followups_attempt where state = 'talking'")[0][0] < calls:  # type: ignore[operator]
        assert time.monotonic() < deadline, run.output.read_text()
        time.sleep(0.2)


def pages(run: Demonstration) -> httpx.Client:
    """A signed-in person without a browser."""
    client = httpx.Client(base_url=run.url, follow_redirects=True, trust_env=False)
    form = client.get("/login/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token is not None
    answer = client.post(
        "/login/",
        data={"username": run.user, "password": run.password, "csrfmiddlewaretoken": token[1]},
        headers={"Referer": run.url + "/login/"},
    )
    assert answer.status_code == 200
    return client


def test_nobody_is_rung_twice_and_what_nobody_knows_is_shown_for_verification(tmp_path: Path) -> None:
    with demonstration(tmp_path, "--calls", str(CALLS)) as run:
        wait_until_talking(run, 8)
        ((pid,),) = rows(run, "select pid from work_processstate where name = 'voice'")
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGKILL)
        figures = run.wait_for_figures()
        assert (figures["doubled"], figures["lost"]) == (0, 0)
        assert figures["dialled"] == CALLS
        assert figures["in_doubt"] >= 8

        ((state, restarts, last_exit, again),) = rows(
            run, "select state, restarts, last_exit, pid from work_processstate where name = 'voice'"
        )
        assert (state, restarts, last_exit) == ("running", 1, "signal SIGKILL")
        assert again != pid

        with closing(pages(run)) as client:
            listed = client.get("/calls/", params={"state": "in_doubt"}).text
            assert listed.count("待核实") >= figures["in_doubt"]
            ((doubtful,),) = rows(run, "select id from followups_attempt where state = 'in_doubt' limit 1")
            page = client.get(f"/calls/{UUID(str(doubtful))}/")
            assert page.status_code == 200
            assert "待核实" in page.text
