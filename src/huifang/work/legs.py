"""The embedded legs: one loop that claims, a few threads that do."""

from __future__ import annotations

import logging
import os
import socket
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event

from django.db import DatabaseError, close_old_connections

from huifang.clock import now
from huifang.work.tick import LEASE, Claimed, claim, keep, perform

log = logging.getLogger(__name__)

THREADS = 4
_IDLE_S = 0.5  # how late a job may start
_BUSY_S = 0.1
_KEEP = LEASE / 3


def run(stop: Event) -> None:
    """Do due jobs until ``stop`` is set, then finish those in hand.

    Killed instead, nothing is lost: the leases run out and another worker goes on.
    """
    worker = f"{socket.gethostname()}:{os.getpid()}"[:80]
    in_hand: dict[Future[None], Claimed] = {}
    kept_at = now()
    with ThreadPoolExecutor(THREADS, thread_name_prefix="work") as pool:
        while not stop.is_set():
            for future in [future for future in in_hand if future.done()]:
                del in_hand[future]
            try:
                at = now()
                if in_hand and at - kept_at > _KEEP:
                    keep(list(in_hand.values()), at)
                    kept_at = at
                free = THREADS - len(in_hand)
                jobs = claim(worker, free, at) if free else []
            except DatabaseError:
                log.exception("the database does not answer; trying again")
                jobs = []
            finally:
                close_old_connections()
            for job in jobs:
                in_hand[pool.submit(_do, job)] = job
            if in_hand:
                wait(in_hand, timeout=_BUSY_S, return_when=FIRST_COMPLETED)
            else:
                stop.wait(_IDLE_S)


def _do(job: Claimed) -> None:
    try:
        perform(job, now())
    except DatabaseError:
        log.exception("job %s could not be written down; its lease will run out", job.id)
    finally:
        close_old_connections()
