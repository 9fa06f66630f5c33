"""From telephone audio to meaning."""

from __future__ import annotations

import io
import json
import os
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from huifang.errors import ModelMissing
from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Asked, Intent, understand
from huifang.nlu.model import shipped
from huifang.voice.ears.sherpa import SherpaRecogniser
from huifang.voice.ears.sherpa_model import Kind, SherpaModel, look_into
from huifang.voice.ears.sherpa_program import HEAD, Program, What
from huifang.voice.ears.sherpa_stream import ModelStream
from huifang.voice.ears.tokens import syllables_of, writes_sounds
from huifang.voice.ears.whole import recognised
from huifang.voice.resampling import resample
from huifang.voice.rtp.g711 import Codec, decode, encode

COMMITS = 0.75  # from here on nothing is asked back

# What each text of phrases.tsv means as an answer to the rating question, by its words alone.
MEANT: dict[str, tuple[Intent, str]] = {
    "非常满意": (Intent.RATING, "5"),
    "满意": (Intent.RATING, "4"),
    "一般": (Intent.RATING, "3"),
    "不满意": (Intent.RATING, "2"),
    "非常不满意": (Intent.RATING, "1"),
    "是的": (Intent.YES, ""),
    "不是": (Intent.NO, ""),
    "没有解决": (Intent.COMPLAINT, "unresolved"),
    "我没空": (Intent.BUSY, ""),
    "别再打电话": (Intent.REFUSAL, ""),
    "下午三点再打": (Intent.CALLBACK, "? 15:00"),
    "服务态度不好": (Intent.COMPLAINT, "service"),
    "质量太差": (Intent.COMPLAINT, "quality"),
    "我想买": (Intent.INTEREST, ""),
    "很生气": (Intent.COMPLAINT, "angry"),
    "五分": (Intent.RATING, "5"),
    "二分": (Intent.RATING, "2"),
    "找经理": (Intent.HUMAN, ""),
    "不错": (Intent.RATING, "4"),
    "谢谢再见": (Intent.GOODBYE, ""),
}


@pytest.fixture(scope="module")
def speech() -> Path:
    folder = Path(__file__).resolve().parents[2].parent / "shared" / "speech"
    if not (folder / "model").is_dir():
        pytest.skip("the recogniser model of ../shared/speech is not here")
    pytest.importorskip("sherpa_onnx", reason="sherpa-onnx is not installed")
    return folder


@pytest.fixture(scope="module")
def recogniser(speech: Path) -> Iterator[SherpaRecogniser]:
    engine = SherpaRecogniser(speech / "model")
    yield engine
    engine.close()


def on_the_phone(path: Path, gain: float = 1.0) -> NDArray[np.int16]:
    """A recording as it arrives in a call: 8 kHz, through A-law."""
    with wave.open(str(path)) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        samples = resample((pcm / np.float32(32768)).astype(np.float32), file.getframerate(), 8000)
    loud = np.clip(samples * gain * 32767, -32768, 32767).astype(np.int16)
    return decode(encode(loud, Codec.PCMA), Codec.PCMA)


def with_hiss(pcm: NDArray[np.int16], below_db: float, seed: int) -> NDArray[np.int16]:
    """White noise so far below the voice itself, pauses not counted."""
    frames = pcm[: len(pcm) // 160 * 160].reshape(-1, 160).astype(np.float64)
    power = (frames**2).mean(axis=1)
    voice = np.sqrt(power[power > power.max() * 0.003].mean())
    hiss = np.random.default_rng(seed).normal(0, voice * 10 ** (-below_db / 20), len(pcm))
    return np.clip(pcm + hiss, -32768, 32767).astype(np.int16)


@pytest.mark.speech
@pytest.mark.parametrize("gain", [1.0, 0.3], ids=["as recorded", "10 dB quieter"])
def test_spoken_answers_reach_their_meaning_through_the_path_of_a_call(
    speech: Path, recogniser: SherpaRecogniser, gain: float, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        line.split("\t") for line in (speech / "phrases" / "phrases.tsv").read_text("utf-8").splitlines()[1:]
    ]
    wrong = []
    for name, text in rows:
        heard = recognised(recogniser, on_the_phone(speech / "phrases" / name, gain))
        reading = understand(Utterance(heard.text, heard.pinyin, heard.confidence), Asked("rating"))
        if (reading.intent, reading.code) != MEANT[text]:
            wrong.append(f"{text} was heard as {' '.join(heard.pinyin)} and read as {reading}")
    with capsys.disabled():
        for line in wrong:
            print(f"\n  not understood: {line}")
    assert len(rows) == 20
    assert len(wrong) <= 2, wrong


@pytest.mark.speech
def test_answers_in_noise_are_mostly_understood_and_hardly_ever_wrongly(
    speech: Path, recogniser: SherpaRecogniser
) -> None:
    rows = [
        line.split("\t") for line in (speech / "phrases" / "phrases.tsv").read_text("utf-8").splitlines()[1:]
    ]
    missed, wrong = [], []
    for seed in (1, 2):
        for name, text in rows:
            heard = recognised(recogniser, with_hiss(on_the_phone(speech / "phrases" / name), 20, seed))
            said = shipped().heard(heard.text, heard.pinyin, heard.confidence, heard.again)
            reading = understand(said, Asked("rating"))
            if (reading.intent, reading.code) != MEANT[text]:
                missed.append((text, heard.pinyin, heard.again, reading))
                if reading.intent is not Intent.UNCLEAR and reading.confidence >= COMMITS:
                    wrong.append(missed[-1])
    assert len(missed) <= 0.2 * 2 * len(rows), missed
    assert len(wrong) <= 1, wrong


@pytest.mark.speech
def test_what_is_unclear_is_listened_to_twice_unless_it_is_a_speech(speech: Path) -> None:
    model = SherpaModel(look_into(speech / "model"))

    def listen(stream: ModelStream, pcm: NDArray[np.int16]) -> None:
        for at in range(0, len(pcm), 800):
            stream.feed(pcm[at : at + 800])
            while model.ready([stream]):
                model.step(stream)

    answer = with_hiss(on_the_phone(speech / "phrases" / "12.wav"), 12, 1)
    pause = np.tile(answer[-1600:], 3)
    short, goes_on, long = model.stream(), model.stream(), model.stream()
    listen(short, np.concatenate([answer, pause]))
    assert short.second is not None  # begun in the pause, before it is known to be the end
    short.finish()
    while model.ready([short]):
        model.step(short)
    heard = model.heard(short)
    assert heard.confidence < 1
    assert heard.again
    assert heard.again != heard.pinyin

    listen(goes_on, np.concatenate([answer, pause]))
    listen(goes_on, answer[: len(answer) // 2])
    assert goes_on.second is None  # what had been listened to again was not all

    listen(long, with_hiss(on_the_phone(speech / "wav" / "wenet-long-16k.wav"), 12, 1))
    long.finish()
    while model.ready([long]):
        model.step(long)
    assert long.second is None


@pytest.mark.speech
def test_where_many_wait_nobody_is_listened_to_twice(speech: Path) -> None:
    model = SherpaModel(look_into(speech / "model"))
    answer = with_hiss(on_the_phone(speech / "phrases" / "12.wav"), 12, 1).tobytes()

    def told(utterances: int) -> list[tuple[str, ...]]:
        """The second listenings of so many utterances that come at once."""
        source, into = os.pipe()
        finals: list[dict[str, Any]] = []

        class Out(io.BytesIO):
            def write(self, line: Any) -> int:
                finals.extend(told for told in [json.loads(line)] if told["final"])
                if len(finals) == utterances:
                    os.close(into)  # the program ends with its input
                return len(line)

        sender = threading.Thread(target=send, args=(into, utterances))
        sender.start()
        Program(model, source, Out()).run()
        sender.join()
        os.close(source)
        assert len({tuple(final["pinyin"]) for final in finals}) == 1  # the first listening is the same
        return [tuple(final["again"]) for final in finals]

    def send(into: int, utterances: int) -> None:
        for what, body in ((What.BEGIN, b""), (What.AUDIO, answer), (What.END, b"")):
            for number in range(utterances):
                os.write(into, HEAD.pack(what, number, len(body)) + body)

    assert told(1)[0]
    assert told(8) == [()] * 8


@pytest.mark.speech
def test_speech_about_something_else_means_nothing(speech: Path, recogniser: SherpaRecogniser) -> None:
    for path in sorted((speech / "wav").glob("*.wav")):
        heard = recognised(recogniser, on_the_phone(path))
        assert len(heard.pinyin) > 8
        assert (
            understand(Utterance(heard.text, heard.pinyin, heard.confidence), Asked("rating")).intent
            is Intent.UNCLEAR
        )


@pytest.mark.speech
def test_silence_and_noise_are_not_taken_for_an_answer(recogniser: SherpaRecogniser) -> None:
    noise = (np.random.default_rng(7).standard_normal(16000) * 300).astype(np.int16)
    for pcm in (np.zeros(0, np.int16), np.zeros(8000, np.int16), noise):
        heard = recognised(recogniser, pcm)
        assert (
            understand(Utterance(heard.text, heard.pinyin, heard.confidence), Asked("rating")).intent
            is Intent.UNCLEAR
        )


def test_tokens_become_toneless_syllables() -> None:
    assert syllables_of(["f", "ēi", "ch", "áng", "b", "ù", "m", "ǎn", "y", "ì"]) == (
        "fei",
        "chang",
        "bu",
        "man",
        "yi",
    )
    assert syllables_of(["èr", "f", "ēn", "n", "ǚ", "sh", "ì", "sh"]) == ("er", "fen", "nv", "shi")
    assert syllables_of(["<unk>", "j", "ué"]) == ("jue",)


def test_a_model_of_sounds_is_told_from_one_of_characters() -> None:
    initials = [
        "b",
        "p",
        "m",
        "f",
        "d",
        "t",
        "n",
        "l",
        "g",
        "k",
        "h",
        "j",
        "q",
        "x",
        "zh",
        "ch",
        "sh",
        "r",
        "z",
        "c",
        "s",
        "y",
        "w",
    ]
    assert writes_sounds([*initials, "ā", "iǎng", "<blk>"])
    assert not writes_sounds(["非", "常", "满", "意", *"abcdefghijklmnopqrstuvwxyz"])


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "no encoder*.onnx"),
        ({"encoder-1.onnx": b"x", "decoder-1.onnx": b"x"}, "no joiner*.onnx"),
        ({"encoder.onnx": b"x", "decoder.onnx": b"x", "joiner.onnx": b"x"}, "tokens.txt is missing or empty"),
        (
            {"encoder.onnx": b"", "decoder.onnx": b"x", "joiner.onnx": b"x", "tokens.txt": b"a 0"},
            "encoder.onnx is missing or empty",
        ),
    ],
)
def test_incomplete_model_folder_is_named_in_one_sentence(
    tmp_path: Path, files: dict[str, bytes], words: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelMissing) as raised:
        look_into(tmp_path)
    assert words in str(raised.value)
    assert str(tmp_path) in str(raised.value)
    with pytest.raises(ModelMissing, match="it is not a folder"):
        look_into(tmp_path / "nowhere")


@pytest.mark.parametrize("tokens", [b"\xff\xfe", b"no numbers", b""])
def test_unusable_model_files_are_refused(tmp_path: Path, tokens: bytes) -> None:
    pytest.importorskip("sherpa_onnx", reason="sherpa-onnx is not installed")
    for name in ("encoder.onnx", "decoder.onnx", "joiner.onnx"):
        (tmp_path / name).write_bytes(b"this is no model")
    (tmp_path / "tokens.txt").write_bytes(tokens)
    with pytest.raises(ModelMissing):
        SherpaRecogniser(tmp_path)


def test_the_small_form_of_a_model_is_preferred(tmp_path: Path) -> None:
    for name in ("encoder.onnx", "encoder.int8.onnx", "decoder.onnx", "joiner.onnx", "tokens.txt"):
        (tmp_path / name).write_bytes(b"a 0")
    assert look_into(tmp_path).files["encoder"].name == "encoder.int8.onnx"


@pytest.mark.parametrize(
    ("folder", "files", "tokens", "kind"),
    [
        ("any", ("encoder-a.onnx", "decoder-a.onnx", "joiner-a.onnx"), "a 0", Kind.TRANSDUCER),
        (
            "streaming-paraformer-zh",
            ("encoder.int8.onnx", "decoder.int8.onnx"),
            "a 0",
            Kind.STREAMING_PARAFORMER,
        ),
        ("zipformer-ctc-zh", ("model.int8.onnx",), "a 0", Kind.STREAMING_CTC),
        ("any", ("ctc-epoch-20.int8.onnx",), "a 0", Kind.STREAMING_CTC),
        ("any", ("model.int8.onnx",), "<|zh|> 0", Kind.SENSE_VOICE),
        ("paraformer-zh", ("model.onnx",), "a 0", Kind.PARAFORMER),
    ],
)
def test_a_model_is_known_by_its_files(
    tmp_path: Path, folder: str, files: tuple[str, ...], tokens: str, kind: Kind
) -> None:
    place = tmp_path / folder
    place.mkdir()
    for name in files:
        (place / name).write_bytes(b"x")
    (place / "tokens.txt").write_text(tokens)
    model = look_into(place)
    assert model.kind is kind
    assert not model.sounds
    assert {path.name for path in model.files.values()} == {*files, "tokens.txt"}
