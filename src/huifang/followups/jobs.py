"""Recurring duties of the follow-ups."""

from __future__ import annotations

from datetime import datetime

from huifang.followups import leases
from huifang.work.handlers import Payload, job


@job()
def release_silent(payload: Payload, now: datetime) -> None:
    """Attempts whose node has fallen silent."""
    leases.release_silent_nodes(now)


@job()
def close_windows(payload: Payload, now: datetime) -> None:
    """Follow-ups whose window is over."""
    leases.close_windows(now)
