"""Sound files as a telephone would carry them: WAV of any rate and channels in, 8 kHz mono out.

Read are integer PCM of 8 to 32 bits, 32-bit floats, A-law and µ-law (RIFF WAVE, formats 1, 3, 6, 7 and the extensible
form of them), because recordings of calls come in all of these.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from huifang.errors import N_, Clause, FileUnusable, why
from huifang.voice.resampling import resample
from huifang.voice.rtp.g711 import Codec, decode

RATE = 8_000
_LARGEST = 256 * 1024 * 1024
_PCM, _FLOAT, _ALAW, _MULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_G711 = {_ALAW: Codec.PCMA, _MULAW: Codec.PCMU}


@dataclass(frozen=True, slots=True)
class _Format:
    code: int
    channels: int
    rate: int
    bits: int


def read_wav(path: Path) -> NDArray[np.int16]:
    """The sound in ``path`` at 8 kHz, its channels mixed; shape (n,).  ``FileUnusable`` in one sentence."""
    try:
        if path.stat().st_size > _LARGEST:
            raise FileUnusable(path=path, reason=N_("it is larger than 256 MB; cut it into shorter files."))
        data = path.read_bytes()
    except OSError as error:
        raise FileUnusable(path=path, reason=why(error)) from error
    form, sound = _parts(data, path)
    samples = _samples(form, sound, path)
    frames = samples[: len(samples) // form.channels * form.channels].reshape(-1, form.channels)
    mono = frames.mean(axis=1, dtype=np.float32)
    if not np.isfinite(mono).all():
        raise FileUnusable(path=path, reason=N_("its samples are no numbers."))
    return np.clip(np.rint(resample(mono, form.rate, RATE)), -32768, 32767).astype(np.int16)


def _parts(data: bytes, path: Path) -> tuple[_Format, bytes]:
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise FileUnusable(path=path, reason=N_("it is no WAV file."))
    form: _Format | None = None
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            code, channels, rate, _bytes, _block, bits = struct.unpack_from("<HHIIHH", body)
            if code == _EXTENSIBLE and len(body) >= 26:
                code = int.from_bytes(body[24:26], "little")
            form = _Format(code, channels, rate, bits)
        elif name == b"data" and form is not None:
            return form, body  # one that was cut short is read as far as it goes
        at += 8 + size + size % 2
    raise FileUnusable(path=path, reason=N_("it is no complete WAV file."))


def _samples(form: _Format, sound: bytes, path: Path) -> NDArray[np.float32]:
    """In units of int16."""
    if not 1 <= form.channels <= 16 or not 2_000 <= form.rate <= 384_000:
        raise FileUnusable(path=path, reason=N_("it is no complete WAV file."))
    if form.code in _G711 and form.bits == 8:
        return decode(np.frombuffer(sound, np.uint8), _G711[form.code]).astype(np.float32)
    if form.code == _FLOAT and form.bits == 32:
        return np.frombuffer(sound[: len(sound) // 4 * 4], "<f4") * np.float32(32767)
    if form.code == _PCM and form.bits == 8:
        return (np.frombuffer(sound, np.uint8).astype(np.float32) - 128) * 256
    if form.code == _PCM and form.bits in (16, 24, 32):
        width = form.bits // 8
        whole = np.frombuffer(sound[: len(sound) // width * width], np.uint8).reshape(-1, width)
        upper = np.ascontiguousarray(whole[:, -2:]).view("<i2")  # the bits that a telephone keeps
        return upper[:, 0].astype(np.float32)
    reason = Clause(
        N_("its format (WAV code %(code)d, %(bits)d bits) is not read; convert it to 16-bit PCM."),
        code=form.code,
        bits=form.bits,
    )
    raise FileUnusable(path=path, reason=reason)
