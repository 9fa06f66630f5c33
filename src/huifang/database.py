"""Which database, from one setting."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from huifang.env import Environment
from huifang.errors import SettingInvalid


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
    url = urlsplit(environment.database_url)
    if url.scheme not in ("postgres", "postgresql") or not url.path.strip("/"):
        raise SettingInvalid(
            name="HUIFANG_DATABASE_URL",
            value=f"{url.scheme}://…",
            mend="give postgres://user:password@host:port/name, or leave it unset for SQLite.",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.strip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
