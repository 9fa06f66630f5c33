"""The same scripted call on pipecat and on Huifang: how many at once in one process before audio falls behind.

    make bench-peers && .venv/bin/python benchmarks/pipecat_calls.py --json FILE

Both carry N calls of plain RTP with PCMA: a prompt goes out, voice detection listens all the time, and every
key is a turn that breaks off what is being said and says something else; who speaks breaks it off, too.  The far ends are the same process
of ours for both, with its own clock.  Audio has fallen behind when more than 1 % of the packets arrive more
than 5 ms after their place on the 20 ms grid, lost ones included.

The two are measured in turn in one run, each with growing numbers, until each has fallen behind; a number at
which one falls behind is tried once more, because a neighbour on the machine may have been the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from huifang.machine import this_machine
from huifang.voice.rtp.load import FarEnds, Manner

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / ".venv-peers" / "bin" / "python"
MOST_LATE = 0.01


def run_pipecat(python: Path, calls: int, seconds: int) -> dict[str, Any]:
    """``calls`` calls on pipecat for ``seconds``."""
    with FarEnds(calls, manner=Manner.SPEAKS) as far_ends:
        peer = subprocess.Popen(
            [python, "-W", "ignore::DeprecationWarning", HERE / "pipecat_peer.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert peer.stdin is not None
            assert peer.stdout is not None
            peer.stdin.write(json.dumps({"addresses": far_ends.addresses}) + "\n")
            peer.stdin.flush()
            line = peer.stdout.readline()
            if not line:
                sys.exit("pipecat did not start; what it says is above")
            far_ends.run([("127.0.0.1", port) for port in json.loads(line)["ports"]], float(seconds))
            report = far_ends.report()
            cpu_s = _cpu_s(peer.pid)
        finally:
            peer.kill()
            peer.communicate()
    return {
        "calls": calls,
        "late_5ms_share": round(report.late_5ms_share, 5),
        "dtmf_turn_p99_ms": round(report.key_turn_p99_ms, 1),
        "bargein_p99_ms": round(report.bargein_p99_ms, 1),
        "bargeins_unheard": report.bargeins_unheard,
        "cpu_s": round(cpu_s, 1),
    }


def run_ours(calls: int, seconds: int) -> dict[str, Any]:
    """``calls`` scripted calls on our media loop for ``seconds``."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-m", "huifang", "bench", "voice", "--calls", str(calls)]
        command += ["--seconds", str(seconds), "--json", file.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        figures = json.loads(Path(file.name).read_text())
    wanted = (
        "calls",
        "late_5ms_share",
        "dtmf_turn_p99_ms",
        "bargein_p99_ms",
        "bargeins_unheard",
        "cpu_share",
    )
    return {name: figures.get(name) for name in wanted}


@dataclass
class Ladder:
    """One side: growing numbers of calls until audio falls behind."""

    name: str
    steps: list[int]
    run: Callable[[int], dict[str, Any]]
    best: int = 0
    runs: list[dict[str, Any]] = field(default_factory=list)
    is_done: bool = False

    def climb(self) -> None:
        """The next number; done where it is too many twice, or where there is no next."""
        calls = self.steps[0]
        if self._carries(calls) or self._carries(calls):
            self.best = calls
            self.steps = self.steps[1:]
            self.is_done = not self.steps
        else:
            self.is_done = True

    def _carries(self, calls: int) -> bool:
        figures = self.run(calls)
        self.runs.append(figures)
        print(f"{self.name:8} {json.dumps(figures)}", file=sys.stderr, flush=True)
        return bool(figures["late_5ms_share"] <= MOST_LATE)


def _cpu_s(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=10, help="length of each run")
    parser.add_argument("--pipecat", type=_numbers, default=_numbers("10,15,20,25,30,35,40,50"))
    parser.add_argument("--ours", type=_numbers, default=_numbers("100,200,300,400,500,600,800"))
    parser.add_argument("--python", type=Path, default=PEERS, help="with pipecat (make bench-peers)")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if not asked.python.exists():
        sys.exit(f"There is no {asked.python}: run make bench-peers first.")
    pipecat = Ladder("pipecat", asked.pipecat, lambda n: run_pipecat(asked.python, n, asked.seconds))
    ours = Ladder("huifang", asked.ours, lambda n: run_ours(n, asked.seconds))
    while not (pipecat.is_done and ours.is_done):
        for side in (pipecat, ours):
            if not side.is_done:
                side.climb()
    figures = {
        "pipecat_calls": pipecat.best,
        "huifang_calls": ours.best,
        "ratio": round(ours.best / pipecat.best, 1) if pipecat.best else None,
        "seconds_per_run": asked.seconds,
        "pipecat_version": _version(asked.python),
        "pipecat_runs": pipecat.runs,
        "huifang_runs": ours.runs,
        **this_machine(),
    }
    text = json.dumps(figures, indent=1)
    if asked.json:
        asked.json.write_text(text + "\n")
    print(text)


def _version(python: Path) -> str:
    asked = "from importlib.metadata import version; print(version('pipecat-ai'))"
    return subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
