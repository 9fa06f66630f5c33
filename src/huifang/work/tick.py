"""Claiming due jobs and doing them: leased, fenced, tried again with growing pauses.

What makes this safe is in the rows alone.  A worker that dies leaves a lease that runs out; one that
comes back late finds that the fence has moved on, and what it did in its transaction is undone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from huifang.work.handlers import Payload, find_handler
from huifang.work.models import Job

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
"""How long a job stays with a worker that gives no sign; the legs move it on while they work."""
MOST_TRIES = 8
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in a worker's hands."""

    id: int
    fence: int
    kind: str
    payload: Payload
    tries: int
    every_s: int | None


class LeaseLost(Exception):
    """Somebody else holds the job now."""


@transaction.atomic
def claim(worker: str, most: int, now: datetime) -> list[Claimed]:
    """Up to ``most`` due jobs for ``worker``, the longest owed first."""
    due = Q(state=Job.State.DUE, due_at__lte=now) | Q(state=Job.State.CLAIMED, lease_until__lt=now)
    ids = list(
        Job.objects.select_for_update(skip_locked=True)
        .filter(due)
        .order_by("due_at", "id")
        .values_list("id", flat=True)[:most]
    )
    if not ids:
        return []
    Job.objects.filter(id__in=ids).update(
        state=Job.State.CLAIMED,
        claimed_by=worker,
        lease_until=now + LEASE,
        fence=F("fence") + 1,
        tries=F("tries") + 1,
    )
    rows = Job.objects.filter(id__in=ids).order_by("due_at", "id")
    return [Claimed(j.pk, j.fence, j.kind, j.payload, j.tries, j.every_s) for j in rows]


def perform(job: Claimed, now: datetime) -> bool:
    """Do ``job``; True where it is done.  A failure is written into the row, never raised."""
    try:
        handler = find_handler(job.kind)
        if handler.is_atomic:
            with transaction.atomic():
                handler(job.payload, now)
                _complete(job, now)
        else:
            handler(job.payload, now)
            _complete(job, now)
    except LeaseLost:
        log.warning("job %s %s took longer than its lease and was left to another worker", job.id, job.kind)
        return False
    except Exception as error:
        log.exception("job %s %s failed", job.id, job.kind)
        _fail(job, error, now)
        return False
    return True


def keep(jobs: Iterable[Claimed], now: datetime) -> None:
    """Move on the leases of ``jobs``, which are still being done."""
    for job in jobs:
        _held(job).update(lease_until=now + LEASE)


def _held(job: Claimed) -> QuerySet[Job]:
    return Job.objects.filter(id=job.id, fence=job.fence, state=Job.State.CLAIMED)


def _complete(job: Claimed, now: datetime) -> None:
    if job.every_s is None:
        done = _held(job).update(state=Job.State.DONE, finished_at=now, lease_until=None, last_error="")
    else:
        done = _held(job).update(
            state=Job.State.DUE,
            due_at=now + timedelta(seconds=job.every_s),
            finished_at=now,
            lease_until=None,
            tries=0,
            last_error="",
        )
    if not done:
        raise LeaseLost


def _fail(job: Claimed, error: Exception, now: datetime) -> None:
    """Due again after a pause; after the last try a person must look, except at a recurring job."""
    is_last = job.tries >= MOST_TRIES and job.every_s is None
    _held(job).update(
        state=Job.State.FAILED if is_last else Job.State.DUE,
        due_at=now + pause_after(job.tries),
        finished_at=now if is_last else None,
        lease_until=None,
        last_error=f"{type(error).__name__}: {error}"[:2000],
    )


def pause_after(tries: int) -> timedelta:
    """How long to wait after the ``tries``-th failure: 5 s, 10 s, 20 s … at most an hour."""
    seconds = _FIRST_PAUSE.total_seconds() * float(2 ** min(tries - 1, 20))
    return min(timedelta(seconds=seconds), _LONGEST_PAUSE)
