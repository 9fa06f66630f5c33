"""The live board's server-sent events: one look at the database per process, however many listen.

What travels is the whole state, not single events.  On PostgreSQL ids become visible out of order, so
"everything after id N" can miss a row for ever; a state cannot.  Each message's id is the newest
AttemptEvent's id and a digest of the content; a browser that comes back with it in Last-Event-ID
gets at once what has changed since, or nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import DatabaseError, connections

from huifang.clock import now
from huifang.people.reach import Reach
from huifang.reports.board import board_now

LOOK_EVERY_S = 0.5
HEARTBEAT_S = 10.0
LIFETIME_S = 300.0
"""After this the browser must come again, so that a person whose login has ended stops listening."""

log = logging.getLogger(__name__)


class _Channel:
    """The latest snapshot for one reach, and who waits for the next."""

    def __init__(self) -> None:
        self.listeners = 0
        self.id = ""
        self.text = ""
        self.changed = asyncio.Event()

    def publish(self, snapshot: dict[str, Any]) -> None:
        text = json.dumps(snapshot, ensure_ascii=False, separators=(",", ":"))
        identity = f"{snapshot['event']}.{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        if identity != self.id:
            self.id, self.text = identity, text
            self.changed.set()
            self.changed = asyncio.Event()


class BoardFeed:
    """Looks at the database while anybody listens, and tells those whose board has changed."""

    def __init__(self, look: Callable[[Reach, datetime], dict[str, Any]] = board_now) -> None:
        self._look = look
        self._channels: dict[Reach, _Channel] = {}
        self._looking: asyncio.Task[None] | None = None
        self._in_trouble = False

    async def listen(self, reach: Reach, last_id: str = "") -> AsyncIterator[str]:
        """Messages in the format of server-sent events (WHATWG HTML, 9.2) until the lifetime ends.

        Heartbeats stop while the database cannot be read: the page's lamp must not be green then.
        """
        channel = self._channels.setdefault(reach, _Channel())
        channel.listeners += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._keep_looking())
        try:
            yield "retry: 2000\nevent: hello\ndata: {}\n\n"
            end = monotonic() + LIFETIME_S
            while monotonic() < end:
                changed = channel.changed
                if channel.id and channel.id != last_id:
                    last_id = channel.id
                    clock = int(now().timestamp() * 1000)
                    yield f'id: {channel.id}\nevent: board\ndata: {{"now":{clock},"board":{channel.text}}}\n\n'
                    continue
                try:
                    await asyncio.wait_for(changed.wait(), HEARTBEAT_S)
                except TimeoutError:
                    if not self._in_trouble:
                        yield "event: heartbeat\ndata: {}\n\n"
        finally:
            channel.listeners -= 1
            if not channel.listeners:
                self._channels.pop(reach, None)
            if not self._channels and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _keep_looking(self) -> None:
        while True:
            try:
                snapshots = await asyncio.to_thread(self._look_at, list(self._channels))
                self._in_trouble = False
            except DatabaseError:
                self._in_trouble = True
                log.exception("the live board cannot read the database")
                snapshots = {}
            for reach, snapshot in snapshots.items():
                channel = self._channels.get(reach)
                if channel is not None:
                    channel.publish(snapshot)
            await asyncio.sleep(LOOK_EVERY_S)

    def _look_at(self, reaches: list[Reach]) -> dict[Reach, dict[str, Any]]:
        try:
            at = now()
            return {reach: self._look(reach, at) for reach in reaches}
        finally:
            let_go_of_database()  # the thread comes from a pool that nobody closes connections for


def let_go_of_database() -> None:
    """Close this thread's connections; not one in the middle of a transaction (a test's)."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


feed = BoardFeed()
