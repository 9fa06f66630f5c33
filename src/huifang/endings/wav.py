"""Reading sound files that people upload: WAV of every common kind, and bare G.711.

Only what is needed of RIFF/WAVE (Microsoft, Multimedia Programming Interface 1.0, and the extensible format):
chunks in any order, PCM of 8 to 32 bits, floats, A-law and µ-law, up to eight channels.
"""

from __future__ import annotations

import struct
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from huifang.errors import N_, Clause, HuifangError
from huifang.voice.rtp.g711 import Codec, decode

Samples = NDArray[np.floating]

_PCM, _FLOAT, _ALAW, _MULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_BARE = {
    ".alaw": Codec.PCMA, ".al": Codec.PCMA, ".pcma": Codec.PCMA,
    ".ulaw": Codec.PCMU, ".ul": Codec.PCMU, ".pcmu": Codec.PCMU,
}  # fmt: skip
_OTHERS = (
    (b"ID3", "MP3"), (b"\xff\xfb", "MP3"), (b"\xff\xf3", "MP3"), (b"\xff\xf2", "MP3"), (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"), (b"FORM", "AIFF"), (b"#!AMR", "AMR"), (b"\xff\xf1", "AAC"), (b"\xff\xf9", "AAC"),
    (b"0&\xb2u", "WMA"), (b"RF64", "RF64"), (b"MThd", "MIDI"),
)  # fmt: skip
_LEAST_HZ, _MOST_HZ = 4_000, 192_000
LEAST_S, MOST_S = 2.0, 60.0
_MOST_CHANNELS = 8


class TuneUnusable(HuifangError):
    template = N_("The file %(file)s cannot be used as a tune: %(reason)s")


def read_sound(data: bytes, file_name: str) -> tuple[Samples, int]:
    """The sound in ``data`` as mono samples (-1 … 1) with its rate in Hz; 2 to 60 seconds of it.

    WAV is known by its content, bare G.711 (8 kHz, one channel) by the end of ``file_name``.
    ``TuneUnusable`` says in one sentence what is wrong.
    """

    def unusable(reason: str | Clause) -> TuneUnusable:
        return TuneUnusable(file=file_name, reason=reason)

    if not data:
        raise unusable(N_("it is empty."))
    codec = _BARE.get(PurePath(file_name).suffix.lower())
    try:
        if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
            return _wave(data)
        if codec is not None:
            _check_length(len(data) / 8_000)
            return _scaled(decode(data, codec), 15), 8_000
    except _Fault as fault:
        raise unusable(fault.reason) from None
    kind = next((name for start, name in _OTHERS if data.startswith(start)), "")
    if not kind and data[4:8] == b"ftyp":
        kind = "M4A"
    if kind:
        raise unusable(Clause(N_("it is a file of the kind %(kind)s; save it as WAV first."), kind=kind))
    raise unusable(N_("it is no WAV file; save the music as WAV first."))


class _Fault(Exception):
    def __init__(self, reason: str | Clause) -> None:
        self.reason = reason


def _wave(data: bytes) -> tuple[Samples, int]:
    form, body = _chunks(data)
    if len(form) < 16:
        raise _Fault(N_("its format is not named; it seems to be damaged."))
    tag, channels, rate, _bytes_per_s, step, bits = struct.unpack_from("<HHIIHH", form)
    if tag == _EXTENSIBLE and len(form) >= 26:
        (tag,) = struct.unpack_from("<H", form, 24)  # the first two bytes of the sub-format
    if not 1 <= channels <= _MOST_CHANNELS:
        raise _Fault(
            Clause(N_("it has %(channels)s channels; at most eight can be read."), channels=channels)
        )
    if not _LEAST_HZ <= rate <= _MOST_HZ:
        raise _Fault(Clause(N_("its sampling rate is %(rate)s Hz; 4,000 to 192,000 can be read."), rate=rate))
    width = bits // 8
    if bits % 8 or step != width * channels or not body:
        raise _Fault(N_("it holds no sound that can be read; it seems to be damaged."))
    whole = body[: len(body) - len(body) % step]
    if not whole:
        raise _Fault(N_("it holds no sound that can be read; it seems to be damaged."))
    _check_length(len(whole) / step / rate)  # before it is unpacked: hours of it would fill the memory
    samples = _samples(tag, width, whole)
    return samples.reshape(-1, channels).mean(axis=1), rate


def _check_length(seconds: float) -> None:
    if not LEAST_S <= seconds <= MOST_S:
        words = N_("it lasts %(seconds)s seconds; a tune lasts 2 to 60. Cut it, then upload it again.")
        raise _Fault(Clause(words, seconds=f"{seconds:.1f}"))


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    """The format and the sound.  A size that leads past the end means: up to the end."""
    form, body, at = b"", b"", 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        inside = data[at + 8 : at + 8 + size]
        if name == b"fmt " and not form:
            form = inside
        elif name == b"data" and not body:
            body = inside or (data[at + 8 :] if form else b"")  # size 0: written by a program that streams
        at += 8 + size + size % 2
    return form, body


def _samples(tag: int, width: int, body: bytes) -> Samples:
    if tag == _PCM and width == 1:
        return (np.frombuffer(body, np.uint8) - np.float32(128)) / np.float32(128)
    if tag == _PCM and width == 2:
        return _scaled(np.frombuffer(body, "<i2"), 15)
    if tag == _PCM and width == 3:
        octets = np.frombuffer(body, np.uint8).reshape(-1, 3).astype(np.int32)
        value = octets[:, 0] | octets[:, 1] << 8 | octets[:, 2] << 16
        return _scaled(value - ((value & 0x800000) << 1), 23)
    if tag == _PCM and width == 4:
        return _scaled(np.frombuffer(body, "<i4"), 31)
    if tag == _FLOAT and width in (4, 8):
        value = np.frombuffer(body, "<f4" if width == 4 else "<f8")
        if not np.isfinite(value).all() or np.abs(value).max(initial=0) > 1000:
            raise _Fault(N_("some of its samples are no numbers; it seems to be damaged."))
        return np.asarray(value, np.float32)
    if tag in (_ALAW, _MULAW) and width == 1:
        return _scaled(decode(body, Codec.PCMA if tag == _ALAW else Codec.PCMU), 15)
    raise _Fault(
        Clause(
            N_("its sound is packed in a way that cannot be read (format %(tag)s); save it as PCM."), tag=tag
        )
    )


def _scaled(values: NDArray[np.integer], bits: int) -> Samples:
    return np.asarray(values / 2.0**bits, np.float32)
