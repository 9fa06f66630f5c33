"""The embedded synthesiser: espeak-ng, kept warm in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from huifang.voice.mouths.level import telephone
from huifang.voice.mouths.port import MouthMissing, SynthesisFailed
from huifang.voice.rtp.g711 import Codec, encode

_VOICES = {"zh": "cmn+f3", "en": "en-us+f3"}
_RATE = 205  # 4.2 syllables a second: brisk, and as well understood as slower ones
_TIME_LIMIT_S = 10.0
_LONGEST_TEXT = 400  # characters; a prompt is cut into clauses long before
_SILENT = frozenset(" \t\r\n，。！？；、：,.!?;:…—~～“”‘’\"'()（）《》「」")


class EspeakSynthesiser:
    """Speaks through ``espeak_program``; the process is started anew when it dies or hangs."""

    def __init__(
        self, *, chinese: str = _VOICES["zh"], rate: int = _RATE, time_limit_s: float = _TIME_LIMIT_S
    ) -> None:
        """``MouthMissing`` where espeak-ng cannot be started.

        :param chinese: espeak-ng's voice and variant for Chinese; another caller is another voice
        :param rate: words per minute as espeak-ng counts
        """
        self._voices = {"zh": chinese, "en": _VOICES["en"]}
        self._rate = rate
        self._time_limit_s = time_limit_s
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.voice = f"espeak-ng {chinese} {rate}"
        with self._lock:
            self._start()

    def render(self, text: str, language: str, pace: float = 1.0) -> bytes:
        words = " ".join(text.split())[:_LONGEST_TEXT]
        if all(ch in _SILENT for ch in words):
            return b""
        voice = self._voices["zh" if language.lower().startswith("zh") else "en"]
        wanted = (
            json.dumps({"text": words, "voice": voice, "rate": round(self._rate * pace)}).encode() + b"\n"
        )
        with self._lock:
            try:
                hz, data = self._ask(wanted)
            except OSError:  # it died or hung: once more with a fresh one
                try:
                    hz, data = self._ask(wanted)
                except OSError as fault:
                    raise SynthesisFailed(text=text, reason=str(fault)) from None
        if hz == 0:
            raise SynthesisFailed(text=text, reason=data.decode("utf-8", "replace"))
        pcm: NDArray[np.int16] = np.frombuffer(data, np.int16)
        return encode(telephone(pcm, hz, words), Codec.PCMA).tobytes()

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _ask(self, wanted: bytes) -> tuple[int, bytes]:
        if self._process is None or self._process.poll() is not None:
            self._start()
        process = self._process
        if process is None or process.stdin is None:
            raise OSError("the synthesiser is closed")
        try:
            process.stdin.write(wanted)
            process.stdin.flush()
            return self._answer(process)
        except OSError:
            self._stop()
            raise

    def _start(self) -> None:
        self._stop()
        environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[3]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "huifang.voice.mouths.espeak_program"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        try:
            hz, reason = self._answer(self._process)
        except OSError as fault:
            self._stop()
            raise MouthMissing(reason=str(fault)) from None
        if hz == 0:
            self._stop()
            raise MouthMissing(reason=reason.decode("utf-8", "replace"))

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _answer(self, process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
        deadline = time.monotonic() + self._time_limit_s
        hz, size = struct.unpack("!II", self._read(process, 8, deadline))
        return hz, self._read(process, size, deadline)

    def _read(self, process: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
        """Exactly ``size`` bytes; ``OSError`` when the program ends or takes too long."""
        if process.stdout is None:
            raise OSError("the synthesiser has no output")
        pipe = process.stdout.fileno()
        data = bytearray()
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise TimeoutError(f"no answer within {self._time_limit_s:g} s")
            chunk = os.read(pipe, min(size - len(data), 65536))
            if not chunk:
                raise BrokenPipeError("the program ended")
            data += chunk
        return bytes(data)
