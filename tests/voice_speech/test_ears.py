"""From telephone audio to meaning."""

from __future__ import annotations

import threading
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from huifang.errors import ModelMissing
from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Asked, Intent, understand
from huifang.voice.ears.pool import NOTHING, RecogniserPool
from huifang.voice.ears.port import Heard
from huifang.voice.ears.sherpa import SherpaRecogniser, model_files
from huifang.voice.ears.tokens import syllables_of, writes_sounds
from huifang.voice.resampling import resample
from huifang.voice.rtp.g711 import Codec, decode, encode

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
def recogniser(speech: Path) -> SherpaRecogniser:
    return SherpaRecogniser(speech / "model")


def on_the_phone(path: Path, gain: float = 1.0) -> NDArray[np.int16]:
    """A recording as it arrives in a call: 8 kHz, through A-law."""
    with wave.open(str(path)) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        samples = resample((pcm / np.float32(32768)).astype(np.float32), file.getframerate(), 8000)
    loud = np.clip(samples * gain * 32767, -32768, 32767).astype(np.int16)
    return decode(encode(loud, Codec.PCMA), Codec.PCMA)


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
        heard = recogniser.recognise(on_the_phone(speech / "phrases" / name, gain))
        reading = understand(Utterance(heard.text, heard.pinyin, heard.confidence), Asked("rating"))
        if (reading.intent, reading.code) != MEANT[text]:
            wrong.append(f"{text} was heard as {' '.join(heard.pinyin)} and read as {reading}")
    with capsys.disabled():
        for line in wrong:
            print(f"\n  not understood: {line}")
    assert len(rows) == 20
    assert len(wrong) <= 2, wrong


@pytest.mark.speech
def test_speech_about_something_else_means_nothing(speech: Path, recogniser: SherpaRecogniser) -> None:
    for path in sorted((speech / "wav").glob("*.wav")):
        heard = recogniser.recognise(on_the_phone(path))
        assert len(heard.pinyin) > 8
        assert (
            understand(Utterance(heard.text, heard.pinyin, heard.confidence), Asked("rating")).intent
            is Intent.UNCLEAR
        )


@pytest.mark.speech
def test_silence_and_noise_are_not_taken_for_an_answer(recogniser: SherpaRecogniser) -> None:
    noise = (np.random.default_rng(7).standard_normal(16000) * 300).astype(np.int16)
    for pcm in (np.zeros(0, np.int16), np.zeros(8000, np.int16), noise):
        heard = recogniser.recognise(pcm)
        assert (
            understand(Utterance(heard.text, heard.pinyin, heard.confidence), Asked("rating")).intent
            is Intent.UNCLEAR
        )


@pytest.mark.speech
def test_workers_give_every_utterance_its_own_answer(speech: Path, recogniser: SherpaRecogniser) -> None:
    clips = {
        t: on_the_phone(speech / "phrases" / f"{n:02}.wav")
        for n, t in ((1, "fei chang man yi"), (4, "bu man yi"))
    }
    pool = RecogniserPool(recogniser, workers=2)
    answers: dict[tuple[str, int], Heard] = {}
    done = threading.Event()

    def take(key: tuple[str, int], heard: Heard) -> None:
        answers[key] = heard
        if len(answers) == 8:
            done.set()

    for n in range(4):
        for text, pcm in clips.items():
            pool.submit(pcm, lambda heard, key=(text, n): take(key, heard))
    assert done.wait(60)
    pool.stop()
    assert all(" ".join(heard.pinyin) == text for (text, _), heard in answers.items())


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
        model_files(tmp_path)
    assert words in str(raised.value)
    assert str(tmp_path) in str(raised.value)
    with pytest.raises(ModelMissing, match="it is not a folder"):
        model_files(tmp_path / "nowhere")


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
    assert model_files(tmp_path)["encoder"].name == "encoder.int8.onnx"


class Scripted:
    """A recogniser that waits, answers or fails as it is told."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.fails = False

    def recognise(self, pcm: NDArray[np.int16]) -> Heard:
        self.go.wait(10)
        if self.fails:
            raise RuntimeError("the engine broke")
        return Heard("", ("man", "yi"), 1.0, (str(len(pcm)),))


def test_a_broken_engine_answers_with_nothing_and_goes_on() -> None:
    engine = Scripted()
    engine.go.set()
    pool = RecogniserPool(engine)
    answers: list[Heard] = []
    both = threading.Semaphore(0)

    def take(heard: Heard) -> None:
        answers.append(heard)
        both.release()

    engine.fails = True
    pool.submit(np.zeros(160, np.int16), take)
    assert both.acquire(timeout=10)
    engine.fails = False
    pool.submit(np.zeros(160, np.int16), take)
    assert both.acquire(timeout=10)
    pool.stop()
    assert answers == [NOTHING, Heard("", ("man", "yi"), 1.0, ("160",))]


def test_a_full_queue_and_a_stop_leave_no_question_unanswered() -> None:
    engine = Scripted()
    pool = RecogniserPool(engine, waiting=2)
    answers: list[Heard] = []
    for _ in range(6):
        pool.submit(np.zeros(160, np.int16), answers.append)
    engine.go.set()
    pool.stop()
    pool.submit(np.zeros(160, np.int16), answers.append)
    assert len(answers) == 7
    assert NOTHING in answers
