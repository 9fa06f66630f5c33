"""The recordings of a node: where they lie, which are still to be uploaded, and what the centre is told of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from huifang.logic.voice_line import Event, EventKind
from huifang.voice.contract import Centre
from huifang.voice.delivery import Uploader
from huifang.voice.director import Director
from huifang.voice.journal import Journal
from huifang.voice.rtp.port import Recorded

_HEADER_BYTES = 44
_BYTES_PER_S = 32_000  # 8 kHz, two channels of 16 bits


class Recordings:
    """Follows every recording from its first sample to the centre's receipt.  On the director's thread.

    :param folder: where recordings lie until they are uploaded; is made where it is missing
    :param report: takes the event that tells the centre of a recording
    """

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        centre: Centre,
        director: Director,
        report: Callable[..., None],
        now: Callable[[], datetime],
    ) -> None:
        self._folder = folder
        self._journal = journal
        self._report = report
        self._now = now
        self._owed: dict[str, tuple[int, int]] = {}  # attempt id → fence, last seq
        self._cut: set[str] = set()  # attempts whose recording the disk has ended early
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._uploader = Uploader(
            centre, lambda attempt_id, path: director.post(partial(self._uploaded, attempt_id, path))
        )

    def start(self) -> None:
        self._uploader.start()

    def stop(self) -> None:
        self._uploader.stop(1.0)

    def path(self, attempt_id: str) -> Path:
        """Where the recording of an attempt lies."""
        return self._folder / f"{attempt_id}.wav"

    def expect(self, attempt_id: str, fence: int, last_seq: int) -> None:
        """All of this attempt has been told, up to ``last_seq``, but its recording."""
        self._owed[attempt_id] = (fence, last_seq)

    def is_owed(self, attempt_id: str) -> bool:
        return attempt_id in self._owed

    def rescue(self, attempt_id: str) -> Path | None:
        """The recording of a call that was cut off, if one had begun."""
        path = self.path(attempt_id)
        unfinished = path.with_name(path.name + ".part")
        if not path.exists() and unfinished.exists():
            unfinished.replace(path)
        return path if path.exists() else None

    def upload(self, attempt_id: str, path: Path) -> None:
        """Bring it to the centre some time."""
        self._uploader.add(attempt_id, path)

    def take(self, event: Recorded) -> None:
        """The media loop has closed a recording."""
        attempt_id = event.path.stem
        if attempt_id not in self._owed:
            self._journal.recording_gone(attempt_id)
        elif event.error and not event.path.exists():
            self._tell(attempt_id, {"bytes": 0, "seconds": 0.0, "cut": "disk_full"})
        else:
            if event.error:
                self._cut.add(attempt_id)
            self.upload(attempt_id, event.path)

    def _uploaded(self, attempt_id: str, path: Path | None) -> None:
        """It is at the centre, or, without a ``path``, never will be."""
        file = self.path(attempt_id)
        if path is None or attempt_id not in self._owed:
            self._owed.pop(attempt_id, None)
            self._journal.recording_gone(attempt_id)
        else:
            size = file.stat().st_size
            seconds = round(max(0, size - _HEADER_BYTES) / _BYTES_PER_S, 2)
            cut = {"cut": "disk_full"} if attempt_id in self._cut else {}
            self._tell(attempt_id, {"bytes": size, "seconds": seconds, **cut})
        self._cut.discard(attempt_id)
        file.unlink(missing_ok=True)

    def _tell(self, attempt_id: str, data: dict[str, Any]) -> None:
        fence, seq = self._owed.pop(attempt_id)
        event = Event(attempt_id, fence, seq + 1, EventKind.RECORDING, self._now().isoformat(), data)
        self._report(event, recording="")
