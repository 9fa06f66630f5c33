"""One thread's work: calls posted from other threads, and timers, run one after the other.

Everything that a call decides happens on its process's director thread, so call state needs no locks
and a call needs neither a task nor a thread of its own.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

Work = Callable[[], None]


class Timer:
    """Work to be done later, unless it is cancelled first."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work: Work | None = work

    def cancel(self) -> None:
        """Forget the work; a timer that has run is left alone."""
        self._work = None

    def take(self) -> Work | None:
        work, self._work = self._work, None
        return work


def drop(timer: Timer | None) -> None:
    """Cancel ``timer``, if there is one."""
    if timer is not None:
        timer.cancel()


class Director:
    """Runs posted work and due timers until ``stop``.  Work that raises is logged and counted."""

    def __init__(self) -> None:
        self.failures = 0
        self._posted: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._timers: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._running = True

    def post(self, work: Work) -> None:
        """Run ``work`` soon.  From any thread."""
        self._posted.put(work)

    def after(self, seconds: float, work: Work) -> Timer:
        """Run ``work`` in ``seconds``.  On the director's own thread only."""
        timer = Timer(work)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._numbers), timer))
        return timer

    def stop(self) -> None:
        """Let ``run`` return after the work in hand.  From any thread or a signal handler."""
        self.post(self._end)

    def run(self) -> None:
        """Work until ``stop``; may be called again."""
        self._running = True
        while self._running:
            try:
                work = self._posted.get(timeout=self._until_next_timer())
            except queue.Empty:
                pass
            else:
                self._do(work)
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                due = heapq.heappop(self._timers)[2].take()
                if due is not None:
                    self._do(due)

    def _end(self) -> None:
        self._running = False

    def _until_next_timer(self) -> float:
        if not self._timers:
            return 1.0
        return min(1.0, max(0.0, self._timers[0][0] - time.monotonic()))

    def _do(self, work: Work) -> None:
        try:
            work()
        except Exception:
            self.failures += 1
            log.exception("A step of the voice process failed; the process goes on")
