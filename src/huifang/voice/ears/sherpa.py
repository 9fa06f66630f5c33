"""The embedded recogniser: sherpa-onnx with a model folder that the user names, in processes of its own."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import queue
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from huifang.errors import N_, ModelMissing
from huifang.voice.ears.port import Capabilities, Heard, Take, Yields
from huifang.voice.ears.recognition import Recognition
from huifang.voice.ears.sherpa_model import look_into
from huifang.voice.ears.sherpa_program import HEAD, What

_LOG = logging.getLogger(__name__)
TIME_LIMIT_S = 5.0
"""From the end of the words to the answer: somebody is waiting in silence."""
_START_S = 60.0
_RESTART_AFTER_S = 1.0


class SherpaRecogniser:
    """Shares the utterances out among ``processes`` programs; one that dies or hangs is started anew."""

    def __init__(self, folder: Path, *, processes: int = 1, time_limit_s: float = TIME_LIMIT_S) -> None:
        """Load the model.  ``ModelMissing`` in one sentence where the folder is incomplete or does not load."""
        model = look_into(folder)
        self.name = f"sherpa-onnx {model.kind} {folder}"
        yields = Yields.SOUNDS if model.sounds else Yields.TEXT
        self.capabilities = Capabilities(
            partials=model.kind.streams, yields=yields, hot_words=False, hz=16_000
        )
        self._processes: list[_Process] = []
        try:
            for _ in range(max(1, processes)):
                self._processes.append(_Process(folder, time_limit_s))
        except ModelMissing:
            self.close()
            raise

    def start(self, take: Take) -> Recognition:
        return min(self._processes, key=lambda process: process.load).start(take)

    def close(self) -> None:
        for process in self._processes:
            process.close()


class _Way:
    """One utterance in one process."""

    def __init__(self, process: _Process, number: int) -> None:
        self._process = process
        self._number = number
        self.recognition: Recognition | None = None
        self.due: float | None = None

    def feed(self, pcm: NDArray[np.int16]) -> None:
        self._process.send(What.AUDIO, self._number, np.ascontiguousarray(pcm, np.int16).tobytes())

    def finish(self) -> None:
        self.due = time.monotonic() + self._process.time_limit_s
        self._process.send(What.END, self._number)

    def cancel(self) -> None:
        self._process.forget(self._number)
        self._process.send(What.FORGET, self._number)


class _Process:
    """One program, with a thread that writes to it, so that nobody waits, and one that reads."""

    def __init__(self, folder: Path, time_limit_s: float) -> None:
        self.time_limit_s = time_limit_s
        self._folder = folder
        self._numbers = itertools.count(1)
        self._ways: dict[int, _Way] = {}
        self._lock = threading.Lock()
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._is_closing = False
        self._told_at = time.monotonic()
        self._program = self._launch()
        self._threads = [
            threading.Thread(target=work, name=f"ears-{work.__name__.strip('_')}", daemon=True)
            for work in (self._write, self._read)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def load(self) -> int:
        return len(self._ways)

    def start(self, take: Take) -> Recognition:
        number = next(self._numbers) & 0xFFFFFFFF
        way = _Way(self, number)
        recognition = way.recognition = Recognition(take, way)
        with self._lock:
            is_up = not self._is_closing and self._program.poll() is None
            if is_up:
                self._ways[number] = way
        if is_up:
            self.send(What.BEGIN, number)
        else:
            recognition.fail("the recogniser is not running")
        return recognition

    def send(self, what: What, number: int, body: bytes = b"") -> None:
        self._outbox.put(HEAD.pack(what, number, len(body)) + body)

    def forget(self, number: int) -> None:
        with self._lock:
            self._ways.pop(number, None)

    def close(self) -> None:
        self._is_closing = True
        self._outbox.put(None)
        self._program.kill()
        for thread in self._threads:
            thread.join(timeout=10)

    # ---- the program

    def _launch(self) -> subprocess.Popen[bytes]:
        """A program that has loaded its model."""
        program = subprocess.Popen(
            [sys.executable, "-m", "huifang.voice.ears.sherpa_program", str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ, PYTHONPATH=str(Path(__file__).parents[3]), OMP_NUM_THREADS="1"),
        )
        assert program.stdout is not None
        first = b""
        if select.select([program.stdout], [], [], _START_S)[0]:
            first = program.stdout.readline()
        try:
            told = json.loads(first)
        except ValueError:
            told = {"error": N_("the model does not load")}
        if not told.get("ready"):
            _end(program)
            raise ModelMissing(path=self._folder, reason=str(told.get("error")))
        return program

    def _write(self) -> None:
        while (message := self._outbox.get()) is not None:
            pipe = self._program.stdin
            if pipe is None:
                continue
            with contextlib.suppress(OSError, ValueError):  # it died: the reader sees to it
                pipe.write(message)
                pipe.flush()

    def _read(self) -> None:
        """Take answers until the end; see to a program that died or hangs."""
        inbox = b""
        while not self._is_closing:
            pipe = self._program.stdout
            assert pipe is not None
            data: bytes | None = None
            if select.select([pipe], [], [], 0.1)[0]:
                data = os.read(pipe.fileno(), 1 << 16)
            if data:
                self._told_at = time.monotonic()
                *lines, inbox = (inbox + data).split(b"\n")
                for line in lines:
                    self._answered(line)
            is_late = self._fail_overdue()
            hangs = is_late and time.monotonic() - self._told_at > self.time_limit_s  # not merely busy
            if (data == b"" or hangs) and not self._is_closing:
                inbox = b""
                self._begin_anew("it hung" if hangs else "it ended")
        _end(self._program)
        self._fail_all("the recogniser is closed")

    def _answered(self, line: bytes) -> None:
        told = json.loads(line)
        with self._lock:
            way = self._ways.pop(told["id"], None) if told["final"] else self._ways.get(told["id"])
        if way is None or way.recognition is None:
            return
        heard = Heard(
            told["text"],
            tuple(told["pinyin"]),
            told["confidence"],
            tuple(told["tokens"]),
            tuple(told["again"]),
        )
        try:
            (way.recognition.final if told["final"] else way.recognition.partial)(heard)
        except Exception:
            _LOG.exception("the receiver of a recognition failed")

    def _fail_overdue(self) -> bool:
        """Fail whoever has waited too long; whether there was somebody."""
        now = time.monotonic()
        with self._lock:
            late = [number for number, way in self._ways.items() if way.due is not None and way.due < now]
            ways = [self._ways.pop(number) for number in late]
        for way in ways:
            if way.recognition is not None:
                way.recognition.fail(f"no answer within {self.time_limit_s:g} s")
        return bool(ways)

    def _fail_all(self, reason: str) -> None:
        with self._lock:
            ways, self._ways = list(self._ways.values()), {}
        for way in ways:
            if way.recognition is not None:
                way.recognition.fail(reason)

    def _begin_anew(self, why: str) -> None:
        """A fresh program in place of one that is of no use any more."""
        _LOG.warning("the recogniser's program is started anew: %s", why)
        _end(self._program)
        self._fail_all(f"the recogniser is gone: {why}")
        while not self._is_closing:
            try:
                program = self._launch()
            except ModelMissing as error:
                _LOG.error("%s", error)
                time.sleep(_RESTART_AFTER_S)
                continue
            with self._lock:
                self._program = program
            return


def _end(program: subprocess.Popen[bytes]) -> None:
    program.kill()
    program.wait()
    for pipe in (program.stdin, program.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
