"""Recordings, a synthesiser elsewhere, and the spare one where that is gone."""

from __future__ import annotations

import hashlib
import json
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from huifang.errors import FileUnusable
from huifang.voice.mouths.port import SynthesisFailed
from huifang.voice.mouths.recorded import RecordedPrompts
from huifang.voice.mouths.speech_server import SpeechServer as Mouth
from huifang.voice.mouths.voices import Voices
from huifang.voice.rtp.g711 import Codec, decode, encode

from .peers import SpeechServer, free_port

TONE = (np.sin(2 * np.pi * 400 * np.arange(1600) / 8000) * 8000).astype("<i2")


def wav(
    path: Path, *, hz: int = 8000, channels: int = 1, width: int = 2, data: bytes = TONE.tobytes()
) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(hz)
        file.writeframes(data)


def alike(clip: bytes | None) -> bool:
    return clip is not None and bool(np.corrcoef(decode(clip, Codec.PCMA), TONE)[0, 1] > 0.99)


def test_recordings_are_found_by_manifest_by_text_and_by_hash(tmp_path: Path) -> None:
    listed = tmp_path / "listed"
    listed.mkdir()
    wav(listed / "a.wav")
    (listed / "manifest.csv").write_text('text,file\n"您好，欢迎。",a.wav\n', "utf-8-sig")
    assert alike(RecordedPrompts(listed).clip("您好，欢迎。"))
    assert RecordedPrompts(listed).clip("再见。") is None

    named = tmp_path / "named"
    named.mkdir()
    wav(named / "请按1。.wav")
    digest = hashlib.sha256("再见。".encode()).hexdigest()
    (named / f"{digest[:16]}.alaw").write_bytes(encode(TONE, Codec.PCMA).tobytes())
    (named / f"{hashlib.sha256('好的。'.encode()).hexdigest()}.ulaw").write_bytes(
        encode(TONE, Codec.PCMU).tobytes()
    )
    prompts = RecordedPrompts(named)
    assert len(prompts) == 3
    assert all(alike(prompts.clip(text)) for text in ("请按1。", "再见。", " 好的。"))


def test_a_wav_file_with_alaw_inside_is_played(tmp_path: Path) -> None:
    codes = encode(TONE, Codec.PCMA).tobytes()
    head = struct.pack("<HHIIHH", 6, 1, 8000, 8000, 1, 8)
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(codes)) + codes
    (tmp_path / "您好.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    assert alike(RecordedPrompts(tmp_path).clip("您好"))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"hz": 16_000}, "16000 Hz and 1 channels"),
        ({"channels": 2}, "8000 Hz and 2 channels"),
        ({"width": 1}, "neither 16 bits nor G.711"),
    ],
)
def test_a_recording_of_another_form_is_named_with_the_mend(
    tmp_path: Path, form: dict[str, int], words: str
) -> None:
    wav(tmp_path / "您好.wav", **form)  # type: ignore[arg-type]
    with pytest.raises(FileUnusable, match=words) as raised:
        RecordedPrompts(tmp_path)
    assert "您好.wav" in str(raised.value)
    assert "convert" in str(raised.value)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [("您好", "line 1"), ("text,file\n您好,gone.wav", "does not exist"), ("您好,", "line 1")],
)
def test_a_faulty_manifest_is_named(tmp_path: Path, manifest: str, words: str) -> None:
    (tmp_path / "manifest.csv").write_text(manifest, "utf-8")
    with pytest.raises(FileUnusable, match=words):
        RecordedPrompts(tmp_path)


def test_what_is_no_sound_and_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "您好.wav").write_bytes(b"RIFFxxxx")
    with pytest.raises(FileUnusable, match="no WAV file"):
        RecordedPrompts(tmp_path)
    with pytest.raises(FileUnusable, match="not a folder"):
        RecordedPrompts(tmp_path / "nowhere")


# ---- a server that speaks


@pytest.fixture
def server() -> Iterator[tuple[SpeechServer, str]]:
    port = free_port()
    server = SpeechServer(port)
    yield server, f"http://127.0.0.1:{port}/v1"
    server.stop()


def test_a_server_is_asked_as_its_interface_says_and_its_audio_fits_the_telephone(
    server: tuple[SpeechServer, str],
) -> None:
    peer, url = server
    mouth = Mouth(url, model="tts-1", voice="alloy", key="secret")
    clip = mouth.render("您好，欢迎光临。", "zh-CN")
    mouth.render("您好，欢迎光临。", "zh-CN", 0.8)
    mouth.close()
    [(path, headers, body), (_, _, slower)] = peer.requests
    assert path == "/v1/audio/speech"
    assert headers["Authorization"] == "Bearer secret"
    assert json.loads(body) == {
        "model": "tts-1", "voice": "alloy", "response_format": "wav", "input": "您好，欢迎光临。"
    }  # fmt: skip
    assert json.loads(slower)["speed"] == 0.8
    assert 0.8 < len(clip) / 8000 < 1.6
    assert np.abs(decode(clip, Codec.PCMA)).max() > 3000


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [(429, None, "HTTP 429"), (500, None, "HTTP 500"), (200, b"no sound", "no WAV"), (200, b"", "no WAV")],
)
def test_a_server_that_refuses_or_babbles_has_failed(
    server: tuple[SpeechServer, str], status: int, body: bytes | None, words: str
) -> None:
    peer, url = server
    peer.status, peer.body = status, body
    mouth = Mouth(url, model="m", voice="v")
    with pytest.raises(SynthesisFailed, match=words):
        mouth.render("您好", "zh-CN")
    mouth.close()


def test_a_server_that_hangs_or_is_not_there_has_failed(server: tuple[SpeechServer, str]) -> None:
    peer, url = server
    peer.is_frozen.set()
    for mouth in (
        Mouth(url, model="m", voice="v", time_limit_s=0.3),
        Mouth("http://127.0.0.1:9/v1", model="m", voice="v"),
    ):
        with pytest.raises(SynthesisFailed):
            mouth.render("您好", "zh-CN")
        assert mouth.render("……", "zh-CN") == b""
        mouth.close()
    peer.is_frozen.clear()


class Spare:
    voice = "spare"

    def __init__(self) -> None:
        self.said: list[str] = []

    def render(self, text: str, language: str, pace: float = 1.0) -> bytes:
        self.said.append(text)
        return b"spare" * 40

    def close(self) -> None:
        pass


def test_the_spare_voice_speaks_while_the_server_is_gone_and_is_never_taken_for_it(
    server: tuple[SpeechServer, str], tmp_path: Path
) -> None:
    peer, url = server
    spare = Spare()
    voices = Voices(Mouth(url, model="m", voice="v"), spare, tmp_path)
    first = voices.clip("您好。", "zh-CN", fixed=True)
    assert spare.said == []
    peer.status = 500
    for text in ("一。", "二。", "三。", "四。", "五。"):
        assert voices.clip(text, "zh-CN", fixed=True) == b"spare" * 40
    assert not voices.is_whole
    asked = len(peer.requests)
    voices.clip("六。", "zh-CN", fixed=True)
    assert len(peer.requests) == asked  # it is left alone
    assert voices.clip("您好。", "zh-CN", fixed=True) == first  # what it said before is still its own
    peer.status = 200
    again = Voices(Mouth(url, model="m", voice="v"), spare, tmp_path)
    assert again.clip("一。", "zh-CN", fixed=True) != b"spare" * 40
    again.close()
    voices.close()


def test_recordings_come_before_every_engine(tmp_path: Path) -> None:
    wav(tmp_path / "您好。.wav")
    spare = Spare()
    voices = Voices(spare, None, tmp_path / "prompts", RecordedPrompts(tmp_path))
    assert alike(voices.clip("您好。", "zh-CN", fixed=True))
    voices.clip("再见。", "zh-CN", fixed=True)
    assert spare.said == ["再见。"]
    voices.close()
