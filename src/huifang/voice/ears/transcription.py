"""Servers that know OpenAI's /v1/audio/transcriptions: the whole utterance as a WAV file, text back."""

from __future__ import annotations

import io
import wave

import httpx
import numpy as np
from numpy.typing import NDArray

from huifang.logic.understanding.sounds import syllables
from huifang.voice.ears.port import NOTHING, Capabilities, Heard, Yields
from huifang.voice.ears.remote import AnswerUnusable, Frames, Tell
from huifang.voice.ears.websocket import one_object

_CONFIDENCE = 0.9  # the interface tells none
_CONNECT_S, _READ_S = 2.0, 10.0
_LARGEST_ANSWER = 256 * 1024


class Transcription:
    """Speaks to ``<url>/audio/transcriptions``; ``url`` ends with the version, ``https://host/v1``."""

    capabilities = Capabilities(partials=False, yields=Yields.TEXT, hot_words=True, hz=16_000)

    def __init__(
        self, url: str, *, model: str, key: str = "", language: str = "zh", hot_words: tuple[str, ...] = ()
    ) -> None:
        self.name = f"{model} {url}"
        self._url = url.rstrip("/") + "/audio/transcriptions"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._form = {"model": model, "language": language, "response_format": "json"}
        if hot_words:
            self._form["prompt"] = "，".join(hot_words)
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, frames: Frames, partial: Tell) -> Heard:
        pcm = [piece async for piece in frames]
        if not pcm:
            return NOTHING
        if self._client is None:  # here, because it belongs to the loop that it first runs on
            timeout = httpx.Timeout(_READ_S, connect=_CONNECT_S)
            self._client = httpx.AsyncClient(timeout=timeout, headers=self._headers, trust_env=False)
        files = {"file": ("speech.wav", _wav(np.concatenate(pcm)), "audio/wav")}
        async with self._client.stream("POST", self._url, data=self._form, files=files) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _LARGEST_ANSWER:
                    raise AnswerUnusable("the transcription is larger than any speech")
        if response.status_code != 200:
            raise AnswerUnusable(f"HTTP {response.status_code}")
        text = _text(bytes(body))
        return Heard(text, syllables(text), _CONFIDENCE) if text else NOTHING


def _wav(pcm: NDArray[np.int16]) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(8_000)
        wav.writeframes(pcm.astype("<i2").tobytes())
    return file.getvalue()


def _text(body: bytes) -> str:
    text = one_object(body.decode("utf-8", "replace"), "the transcription server").get("text")
    if not isinstance(text, str):
        raise AnswerUnusable("the transcription server answered without “text”")
    return text.strip()
