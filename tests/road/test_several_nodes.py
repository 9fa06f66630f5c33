"""Several real voice nodes against one PostgreSQL, killed while they call over one narrow trunk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from road.several_nodes import AT_ONCE, CALLS, NODES, PER_S


@pytest.mark.postgres
@pytest.mark.xdist_group("crash")
def test_caps_hold_and_nobody_is_rung_twice_whichever_node_dies(tmp_path: Path, postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE nodes")
    url = postgres_url.rpartition("/")[0] + "/nodes"
    own = ("HUIFANG_", "DJANGO_")
    script = Path(__file__).with_name("several_nodes.py")
    run = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "home"), url],
        env={name: value for name, value in os.environ.items() if not name.startswith(own)},
        capture_output=True,
        text=True,
        check=False,
    )
    log = tmp_path / "home" / "processes.log"
    assert run.returncode == 0, run.stderr + (log.read_text(errors="replace") if log.exists() else "")
    found = json.loads(run.stdout.splitlines()[-1])
    assert (found["doubled"], found["lost"]) == (0, 0), found
    assert found["unknown"] <= found["in_flight"], found
    assert found["rung"] >= CALLS - found["unknown"] - found["waiting"], found
    assert found["waiting"] <= CALLS / 5, found
    assert 2 <= found["at_once"] <= AT_ONCE, found
    assert found["in_a_second"] <= PER_S, found
    assert 1 < found["nodes"] <= NODES, found
