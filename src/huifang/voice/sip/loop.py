"""The one thread in which sippy lives, shared by every agent of the process.

sippy keeps its event dispatcher in a module global (``ED2``) and its timers only work in the
dispatcher's thread.  So all agents of a process share one daemon thread: the first ``acquire``
starts it, the last ``release`` ends it.

Quirks of the dispatcher that this module takes care of:

* Its wake-up (a SIGURG sent inside C) goes to the thread that *created* it, which is whoever
  imported sippy first.  Created anew inside our thread, a call from elsewhere arrives after 0.05 ms
  instead of up to a tick.  It must also be freed by that same thread, or the process crashes.
* It prints whole messages, with the telephone numbers in them, to standard output.  Prints are
  silenced, and faults are logged as the type of the error and the place, never its text.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from elperiodic.ElPeriodic import ElPeriodic
from sippy.Core.EventDispatcher import ED2

T = TypeVar("T")
log = logging.getLogger("huifang.voice.sip")

TICKS_PER_S = 50.0  # resolution of SIP timers; calls from other threads do not wait for a tick


class SippyLoop:
    """Runs functions in the loop thread; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lifecycle = threading.Lock()  # one start or end at a time
        self._gate = threading.Lock()  # nothing is handed to a dispatcher that is being freed
        self._users = 0
        self._alive = False
        self._thread: threading.Thread | None = None

    def acquire(self) -> None:
        """Start the thread for the first user."""
        with self._lifecycle:
            self._users += 1
            if self._users > 1:
                return
            ready = threading.Event()
            self._thread = threading.Thread(target=_run, args=(ready,), name="sippy", daemon=True)
            self._thread.start()
            ready.wait()
            self._alive = True

    def release(self) -> None:
        """End the thread after the last user.  Timers that are still set are forgotten."""
        with self._lifecycle:
            self._users -= 1
            if self._users or self._thread is None:
                return
            with self._gate:
                self._alive = False
                ED2.callFromThread(ED2.breakLoop)
            self._thread.join()
            self._thread = None

    def call(self, function: Callable[..., object], *args: Any) -> bool:
        """Run ``function`` soon, never inside this call.  False where the loop has ended."""
        with self._gate:
            if self._alive:
                ED2.callFromThread(function, *args)
            return self._alive

    def run(self, function: Callable[..., T], *args: Any) -> T:
        """Run ``function`` and wait for its result.  Not from the loop thread itself."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("the sippy loop cannot wait for itself: call this from another thread")
        result: Future[T] = Future()

        def settle() -> None:
            try:
                result.set_result(function(*args))
            except Exception as error:
                result.set_exception(error)

        if not self.call(settle):
            raise RuntimeError("the sippy loop is not running")
        return result.result()


def log_fault(what: str, *_: object, **__: object) -> None:
    """Log the exception in flight without its text, which may hold a telephone number."""
    kind, _error, trace = sys.exc_info()
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"
    log.error("%s: %s at %s", what.split(" from ")[0], kind.__name__ if kind else "fault", place)


def _run(ready: threading.Event) -> None:
    _silence()
    ED2.elp = ElPeriodic(TICKS_PER_S)
    ED2.elp.CFT_enable(signal.SIGURG)
    ED2.bands = [(TICKS_PER_S, 0)]
    ED2.my_ident = threading.get_ident()
    ready.set()
    ED2.loop()
    ED2.tlisteners.clear()
    ED2.elp = None


def _silence() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("sippy."):
            module.__dict__["print"] = lambda *_, **__: None
            if "dump_exception" in module.__dict__:
                module.__dict__["dump_exception"] = log_fault


LOOP = SippyLoop()
