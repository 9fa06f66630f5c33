"""Promising that something will be done."""

from __future__ import annotations

from datetime import datetime

from huifang.work.handlers import Payload, find_handler
from huifang.work.models import Job


def promise(*, kind: str, key: str, payload: Payload, due_at: datetime, now: datetime) -> None:
    """Write down that the job ``kind`` is owed at ``due_at``, in the caller's transaction.

    Promising the same ``key`` again changes nothing.  ``payload`` is JSON-safe.  ``HandlerMissing``
    where nobody could do the job.
    """
    find_handler(kind)
    Job.objects.bulk_create(
        [Job(kind=kind, key=key, payload=payload, due_at=due_at, created_at=now)], ignore_conflicts=True
    )
