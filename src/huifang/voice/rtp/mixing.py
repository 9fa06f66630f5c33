"""Several voices heard at once, 20 ms at a time.  Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from huifang.voice.rtp.g711 import Codec, decode, encode, transcode

_LOUDEST = 32767


def mixed(voices: Sequence[tuple[bytes, Codec]], codec: Codec) -> bytes:
    """The sum of ``voices``, at least one and all of one length, as codes of ``codec``.

    One voice alone passes without being decoded.  A sum beyond full scale stays at full scale, sample by
    sample, instead of wrapping round; no voice is made softer because somebody else might speak.
    """
    if len(voices) == 1:
        codes, source = voices[0]
        return transcode(codes, source, codec)
    total = np.sum([decode(codes, source) for codes, source in voices], axis=0, dtype=np.int32)
    return encode(np.clip(total, -_LOUDEST - 1, _LOUDEST).astype(np.int16), codec).tobytes()
