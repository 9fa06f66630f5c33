"""Voice detection: what counts as speech on a telephone line, and what does not."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from huifang.voice.rtp.g711 import Codec, decode, encode
from huifang.voice.rtp.suspicion import Arrived
from huifang.voice.rtp.voice_activity import Activity, VoiceActivity, frame_levels

SECOND = 8000
Samples = NDArray[np.float64]


def dbfs(level: float) -> float:
    return 32768 * 10 ** (level / 20)


def tone(hertz: float, level: float, seconds: float) -> Samples:
    t = np.arange(round(seconds * SECOND)) / SECOND
    return dbfs(level) * np.sqrt(2) * np.sin(2 * np.pi * hertz * t)


def noise(level: float, seconds: float, *, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(0, dbfs(level), round(seconds * SECOND))


def speech(level: float, seconds: float, *, seed: int = 1) -> Samples:
    """Something like speech: a voice of 140 Hz in syllables of 200 ms that rise and fall."""
    t = np.arange(round(seconds * SECOND)) / SECOND
    pitch = 2 * np.pi * np.cumsum(140 + 20 * np.sin(2 * np.pi * 1.5 * t)) / SECOND
    voice = sum(np.sin(k * pitch) / k for k in range(2, 16))
    syllables = np.abs(np.sin(np.pi * 5 * t)) ** 1.5
    sound = voice * syllables + np.random.default_rng(seed).normal(0, 0.01, len(t))
    return sound * dbfs(level) / sound.std()


def quiet(seconds: float) -> Samples:
    return np.zeros(round(seconds * SECOND))


def hear(
    activity: VoiceActivity, number: int, frames: NDArray[np.int16], sent: NDArray[np.int16] | None = None
) -> Activity:
    """The ``number``-th 20 ms of every row, which arrive as they are heard."""
    level = frame_levels(frames.astype(np.float32))
    echo = np.full(len(level), -96, np.float32) if sent is None else frame_levels(sent.astype(np.float32))
    return activity.step(level, Arrived(level, np.full(len(level), 160 * (number + 1), np.int64)), echo)


def detect(*parts: Samples, **settings: int) -> list[tuple[str, float]]:
    """Run one session; ("start" | "end", seconds when it was told)."""
    sound = np.clip(np.concatenate(parts), -32768, 32767).astype(np.int16)
    pcm = decode(encode(sound, Codec.PCMA), Codec.PCMA)
    activity = VoiceActivity(**settings)
    activity.add()
    told = []
    for number, frame in enumerate(pcm[: len(pcm) // 160 * 160].reshape(-1, 1, 160)):
        step = hear(activity, number, frame)
        told += [("start", (number + 1) * 0.02)] if step.started[0] else []
        told += [("end", (number + 1) * 0.02)] if step.ended[0] else []
    return told


STEADY = {
    "silence": quiet(6),
    "comfort noise": noise(-45, 6),
    "loud noise": noise(-25, 6),
    "mains hum": tone(50, -25, 6) + tone(150, -35, 6),
    "dial tone of 450 Hz": tone(450, -15, 6),
    "hum with noise": tone(100, -30, 6) + noise(-45, 6),
    "busy tone": tone(450, -20, 6) * (np.arange(6 * SECOND) / SECOND % 0.7 < 0.35),
    "clicks": noise(-20, 6) * (np.arange(6 * SECOND) / SECOND % 0.5 < 0.02),
}


@pytest.mark.parametrize("name", STEADY)
@pytest.mark.parametrize("lead", [0.0, 1.0])
def test_what_stands_still_is_not_speech(name, lead):
    assert detect(quiet(lead), STEADY[name]) == []


@pytest.mark.parametrize("level", [-15, -25, -35])
@pytest.mark.parametrize(
    "background", [quiet(4), noise(-55, 4), tone(50, -45, 4)], ids=["clean", "noise", "hum"]
)
def test_speech_is_told_soon_and_its_end_after_the_silence(level, background):
    talk = speech(level, 1.5)
    line = background.copy()
    line[SECOND : SECOND + len(talk)] += talk
    (start, started_at), (end, ended_at) = detect(line)
    assert (start, end) == ("start", "end")
    assert 1.15 <= started_at <= 1.35
    assert 3.0 <= ended_at <= 3.2


def test_a_pause_shorter_than_the_end_of_turn_does_not_end_it():
    told = detect(quiet(1), speech(-20, 1), quiet(0.45), speech(-20, 1), quiet(1))
    assert [what for what, _ in told] == ["start", "end"]


def test_the_end_of_turn_can_be_chosen():
    told = detect(quiet(1), speech(-20, 1), quiet(0.45), speech(-20, 1), quiet(1), end_of_turn_ms=300)
    assert [what for what, _ in told] == ["start", "end"] * 2


def test_endless_speech_is_told_in_pieces():
    told = detect(speech(-20, 10), quiet(1), longest_ms=3000)
    assert [what for what, _ in told] == ["start", "end"] * 4
    pieces = [end - start for (_, start), (_, end) in zip(told[:6:2], told[1:6:2], strict=True)]
    assert all(2.7 <= piece <= 3.0 for piece in pieces)


def test_levels_are_relative_to_full_scale_and_free_of_offset():
    square = np.tile(np.array([32767, -32767], np.int16), 80)
    offset = np.full(160, 12000, np.int16)
    assert frame_levels(np.stack([square, offset]).astype(np.float32)) == pytest.approx([0, -96.3], abs=0.1)


def test_sessions_in_a_batch_do_not_touch_each_other():
    """Rows come and go; each one is told what it would be told alone."""
    lines = [np.concatenate([quiet(0.2 * i), speech(-20, 1, seed=i), quiet(4 - 0.2 * i)]) for i in range(20)]
    frames = np.stack([line[: 5 * SECOND] for line in lines]).astype(np.int16).reshape(20, -1, 160)
    alone = [len(detect(line.astype(float))) for line in lines]
    activity = VoiceActivity()
    rows = list(range(20))
    for _ in rows:
        activity.add()
    told = dict.fromkeys(rows, 0)
    for number in range(frames.shape[1]):
        if number in (5, 100, 180):  # the first leaves, the last takes its row
            activity.remove(0)
            rows[0] = rows[-1]
            rows.pop()
        step = hear(activity, number, frames[rows, number])
        for place, row in enumerate(rows):
            told[row] += int(step.started[place]) + int(step.ended[place])
    assert len(rows) == 17
    assert {row: told[row] for row in rows} == {row: alone[row] for row in rows}


def test_every_real_phrase_is_told_once(shared: Path):
    phrases = sorted((shared / "speech" / "phrases").glob("*.wav"))
    if not phrases:
        pytest.skip("needs ../shared/speech/phrases")
    for path in phrases:
        with wave.open(str(path)) as file:
            assert file.getframerate() == SECOND
            sound = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(float)
        told = detect(quiet(1), sound / 3, quiet(1.5))
        assert [what for what, _ in told] == ["start", "end"], path.name


def suspicions(*parts: Samples) -> list[tuple[str, float]]:
    """("perhaps" | "dismissed" | "start", seconds when it was told)."""
    sound = np.clip(np.concatenate(parts), -32768, 32767).astype(np.int16)
    activity = VoiceActivity()
    activity.add()
    told = []
    for number, frame in enumerate(sound[: len(sound) // 160 * 160].reshape(-1, 1, 160)):
        step = hear(activity, number, frame)
        for name, flags in (
            ("perhaps", step.perhaps),
            ("dismissed", step.dismissed),
            ("start", step.started),
        ):
            told += [(name, (number + 1) * 0.02)] if flags[0] else []
    return told


@pytest.mark.parametrize("level", [-15, -25, -35])
def test_a_voice_is_suspected_within_80_ms_of_its_rise_and_then_confirmed(level):
    (first, at), (second, _) = suspicions(quiet(2), speech(level, 1.5) + noise(-70, 1.5))[:2]
    assert (first, second) == ("perhaps", "start")
    assert at <= 2 + 0.04 + 0.08  # the syllable rises for some 40 ms


def test_a_knock_is_suspected_and_dismissed():
    knock = noise(-20, 0.08)
    assert [name for name, _ in suspicions(quiet(2), knock, quiet(1))] == ["perhaps", "dismissed"]


@pytest.mark.parametrize("name", STEADY)
def test_every_suspicion_is_settled(name):
    open_ones = 0
    for told, _ in suspicions(quiet(1), STEADY[name], quiet(1), speech(-20, 1), quiet(2)):
        open_ones += {"perhaps": 1, "dismissed": -1, "start": -1 if open_ones else 0}[told]
        assert open_ones in (0, 1)
    assert open_ones == 0
