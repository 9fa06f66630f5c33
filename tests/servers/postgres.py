"""A private PostgreSQL from the system's own package, for tests that must hold on a real server.

``postgres_url`` (a session fixture, known to every test) starts one on loopback and removes it at
the end.  ``run_on_postgres`` runs test files once more, in a pytest of their own, on that server:
the variable ``TEST_DATABASE_URL`` tells ``conftest.py`` there which database to use.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from huifang.crash.postgres import PrivatePostgres, server_programs

TESTS = Path(__file__).resolve().parents[1]
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """``postgres://…`` of a private, empty server whose user may create databases."""
    programs = server_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server programs are not here (Debian: apt-get install postgresql)")
    home = Path(tempfile.mkdtemp(prefix="huifang-postgres-"))
    server = PrivatePostgres(programs, home, settings=_QUICK)
    try:
        server.start()
        yield server.url
    finally:
        server.close()
        shutil.rmtree(home, ignore_errors=True)


def run_on_postgres(url: str, *paths: str) -> None:
    """Run the tests under ``paths`` (relative to ``tests/``) on the server at ``url``; fails as they do."""
    # Without our own settings: pytest-django would load them before conftest.py names the server.
    own = ("HUIFANG_", "DJANGO_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    environment["TEST_DATABASE_URL"] = url
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "--create-db",
            *paths,
        ],
        cwd=TESTS,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"on PostgreSQL:\n{run.stdout[-8000:]}"
