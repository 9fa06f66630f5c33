"""One centre and several voice nodes on a narrow trunk; nodes are killed while they call.

A process of its own (``python several_nodes.py HOME DATABASE_URL``): it sets Django up for a database that is
not the tests' own.  What it found it prints as JSON; whether that is right the test says.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from huifang.crash.fleet import Fleet
from huifang.crash.verdict import Kill, judge
from huifang.crash.world import fresh_environment, people_the_world, standing, what_is_owed
from huifang.demo.run import telephone_network
from huifang.demo.sample import DEMO_START
from huifang.demo.world import free_tcp_port, free_udp_port
from huifang.voice.pstn.log import read_lines

CALLS, NODES, SEATS = 30, 3, 10
AT_ONCE, PER_S = 12, 6.0
KILLS_AFTER = (6, 14)  # INVITEs
LONGEST_S = 120.0
SEED = 7


def main(home: Path, database_url: str) -> dict[str, object]:
    offset = DEMO_START - datetime.now(UTC)
    trunk_port = free_udp_port()
    environment = fresh_environment(
        home,
        trunk_port=trunk_port,
        web_port=free_tcp_port(),
        database_url=database_url,
        clock_offset_s=offset.total_seconds(),
    )
    people_the_world(environment, CALLS, most_at_once=AT_ONCE)
    from huifang.commands.up import child_environment
    from huifang.followups.models import Attempt, Trunk

    Trunk.objects.update(calls_per_s=PER_S)
    log, kills = home / "far-end.jsonl", []
    with (
        (home / "processes.log").open("ab") as output,
        telephone_network(trunk_port, SEED, log, output, "--only", "brief"),
    ):
        fleet = Fleet(child_environment(), nodes=NODES, workers=1, seats=SEATS, output=output)
        fleet.start()
        try:
            for victim, after in zip(fleet.nodes, KILLS_AFTER, strict=False):
                wait(lambda after=after: sum(line["kind"] == "invite" for line in read_lines(log)) >= after)
                fleet.kill(victim)
                kills.append(Kill(victim, datetime.now(UTC)))
            wait(lambda: standing(datetime.now(UTC) + offset).is_over)
        finally:
            fleet.stop()
    owed, lines = what_is_owed(SEED), list(read_lines(log))
    verdict = judge(lines, owed, kills)
    rung = {line["number"] for line in lines if line["kind"] == "invite"}
    waiting = sum(one.state == "due" and one.number not in rung for one in owed)
    began = sorted(Attempt.objects.filter(dialled_at__isnull=False).values_list("dialled_at", flat=True))
    return {
        "rung": verdict.rung,
        "doubled": verdict.doubled,
        # Somebody whose call failed on our side before it rang is due again later: owed, not forgotten.
        "lost": verdict.lost - waiting,
        "waiting": waiting,
        "unknown": verdict.unknown,
        "in_flight": verdict.in_flight,
        "at_once": most_at_once(log),
        "in_a_second": max(
            sum((later - at).total_seconds() < 1 for later in began[n:]) for n, at in enumerate(began)
        ),
        "nodes": Attempt.objects.filter(dialled_at__isnull=False).values("node").distinct().count(),
    }


def most_at_once(log: Path) -> int:
    """How many calls the far end had at the same time, at most."""
    going_on: set[str] = set()
    most = 0
    for line in read_lines(log):
        if line["kind"] == "invite":
            going_on.add(line["call_id"])
        elif line["kind"] == "ended":
            going_on.discard(line["call_id"])
        most = max(most, len(going_on))
    return most


def wait(claim) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + LONGEST_S
    while not claim():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.1)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
