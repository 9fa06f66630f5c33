"""A program of its own around the espeak-ng library, which is under the GPL and so stays out of ours.

It reads one JSON object per line from standard input, ``{"text", "voice", "rate"}``, and answers
each on standard output with two unsigned 32-bit numbers in network order, the sampling rate and the
number of bytes, then so many bytes of 16-bit PCM in this machine's order.  Rate 0 means that it
could not, and the bytes are the reason in UTF-8.  The first answer, unasked, tells that it is ready.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import struct
import sys
from typing import Any, BinaryIO

_SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: call back with the samples, play nothing
_UTF8 = 1
_RATE = 1  # espeak_PARAMETER
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def library() -> tuple[str, str | None]:
    """Path of the library and of its data: the package espeakng-loader's, else the system's.

    ``LookupError`` where there is neither.
    """
    try:
        import espeakng_loader
    except ImportError:
        found = ctypes.util.find_library("espeak-ng")
        if found is None:
            raise LookupError(
                "neither the package espeakng-loader nor the library libespeak-ng is installed"
            ) from None
        return found, None
    return str(espeakng_loader.get_library_path()), str(espeakng_loader.get_data_path())


class Espeak:
    """The library, initialised once per process."""

    def __init__(self) -> None:
        path, data = library()
        self._library: Any = ctypes.CDLL(path)
        where = data.encode() if data else None
        self.hz = self._library.espeak_Initialize(_SYNCHRONOUS, 0, where, 0)
        if self.hz <= 0:
            raise LookupError("espeak-ng found no voice data")
        self._samples = bytearray()
        self._callback = _CALLBACK(self._take)  # kept: the library holds only a pointer
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._samples += ctypes.string_at(samples, count * 2)
        return 0

    def say(self, text: str, voice: str, rate: int) -> bytes:
        """16-bit PCM; ``ValueError`` for an unknown voice."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice “{voice}”")
        self._library.espeak_SetParameter(_RATE, rate, 0)
        self._samples.clear()
        words = text.encode() + b"\0"
        self._library.espeak_Synth(words, len(words), 0, 1, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        return bytes(self._samples)


def _answer(out: BinaryIO, hz: int, data: bytes) -> None:
    out.write(struct.pack("!II", hz, len(data)) + data)
    out.flush()


def main() -> None:
    out = sys.stdout.buffer
    try:
        espeak = Espeak()
    except (LookupError, OSError) as fault:
        _answer(out, 0, str(fault).encode())
        raise SystemExit(1) from None
    _answer(out, espeak.hz, b"")
    for line in sys.stdin.buffer:
        try:
            wanted = json.loads(line)
            _answer(out, espeak.hz, espeak.say(wanted["text"], wanted["voice"], int(wanted["rate"])))
        except (ValueError, KeyError, TypeError) as fault:
            _answer(out, 0, str(fault).encode())


if __name__ == "__main__":
    main()
