"""What the last run of a node left behind in its journal, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from huifang.logic.voice_line import EndCause, Event, EventKind
from huifang.voice.journal import Journal, Stage, Unfinished
from huifang.voice.recordings import Recordings

_NEVER_DIALLED: dict[str, Any] = {"cause": EndCause.STOPPED, "outcome": "node_died", "dialled": False}


def settle(journal: Journal, recordings: Recordings, now: Callable[[], datetime]) -> None:
    """Tell the centre of every attempt that was cut off, and go on with recordings; before anything is claimed.

    An announced attempt cannot have rung, a dialling one may have.  Of a claimed one nothing was told yet:
    the centre gets it back in doubt, and knows itself that it was never dialled.
    """
    for left in journal.unfinished():
        if left.stage is Stage.ANNOUNCED:
            _record(journal, left, EventKind.ENDED, _NEVER_DIALLED, now())
        elif left.stage is Stage.CLAIMED:
            _record(journal, left, EventKind.IN_DOUBT, {}, now())
        elif left.stage is Stage.DIALLING:
            path = recordings.rescue(left.attempt_id)
            event = _record(journal, left, EventKind.IN_DOUBT, {}, now(), str(path) if path else None)
            if path is not None:
                recordings.expect(left.attempt_id, left.fence, event.seq)
                recordings.upload(left.attempt_id, path)
        elif left.recording:
            _bring(journal, recordings, left)
        elif left.stage is Stage.DISOWNED:
            journal.forget(left.attempt_id)


def _record(
    journal: Journal,
    left: Unfinished,
    kind: EventKind,
    data: dict[str, Any],
    at: datetime,
    recording: str | None = None,
) -> Event:
    event = Event(left.attempt_id, left.fence, left.last_seq + 1, kind, at.isoformat(), data)
    journal.record(event, recording=recording)
    return event


def _bring(journal: Journal, recordings: Recordings, left: Unfinished) -> None:
    """Its last event has been told, its recording not been uploaded."""
    path = recordings.rescue(left.attempt_id)
    if path is None:
        journal.recording_gone(left.attempt_id)
        return
    recordings.expect(left.attempt_id, left.fence, left.last_seq)
    recordings.upload(left.attempt_id, path)
