"""The node's journal: what must survive a crash of this process or a silent centre.

One SQLite file per node.  An attempt is *announced* when its DIALLING event is on the disk, and
*dialling* once the centre has accepted that event; the INVITE leaves only after the second commit.  So a
restart knows for certain of an announced attempt that nothing rang, and of a dialling one that it cannot
know.  Events stay here until the centre has accepted them.  There are no phone numbers in this file.
"""

from __future__ import annotations

import fcntl
import json
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from huifang.errors import N_, Clause, HuifangError, why
from huifang.logic.voice_line import Event, EventKind, event_from_json, to_json

log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS attempts (
    attempt_id TEXT PRIMARY KEY, fence INTEGER NOT NULL, stage TEXT NOT NULL, last_seq INTEGER NOT NULL,
    recording TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    place INTEGER PRIMARY KEY AUTOINCREMENT, attempt_id TEXT NOT NULL, seq INTEGER NOT NULL,
    body TEXT NOT NULL, UNIQUE (attempt_id, seq)
);
"""
_RETRY_S = 1.0

Change = Callable[[sqlite3.Connection], None]


class JournalUnusable(HuifangError):
    template = N_("The voice node's journal %(path)s cannot be used: %(reason)s")
    exit_code = 3


class Stage(StrEnum):
    """How far an attempt has come, as far as the disk knows."""

    CLAIMED = "claimed"
    ANNOUNCED = "announced"
    """The DIALLING event is stored here; the centre may or may not have it; no INVITE has left."""
    DIALLING = "dialling"
    """The centre has accepted DIALLING: from here on the INVITE may have left."""
    ENDED = "ended"
    DISOWNED = "disowned"
    """The centre has said that the attempt is no longer ours."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An attempt that the last run of this node left behind.  ``recording`` is '' or a file to upload."""

    attempt_id: str
    fence: int
    stage: Stage
    last_seq: int
    recording: str


def undelivered(path: Path) -> int:
    """How many events in the journal at ``path``, of a node that may be running, the centre does not have yet."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as db:
        (count,) = db.execute("SELECT count(*) FROM events").fetchone()
    return int(count)


class Journal:
    """Writes come from any thread and are committed in groups by one writer thread (WAL, synchronous=FULL).

    ``JournalUnusable`` where the file is damaged, cannot be written, or belongs to a running node.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = path.with_name(path.name + ".lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise JournalUnusable(
                path=path, reason=N_("a node of this name is running; choose another HUIFANG_NODE.")
            ) from None
        except OSError as error:
            raise JournalUnusable(path=path, reason=why(error)) from None
        try:
            self._writing = self._connect()
            self._writing.executescript(_SCHEMA)
            self._reading = self._connect()
            self._reading.execute("PRAGMA query_only = 1")
        except sqlite3.Error as error:
            self._lock.close()
            raise JournalUnusable(
                path=path,
                reason=Clause(N_("%(fault)s; move the file away to start with an empty one."), fault=error),
            ) from None
        self.commits = 0
        self.is_stuck = False
        """The disk takes nothing: whoever cannot write down a dialling must not dial."""
        self._changes: queue.SimpleQueue[tuple[Change, Callable[[], None] | None] | None] = (
            queue.SimpleQueue()
        )
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._write, name="journal", daemon=True)
        self._writer.start()

    # ---- what the last run left

    def unfinished(self) -> list[Unfinished]:
        """Every attempt in the journal, oldest first; to be read before new ones are claimed."""
        rows = self._reading.execute(
            "SELECT attempt_id, fence, stage, last_seq, recording FROM attempts ORDER BY attempt_id"
        )
        return [Unfinished(a, f, Stage(s), n, r) for a, f, s, n, r in rows]

    # ---- a call's life

    def claimed(self, attempt_id: str, fence: int) -> None:
        """An order has been taken.  A newer claim of the same attempt replaces an older one."""

        def change(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM events WHERE attempt_id = ?", (attempt_id,))
            db.execute(
                "INSERT OR REPLACE INTO attempts (attempt_id, fence, stage, last_seq) VALUES (?, ?, ?, 0)",
                (attempt_id, fence, Stage.CLAIMED),
            )

        self._do(change)

    def record(
        self, event: Event, *, recording: str | None = None, then: Callable[[], None] | None = None
    ) -> None:
        """Keep ``event`` until the centre has it; ``then`` runs on the writer thread once it is on the disk.

        DIALLING announces the attempt, ENDED and IN_DOUBT end it.  ``recording`` names a file that is to be
        uploaded ('' = it has been).  Events of a disowned attempt are dropped without a word.
        """
        stage = {
            EventKind.DIALLING: Stage.ANNOUNCED,
            EventKind.ENDED: Stage.ENDED,
            EventKind.IN_DOUBT: Stage.ENDED,
        }.get(event.kind)

        def change(db: sqlite3.Connection) -> None:
            known = db.execute(
                "UPDATE attempts SET last_seq = max(last_seq, ?), stage = coalesce(?, stage),"
                " recording = coalesce(?, recording) WHERE attempt_id = ? AND fence = ? AND stage != ?",
                (event.seq, stage, recording, event.attempt_id, event.fence, Stage.DISOWNED),
            )
            if known.rowcount:
                db.execute(
                    "INSERT OR IGNORE INTO events (attempt_id, seq, body) VALUES (?, ?, ?)",
                    (event.attempt_id, event.seq, json.dumps(to_json(event), ensure_ascii=False)),
                )
            _forget_finished(db, [event.attempt_id])

        self._do(change, then)

    def recording_gone(self, attempt_id: str) -> None:
        """There is nothing to upload for this attempt (any more)."""

        def change(db: sqlite3.Connection) -> None:
            db.execute("UPDATE attempts SET recording = '' WHERE attempt_id = ?", (attempt_id,))
            _forget_finished(db, [attempt_id])

        self._do(change)

    # ---- delivery

    def waiting(self, limit: int) -> list[Event]:
        """The oldest events that the centre has not accepted.  For one delivering thread."""
        rows = self._reading.execute("SELECT body FROM events ORDER BY place LIMIT ?", (limit,))
        return [event_from_json(json.loads(body)) for (body,) in rows]

    def delivered(self, events: Sequence[Event], disowned: Collection[str]) -> None:
        """The centre has accepted ``events`` except those of ``disowned`` attempts.  Returns after the commit,
        because a dialling may start on the strength of it."""

        def change(db: sqlite3.Connection) -> None:
            db.executemany(
                "DELETE FROM events WHERE attempt_id = ? AND seq = ?", [(e.attempt_id, e.seq) for e in events]
            )
            db.executemany("DELETE FROM events WHERE attempt_id = ?", [(a,) for a in disowned])
            db.executemany(
                "UPDATE attempts SET stage = ? WHERE attempt_id = ? AND stage = ?",
                [
                    (Stage.DIALLING, e.attempt_id, Stage.ANNOUNCED)
                    for e in events
                    if e.kind is EventKind.DIALLING and e.attempt_id not in disowned
                ],
            )
            db.executemany(
                "UPDATE attempts SET stage = CASE WHEN stage = ? THEN stage ELSE ? END WHERE attempt_id = ?",
                [(Stage.ENDED, Stage.DISOWNED, a) for a in disowned],
            )
            _forget_finished(db, {e.attempt_id for e in events})

        done = threading.Event()
        self._do(change, done.set)
        while not done.wait(1.0):
            if self._closing.is_set() and not self._writer.is_alive():
                return  # closed in the meantime: the events are posted again by the next run

    def forget(self, attempt_id: str) -> None:
        """Nothing more will come from a disowned attempt."""

        def change(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM events WHERE attempt_id = ?", (attempt_id,))
            db.execute("DELETE FROM attempts WHERE attempt_id = ?", (attempt_id,))

        self._do(change)

    def sync(self) -> None:
        """Return when everything handed in so far is on the disk."""
        done = threading.Event()
        self._do(lambda _: None, done.set)
        done.wait(5.0)

    def close(self) -> None:
        """Commit what has been handed in and release the file."""
        self._closing.set()
        self._changes.put(None)
        self._writer.join()
        self._reading.close()
        self._lock.close()

    # ---- the writer

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        return db

    def _do(self, change: Change, then: Callable[[], None] | None = None) -> None:
        self._changes.put((change, then))

    def _write(self) -> None:
        open_ = True
        while open_:
            group = [self._changes.get()]
            while True:
                try:
                    group.append(self._changes.get_nowait())
                except queue.Empty:
                    break
            open_ = None not in group
            work = [item for item in group if item is not None]
            if self._commit([change for change, _ in work]):
                for _, then in work:
                    if then is not None:
                        then()
        self._writing.close()

    def _commit(self, changes: Sequence[Change]) -> bool:
        """Commit all or, with a full disk, try until it works: what is not on the disk does not happen."""
        while changes:
            try:
                self._writing.execute("BEGIN IMMEDIATE")
                for change in changes:
                    change(self._writing)
                self._writing.execute("COMMIT")
                self.commits += 1
                self.is_stuck = False
            except sqlite3.Error as error:
                log.error(
                    "%s Nothing is dialled until it works again.",
                    JournalUnusable(path=self.path, reason=f"{error}."),
                )
                self.is_stuck = True
                if self._writing.in_transaction:
                    self._writing.execute("ROLLBACK")
                if self._closing.wait(_RETRY_S):
                    return False
            else:
                return True
        return True


def _forget_finished(db: sqlite3.Connection, attempt_ids: Collection[str]) -> None:
    """Drop attempts that have ended, been delivered and have no recording to upload."""
    db.executemany(
        "DELETE FROM attempts WHERE attempt_id = ? AND stage = ? AND recording = ''"
        " AND NOT EXISTS (SELECT 1 FROM events WHERE events.attempt_id = attempts.attempt_id)",
        [(attempt_id, Stage.ENDED) for attempt_id in attempt_ids],
    )
