"""Recognisers that are reached over the network: one thread with an event loop for all their utterances."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

import httpx
import numpy as np
from numpy.typing import NDArray
from websockets.exceptions import WebSocketException

from huifang.voice.ears.port import Capabilities, Heard, Take
from huifang.voice.ears.recognition import Recognition

TIME_LIMIT_S = 3.0
"""From the end of the words to the answer: somebody is waiting in silence."""


class AnswerUnusable(Exception):
    """The far end answered something that its protocol does not know."""


Frames = AsyncIterator[NDArray[np.int16]]
Tell = Callable[[Heard], None]


class Conversation(Protocol):
    """How one utterance is brought to a far end: the protocol of an engine, and nothing else."""

    name: str
    capabilities: Capabilities

    def __call__(self, frames: Frames, partial: Tell) -> Awaitable[Heard]:
        """Send ``frames`` (8 kHz, in the pace of speech) and return what was said."""


class RemoteRecogniser:
    """Runs a ``Conversation`` for every utterance; keeps its time limit and its faults."""

    def __init__(self, conversation: Conversation, *, time_limit_s: float = TIME_LIMIT_S) -> None:
        self.name = conversation.name
        self.capabilities = conversation.capabilities
        self._conversation = conversation
        self._time_limit_s = time_limit_s
        self._loop = asyncio.new_event_loop()
        self._ways: set[_Way] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ears-remote", daemon=True)
        self._thread.start()

    def start(self, take: Take) -> Recognition:
        way = _Way(self._loop, self._time_limit_s)
        recognition = way.recognition = Recognition(take, way)
        if self._loop.is_closed():
            recognition.fail("the recogniser is closed")
        else:
            self._call(lambda: self._begin(way))
        return recognition

    def close(self) -> None:
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def _call(self, work: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # closed in between
            self._loop.call_soon_threadsafe(work)

    def _begin(self, way: _Way) -> None:
        self._ways.add(way)
        way.task = self._loop.create_task(self._run(way))
        way.task.add_done_callback(lambda _: self._ways.discard(way))

    async def _run(self, way: _Way) -> None:
        recognition = way.recognition
        assert recognition is not None
        try:
            heard = await self._conversation(way.frames(), recognition.partial)
        except (OSError, TimeoutError, WebSocketException, httpx.HTTPError, AnswerUnusable) as fault:
            recognition.fail(str(fault) or type(fault).__name__)
        except asyncio.CancelledError:
            recognition.fail("cancelled")
        except Exception as fault:
            recognition.fail(f"{type(fault).__name__}: {fault}")
        else:
            recognition.final(heard)
        finally:
            way.rest()

    async def _end(self) -> None:
        tasks = [way.task for way in self._ways if way.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Way:
    """One utterance's way onto the event loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, time_limit_s: float) -> None:
        self.recognition: Recognition | None = None
        self.task: asyncio.Task[None] | None = None
        self._loop = loop
        self._time_limit_s = time_limit_s
        self._queue: asyncio.Queue[NDArray[np.int16] | None] = asyncio.Queue()
        self._limit: asyncio.TimerHandle | None = None

    def feed(self, pcm: NDArray[np.int16]) -> None:
        self._call(self._queue.put_nowait, pcm)

    def finish(self) -> None:
        self._call(self._finish)

    def cancel(self) -> None:
        self._call(self._stop)

    async def frames(self) -> Frames:
        while (pcm := await self._queue.get()) is not None:
            yield pcm

    def rest(self) -> None:
        """The utterance is over."""
        if self._limit is not None:
            self._limit.cancel()

    def _call(self, work: Callable[..., Any], *given: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the engine was closed
            self._loop.call_soon_threadsafe(work, *given)

    def _finish(self) -> None:
        self._queue.put_nowait(None)
        self._limit = self._loop.call_later(self._time_limit_s, self._expire)

    def _expire(self) -> None:
        if self.recognition is not None:
            self.recognition.fail(f"no answer within {self._time_limit_s:g} s")
        self._stop()

    def _stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
