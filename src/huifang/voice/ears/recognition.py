"""One utterance on its way through an engine: what every engine promises is kept here, once for all of them."""

from __future__ import annotations

from enum import IntEnum
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from huifang.voice.ears.told import Failed, Final, Heard, Partial, Take

_LONGEST = 20 * 8_000
"""Samples.  Nobody rates a shop for longer; more is music or a second conversation."""


class Way(Protocol):
    """What an engine does with one utterance."""

    def feed(self, pcm: NDArray[np.int16]) -> None: ...

    def finish(self) -> None: ...

    def cancel(self) -> None: ...


class _Stage(IntEnum):
    OPEN = 0
    FINISHING = 1
    OVER = 2


class Recognition:
    """Takes one utterance.  From any thread; nothing here blocks."""

    def __init__(self, take: Take, way: Way) -> None:
        self._take = take
        self._way = way
        self._stage = _Stage.OPEN
        self._samples = 0
        self._last: Heard | None = None
        self._lock = Lock()

    @property
    def is_over(self) -> bool:
        return self._stage is _Stage.OVER

    @property
    def is_finishing(self) -> bool:
        """Everything has been said; the answer is awaited."""
        return self._stage is _Stage.FINISHING

    # ---- the call's side

    def feed(self, pcm: NDArray[np.int16]) -> None:
        """The next samples (8 kHz mono, any number of them); what comes after ``finish`` is ignored."""
        with self._lock:
            room = _LONGEST - self._samples
            if self._stage is not _Stage.OPEN or room <= 0 or len(pcm) == 0:
                return
            self._samples += len(pcm)
        self._way.feed(pcm[:room])

    def finish(self) -> None:
        """The customer has stopped: the answer is wanted now."""
        with self._lock:
            if self._stage is not _Stage.OPEN:
                return
            self._stage = _Stage.FINISHING
        self._way.finish()

    def cancel(self) -> None:
        """Nobody wants to know any more."""
        if self._end():
            self._way.cancel()

    # ---- the engine's side

    def partial(self, heard: Heard) -> None:
        """So far; told where it is news."""
        with self._lock:
            if self._stage is _Stage.OVER or heard == self._last or not (heard.text or heard.pinyin):
                return
            self._last = heard
        self._take(Partial(heard))

    def final(self, heard: Heard) -> None:
        """The answer; whatever follows is too late."""
        if self._end():
            self._take(Final(heard))

    def fail(self, reason: str) -> None:
        """There will be no answer."""
        if self._end():
            self._take(Failed(reason))

    def _end(self) -> bool:
        with self._lock:
            was, self._stage = self._stage, _Stage.OVER
        return was is not _Stage.OVER
