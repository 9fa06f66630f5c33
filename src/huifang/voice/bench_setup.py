"""How many new calls per second one node on one core begins, carries and ends.

The node is the real one, as a process of its own on one core: it claims, journals, renders, dials, speaks,
records, reports and uploads.  The telephone network is another process, and a lean centre is this one: it
hands out an order whenever one is due and keeps what it is told.  A call that any of the three does not
know to its end has failed.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from huifang.logic.voice_line import EndCause
from huifang.machine import this_machine
from huifang.voice.bench_script import bench_script
from huifang.voice.pstn.log import read_lines
from huifang.voice.rig import LeanCentre, node, serving, telephone_network, wait_for

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

    def facts(number: int) -> dict[str, Any]:
        return {"customer.salutation": f"{_SURNAMES[number % len(_SURNAMES)]}女士"}

    with tempfile.TemporaryDirectory(prefix="huifang-setup-") as name:
        folder = Path(name)
        log = folder / "telephone-network.jsonl"
        with (
            (folder / "processes.log").open("ab") as output,
            telephone_network(log, output, only="brief") as port,
            serving(centre := LeanCentre(port, rate, calls, _SCRIPT, facts)) as url,
            node(folder, url, calls=round(rate * _LONGEST_CALL_S), output=output) as pid,
        ):
            wait_for(lambda: centre.claims > 0, _START_S)
            before = _Vitals.of(pid)
            centre.begin()
            rss_mb = []
            for tenth in range(1, 11):
                wait_for(lambda due=calls * tenth // 10: centre.handed_out >= due, seconds)  # type: ignore[misc]
                rss_mb.append(_Vitals.of(pid).rss_mb)
            took_s, used_s = centre.since_begin_s, _Vitals.of(pid).cpu_s - before.cpu_s
            wait_for(lambda: centre.over >= calls, _LAST_CALLS_S)
            after = _Vitals.of(pid)
        made = _Made.read(log)
    good = [
        call_id
        for call_id, end in centre.ends().items()
        if end.get("cause") in _GOOD_ENDS
        and end.get("talk_ms", 0) > 0
        and call_id in made.answered
        and call_id in made.ended
    ]
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


_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_SCRIPT = bench_script(
    "bench_setup",
    "您好，{customer.salutation}，我是智能语音助手，为了保证服务质量，本次通话会录音。",
    [],
)
