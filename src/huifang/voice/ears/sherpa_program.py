"""A program of its own around one sherpa-onnx model, so that recognition never holds up the media.

Standard input: messages of a head (one byte what, a 32-bit number which utterance, a 32-bit size, in network order)
and so many bytes, 8 kHz PCM of 16 bits in this machine's order.  Standard output: one JSON object a line, first
``{"ready": true, …}`` or ``{"error": …}``, then what was heard: ``{"id", "final", "text", "pinyin", "confidence",
"tokens", "again"}``.  It ends with its input.  Utterances that have ended are worked on first: somebody is waiting.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import struct
import sys
from dataclasses import asdict
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np

from huifang.errors import HuifangError
from huifang.voice.ears.port import Heard
from huifang.voice.ears.sherpa_model import SherpaModel, look_into
from huifang.voice.ears.sherpa_stream import ModelStream

HEAD = struct.Struct("!BII")
_NICENESS, _WITHOUT_RIGHTS = -5, 5  # the media go first, at -10, or at 0 where only root may go before others
_MOST_AT_ONCE = 4  # steps between two looks at the input, a few ms each
_MOST_FOR_LUXURY = 2  # with more utterances in work than so many, nobody is listened to twice


class What(IntEnum):
    BEGIN = 1
    AUDIO = 2
    END = 3
    FORGET = 4


class Program:
    """Reads, recognises, answers, on one thread."""

    def __init__(self, model: SherpaModel, source: int, out: BinaryIO) -> None:
        self._model = model
        self._source = source
        self._out = out
        self._inbox = bytearray()
        self._streams: dict[int, ModelStream] = {}
        self._told: dict[int, Heard] = {}

    def run(self) -> None:
        """Until the input ends."""
        while self._read(wait=not self._work()):
            pass

    def _read(self, *, wait: bool) -> bool:
        """Take what has come; False when nothing will come any more."""
        if not wait and not select.select([self._source], [], [], 0)[0]:
            return True
        data = os.read(self._source, 1 << 20)
        if not data:
            return False
        self._inbox += data
        while len(self._inbox) >= HEAD.size:
            what, number, size = HEAD.unpack_from(self._inbox)
            if len(self._inbox) < HEAD.size + size:
                break
            body = bytes(self._inbox[HEAD.size : HEAD.size + size])
            del self._inbox[: HEAD.size + size]
            self._take(What(what), number, body)
        return True

    def _take(self, what: What, number: int, body: bytes) -> None:
        if what is What.BEGIN:
            self._streams[number] = self._model.stream()
        elif number not in self._streams:
            return
        elif what is What.AUDIO:
            self._streams[number].feed(np.frombuffer(body, np.int16))
        elif what is What.END:
            self._streams[number].finish()
        else:
            self._forget(number)

    def _work(self) -> bool:
        """One step for some streams, and what became of them; whether there is more to do."""
        ready = self._model.ready(self._streams.values())
        if len(ready) > _MOST_FOR_LUXURY:
            for stream in ready:
                stream.listen_once()
            ready = self._model.ready(ready)
        worked = ready[:_MOST_AT_ONCE]
        for stream in worked:
            self._model.step(stream)
        now_ready = set(map(id, self._model.ready(self._streams.values())))
        for number, stream in list(self._streams.items()):
            is_over = stream.is_finished and id(stream) not in now_ready
            heard = self._model.heard(stream) if is_over or stream in worked else None
            if heard is not None and (is_over or heard != self._told.get(number)):
                self._told[number] = heard
                self._answer({"id": number, "final": is_over, **asdict(heard)})
            if is_over:
                self._forget(number)
        self._out.flush()
        return bool(now_ready)

    def _forget(self, number: int) -> None:
        self._streams.pop(number, None)
        self._told.pop(number, None)

    def _answer(self, answer: dict[str, object]) -> None:
        self._out.write(json.dumps(answer).encode() + b"\n")


def go_behind_the_media() -> None:
    """Before everything else where the system lets us; where it does not, the media are no further ahead than others,
    and we step behind both."""
    now = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.nice(_NICENESS - now)
    except OSError:
        os.nice(max(0, _WITHOUT_RIGHTS - now))


def main() -> None:
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library prints must not come between
    with contextlib.suppress(OSError):  # not on the core that the node keeps to for its media
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    go_behind_the_media()
    try:
        model = SherpaModel(look_into(Path(sys.argv[1])))
    except HuifangError as error:
        out.write(json.dumps({"error": str(error.data.get("reason"))}).encode() + b"\n")
        out.flush()
        raise SystemExit(1) from None
    out.write(b'{"ready": true}\n')
    out.flush()
    Program(model, 0, out).run()


if __name__ == "__main__":
    main()
