"""The business clock: real time, shifted in a demonstration (never with a real trunk; see env.py)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from huifang.env import read_environment

HOME_ZONE = ZoneInfo("Asia/Shanghai")


@cache
def _offset() -> timedelta:
    return timedelta(seconds=read_environment().clock_offset_s)


def now() -> datetime:
    """The instant that every rule and row goes by, in UTC."""
    return datetime.now(UTC) + _offset()
