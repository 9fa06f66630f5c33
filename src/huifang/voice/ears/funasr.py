"""FunASR's websocket server in two passes: quick words while somebody speaks, better ones at the end.

Its protocol (runtime/docs/websocket_protocol.md of the FunASR project): a first JSON names mode, chunks, rate and
hot words; PCM of 16 bits follows; ``{"is_speaking": false}`` ends it.  Answers are JSON: ``2pass-online`` brings
the next few words, ``2pass-offline`` the better words of a whole sentence in their place, and ``is_final`` is true
when all is said.  Its Python server says so while somebody speaks, and not at the end; there the last sentence
is the end.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huifang.logic.understanding.sounds import syllables
from huifang.voice.ears.loudness import Loudness
from huifang.voice.ears.port import Capabilities, Heard, Yields
from huifang.voice.ears.remote import Frames, Tell
from huifang.voice.ears.websocket import converse, one_object

_CHUNKS = (5, 10, 5)  # of 60 ms: 600 ms of words, with 300 ms before and behind
_CONFIDENCE, _QUICK_CONFIDENCE = 0.9, 0.7  # the protocol tells none
_HOT_WORD_WEIGHT = 20
_MARKS = re.compile(r"<\|[^|>]*\|>")  # language and mood, where the second pass is SenseVoice
_PATIENCE_S = 0.8  # the better words may stay away: then the quick ones must do
_NEXT_SENTENCE_S = 0.25


class FunAsr:
    """Speaks to ``url`` (ws:// or wss://)."""

    capabilities = Capabilities(partials=True, yields=Yields.TEXT, hot_words=True, hz=16_000)

    def __init__(self, url: str, hot_words: tuple[str, ...] = ()) -> None:
        self.name = f"FunASR {url}"
        self._url = url
        self._hot_words = hot_words

    async def __call__(self, frames: Frames, partial: Tell) -> Heard:
        sentences: list[str] = []
        quick = ""

        def read(message: str, all_sent: bool) -> float | None:
            nonlocal quick
            answer = one_object(message, "FunASR")
            words = _MARKS.sub("", str(answer.get("text") or "")).strip()
            is_sentence = str(answer.get("mode", "")).endswith("offline")
            if is_sentence:
                sentences.append(words)
                quick = ""
            else:
                quick += words
            partial(_heard("".join(sentences) + quick, _QUICK_CONFIDENCE))
            if all_sent and answer.get("is_final") is True and not quick:
                return 0.0
            return _NEXT_SENTENCE_S if is_sentence else _PATIENCE_S

        loudness = Loudness()

        def encode(pcm: NDArray[np.int16]) -> bytes:
            loudness.raise_to_speech(pcm)
            return pcm.astype("<i2").tobytes()

        await converse(
            self._url,
            frames,
            opening=json.dumps(self._opening(), ensure_ascii=False),
            encode=encode,
            closing=json.dumps({"is_speaking": False}),
            read=read,
            patience=lambda: _PATIENCE_S if loudness.is_silence else None,
        )
        return _heard("".join(sentences) + quick, _QUICK_CONFIDENCE if quick else _CONFIDENCE)

    def _opening(self) -> dict[str, Any]:
        opening: dict[str, Any] = {
            "mode": "2pass",
            "wav_name": uuid.uuid4().hex,
            "wav_format": "pcm",
            "is_speaking": True,
            "chunk_size": list(_CHUNKS),
            "chunk_interval": 10,
            "audio_fs": 8_000,
            "itn": False,
        }
        if self._hot_words:
            weights = dict.fromkeys(self._hot_words, _HOT_WORD_WEIGHT)
            opening["hotwords"] = json.dumps(weights, ensure_ascii=False)
        return opening


def _heard(text: str, confidence: float) -> Heard:
    return Heard(text, syllables(text), confidence if text else 0.0)
