"""sherpa-onnx's streaming websocket server: float32 samples at 16 kHz out, one JSON per chunk in, “Done” at the end."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from huifang.logic.understanding.sounds import syllables
from huifang.voice.ears.loudness import Loudness
from huifang.voice.ears.port import NOTHING, Capabilities, Heard, Yields
from huifang.voice.ears.remote import Frames, Tell
from huifang.voice.ears.tokens import confidence_of, syllables_of
from huifang.voice.ears.websocket import converse, one_object
from huifang.voice.resampling import Doubling

_HZ = 16_000
_TAIL_S = 0.5  # the model decides the last syllable only after some silence


class SherpaServer:
    """Speaks to ``url`` (ws:// or wss://).

    :param yields: what the server's model writes; the protocol does not tell
    """

    def __init__(self, url: str, yields: Yields = Yields.TEXT) -> None:
        self.name = f"sherpa-onnx {url}"
        self.capabilities = Capabilities(partials=True, yields=yields, hot_words=False, hz=_HZ)
        self._url = url

    async def __call__(self, frames: Frames, partial: Tell) -> Heard:
        segments: dict[int, Heard] = {}
        loudness, doubled = Loudness(), Doubling()

        def read(message: str, all_sent: bool) -> float | None:
            if message.strip() in ("Done!", "Done"):
                return 0.0
            answer = one_object(message, "the sherpa-onnx server")
            number = answer.get("segment")
            segments[number if isinstance(number, int) else 0] = self._heard(answer)
            if not loudness.is_silence:
                partial(_joined(segments))
            return 0.0 if answer.get("is_eof") is True else None

        async def with_tail() -> Frames:
            async for pcm in frames:
                yield pcm
            yield np.zeros(int(_TAIL_S * 8_000), np.int16)

        def encode(pcm: NDArray[np.int16]) -> bytes:
            return doubled(loudness.raise_to_speech(pcm)).astype("<f4").tobytes()

        await converse(self._url, with_tail(), opening=None, encode=encode, closing="Done", read=read)
        return NOTHING if loudness.is_silence else _joined(segments)

    def _heard(self, answer: Mapping[str, object]) -> Heard:
        given = answer.get("tokens")
        tokens = tuple(str(token) for token in given) if isinstance(given, list) else ()
        chances = answer.get("ys_probs")
        numbers = (
            [float(p) for p in chances if isinstance(p, int | float)] if isinstance(chances, list) else []
        )
        confidence = confidence_of(numbers) if numbers else 0.8 * bool(tokens)
        if self.capabilities.yields is Yields.SOUNDS:
            return Heard("", syllables_of(tokens), confidence, tokens)
        text = str(answer.get("text") or "").strip()
        return Heard(text, syllables(text), confidence, tokens)


def _joined(segments: Mapping[int, Heard]) -> Heard:
    parts = [
        segments[number] for number in sorted(segments) if segments[number].text or segments[number].pinyin
    ]
    if not parts:
        return Heard("", (), 0.0)
    return Heard(
        "".join(part.text for part in parts),
        tuple(syllable for part in parts for syllable in part.pinyin),
        min(part.confidence for part in parts),
        tuple(token for part in parts for token in part.tokens),
    )
