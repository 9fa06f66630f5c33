"""The ending tunes."""

from __future__ import annotations

import numpy as np
import pytest

from huifang.voice.rtp.g711 import Codec, decode
from huifang.voice.tunes.library import TuneLibrary, render, render_alaw, tune_names
from huifang.voice.tunes.scores import BRIGHT, GENTLE, WARM
from huifang.voice.tunes.sound import hertz

NAMES = tune_names()


def level(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt((samples**2).mean())))


@pytest.fixture(params=NAMES)
def tune(request: pytest.FixtureRequest) -> np.ndarray:
    return render(request.param) / 32768


def test_there_are_five() -> None:
    assert NAMES == ("bright_piano", "warm_piano", "gentle", "rain", "waves")


def test_lasts_twelve_seconds_in_whole_frames(tune: np.ndarray) -> None:
    assert len(tune) == 12 * 8000
    assert len(tune) % 160 == 0


def test_is_as_loud_as_speech_and_never_clips(tune: np.ndarray) -> None:
    assert 20 * np.log10(np.abs(tune).max()) < -3
    assert -22 < level(tune) < -17
    assert abs(tune.mean()) < 0.001


def test_lies_in_the_telephone_band(tune: np.ndarray) -> None:
    power = np.abs(np.fft.rfft(tune)) ** 2
    hz = np.fft.rfftfreq(len(tune), 1 / 8000)
    assert power[(hz >= 300) & (hz <= 3400)].sum() > 0.99 * power.sum()


def test_sounds_all_the_time(tune: np.ndarray) -> None:
    assert min(level(second) for second in tune.reshape(12, 8000)) > -32


def test_loops_without_a_seam(tune: np.ndarray) -> None:
    steps = np.abs(np.diff(tune))
    assert abs(tune[0] - tune[-1]) <= steps.max()
    around = np.concatenate([tune[-400:], tune[:400]])
    assert np.abs(np.diff(around, 2)).max() <= 1.05 * np.abs(np.diff(tune, 2)).max()


def test_is_the_same_every_time() -> None:
    first = {name: render(name).copy() for name in NAMES}
    render.cache_clear()
    assert all(np.array_equal(render(name), first[name]) for name in NAMES)


def test_tunes_can_be_told_apart() -> None:
    spectra = [
        np.abs(np.fft.rfft(render(n) / 32768)).reshape(-1)[:48000].reshape(480, 100).mean(axis=1)
        for n in NAMES
    ]
    for i, one in enumerate(spectra):
        for other in spectra[:i]:
            assert np.corrcoef(one, other)[0, 1] < 0.9


@pytest.mark.parametrize("score", [BRIGHT, WARM, GENTLE])
def test_every_hand_of_a_score_fills_the_twelve_seconds(score) -> None:  # type: ignore[no-untyped-def]
    for hand in score.hands:
        assert sum(beats for _, beats in hand.line) * score.seconds_per_beat == pytest.approx(12)
    for _, at, beats in score.chords:
        assert (at + beats) * score.seconds_per_beat <= 12.001


@pytest.mark.parametrize(
    ("name", "hz"), [("A4", 440), ("C5", 523.25), ("F#4", 369.99), ("Bb3", 233.08), ("A5", 880)]
)
def test_notes_have_their_pitch(name: str, hz: float) -> None:
    assert hertz(name) == pytest.approx(hz, abs=0.01)


def test_the_library_hands_out_alaw_and_goes_on_without_an_unknown_tune() -> None:
    library = TuneLibrary()
    assert library.clip("rain") == render_alaw("rain")
    assert len(library.clip("rain")) == 96_000
    assert library.clip("polka") == b""
    heard = decode(library.clip("warm_piano"), Codec.PCMA) / 32768
    assert level(heard - render("warm_piano") / 32768) < -50
