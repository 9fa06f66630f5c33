"""Recorded prompts: a folder of sound files that are played instead of synthesised words.

``manifest.csv`` in the folder names them, ``text,file`` a line; the text is as the script writes it, before numbers
are read.  Without a manifest a file's name is the text itself or the first 16 or all digits of its SHA-256.  Files are
WAV, 8 kHz, mono, 16 bits or A-law, or raw A-law (``.alaw``, ``.al``) and µ-law (``.ulaw``, ``.ul``).
"""

from __future__ import annotations

import csv
import hashlib
import io
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from huifang.errors import N_, Clause, FileUnusable, why
from huifang.voice.rtp.g711 import Codec, decode, encode

_RAW = {".alaw": Codec.PCMA, ".al": Codec.PCMA, ".ulaw": Codec.PCMU, ".ul": Codec.PCMU}
_MANIFEST = "manifest.csv"
_SHORT = 16  # digits of a hash that are enough in a file's name
_PCM, _ALAW, _ULAW = 1, 6, 7  # WAVE_FORMAT_…


class RecordedPrompts:
    """Everything in the folder, read and checked at the start."""

    def __init__(self, folder: Path) -> None:
        """``FileUnusable`` names the file, what is wrong with it and the mend."""
        if not folder.is_dir():
            raise FileUnusable(path=folder, reason=N_("it is not a folder."))
        self._clips: dict[str, bytes] = {}
        for name, path in _named(folder):
            self._clips[name] = _clip(path)

    def __len__(self) -> int:
        return len(self._clips)

    def clip(self, text: str) -> bytes | None:
        """The recording of ``text`` as A-law, or None where there is none."""
        words = text.strip()
        digest = hashlib.sha256(words.encode()).hexdigest()
        return next(
            (self._clips[name] for name in (words, digest, digest[:_SHORT]) if name in self._clips), None
        )


def _named(folder: Path) -> Iterator[tuple[str, Path]]:
    manifest = folder / _MANIFEST
    if not manifest.exists():
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in (*_RAW, ".wav"):
                yield path.stem.strip(), path
        return
    try:
        rows = list(csv.reader(io.StringIO(manifest.read_text("utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise FileUnusable(path=manifest, reason=N_("it is not a CSV file in UTF-8.")) from None
    for number, row in enumerate(rows, 1):
        if not row or row[:2] == ["text", "file"]:
            continue
        if len(row) != 2 or not row[0].strip() or not row[1].strip():
            reason = Clause(N_("line %(number)d does not name a text and a file."), number=number)
            raise FileUnusable(path=manifest, reason=reason)
        yield row[0].strip(), folder / row[1].strip()


def _clip(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileUnusable(path=path, reason=why(error)) from None
    raw = _RAW.get(path.suffix.lower())
    return _alaw(data, raw) if raw is not None else _of_wav(path, data)


def _alaw(codes: bytes, codec: Codec) -> bytes:
    return codes if codec is Codec.PCMA else encode(decode(codes, codec), Codec.PCMA).tobytes()


def _of_wav(path: Path, data: bytes) -> bytes:
    chunks = dict(_chunks(data))
    if (
        data[:4] != b"RIFF"
        or data[8:12] != b"WAVE"
        or len(chunks.get(b"fmt ", b"")) < 16
        or b"data" not in chunks
    ):
        raise FileUnusable(
            path=path, reason=N_("it is no WAV file; record it as WAV, 8000 Hz, mono, 16 bits.")
        )
    kind, channels, hz, _, _, bits = struct.unpack_from("<HHIIHH", chunks[b"fmt "])
    if hz != 8_000 or channels != 1:
        reason = Clause(
            N_("it has %(hz)d Hz and %(channels)d channels; convert it to 8000 Hz and one channel."),
            hz=hz,
            channels=channels,
        )
        raise FileUnusable(path=path, reason=reason)
    sound = chunks[b"data"]
    if kind == _PCM and bits == 16:
        return encode(np.frombuffer(sound[: len(sound) // 2 * 2], "<i2"), Codec.PCMA).tobytes()
    if kind in (_ALAW, _ULAW) and bits == 8:
        return _alaw(sound, Codec.PCMA if kind == _ALAW else Codec.PCMU)
    raise FileUnusable(
        path=path, reason=N_("its samples are neither 16 bits nor G.711; convert it to 16 bits.")
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
