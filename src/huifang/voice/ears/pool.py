"""Recognition off the media thread: a few workers, a bounded queue, an answer for every question."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from huifang.logic.understanding import understand
from huifang.nlu.model import shipped
from huifang.voice.ears.port import NOTHING, Heard, Recogniser

_LOG = logging.getLogger(__name__)
_NICENESS = 5  # the media thread goes first
_LONGEST_S = 20  # nobody rates a shop for longer; more is music or a second conversation

OnHeard = Callable[[Heard], None]


class RecogniserPool:
    """Worker threads over one recogniser.

    Native recognisers release the interpreter lock while they work (measured with sherpa-onnx and
    two workers: a 5 ms tick of another thread is late by 4 ms at most), so threads are enough.
    """

    def __init__(self, recogniser: Recogniser, *, workers: int = 1, waiting: int = 64) -> None:
        self._recogniser = recogniser
        self._waiting: queue.Queue[tuple[NDArray[np.int16], OnHeard] | None] = queue.Queue(waiting)
        self._threads = [
            threading.Thread(target=self._work, name=f"ears-{n}", daemon=True) for n in range(max(1, workers))
        ]
        self._stopped = False
        for thread in self._threads:
            thread.start()

    def submit(self, pcm: NDArray[np.int16], on_heard: OnHeard) -> None:
        """Recognise ``pcm`` (8 kHz) and call ``on_heard`` once, on a worker thread; returns at once.

        With nothing understandable, a full queue or a fault of the engine, ``on_heard`` gets an
        empty ``Heard``: the conversation asks again or falls back to keys.
        """
        try:
            if self._stopped:
                raise queue.Full
            self._waiting.put_nowait((pcm[: _LONGEST_S * 8000], on_heard))
        except queue.Full:
            _LOG.warning("recognition is behind: an utterance was dropped")
            on_heard(NOTHING)

    def stop(self) -> None:
        """Finish what is being recognised; what waits is answered with nothing."""
        self._stopped = True
        with contextlib.suppress(queue.Empty):
            while True:
                dropped = self._waiting.get_nowait()
                if dropped is not None:
                    dropped[1](NOTHING)
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(timeout=10)

    def _work(self) -> None:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)  # Linux: this thread only
        understand(shipped().heard("好"))  # loads lexicon and model now: the first answer must not wait
        while True:
            job = self._waiting.get()
            if job is None:
                return
            pcm, on_heard = job
            try:
                heard = self._recogniser.recognise(pcm)
            except Exception:
                _LOG.exception("the recogniser failed on %d samples", len(pcm))
                heard = NOTHING
            try:
                on_heard(heard)
            except Exception:
                _LOG.exception("the receiver of a recognition failed")
