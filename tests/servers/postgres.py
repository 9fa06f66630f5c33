"""A private PostgreSQL from the system's own package, for tests that must hold on a real server.

``postgres_url`` (a session fixture, known to every test) starts one on loopback and removes it at
the end.  ``run_on_postgres`` runs test files once more, in a pytest of their own, on that server:
the variable ``TEST_DATABASE_URL`` tells ``conftest.py`` there which database to use.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
_START_SECONDS = 60


@dataclass(frozen=True)
class _Programs:
    folder: Path
    account: pwd.struct_passwd | None  # None: this user; root must not run the server


def _programs() -> _Programs:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    if not found:
        pytest.skip("PostgreSQL's server programs are not here (Debian: apt-get install postgresql)")
    account = None
    if os.geteuid() == 0:
        for name in ("postgres", "nobody"):
            try:
                account = pwd.getpwnam(name)
                break
            except KeyError:
                continue
        else:
            pytest.skip("root may not run PostgreSQL, and there is neither a postgres nor a nobody account")
    return _Programs(Path(found).parent, account)


def _as(account: pwd.struct_passwd | None) -> dict[str, object]:
    return {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """``postgres://…`` of a private, empty server whose user may create databases."""
    programs = _programs()
    home = Path(tempfile.mkdtemp(prefix="huifang-postgres-"))
    data, sockets, password_file = home / "data", home / "sockets", home / "password"
    password = secrets.token_hex(16)
    sockets.mkdir()
    password_file.write_text(password)
    if programs.account:
        for path in (home, sockets, password_file):
            os.chown(path, programs.account.pw_uid, programs.account.pw_gid)
    log = (home / "log").open("wb")
    server = None
    try:
        subprocess.run(
            [
                programs.folder / "initdb",
                "--pgdata",
                data,
                "--username",
                "huifang",
                "--pwfile",
                password_file,
                "--auth",
                "scram-sha-256",
                "--encoding",
                "UTF8",
                "--locale",
                "C.UTF-8",
                "--no-sync",
            ],
            check=True,
            cwd=home,
            stdout=log,
            stderr=log,
            timeout=_START_SECONDS,
            **_as(programs.account),
        )
        port = _free_port()
        server = subprocess.Popen(
            [
                programs.folder / "postgres",
                "-D",
                data,
                "-k",
                sockets,
                "-h",
                "127.0.0.1",
                "-p",
                str(port),
                "-c",
                "fsync=off",
                "-c",
                "synchronous_commit=off",
                "-c",
                "full_page_writes=off",
            ],
            cwd=home,
            stdout=log,
            stderr=log,
            **_as(programs.account),
        )
        url = f"postgres://huifang:{password}@127.0.0.1:{port}/huifang"
        _wait_until_ready(server, home / "log", port, password)
        yield url
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)  # fast shutdown: open sessions are ended
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        log.close()
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: subprocess.Popen[bytes], log: Path, port: int, password: str) -> None:
    """Return once the database is there; a server that ends or stays mute fails with its log."""
    import psycopg

    last = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < last:
        try:
            with psycopg.connect(
                host="127.0.0.1",
                port=port,
                user="huifang",
                password=password,
                dbname="postgres",
                autocommit=True,
            ) as connection:
                connection.execute("CREATE DATABASE huifang")
                return
        except psycopg.OperationalError:
            time.sleep(0.05)
    pytest.fail(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-4000:]}")
