"""Recordings: stereo 16-bit 8 kHz WAV files, written by one thread so that media never waits for a disk.

A file grows as ``<name>.part`` with a header that is set right every four seconds, and gets its
name when it is complete; a crash leaves at worst a shorter ``.part`` that every player reads.  Where the
disk is full the recording ends there, and what it holds so far gets its name.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

import numpy as np

from huifang.voice.rtp.g711 import FRAME, SILENCE, Codec, decode

BYTES_PER_SECOND = 8000 * 2 * 2
_CHUNK = 4 * 8000  # codes of one side handed over at once: every turn of the writer costs the media thread
_MOST_WAITING_S = 60  # a disk this far behind will not catch up
_HEADER_BYTES = 44

log = logging.getLogger(__name__)


def wav_header(data_bytes: int) -> bytes:
    """The 44 bytes before ``data_bytes`` of stereo 16-bit PCM at 8 kHz (RIFF WAVE, format 1)."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", 36 + data_bytes, b"WAVE",
        b"fmt ", 16, 1, 2, 8000, BYTES_PER_SECOND, 4, 16,
        b"data", data_bytes,
    )  # fmt: skip


def stereo_samples(left: bytes, right: bytes, codec: Codec) -> bytes:
    """Two strings of codes of one length as interleaved little-endian samples."""
    codes = np.empty((len(left), 2), np.uint8)
    codes[:, 0] = np.frombuffer(left, np.uint8)
    codes[:, 1] = np.frombuffer(right, np.uint8)
    return decode(codes, codec).astype("<i2", copy=False).tobytes()


@dataclass(frozen=True, slots=True)
class _Piece:
    """What the media thread hands to the writer; the last piece of a recording says so."""

    recording: Recording
    left: bytes
    right: bytes
    codec: Codec
    last: bool = False


_Queue = SimpleQueue["_Piece | None"]


@dataclass(eq=False, slots=True)
class Recording:
    """One file being written.  The methods are called by the media thread only."""

    path: Path
    codec: Codec
    on_finished: Callable[[Recording], None]
    """Called on the writer thread when the file has its name, or when it failed."""
    _queue: _Queue
    seconds: float = 0.0
    """How much is in the file."""
    error: str = ""
    """Why the recording stopped early; empty while all is well."""
    is_discarded: bool = False
    _chunk: int = _CHUNK
    _handed_s: float = 0.0
    _left: bytearray = field(default_factory=bytearray)
    _right: bytearray = field(default_factory=bytearray)

    def add(self, heard: bytes, sent: bytes) -> None:
        """Append one frame of codes from the far end and from us, both of one length."""
        self._left += heard
        self._right += sent
        if len(self._left) >= self._chunk:
            self._hand_over()
            self._chunk = _CHUNK

    def pad(self, frames: int) -> None:
        """Append silence where time has passed unheard."""
        silence = bytes([SILENCE[self.codec]]) * (frames * FRAME)
        self.add(silence, silence)

    def change_codec(self, codec: Codec) -> None:
        """What follows is in ``codec``."""
        self._hand_over()
        self.codec = codec

    def finish(self) -> None:
        """No more samples; the writer completes the file."""
        self._hand_over(last=True)

    def discard(self) -> None:
        """No more samples, and nothing is kept of them."""
        self.is_discarded = True
        self._left.clear()
        self._right.clear()
        self._hand_over(last=True)

    def unlink(self) -> None:
        """Delete what is on the disk, whoever still writes to it.  From any thread."""
        _part(self.path).unlink(missing_ok=True)

    def _hand_over(self, *, last: bool = False) -> None:
        if self._handed_s - self.seconds > _MOST_WAITING_S:
            self.error = self.error or "the disk is too slow"
        if self.error:
            self._left.clear()
            self._right.clear()
        self._handed_s += len(self._left) / 8000
        self._queue.put(_Piece(self, bytes(self._left), bytes(self._right), self.codec, last))
        self._left.clear()
        self._right.clear()


class RecordingWriter:
    """The thread that writes all recordings of a process.  A failing disk ends a recording, not a call."""

    def __init__(self) -> None:
        self._queue: _Queue = SimpleQueue()
        self._files: dict[Recording, BinaryIO] = {}
        self._thread = Thread(target=self._run, name="recordings", daemon=True)
        self._begun = 0
        self.failed = 0
        """How many recordings stopped early."""
        self.faults = 0
        """How many of them because the disk refused a write; counted when it happens."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write all that was handed over, then return."""
        self._queue.put(None)
        self._thread.join()

    def begin(self, path: Path, codec: Codec, on_finished: Callable[[Recording], None]) -> Recording:
        """A recording that will be found at ``path``; its folder is made where it is missing."""
        self._begun += 1
        first_chunk = FRAME * (1 + self._begun % (_CHUNK // FRAME))  # calls that began together write apart
        return Recording(path, codec, on_finished, self._queue, _chunk=first_chunk)

    def _run(self) -> None:
        while (piece := self._queue.get()) is not None:
            recording = piece.recording
            if recording.is_discarded:
                self._drop(piece)
                continue
            try:
                if not recording.error:
                    self._append(piece)
                if piece.last and not recording.error:
                    self._files.pop(recording).close()
                    _part(recording.path).replace(recording.path)
            except OSError as error:
                log.warning("recording %s stopped: %s", recording.path, error)
                recording.error = str(error)
                self.faults += 1
            if recording.error and (file := self._files.pop(recording, None)) is not None:
                with contextlib.suppress(OSError):
                    _keep(recording, file)
            if piece.last:
                self.failed += bool(recording.error)
                recording.on_finished(recording)

    def _drop(self, piece: _Piece) -> None:
        """Nobody is told of a recording that nobody wants; an earlier piece of it may still lie in the queue."""
        file = self._files.pop(piece.recording, None)
        if file is not None:
            file.close()
        piece.recording.unlink()

    def _append(self, piece: _Piece) -> None:
        recording = piece.recording
        file = self._files.get(recording)
        if file is None:
            recording.path.parent.mkdir(parents=True, exist_ok=True)
            file = self._files[recording] = _part(recording.path).open("wb", buffering=0)
        bytes_before = round(recording.seconds * BYTES_PER_SECOND)
        samples = stereo_samples(piece.left, piece.right, piece.codec)
        _write(file, samples, _HEADER_BYTES + bytes_before)
        _write(file, wav_header(bytes_before + len(samples)), 0)
        recording.seconds = (bytes_before + len(samples)) / BYTES_PER_SECOND


def _keep(recording: Recording, file: BinaryIO) -> None:
    """Close a recording that stopped early, with the length that its header tells; without sound there is
    nothing to keep."""
    part = _part(recording.path)
    with file:
        if recording.seconds:
            os.ftruncate(file.fileno(), _HEADER_BYTES + round(recording.seconds * BYTES_PER_SECOND))
    if recording.seconds:
        part.replace(recording.path)
    else:
        part.unlink()


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _write(file: BinaryIO, data: bytes, offset: int) -> None:
    """Write all of it: the system may take only a part when the disk is nearly full."""
    if os.pwrite(file.fileno(), data, offset) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
