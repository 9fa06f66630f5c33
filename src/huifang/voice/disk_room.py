"""Whether there is room for recordings: a full disk ends recordings, never calls."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

_AFTER_FAULT_S = 60.0
"""A quota or a failing disk shows free room all the same: after a failed write recordings pause this long."""


class DiskRoom:
    """Watches the disk below ``folder``.  Any thread may ask.

    :param least_bytes: with less than this free nothing new is recorded
    :param faults: how many writes of recordings the disk has refused since the start
    """

    def __init__(
        self,
        folder: Path,
        least_bytes: int,
        faults: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._least_bytes = least_bytes
        self._faults = faults
        self._clock = clock
        self._seen = 0
        self._paused_until = 0.0
        self._was_full = False

    @property
    def is_full(self) -> bool:
        """No room, or a write has failed within the last minute."""
        faults, now = self._faults(), self._clock()
        if faults > self._seen:
            self._seen, self._paused_until = faults, now + _AFTER_FAULT_S
        full = now < self._paused_until or self._free_bytes() < self._least_bytes
        if full is not self._was_full:
            self._was_full = full
            log.warning(
                "The disk of %s is full: calls go on, recordings do not." if full else "%s has room again.",
                self._folder,
            )
        return full

    def _free_bytes(self) -> int:
        try:
            disk = os.statvfs(self._folder)
        except OSError:
            return 0  # a folder that is gone takes no recordings either
        return disk.f_bavail * disk.f_frsize
