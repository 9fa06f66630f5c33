"""``huifang nlu hear``: sound files go the way of a call."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from huifang.commands.nlu import app
from huifang.errors import FileUnusable, SettingInvalid
from huifang.logic.understanding import Asked
from huifang.logic.understanding.sounds import syllables
from huifang.voice.ears.port import Heard
from huifang.voice.hear import hear_file, lines_of
from huifang.voice.mouths import espeak_program
from huifang.voice.mouths.espeak import EspeakSynthesiser
from huifang.voice.resampling import resample
from huifang.voice.rtp.g711 import Codec, decode, encode
from huifang.voice.rtp.turns import turns_in
from huifang.voice.wav import read_wav

NOW = datetime(2026, 9, 15, 10, 7, tzinfo=timezone(timedelta(hours=8)))


def wav(path: Path, form: int, channels: int, rate: int, bits: int, data: bytes, extensible: int = 0) -> Path:
    block = channels * bits // 8
    fmt = struct.pack("<HHIIHH", form, channels, rate, rate * block, block, bits)
    if extensible:
        fmt += struct.pack("<HHIH", 22, bits, 0, extensible) + bytes(14)
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"  # other chunks, padded to even lengths, stand between
    body = (
        b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + odd + b"data" + struct.pack("<I", len(data)) + data
    )
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def tone(rate: int) -> NDArray[np.float64]:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)


FORMS = {
    "8 bits": (1, 8, lambda x: np.uint8(np.rint(x * 127 + 128)).tobytes(), 0),
    "16 bits": (1, 16, lambda x: np.int16(x * 32767).tobytes(), 0),
    "24 bits": (
        1,
        24,
        lambda x: np.int32(x * 8388607).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes(),
        0,
    ),
    "32 bits": (1, 32, lambda x: np.int32(x * 2147483647).tobytes(), 0),
    "floats": (3, 32, lambda x: np.float32(x).tobytes(), 0),
    "A-law": (6, 8, lambda x: encode(np.int16(x * 32767), Codec.PCMA).tobytes(), 0),
    "µ-law": (7, 8, lambda x: encode(np.int16(x * 32767), Codec.PCMU).tobytes(), 0),
    "extensible": (0xFFFE, 16, lambda x: np.int16(x * 32767).tobytes(), 1),
}


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16000, 2), (44100, 1)])
def test_every_usual_wav_is_read_as_a_telephone_would_carry_it(
    tmp_path: Path, form: str, rate: int, channels: int
) -> None:
    code, bits, written, extensible = FORMS[form]
    frames = np.repeat(tone(rate), channels)
    pcm = read_wav(wav(tmp_path / "a.wav", code, channels, rate, bits, written(frames), extensible))
    assert abs(len(pcm) - 8000) <= 1
    wanted = tone(8000)[500:7500] * 32767
    assert np.abs(pcm[500:7500] - wanted).max() < 700  # what 8 bits and the change of rate cost


def test_a_file_that_was_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", 1, 1, 8000, 16, np.int16(tone(8000) * 32767).tobytes())
    path.write_bytes(path.read_bytes()[:-4001])
    assert len(read_wav(path)) == (16_000 - 4001) // 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no WAV file"),
        (b"ID3 this is a song", "no WAV file"),
        (b"RIFF\x04\0\0\0WAVE", "no complete WAV file"),
        (
            b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0"
            + struct.pack("<HHIIHH", 17, 1, 8000, 4000, 256, 4)
            + b"data\x04\0\0\0abcd",
            "code 17",
        ),
        (
            b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0"
            + struct.pack("<HHIIHH", 1, 0, 0, 0, 0, 16)
            + b"data\x04\0\0\0abcd",
            "no complete",
        ),
    ],
)
def test_a_file_that_is_no_sound_is_refused_in_one_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(FileUnusable) as refused:
        read_wav(path)
    assert why in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_missing_file_and_a_missing_model_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileUnusable):
        read_wav(tmp_path / "nothing.wav")
    monkeypatch.delenv("HUIFANG_ASR_MODEL", raising=False)
    ran = CliRunner().invoke(app, ["hear", str(tmp_path / "nothing.wav")])
    assert isinstance(ran.exception, SettingInvalid)
    assert "HUIFANG_ASR_MODEL" in str(ran.exception)


@pytest.fixture(scope="module")
def mouth() -> Iterator[EspeakSynthesiser]:
    try:
        espeak_program.library()
    except LookupError as missing:
        pytest.skip(str(missing))
    synthesiser = EspeakSynthesiser(chinese="cmn+max", rate=150)  # what a recogniser understands best
    yield synthesiser
    synthesiser.close()


def said(mouth: EspeakSynthesiser, *words: str, pause_s: float = 1.5) -> NDArray[np.int16]:
    """Words with pauses, over the faint noise of a line."""
    pause = np.zeros(int(pause_s * 8000), np.int16)
    parts = [pause]
    for each in words:
        parts += [decode(mouth.render(each, "zh-CN"), Codec.PCMA), pause]
    spoken = np.concatenate(parts)
    noise = np.random.default_rng(7).normal(0, 12, len(spoken))
    return np.clip(spoken + noise, -32768, 32767).astype(np.int16)


def test_turns_are_parted_by_the_silence_that_ends_them(mouth: EspeakSynthesiser) -> None:
    pcm = said(mouth, "非常满意", "你们的服务很好")
    one, two = turns_in(pcm)
    assert one.end_ms < two.start_ms
    assert two.start_ms - one.end_ms > 1000
    assert abs(one.start_ms - 1500) < 150
    assert len(two.pcm) > len(one.pcm) > 8000 * 0.5
    assert len(list(turns_in(pcm[: int(2.2 * 8000)]))) == 1  # the end of the file ends a turn
    assert list(turns_in(np.random.default_rng(7).normal(0, 60, 24_000).astype(np.int16))) == []
    assert list(turns_in(np.zeros(0, np.int16))) == []


def test_each_turn_tells_words_meaning_and_the_instant_that_was_named(
    mouth: EspeakSynthesiser, tmp_path: Path
) -> None:
    told = iter(["明天下午三点再打", "非常满意"])

    def recognise(pcm: NDArray[np.int16]) -> Heard:
        return Heard("", syllables(next(told)), 0.9)

    pcm = said(mouth, "明天下午三点再打", "非常满意")
    path = wav(tmp_path / "two.wav", 1, 1, 8000, 16, pcm.tobytes())
    heard = hear_file(path, recognise, Asked("rating"), NOW)
    assert [(t["intent"], t["when"]) for t in heard["turns"]] == [
        ("callback", "2026-09-16T15:00+08:00"),
        ("rating", ""),
    ]
    assert heard["turns"][1]["code"] == "5"
    assert heard["turns"][0]["pinyin"].startswith("ming tian")
    assert all(t["recognise_ms"] >= 0 and t["understand_ms"] > 0 for t in heard["turns"])
    lines = list(lines_of(heard))
    assert len(lines) == 3
    assert "rating 5" in lines[2]
    json.dumps(heard)


def test_a_voice_that_is_raised_in_the_second_turn_is_told_so(
    mouth: EspeakSynthesiser, tmp_path: Path
) -> None:
    sentence = decode(mouth.render("我上个星期买的那件衣服还没有收到", "zh-CN"), Codec.PCMA).astype(
        np.float32
    )
    raised = resample(sentence, 10_000, 8_000) * 2  # a quarter higher and faster, 6 dB louder
    pause = np.zeros(8_000, np.float32)
    pcm = np.concatenate([pause, sentence / 3, pause, raised / 3, pause]).astype(np.int16)
    path = wav(tmp_path / "raised.wav", 1, 1, 8000, 16, pcm.tobytes())
    heard = hear_file(
        path, lambda pcm: Heard("我上个星期买的那件衣服还没有收到", (), 0.9), Asked("free"), NOW
    )
    calm, angry = heard["turns"]
    assert (calm["voice_emotion"], angry["voice_emotion"]) == ("", "agitated")
    assert angry["voice"]["pitch_hz"] == pytest.approx(1.25 * calm["voice"]["pitch_hz"], rel=0.05)
    assert 0 < angry["voice_confidence"] <= 0.6
    assert angry["emotion"] == calm["emotion"], "a voice names no emotion"
    assert "agitated" in list(lines_of(heard))[2]


@pytest.mark.speech
def test_files_are_heard_with_a_real_recogniser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(__file__).resolve().parents[2].parent / "shared" / "speech"
    if not (folder / "model").is_dir():
        pytest.skip("the recogniser model of ../shared/speech is not here")
    pytest.importorskip("sherpa_onnx", reason="sherpa-onnx is not installed")
    monkeypatch.setenv("HUIFANG_ASR_MODEL", str(folder / "model"))
    names = dict(
        reversed(line.split("\t"))
        for line in (folder / "phrases" / "phrases.tsv").read_text("utf-8").splitlines()
    )
    files = [str(folder / "phrases" / names[text]) for text in ("非常满意", "别再打电话", "不满意")]
    out = tmp_path / "heard.json"
    ran = CliRunner().invoke(app, ["hear", *files, "--json", str(out)], catch_exceptions=False)
    assert ran.exit_code == 0
    heard = json.loads(out.read_text("utf-8"))["files"]
    meant = [[(t["intent"], t["code"]) for t in each["turns"]] for each in heard]
    assert meant == [[("rating", "5")], [("refusal", "")], [("rating", "2")]], ran.output
