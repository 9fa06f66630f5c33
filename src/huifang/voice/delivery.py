"""The three errands between node and centre, one thread each: fetch orders, report events, upload recordings.

Each goes on through a silent centre; calls in progress do not notice.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from huifang.errors import HuifangError
from huifang.logic.voice_line import ClaimAnswer, ClaimRequest, Event, EventKind, Order
from huifang.voice.contract import Centre, CentreAway, CentreRefuses, next_pause
from huifang.voice.journal import Journal

log = logging.getLogger(__name__)

_BATCH = 200


class Errand:
    """A thread that works until ``stop``; it says once that the centre is away and once that it is back."""

    def __init__(self, name: str, centre: Centre) -> None:
        self._centre = centre
        self._stopping = threading.Event()
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience_s: float) -> None:
        """End after the request in hand; wait at most ``patience_s``."""
        self._stopping.set()
        self.wake()
        self._thread.join(patience_s)

    def wake(self) -> None:
        """Do not wait for the next turn."""

    def turn(self) -> None:
        """One piece of work, including the wait for it."""
        raise NotImplementedError

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.turn()
            except HuifangError as error:
                self._failures += 1
                if self._failures == 1:
                    log.warning("%s", error)
                self._stopping.wait(next_pause(self._failures))
            except Exception:
                self._failures += 1
                log.exception("The errand %s failed and goes on", self._thread.name)
                self._stopping.wait(next_pause(self._failures))
            else:
                if self._failures:
                    log.warning("The centre at %s is back.", self._centre.url)
                self._failures = 0
        self._centre.close()


class Puller(Errand):
    """Claims orders while there are free seats; each claim is also the node's sign of life.

    :param heed: gets every answer before its orders are taken: the trunks to register with, the peers
    """

    def __init__(
        self,
        centre: Centre,
        offer: Callable[[], ClaimRequest | None],
        take: Callable[[Sequence[Order]], None],
        heed: Callable[[ClaimAnswer], None],
        *,
        every_s: float = 1.0,
    ) -> None:
        super().__init__("claim", centre)
        self._offer = offer
        self._take = take
        self._heed = heed
        self._every_s = every_s
        self._woken = threading.Event()

    def wake(self) -> None:
        self._woken.set()

    def turn(self) -> None:
        request = self._offer()
        orders: Sequence[Order] = ()
        if request is not None:
            answer = self._centre.claim(request)
            self._heed(answer)
            orders = answer.orders
            if orders:
                self._take(orders)
        if not orders:
            self._woken.wait(self._every_s)
            self._woken.clear()
        else:
            self._stopping.wait(self._every_s / 4)  # a steady stream, not a burst of INVITEs


class Reporter(Errand):
    """Posts the journal's events in order and tells ``heard`` which were accepted and what is not ours."""

    def __init__(
        self,
        centre: Centre,
        node: str,
        journal: Journal,
        heard: Callable[[Sequence[Event], Collection[str]], None],
    ) -> None:
        super().__init__("events", centre)
        self._node = node
        self._journal = journal
        self._heard = heard
        self._news = threading.Event()
        self._idle = threading.Event()
        self.unreadable = 0
        """Events that the centre could not read; they are logged and dropped, or they would block the rest."""

    def wake(self) -> None:
        """There are new events in the journal.  From any thread."""
        self._news.set()

    def flush(self, patience_s: float) -> None:
        """Wait until the centre has everything that is in the journal, at most ``patience_s``."""
        self._idle.clear()
        self.wake()
        self._idle.wait(patience_s)

    def turn(self) -> None:
        self._news.clear()
        events = self._journal.waiting(_BATCH)
        if not events:
            self._idle.set()
            self._news.wait(1.0)
            return
        self._idle.clear()
        try:
            self._post(events)
        except CentreRefuses:
            for event in events:  # one of them is the reason: find it
                try:
                    self._post([event])
                except CentreRefuses as error:
                    self.unreadable += 1
                    log.error(
                        "The event %s of attempt %s is dropped: %s", event.kind, event.attempt_id, error
                    )
                    disowned = [event.attempt_id] if event.kind is EventKind.DIALLING else []
                    self._journal.delivered([event], disowned)
                    self._heard([event], disowned)

    def _post(self, events: Sequence[Event]) -> None:
        disowned = self._centre.post_events(self._node, events)
        self._journal.delivered(events, disowned)
        self._heard(events, disowned)


class Uploader(Errand):
    """Uploads recordings, then reports each through ``uploaded(attempt_id, path)``; a file that the centre
    will never take is given up: ``uploaded`` gets None for the path."""

    def __init__(self, centre: Centre, uploaded: Callable[[str, Path | None], None]) -> None:
        super().__init__("recordings", centre)
        self._uploaded = uploaded
        self._waiting: queue.SimpleQueue[tuple[str, Path] | None] = queue.SimpleQueue()
        self._next: tuple[str, Path] | None = None

    def add(self, attempt_id: str, path: Path) -> None:
        """Upload this file some time.  From any thread."""
        self._waiting.put((attempt_id, path))

    def wake(self) -> None:
        self._waiting.put(None)

    def turn(self) -> None:
        if self._next is None:
            self._next = self._waiting.get()
        if self._next is None:
            return
        attempt_id, path = self._next
        try:
            self._centre.upload_recording(attempt_id, path)
        except CentreAway:
            raise
        except (CentreRefuses, OSError) as error:
            log.warning("The recording of attempt %s is given up: %s", attempt_id, error)
            self._uploaded(attempt_id, None)
        else:
            self._uploaded(attempt_id, path)
        self._next = None
