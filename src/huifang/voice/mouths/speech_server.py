"""Servers that know OpenAI's /v1/audio/speech: text out, a WAV file back."""

from __future__ import annotations

import io
import wave

import httpx
import numpy as np
from numpy.typing import NDArray

from huifang.errors import N_, Clause
from huifang.voice.mouths.level import telephone
from huifang.voice.mouths.port import SynthesisFailed
from huifang.voice.rtp.g711 import Codec, encode

_CONNECT_S, _TIME_LIMIT_S = 2.0, 10.0
_LARGEST_ANSWER = 16 * 1024 * 1024
_SILENT = frozenset(" \t\r\n，。！？；、：,.!?;:…—~～“”‘’\"'()（）《》「」")


class SpeechServer:
    """Speaks through ``<url>/audio/speech``; ``url`` ends with the version, ``https://host/v1``."""

    def __init__(
        self, url: str, *, model: str, voice: str, key: str = "", time_limit_s: float = _TIME_LIMIT_S
    ) -> None:
        self.voice = f"{url} {model} {voice}"
        self._url = url.rstrip("/") + "/audio/speech"
        self._wanted: dict[str, object] = {"model": model, "voice": voice, "response_format": "wav"}
        self._time_limit_s = time_limit_s
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        timeout = httpx.Timeout(time_limit_s, connect=_CONNECT_S)
        self._client = httpx.Client(timeout=timeout, headers=headers, trust_env=False)

    def render(self, text: str, language: str, pace: float = 1.0) -> bytes:
        words = " ".join(text.split())
        if all(ch in _SILENT for ch in words):
            return b""
        body = bytearray()
        wanted = {**self._wanted, "input": words}
        if pace != 1.0:  # not every server knows it
            wanted["speed"] = pace
        try:
            with self._client.stream("POST", self._url, json=wanted) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > _LARGEST_ANSWER:
                        raise SynthesisFailed(
                            text=text, reason=N_("the server’s answer is larger than any prompt")
                        )
        except (httpx.HTTPError, RuntimeError) as fault:
            raise SynthesisFailed(text=text, reason=str(fault) or type(fault).__name__) from None
        if response.status_code != 200:
            reason = Clause(N_("the server answers with HTTP %(status)d"), status=response.status_code)
            raise SynthesisFailed(text=text, reason=reason)
        pcm, hz = _samples(bytes(body), text)
        return encode(telephone(pcm, hz, words), Codec.PCMA).tobytes()

    def close(self) -> None:
        self._client.close()


def _samples(body: bytes, text: str) -> tuple[NDArray[np.int16], int]:
    """16-bit samples and their rate, out of a WAV file."""
    try:
        with wave.open(io.BytesIO(body)) as wav:
            channels, width, hz = wav.getnchannels(), wav.getsampwidth(), wav.getframerate()
            data = wav.readframes(min(wav.getnframes(), _LARGEST_ANSWER))  # a stream does not know its length
    except (wave.Error, EOFError):
        raise SynthesisFailed(text=text, reason=N_("the server’s answer is no WAV file")) from None
    if width != 2 or not 8_000 <= hz <= 96_000:
        raise SynthesisFailed(text=text, reason=N_("the server’s WAV file is not PCM of 16 bits"))
    whole = len(data) // (2 * channels) * 2 * channels
    return np.frombuffer(data[:whole], "<i2").reshape(-1, channels)[:, 0].astype(np.int16), hz
