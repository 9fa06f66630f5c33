from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

WORKER = Path(__file__).with_name("crashing_worker.py")
JOBS = 60


def test_killed_workers_lose_nothing_and_do_nothing_twice(tmp_path):
    environment = {
        **os.environ,
        "HUIFANG_HOME": str(tmp_path / "home"),
        "HUIFANG_KEY_FILE": str(tmp_path / "keys"),
        "DJANGO_SETTINGS_MODULE": "huifang.settings",
    }
    subprocess.run([sys.executable, WORKER, "seed", str(JOBS)], env=environment, check=True)
    chance = random.Random(7)
    kills, deadline = 0, time.monotonic() + 120
    while _states(tmp_path) != {"done": JOBS}:
        assert time.monotonic() < deadline, _states(tmp_path)
        worker = subprocess.Popen(
            [sys.executable, WORKER, "work"], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert worker.stdout is not None
        worker.stdout.readline()
        if kills < 4:
            time.sleep(chance.uniform(0.05, 0.5))
            kills += 1
        else:
            while _states(tmp_path) != {"done": JOBS} and time.monotonic() < deadline:
                time.sleep(0.1)
        worker.kill()
        worker.wait()
    assert kills == 4
    marks = Counter(
        json.loads(data)["n"] for (data,) in _rows(tmp_path, "SELECT data FROM people_auditentry")
    )
    assert marks == Counter(range(JOBS))


def _states(home: Path) -> dict[str, int]:
    return dict(_rows(home, "SELECT state, count(*) FROM work_job WHERE every_s IS NULL GROUP BY state"))


def _rows(home: Path, query: str) -> list[tuple]:
    connection = sqlite3.connect(home / "home" / "huifang.sqlite3", timeout=30)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
