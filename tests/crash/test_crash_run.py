"""The short form of ``huifang bench crash``: real processes, really killed, judged by the far end's log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CALLS, KILLS = 300, 9


@pytest.mark.xdist_group("crash")
def test_nobody_is_rung_twice_and_nobody_forgotten_while_everything_is_killed(tmp_path: Path) -> None:
    figures_file = tmp_path / "crash.json"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HUIFANG_", "DJANGO_"))}
    options = ["--calls", str(CALLS), "--kills", str(KILLS), "--json", str(figures_file)]
    run = subprocess.run(
        [sys.executable, "-m", "huifang", "bench", "crash", *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    figures = json.loads(figures_file.read_text())
    assert (figures["doubled"], figures["lost"], figures["unrecorded"]) == (0, 0, 0)
    assert figures["kills"] == KILLS
    assert figures["unknown"] <= figures["in_flight"]
    assert figures["rung"] >= CALLS - figures["unknown"]
    assert "huifang-crash-" not in run.stdout, "a clean run leaves nothing behind"
