"""Duties of the follow-ups: the recurring ones, and sending a message that is owed."""

from __future__ import annotations

from datetime import datetime

from huifang.followups import leases, messaging
from huifang.work.handlers import Payload, job


@job()
def release_silent(payload: Payload, now: datetime) -> None:
    """Attempts whose node has fallen silent."""
    leases.release_silent_nodes(now)


@job()
def close_windows(payload: Payload, now: datetime) -> None:
    """Follow-ups whose window is over."""
    leases.close_windows(now)


@job(atomic=False)
def send_message(payload: Payload, now: datetime) -> None:
    """A text message that is due."""
    messaging.send(int(payload["message"]), now)
