"""``huifang bench crash``: thousands of calls through real processes that are killed all the time.

Everything is the real thing: web server, workers and voice nodes as processes, a database server, and a
telephone network that answers and keeps its own log.  The verdict is drawn from that log.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import typer

from huifang.crash.blows import Blow, Kind, draw_blows
from huifang.crash.fleet import Fleet
from huifang.crash.postgres import PrivatePostgres, server_programs
from huifang.crash.verdict import Kill, Verdict, judge
from huifang.crash.world import (
    Standing,
    database_version,
    failed_jobs,
    fresh_environment,
    people_the_world,
    standing,
    what_is_owed,
)
from huifang.demo.run import telephone_network
from huifang.demo.sample import DEMO_START
from huifang.demo.world import free_tcp_port, free_udp_port
from huifang.errors import N_, SettingInvalid
from huifang.machine import this_machine
from huifang.voice.journal import undelivered
from huifang.voice.pstn.log import read_lines

SEATS = 15
"""Calls at once per node: what one kill can put in doubt."""
FREEZE_S = 50.0
"""Longer than the lease of an attempt, so that the centre gives the node up meanwhile."""
_ROOM = 10
"""The trunk's channels per seat: a call in doubt holds its channel for a lease, and kills come faster."""
_STALL_S, _LAST_STALL_S = 20.0, 6.0
"""No telephone has rung for so long: during the blows, and when all have fallen and only leases are left."""
_LONGEST_S = 1800.0
_SETTLE_S = 180.0
_JUMP = timedelta(minutes=15)
_MOST_JUMPS = 8
"""More are not needed by any call that is not stuck; on a busy machine a call may be put off several times."""
_SAY_EVERY_S = 5.0
_DATABASE_DOWN_S = 1.5


@dataclass(slots=True)
class Crash:
    """What is to be done, and what has been done so far."""

    calls: int
    kills: int
    seed: int
    nodes: int
    workers: int
    freezes: int
    stops: int
    home: Path
    server: PrivatePostgres | None
    killed: Counter[str] = field(default_factory=Counter)
    node_kills: list[Kill] = field(default_factory=list)
    frozen: int = 0
    stopped: int = 0
    jumps: int = 0
    offset: timedelta = timedelta()
    began: float = field(default_factory=time.monotonic)
    said_at: float = -_SAY_EVERY_S
    rung: int = 0
    _read_bytes: int = 0

    @property
    def far_end_log(self) -> Path:
        return self.home / "telephone-network.jsonl"

    def count_rings(self) -> int:
        """How many telephones the far end has rung so far."""
        with self.far_end_log.open("rb") as log:
            log.seek(self._read_bytes)
            whole = log.read().rpartition(b"\n")[0]
        self._read_bytes += len(whole) + 1 if whole else 0
        self.rung += whole.count(b'"kind": "invite"')
        return self.rung


def run_crash(
    *, calls: int, kills: int, seed: int, nodes: int, workers: int, freezes: int, database: str
) -> tuple[dict[str, Any], bool]:
    """Make ``calls`` calls under ``kills`` kills; the figures, and whether nobody was rung twice or forgotten.

    ``database``: ``auto`` (a private PostgreSQL where its programs are, SQLite otherwise), ``sqlite``, or
    the URL of an empty PostgreSQL database, which is not stopped.  What a bad run leaves is kept.
    """
    folder = Path(tempfile.mkdtemp(prefix="huifang-crash-"))
    is_clean = False
    try:
        with _database(folder, database) as (server, url):
            crash = Crash(
                calls, kills, seed, nodes, workers, freezes, 2 if server else 0, folder / "home", server
            )
            figures, is_clean = _run(crash, url)
    finally:
        if is_clean:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            typer.echo(f"What the run has left is in {folder}", err=True)
    return figures, is_clean


@contextmanager
def _database(folder: Path, wanted: str) -> Iterator[tuple[PrivatePostgres | None, str]]:
    programs = server_programs() if wanted == "auto" else None
    if programs is None:
        if wanted not in ("auto", "sqlite") and not wanted.startswith("postgres"):
            raise SettingInvalid(
                name="--database", value=wanted, mend=N_("give auto, sqlite or postgres://….")
            )
        yield None, wanted if wanted.startswith("postgres") else ""
        return
    folder.chmod(0o711)  # the server runs under an account of its own
    server = PrivatePostgres(programs, folder / "postgres")
    try:
        server.start()
        yield server, server.url
    finally:
        server.close()


def _run(crash: Crash, url: str) -> tuple[dict[str, Any], bool]:
    crash.offset = DEMO_START - datetime.now(UTC)
    trunk_port = free_udp_port()
    environment = fresh_environment(
        crash.home,
        trunk_port=trunk_port,
        web_port=free_tcp_port(),
        database_url=url,
        clock_offset_s=crash.offset.total_seconds(),
    )
    people_the_world(environment, crash.calls, most_at_once=SEATS * crash.nodes * _ROOM)
    with (
        (crash.home / "processes.log").open("ab") as output,
        telephone_network(trunk_port, crash.seed, crash.far_end_log, output, "--only", "brief"),
    ):
        _under_fire(crash, output)
        _settle(crash, output)
    verdict = judge(read_lines(crash.far_end_log), what_is_owed(crash.seed), crash.node_kills)
    failed = failed_jobs()
    figures = _figures(crash, verdict, failed)
    is_complete = sum(crash.killed.values()) == crash.kills
    return figures, verdict.is_clean and not failed and is_complete


# ---- under fire


def _under_fire(crash: Crash, output: IO[bytes]) -> None:
    """Let the calls be made while the blows fall, until nothing is left to be done or nothing moves any more."""
    fleet = _fleet(crash, output)
    fleet.start()
    try:
        blows = draw_blows(
            crash.seed,
            calls=crash.calls,
            kills=crash.kills,
            freezes=crash.freezes,
            stops=crash.stops,
            nodes=fleet.nodes,
            workers=fleet.workers,
        )
        for blow in blows:
            _wait(crash, lambda due=blow.after_calls: crash.count_rings() >= due)  # type: ignore[misc]
            time.sleep(blow.pause_s)
            _strike(crash, fleet, blow)
        fleet.wait_for_frozen()
        _wait(crash, lambda: _is_over(crash), _LAST_STALL_S)
    finally:
        fleet.stop()


def _strike(crash: Crash, fleet: Fleet, blow: Blow) -> None:
    if blow.kind is Kind.DATABASE:
        assert crash.server is not None
        crash.server.stop_at_once()
        time.sleep(_DATABASE_DOWN_S)
        crash.server.start()
        crash.stopped += 1
    elif blow.kind is Kind.FREEZE:
        crash.frozen += not fleet.is_frozen(blow.victim) and fleet.freeze(blow.victim, FREEZE_S)
    else:
        victim = next(
            (n for n in fleet.nodes if fleet.is_frozen(blow.victim) and n != blow.victim), blow.victim
        )
        if fleet.kill(victim):
            crash.killed[victim] += 1
            if victim in fleet.nodes:
                crash.node_kills.append(Kill(victim, datetime.now(UTC)))


# ---- settling


def _settle(crash: Crash, output: IO[bytes]) -> None:
    """Move the clock on and start everything again, so that what was leased to the dead or put off after a
    fault of ours is due now; until everything that can be done has been done."""
    for _ in range(_MOST_JUMPS):
        found = _standing(crash)
        if found is not None and found.is_over and not found.put_off_unrung and not _undelivered(crash):
            return
        crash.jumps += 1
        crash.offset += _JUMP
        os.environ["HUIFANG_CLOCK_OFFSET"] = str(crash.offset.total_seconds())
        fleet = _fleet(crash, output)
        fleet.start()
        try:  # no shorter patience: on a busy machine it takes a while until the first telephone rings
            _wait(crash, lambda: _is_over(crash), _SETTLE_S)
        finally:
            fleet.stop()


def _undelivered(crash: Crash) -> int:
    """Events that nodes still have to tell."""
    return sum(undelivered(path) for path in crash.home.glob("node-*.journal"))


def _is_over(crash: Crash) -> bool:
    found = _standing(crash)
    return found is not None and found.is_over and not _undelivered(crash)


def _standing(crash: Crash) -> Standing | None:
    """None while the database cannot say."""
    from django.db import DatabaseError, connection

    try:
        return standing(datetime.now(UTC) + crash.offset)
    except DatabaseError:
        return None
    finally:
        with suppress(DatabaseError):
            connection.close()


def _wait(crash: Crash, claim: Callable[[], bool], stall_s: float = _STALL_S) -> None:
    """Until ``claim`` holds, or no telephone has rung for a while: then nothing more comes of itself."""
    rung, moved_at = -1, time.monotonic()
    while not claim():
        if crash.count_rings() != rung:
            rung, moved_at = crash.rung, time.monotonic()
        if time.monotonic() - moved_at > stall_s or time.monotonic() - crash.began > _LONGEST_S:
            return
        _say(crash)
        time.sleep(0.1)


def _say(crash: Crash) -> None:
    elapsed = time.monotonic() - crash.began
    if elapsed - crash.said_at >= _SAY_EVERY_S:
        crash.said_at = elapsed
        done = sum(crash.killed.values())
        typer.echo(
            f"{elapsed:4.0f} s  rung {crash.rung} of {crash.calls}  killed {done} of {crash.kills}"
            f"  database stopped {crash.stopped} of {crash.stops}",
            err=True,
        )


def _fleet(crash: Crash, output: IO[bytes]) -> Fleet:
    from huifang.commands.up import child_environment

    return Fleet(child_environment(), nodes=crash.nodes, workers=crash.workers, seats=SEATS, output=output)


def _figures(crash: Crash, verdict: Verdict, failed: int) -> dict[str, Any]:
    return {
        "calls": crash.calls,
        "kills": sum(crash.killed.values()),
        "doubled": verdict.doubled,
        "lost": verdict.lost,
        "unknown": verdict.unknown,
        "in_flight": verdict.in_flight,
        "unrecorded": verdict.unrecorded,
        "rung": verdict.rung,
        "answered": verdict.answered,
        "put_off": verdict.put_off,
        "jobs_failed": failed,
        "killed": dict(sorted(crash.killed.items())),
        "freezes": crash.frozen,
        "postgres_stops": crash.stopped,
        "clock_jumps": crash.jumps,
        "nodes": crash.nodes,
        "workers": crash.workers,
        "database": database_version(),
        "seed": crash.seed,
        "seconds": round(time.monotonic() - crash.began, 1),
        **this_machine(),
    }
