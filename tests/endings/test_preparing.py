"""Uploaded sound becomes a tune for the telephone, or one clear sentence says why not."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.endings.preparing import MOST_BYTES, key_of, prepare
from huifang.endings.wav import TuneUnusable, read_sound
from huifang.voice.rtp.g711 import Codec, decode

from .sounds import tone, wav


def heard(alaw: bytes) -> np.ndarray:
    return decode(alaw, Codec.PCMA).astype(float) / 32768


def loudest_hz(samples: np.ndarray, rate: int = 8000) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.fft.rfftfreq(len(samples), 1 / rate)[spectrum.argmax()])


@pytest.mark.parametrize(
    "rate", [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000, 44_101]
)
def test_every_rate_comes_out_as_the_same_tone_at_the_same_length(rate):
    made = prepare(wav(tone(3, rate), rate), "a.wav")
    assert len(made.alaw) == 24_000
    assert loudest_hz(heard(made.alaw)) == pytest.approx(440, abs=1)


@pytest.mark.parametrize(
    "kind",
    [
        {"bits": 8}, {"bits": 16}, {"bits": 24}, {"bits": 32}, {"tag": 3, "bits": 32}, {"tag": 3, "bits": 64},
        {"tag": 6, "bits": 8}, {"tag": 7, "bits": 8}, {"bits": 24, "extensible": True},
        {"tag": 3, "bits": 32, "extensible": True}, {"channels": 2}, {"channels": 6}, {"bits": 24, "channels": 2},
        {"before": b"LIST\x05\0\0\0hello\0"}, {"size": 0}, {"size": 0xFFFFFFFF},
    ],
    ids=str,
)  # fmt: skip
def test_every_kind_of_wav_is_read_as_the_same_samples(kind):
    original = tone(2.5, 16_000)
    samples, rate = read_sound(wav(original, 16_000, **kind), "a.wav")
    assert rate == 16_000
    assert len(samples) == len(original)
    error = np.sqrt(((samples - original) ** 2).mean()) / np.sqrt((original**2).mean())
    assert error < (0.03 if kind.get("bits") == 8 else 0.001)


@pytest.mark.parametrize("name", ["a.alaw", "a.AL", "b.ulaw", "b.pcmu"])
def test_bare_g711_is_read_by_its_name(name):
    tag = 6 if "a.a" in name.lower() else 7
    whole = wav(tone(2.5, 8000), 8000, tag=tag, bits=8)
    made = prepare(whole[44:], name)
    assert loudest_hz(heard(made.alaw)) == pytest.approx(440, abs=1)


def test_what_a_telephone_cannot_carry_does_not_fold_back():
    low, high = tone(3, 48_000, 500, 0.3), tone(3, 48_000, 7_300, 0.5)  # 7,300 Hz would appear as 700
    samples = heard(prepare(wav(low + high, 48_000), "a.wav").alaw)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    f = np.fft.rfftfreq(len(samples), 1 / 8000)
    folded = spectrum[(f > 680) & (f < 720)].max() / spectrum[(f > 490) & (f < 510)].max()
    assert 20 * np.log10(folded) < -45  # the grain of A-law itself


@pytest.mark.parametrize("loud", [0.003, 0.05, 0.9])
def test_every_tune_gets_the_level_of_the_shipped_ones_and_none_is_clipped(loud):
    samples = heard(prepare(wav(tone(3, 16_000, loud=loud), 16_000, bits=24), "a.wav").alaw)
    rms = 20 * np.log10(np.sqrt((samples**2).mean()))
    assert rms == pytest.approx(-19.2, abs=0.7)
    assert np.abs(samples).max() < 0.66


def test_a_tune_with_sudden_peaks_is_not_clipped_either():
    beats = tone(3, 8000, 600, 0.02)
    beats[::4000] = 0.99
    samples = heard(prepare(wav(beats, 8000), "a.wav").alaw)
    assert np.abs(samples).max() < 0.66


def test_a_constant_offset_is_no_music():
    samples = heard(prepare(wav(tone(3, 8000, loud=0.2) + 0.5, 8000), "a.wav").alaw)
    assert abs(samples.mean()) < 0.002


def test_both_ends_are_soft():
    samples = heard(prepare(wav(tone(3, 8000), 8000), "a.wav").alaw)
    middle = np.abs(samples[8000:16_000]).max()
    assert np.abs(samples[:16]).max() < 0.3 * middle
    assert np.abs(samples[-80:]).max() < 0.1 * middle


def test_an_overdriven_original_is_noticed():
    assert prepare(wav(np.clip(tone(3, 8000, loud=3), -1, 1), 8000), "a.wav").is_overdriven
    assert not prepare(wav(tone(3, 8000, loud=0.9), 8000), "a.wav").is_overdriven


def test_the_key_is_the_content_and_the_picture_is_its_shape():
    data = wav(np.concatenate([tone(1.5, 8000, loud=0.1), tone(1.5, 8000, loud=0.8)]), 8000)
    first, again = prepare(data, "a.wav"), prepare(data, "b.wav")
    assert first.key == again.key == key_of(first.alaw)
    assert max(first.peaks) == 100
    assert max(first.peaks[10:100]) < 20


SAID = {
    b"": "it is empty",
    b"ID3\x04" + bytes(100): "MP3",
    b"\xff\xfb\x90" + bytes(100): "MP3",
    b"OggS" + bytes(100): "Ogg",
    b"fLaC" + bytes(100): "FLAC",
    bytes(4) + b"ftypM4A " + bytes(50): "M4A",
    b"%PDF-1.7": "no WAV file",
    "音乐".encode(): "no WAV file",
    b"RIFF" + bytes(4) + b"WAVE": "damaged",
    wav(np.zeros(0), 8000): "damaged",
    wav(tone(1.9, 8000), 8000): "lasts 1.9 seconds",
    wav(tone(61, 8000), 8000): "lasts 61.0 seconds",
    wav(np.zeros(24_000), 8000): "nothing can be heard",
    wav(np.full(24_000, 0.7), 8000): "nothing can be heard",
    wav(tone(3, 8000, 30), 8000): "nothing can be heard",
    wav(np.full(24_000, np.nan), 8000, tag=3, bits=32): "no numbers",
    wav(np.full(24_000, np.inf), 8000, tag=3, bits=64): "no numbers",
    wav(tone(3, 1000), 1000): "sampling rate is 1000",
    wav(tone(3, 8000), 8000, channels=9): "9 channels",
    wav(tone(3, 8000), 8000, tag=85): "format 85",
}


@pytest.mark.parametrize("data", SAID, ids=range(len(SAID)))
def test_a_file_that_is_no_tune_is_refused_in_one_sentence_that_names_it(data):
    with pytest.raises(TuneUnusable) as refused:
        prepare(data, "我的歌.wav")
    said = str(refused.value)
    assert SAID[data] in said
    assert "我的歌.wav" in said


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    with pytest.raises(TuneUnusable, match="40 MB"):
        prepare(b"RIFF" + bytes(MOST_BYTES), "a.wav")


@given(st.binary(max_size=300), st.integers(0, 60), st.integers(0, 255))
def test_whatever_comes_is_a_tune_or_a_sentence(tail, at, value):
    """No file ends in anything else: a good one with a wrong byte, a wrong end, or anything behind RIFF."""
    good = bytearray(wav(tone(2.1, 8000), 8000))
    good[at] = value
    for data in (
        bytes(good),
        bytes(good[: 44 + len(tail)]),
        b"RIFF\0\0\0\0WAVE" + tail,
        b"RIFF\0\0\0\0WAVEfmt " + tail,
    ):
        with contextlib.suppress(TuneUnusable):
            prepare(data, "a.wav")
