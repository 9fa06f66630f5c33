"""Talk-off: what people say is neither a key nor a tone."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from huifang.voice.mouths.espeak import EspeakSynthesiser
from huifang.voice.pstn.phrases import PHRASES
from huifang.voice.rtp.g711 import Codec, decode

from .sounds import keys_in, pause, tones_in

SPEECH = Path(__file__).resolve().parents[2].parent / "shared" / "speech"


@pytest.mark.parametrize(("voice", "higher"), [("cmn", 1.0), ("cmn+f2", 1.1)])
def test_speech_is_neither_a_key_nor_a_tone(voice: str, higher: float) -> None:
    mouth = EspeakSynthesiser(chinese=voice, rate=160)
    try:
        words = [text for texts in PHRASES.values() for text in texts[:2]]
        said = np.concatenate([decode(mouth.render(text, "zh"), Codec.PCMA) for text in words])
    finally:
        mouth.close()
    said = np.interp(np.arange(0, len(said) - 1, higher), np.arange(len(said)), said)
    assert len(said) > 60 * 8000
    assert keys_in(said) == ""
    assert tones_in(np.concatenate([said, pause(1500)])) == []


def test_recorded_speech_is_neither_a_key_nor_a_tone() -> None:
    if not SPEECH.is_dir():
        pytest.skip("the folder ../shared/speech with recordings is not here")
    for path in sorted(SPEECH.rglob("*.wav")):
        with wave.open(str(path)) as wav:
            said = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")[:: wav.getframerate() // 8000]
        assert keys_in(said) == "", path.name
        assert tones_in(np.concatenate([said, pause(1500)])) == [], path.name
