"""From words to telephone audio."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from huifang.errors import FileUnusable
from huifang.voice.mouths import espeak_program
from huifang.voice.mouths.espeak import EspeakSynthesiser
from huifang.voice.mouths.port import MouthMissing, SynthesisFailed
from huifang.voice.mouths.prompts import PromptCache
from huifang.voice.rtp.g711 import Codec, decode


@pytest.fixture(scope="module")
def mouth() -> Iterator[EspeakSynthesiser]:
    try:
        espeak_program.library()
    except LookupError as missing:
        pytest.skip(str(missing))
    synthesiser = EspeakSynthesiser()
    yield synthesiser
    synthesiser.close()


def samples(clip: bytes) -> np.ndarray:
    return decode(clip, Codec.PCMA) / 32768


def alike(one: bytes, other: bytes) -> bool:
    """The same words: espeak-ng breathes a little differently every time, but in the same rhythm."""
    if not one or abs(len(one) - len(other)) > 0.05 * len(one):
        return False
    size = min(len(one), len(other)) // 160
    loud = [np.sqrt((samples(c[: size * 160]).reshape(size, 160) ** 2).mean(axis=1)) for c in (one, other)]
    return float(np.corrcoef(*loud)[0, 1]) > 0.85


def test_a_sentence_lasts_as_long_as_a_clear_speaker_takes_and_is_loud_enough(
    mouth: EspeakSynthesiser,
) -> None:
    words = "您好，我是花颜美妆人民路店的智能语音助手。"
    clip = mouth.render(words, "zh-CN")
    syllables = 19
    assert 3.0 < syllables / (len(clip) / 8000) < 5.5
    heard = samples(clip)
    assert 0.04 < np.sqrt((heard**2).mean()) < 0.16
    assert np.abs(heard).max() < 10 ** (-2.9 / 20)
    assert np.abs(heard[-1600:]).max() < 0.01  # the pause of a full stop


def test_a_slower_pace_takes_longer_and_stays_in_its_pitch(mouth: EspeakSynthesiser) -> None:
    words = "请问您对这次购物满意吗"
    usual, slow = (len(mouth.render(words, "zh-CN", pace)) for pace in (1.0, 0.8))
    assert 1.15 < slow / usual < 1.4
    assert abs(_pitch(mouth.render(words, "zh-CN", 0.8)) / _pitch(mouth.render(words, "zh-CN")) - 1) < 0.1


def _pitch(clip: bytes) -> float:
    """The strongest period between 60 and 400 Hz, in Hz: what a voice that is merely stretched would lower."""
    sound = decode(clip, Codec.PCMA).astype(float)
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    same = np.fft.irfft(spectrum)
    periods = np.arange(8_000 // 400, 8_000 // 60)
    return 8_000 / periods[np.argmax(same[periods])]


def test_speech_lies_in_the_telephone_band(mouth: EspeakSynthesiser) -> None:
    heard = samples(mouth.render("非常满意请按1，满意请按2。", "zh-CN"))
    power = np.abs(np.fft.rfft(heard)) ** 2
    hz = np.fft.rfftfreq(len(heard), 1 / 8000)
    assert power[(hz > 200) & (hz < 3600)].sum() > 0.7 * power.sum()


def test_the_pause_follows_the_punctuation(mouth: EspeakSynthesiser) -> None:
    bare, comma, stop = (len(mouth.render("满意" + end, "zh-CN")) for end in ("", "，", "。"))
    assert bare < comma < stop


def test_the_same_words_are_the_same_audio(mouth: EspeakSynthesiser) -> None:
    assert alike(mouth.render("请您稍等。", "zh-CN"), mouth.render("请您稍等。", "zh-CN"))
    assert not alike(mouth.render("请您稍等。", "zh-CN"), mouth.render("非常满意。", "zh-CN"))


@pytest.mark.parametrize("digit", range(1, 6))
def test_a_digit_sounds_as_its_word(mouth: EspeakSynthesiser, digit: int) -> None:
    word = "一二三四五"[digit - 1]
    assert alike(mouth.render(f"请按{digit}，", "zh-CN"), mouth.render(f"请按{word}，", "zh-CN"))


@pytest.mark.parametrize("text", ["", "  ", "，。！", "……"])
def test_words_without_sound_are_an_empty_clip(mouth: EspeakSynthesiser, text: str) -> None:
    assert mouth.render(text, "zh-CN") == b""


@pytest.mark.parametrize("text", ["李\n女士\x00，", '"quotes" {braces}', "😀您好", "a" * 5000])
def test_odd_words_do_no_harm(mouth: EspeakSynthesiser, text: str) -> None:
    mouth.render(text, "zh-CN")
    assert mouth.render("您好。", "zh-CN")


def test_english_is_spoken_too(mouth: EspeakSynthesiser) -> None:
    assert len(mouth.render("Thank you, goodbye.", "en")) > 4000


def test_the_gpl_library_stays_out_of_this_process(mouth: EspeakSynthesiser) -> None:
    mouth.render("您好。", "zh-CN")
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("this system has no /proc/self/maps")
    assert "espeak" not in maps.read_text()


def test_many_callers_at_once_get_their_own_words(mouth: EspeakSynthesiser) -> None:
    words = ["您好。", "非常满意请按1，", "请您稍等，马上为您转接。", "再见。"]
    alone = {w: mouth.render(w, "zh-CN") for w in words}
    with ThreadPoolExecutor(8) as crowd:
        clips = list(crowd.map(lambda w: mouth.render(w, "zh-CN"), words * 4))
    assert all(alike(clip, alone[w]) for clip, w in zip(clips, words * 4, strict=True))


def test_a_program_that_died_or_hangs_is_started_again() -> None:
    try:
        mouth = EspeakSynthesiser(time_limit_s=4)
    except MouthMissing as missing:
        pytest.skip(str(missing))
    try:
        before = mouth.render("您好。", "zh-CN")
        for stop in (signal.SIGKILL, signal.SIGSTOP):
            process = mouth._process
            assert process is not None
            os.kill(process.pid, stop)
            assert alike(mouth.render("您好。", "zh-CN"), before)
            assert process.poll() is not None
    finally:
        mouth.close()


def test_a_closed_mouth_leaves_no_process_behind() -> None:
    try:
        mouth = EspeakSynthesiser()
    except MouthMissing as missing:
        pytest.skip(str(missing))
    process = mouth._process
    mouth.close()
    assert process is not None
    assert process.poll() is not None


def test_without_an_engine_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "espeakng_loader.py").write_text("raise ImportError")
    monkeypatch.setattr(espeak_program.ctypes.util, "find_library", lambda name: None)
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(LookupError, match="neither"):
        espeak_program.library()
    sentence = str(
        MouthMissing(reason="neither the package espeakng-loader nor the library libespeak-ng is installed")
    )
    assert "pip install" in sentence
    assert "espeak-ng" in sentence


def test_the_program_ends_with_its_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "huifang.voice.mouths.espeak_program"],
        input=b"not json\n",
        capture_output=True,
        timeout=30,
    )
    assert done.stdout  # ready, or the reason why not
    assert b"Traceback" not in done.stderr


class Counting:
    """A synthesiser that says how often it was asked."""

    voice = "counting 1"

    def __init__(self) -> None:
        self.rendered: list[str] = []
        self.lock = threading.Lock()

    def render(self, text: str, language: str, pace: float = 1.0) -> bytes:
        with self.lock:
            self.rendered.append(text if pace == 1.0 else f"{text} at {pace:g}")
        if text == "坏":
            raise SynthesisFailed(text=text, reason="no")
        return text.encode() * 10

    def close(self) -> None:
        pass


def test_a_fixed_prompt_is_rendered_once_and_survives_a_restart(tmp_path: Path) -> None:
    engine = Counting()
    cache = PromptCache(engine, tmp_path)
    assert cache.known("您好", "zh-CN") is None
    clip = cache.clip("您好", "zh-CN", fixed=True)
    assert cache.clip("您好", "zh-CN", fixed=True) == clip == cache.known("您好", "zh-CN")
    assert PromptCache(engine, tmp_path).known("您好", "zh-CN") == clip
    assert engine.rendered == ["您好"]


def test_numbers_reach_the_engine_as_words(tmp_path: Path) -> None:
    engine = Counting()
    cache = PromptCache(engine, tmp_path)
    clip = cache.clip("一共1,280元，", "zh-CN", fixed=False)
    assert engine.rendered == ["一共一千二百八十元，"]
    assert cache.known("一共1,280元，", "zh-CN") == clip


def test_words_with_a_name_never_reach_the_disk(tmp_path: Path) -> None:
    cache = PromptCache(Counting(), tmp_path)
    cache.clip("李女士，", "zh-CN", fixed=False)
    assert cache.known("李女士，", "zh-CN")
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_another_voice_or_language_is_another_prompt(tmp_path: Path) -> None:
    engine = Counting()
    cache = PromptCache(engine, tmp_path)
    cache.clip("OK", "zh-CN", fixed=True)
    assert cache.known("OK", "en") is None
    engine.voice = "counting 2"
    assert cache.known("OK", "zh-CN") is None


def test_another_pace_is_another_prompt(tmp_path: Path) -> None:
    mouth = Counting()
    cache = PromptCache(mouth, tmp_path)
    for pace in (1.0, 0.8, 0.8, 1.0):
        cache.clip("您好。", "zh-CN", fixed=True, pace=pace)
    assert mouth.rendered == ["您好。", "您好。 at 0.8"]
    again = Counting()
    PromptCache(again, tmp_path).clip("您好。", "zh-CN", fixed=True, pace=0.8)
    assert again.rendered == []


def test_memory_is_bounded_and_the_oldest_goes_first(tmp_path: Path) -> None:
    engine = Counting()
    cache = PromptCache(engine, tmp_path, memory_bytes=100)
    for text in ("aaaa", "bbbb", "cccc"):  # 40 bytes each
        cache.clip(text, "en", fixed=False)
    assert cache.known("aaaa", "en") is None
    assert cache.known("cccc", "en")


def test_calls_that_need_the_same_words_wait_for_one_rendering(tmp_path: Path) -> None:
    engine = Counting()
    cache = PromptCache(engine, tmp_path)
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda n: cache.clip("同一句", "zh-CN", fixed=True), range(40)))
    assert engine.rendered == ["同一句"]


def test_different_words_are_rendered_at_the_same_time(tmp_path: Path) -> None:
    both_are_asked = threading.Barrier(2, timeout=20)

    class Slow(Counting):
        def render(self, text: str, language: str, pace: float = 1.0) -> bytes:
            both_are_asked.wait()
            return super().render(text, language, pace)

    cache = PromptCache(Slow(), tmp_path)
    with ThreadPoolExecutor(2) as crowd:
        clips = list(crowd.map(lambda text: cache.clip(text, "zh-CN", fixed=False), ("李女士", "王先生")))
    assert clips == ["李女士".encode() * 10, "王先生".encode() * 10]


def test_whoever_waits_for_a_rendering_is_told_that_it_failed(tmp_path: Path) -> None:
    cache = PromptCache(Counting(), tmp_path)
    with ThreadPoolExecutor(8) as crowd:
        failures = [crowd.submit(cache.clip, "坏", "zh-CN", fixed=True) for _ in range(40)]
    assert all(isinstance(one.exception(), SynthesisFailed) for one in failures)


def test_half_written_prompts_are_never_seen(tmp_path: Path) -> None:
    cache = PromptCache(Counting(), tmp_path)
    cache.clip("您好", "zh-CN", fixed=True)
    (kept,) = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert kept.suffix == ".alaw"
    assert kept.read_bytes() == "您好".encode() * 10


def test_a_failed_rendering_is_not_kept(tmp_path: Path) -> None:
    cache = PromptCache(Counting(), tmp_path)
    with pytest.raises(SynthesisFailed, match="坏"):
        cache.clip("坏", "zh-CN", fixed=True)
    assert cache.known("坏", "zh-CN") is None


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileUnusable, match="file"):
        PromptCache(Counting(), tmp_path / "file" / "prompts")
