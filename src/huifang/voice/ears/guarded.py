"""An engine with a circuit breaker: when it is gone, calls go on by keys, and it comes back by itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np

from huifang.logic.breaker import Breaker, Ended, Patience, judge
from huifang.voice.ears.port import Capabilities, Failed, Final, Recogniser, Take, Told
from huifang.voice.ears.recognition import Recognition

_LOG = logging.getLogger(__name__)
PATIENCE = Patience(
    window=timedelta(seconds=60),
    least=3,
    shortest=timedelta(seconds=5),
    longest=timedelta(seconds=60),
)
_SILENCE = np.zeros(4_000, np.int16)


class GuardedRecogniser:
    """Passes everything on to ``engine`` and counts how it goes.

    While its breaker is open, a trial with silence is made now and then; nobody's words are lost on it.
    """

    def __init__(
        self, engine: Recogniser, *, patience: Patience = PATIENCE, now: Callable[[], datetime] | None = None
    ) -> None:
        self._engine = engine
        self._patience = patience
        self._now = now or (lambda: datetime.now(UTC))
        self._breaker = Breaker()
        self._ended: list[Ended] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._opened = threading.Event()
        self._thread = threading.Thread(target=self._try_again, name="ears-guard", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def capabilities(self) -> Capabilities:
        return self._engine.capabilities

    @property
    def is_available(self) -> bool:
        """False from the fault that opens the breaker until a trial has gone well."""
        return not self._breaker.is_open

    def start(self, take: Take) -> Recognition:
        return self._start(take, self._now())

    def close(self) -> None:
        self._closing.set()
        self._opened.set()
        self._thread.join(timeout=10)
        self._engine.close()

    def _start(self, take: Take, began_at: datetime) -> Recognition:
        def count(told: Told) -> None:
            if isinstance(told, Final | Failed):
                self._count(Ended(began_at, self._now(), failed=isinstance(told, Failed)))
            if isinstance(told, Failed) and not self._closing.is_set():
                _LOG.warning("%s failed: %s", self.name, told.reason)
            take(told)

        return self._engine.start(count)

    def _count(self, ended: Ended) -> None:
        with self._lock:
            oldest = self._now() - max(self._patience.window, self._patience.longest)
            self._ended = [one for one in self._ended if one.at > oldest] + [ended]
            was_open = self._breaker.is_open
            self._breaker = judge(self._breaker, self._ended, self._now(), self._patience)
            is_open = self._breaker.is_open
        if is_open and not was_open:
            _LOG.error("%s is gone: calls go on by keys", self.name)
            self._opened.set()
        elif was_open and not is_open:
            _LOG.info("%s is back", self.name)

    def _try_again(self) -> None:
        while self._opened.wait() and not self._closing.is_set():
            until = self._breaker.until
            if until is None:
                self._opened.clear()
            elif self._closing.wait(max(0.0, (until - self._now()).total_seconds())):
                return
            else:
                self._trial()

    def _trial(self) -> None:
        over = threading.Event()
        recognition = self._start(
            lambda told: over.set() if isinstance(told, Final | Failed) else None, self._now()
        )
        recognition.feed(_SILENCE)
        recognition.finish()
        while not over.wait(0.1):
            if self._closing.is_set():
                recognition.cancel()
                return
