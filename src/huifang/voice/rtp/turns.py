"""The turns of speech in a whole sound, found as in a call: A-law, the same detector, the same end of turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huifang.voice.rtp.g711 import FRAME, SILENCE, Codec, decode, encode
from huifang.voice.rtp.suspicion import Arrived
from huifang.voice.rtp.utterance import UtteranceCollector
from huifang.voice.rtp.voice_activity import FRAME_MS, VoiceActivity, frame_levels

END_OF_TURN_MS = 600
_SILENT_DB = np.full(1, -96.0, np.float32)  # we say nothing meanwhile


@dataclass(frozen=True, slots=True)
class Turn:
    """``pcm``: 8 kHz, with a little before and after; the times bound the voice itself, in ms of the sound."""

    pcm: NDArray[np.int16]
    start_ms: int
    end_ms: int


def turns_in(pcm: NDArray[np.int16], *, end_of_turn_ms: int = END_OF_TURN_MS) -> Iterator[Turn]:
    """What somebody says in ``pcm`` (8 kHz mono), turn by turn; the end of the sound ends the last one."""
    voice, collector = VoiceActivity(end_of_turn_ms=end_of_turn_ms), UtteranceCollector()
    voice.add()
    for number, codes in enumerate(_frames(pcm, end_of_turn_ms)):
        collector.hear(codes)
        level = frame_levels(decode(codes, Codec.PCMA).astype(np.float32).reshape(1, FRAME))
        arrived = Arrived(level, np.full(1, number * FRAME, np.int64))
        activity = voice.step(level, arrived, _SILENT_DB)
        if activity.started[0]:
            collector.begin(voice.frames_since_onset(0))
        if activity.ended[0]:
            said = collector.end(voice.silent_frames(0))
            yield Turn(decode(said.codes, Codec.PCMA), said.start_ms, said.end_ms)


def _frames(pcm: NDArray[np.int16], end_of_turn_ms: int) -> Iterator[bytes]:
    """``pcm`` as 20 ms of A-law each, and silence enough to end a turn."""
    silent = bytes([SILENCE[Codec.PCMA]]) * FRAME
    codes = encode(pcm, Codec.PCMA).tobytes()
    for at in range(0, len(codes), FRAME):
        yield (codes[at : at + FRAME] + silent)[:FRAME]
    for _ in range(end_of_turn_ms // FRAME_MS + 2):
        yield silent
