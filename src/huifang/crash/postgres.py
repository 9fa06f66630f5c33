"""A private PostgreSQL server on loopback, from the system's own package, that can be stopped in mid-air."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from huifang.errors import N_, DatabaseUnusable

_START_S = 60.0
_DATABASE = "huifang"


def server_programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``, the newest version; None where they are not installed."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    return Path(found).parent if found else None


@dataclass(slots=True)
class PrivatePostgres:
    """A server whose data live in ``folder``; ``start`` the first time makes them.

    ``DatabaseUnusable`` where it does not come up, or where root finds no account to run it under.
    """

    programs: Path
    folder: Path
    port: int = 0
    password: str = field(default_factory=lambda: secrets.token_hex(16))
    settings: tuple[str, ...] = ()
    """of the server, as ``name=value``"""
    _server: subprocess.Popen[bytes] | None = None
    _log: IO[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgres://huifang:{self.password}@127.0.0.1:{self.port}/{_DATABASE}"

    def start(self) -> None:
        """Start the server and return once it answers."""
        is_new = not self.port
        if is_new:
            self._make()
        self._server = subprocess.Popen(
            [self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder, "-h", "127.0.0.1",
             "-p", str(self.port), *(word for one in self.settings for word in ("-c", one))],
            **self._surroundings(),
        )  # fmt: skip
        self._wait_until_ready()
        if is_new:
            with self._connect() as connection:
                connection.execute(f"CREATE DATABASE {_DATABASE}")

    def stop_at_once(self) -> None:
        """The immediate shutdown: nothing is finished, nothing written; the next start recovers from the log."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """End sessions and server in order; nothing where it does not run."""
        self._end(signal.SIGINT)

    def _end(self, number: signal.Signals) -> None:
        if self._server is None:
            return
        self._server.send_signal(number)
        try:
            self._server.wait(30)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None

    def close(self) -> None:
        """Stop it for good; the folder stays."""
        self.stop()
        if self._log is not None:
            self._log.close()

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._log = (self.folder / "log").open("ab")
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        account = self._account()
        if account is not None:
            for path in (self.folder, password_file):
                os.chown(path, account.pw_uid, account.pw_gid)
        made = subprocess.run(
            [self.programs / "initdb", "--pgdata", self.folder / "data", "--username", "huifang",
             "--pwfile", password_file, "--auth", "scram-sha-256", "--encoding", "UTF8",
             "--locale", "C.UTF-8", "--no-sync"],
            check=False, timeout=_START_S, **self._surroundings(),
        )  # fmt: skip
        if made.returncode:
            raise self._unusable()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def _surroundings(self) -> dict[str, Any]:
        """Where and as whom its programs run, and where they print to."""
        account = self._account()
        as_whom: dict[str, Any] = {}
        if account is not None:
            as_whom = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        return {
            "cwd": self.folder,
            "stdin": subprocess.DEVNULL,
            "stdout": self._log,
            "stderr": self._log,
        } | as_whom

    def _account(self) -> pwd.struct_passwd | None:
        """Whom the server runs as; None: whoever we are.  Root must not run it."""
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise self._unusable()

    def _wait_until_ready(self) -> None:
        import psycopg

        assert self._server is not None
        deadline = time.monotonic() + _START_S
        while self._server.poll() is None and time.monotonic() < deadline:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise self._unusable()

    def _connect(self) -> Any:
        import psycopg

        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="huifang",
            password=self.password,
            dbname="postgres",
            autocommit=True,
        )

    def _unusable(self) -> DatabaseUnusable:
        return DatabaseUnusable(
            database=self.folder,
            mend=N_("look at the file “log” in its folder."),
            reason=N_("it did not start"),
        )
