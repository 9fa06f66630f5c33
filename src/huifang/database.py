"""Which database, from one setting."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from huifang.env import Environment
from huifang.errors import N_, DatabaseUnusable, SettingInvalid


def database_settings(environment: Environment) -> dict[str, Any]:
    """Django's description of the database that ``HUIFANG_DATABASE_URL`` names (empty = SQLite)."""
    if not environment.database_url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": environment.home / "huifang.sqlite3",
            "OPTIONS": {
                # FULL: a commit survives a power cut, and with it the promise never to dial twice.
                # A deferred BEGIN fails at once when it must become a write; IMMEDIATE waits its turn.
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    try:
        url = urlsplit(environment.database_url)
        port = url.port
    except ValueError:  # a port that is no number, a bracket without its other half
        url, port = urlsplit("postgres:"), None
    if url.scheme not in ("postgres", "postgresql") or not url.path.strip("/"):
        raise SettingInvalid(
            name="HUIFANG_DATABASE_URL",
            value=f"{url.scheme}://…",  # the rest may hold a password
            mend=N_("give postgres://user:password@host:port/name, or leave it unset for SQLite."),
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.strip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def name_of_database(environment: Environment) -> str:
    """The database as a sentence may name it: the file, or the server's address without user and password."""
    if environment.database_url:
        return environment.database_url.rpartition("@")[2]
    return str(environment.home / "huifang.sqlite3")


def fault_of_database(error: Exception, environment: Environment) -> DatabaseUnusable | None:
    """What to tell the person when ``error`` says that the database cannot be reached, read or written;
    None for every other error: a fault of ours keeps its traceback."""
    from django.db import DatabaseError, OperationalError

    # SQLite names a damaged file with the bare DatabaseError; its other subclasses are faults of ours.
    if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
        return None
    reason = str(error).strip().partition("\n")[0]
    if environment.database_url:
        return DatabaseUnusable(
            database=name_of_database(environment),
            mend=N_(
                "see that the server runs and that HUIFANG_DATABASE_URL names user, password and database."
            ),
            reason=reason,
        )
    return DatabaseUnusable(
        database=name_of_database(environment),
        mend=N_("see that the disk has room and the file is yours; restore a damaged one from your backup."),
        reason=reason,
    )
