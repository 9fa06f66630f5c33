"""A minute of telephone line each: what a voice detector is to notice, and what it is to let pass.

Everything is mixed here, so where somebody speaks is known and not judged.  Voices are the embedded synthesiser's
and, where a folder of 8 kHz recordings is named, those; all noises are made by this code.  While the line is heard
a prompt is being said to it, since only then does an interruption matter.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from huifang.voice.mouths.espeak import EspeakSynthesiser
from huifang.voice.rtp.g711 import Codec, decode, encode
from huifang.voice.tunes.library import TuneLibrary

HZ, FRAME, SECONDS = 8_000, 160, 60
SAMPLES = HZ * SECONDS
Sound = NDArray[np.float64]
"""Samples in units of full scale."""

_ANSWERS = (
    "非常满意", "我想问一下什么时候到货", "不太满意，上次的东西坏了", "可以", "五分", "现在不方便，明天再打吧",
    "你们是哪里的", "挺好的，谢谢", "没有", "是我本人", "等一下", "别再打了",
)  # fmt: skip
_PROMPT = (
    "您好，我是人民路店的智能语音助手，想请您为上次的服务打个分，非常满意请按一，满意请按二，一般请按三。"
)
_EVERY_S = 3.0
_LEAD_S = 4.0


@dataclass
class Scene:
    """``line`` and ``sent`` are int16 of a minute; ``spoken`` is where somebody speaks, in seconds."""

    name: str
    line: NDArray[np.int16]
    sent: NDArray[np.int16]
    spoken: list[tuple[float, float]] = field(default_factory=list)


def level(db: float) -> float:
    return float(10 ** (db / 20))


def active_level(sound: Sound) -> float:
    """RMS of the frames within 20 dB of the loudest."""
    power = (sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME) ** 2).mean(axis=1)
    return float(np.sqrt(power[power > power.max() * 0.01].mean()))


def at_level(sound: Sound, db: float) -> Sound:
    return sound * (level(db) / active_level(sound))


def _trimmed(sound: Sound) -> Sound:
    """From where the voice is within 25 dB of its level, by 5 ms, to where it is no more."""
    power = (sound[: len(sound) // 40 * 40].reshape(-1, 40) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > (active_level(sound) * level(-25)) ** 2)
    return sound[loud[0] * 40 : (loud[-1] + 1) * 40]


def white(random: np.random.Generator, db: float) -> Sound:
    return random.normal(0, level(db), SAMPLES)


def pink(random: np.random.Generator, db: float) -> Sound:
    """Falling by 3 dB an octave, in the telephone's band."""
    spectrum = np.fft.rfft(random.normal(0, 1, SAMPLES))
    hz = np.fft.rfftfreq(SAMPLES, 1 / HZ)
    spectrum *= np.where((hz > 200) & (hz < 3600), 1 / np.sqrt(np.maximum(hz, 1)), 0)
    sound = np.fft.irfft(spectrum, SAMPLES)
    return np.asarray(sound * level(db) / sound.std())


def street(random: np.random.Generator, db: float) -> Sound:
    """Cars that pass: pink noise that swells by 10 dB within seconds."""
    swell = np.interp(np.arange(SAMPLES), np.arange(0, SAMPLES + HZ, HZ), random.uniform(-5, 5, SECONDS + 1))
    return pink(random, db) * 10 ** (swell / 20)


def hum(db: float) -> Sound:
    t = np.arange(SAMPLES) / HZ
    return level(db) * (np.sin(2 * np.pi * 50 * t) + 0.5 * np.sin(2 * np.pi * 150 * t))


def bursts(random: np.random.Generator, db: float, every_s: float, seconds: float, *, rise: float) -> Sound:
    """Pieces of pink noise that rise for a part of their time and fall for the rest: breath, coughs, clicks."""
    line, size = np.zeros(SAMPLES), round(seconds * HZ)
    shape = np.interp(np.arange(size) / size, [0, rise, 1], [0, 1, 0])
    noise = pink(random, db)
    at = _LEAD_S
    while at + seconds < SECONDS:
        start = round(at * HZ)
        line[start : start + size] += noise[start : start + size] * shape
        at += every_s * random.uniform(0.7, 1.3)
    return line


def _repeated(sound: Sound) -> Sound:
    return np.tile(sound, -(-SAMPLES // len(sound)))[:SAMPLES]


def _recordings(folder: Path | None) -> list[Sound]:
    found = []
    for path in sorted(folder.glob("*.wav")) if folder else []:
        with wave.open(str(path)) as file:
            if file.getframerate() == HZ and file.getnchannels() == 1:
                found.append(np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768)
    return found


class Studio:
    """Makes the scenes; the same seed makes the same ones, but for the synthesiser's own chance.

    :param recordings: a folder of 8 kHz mono WAV files, one utterance each
    """

    def __init__(self, recordings: Path | None, seed: int = 1) -> None:
        self._seed = seed
        self._voices: list[Sound] = []
        for voice in ("cmn+f3", "cmn+m3"):
            mouth = EspeakSynthesiser(chinese=voice)
            self._voices += [_heard(mouth.render(words, "zh-CN")) for words in _ANSWERS]
            mouth.close()
        mouth = EspeakSynthesiser(chinese="cmn+f2")
        self._prompt = _heard(mouth.render(_PROMPT, "zh-CN"))
        self._babble = [_heard(mouth.render(words * 3, "zh-CN")) for words in _ANSWERS[1:8:2]]
        mouth.close()
        self._recordings = _recordings(recordings)
        self._tune = _heard(TuneLibrary().clip("gentle"))

    def without_speech(self) -> list[Scene]:
        """Nobody speaks to us: everything that a detector tells here is needless."""
        prompt = _repeated(self._prompt)
        echo = np.concatenate([np.zeros(round(0.12 * HZ)), prompt])[:SAMPLES]
        talk = sum(np.roll(_repeated(at_level(v, -50)), 7_000 * i) for i, v in enumerate(self._babble))
        sounds = {
            "line noise −65": lambda r: white(r, -65),
            "white noise −45": lambda r: white(r, -45),
            "white noise −35": lambda r: white(r, -35),
            "pink noise −35": lambda r: pink(r, -35),
            "street −45": lambda r: street(r, -45),
            "street −35": lambda r: street(r, -35),
            "hum −35": lambda r: hum(-35) + white(r, -65),
            "music −35": lambda r: _repeated(at_level(self._tune, -35)) + white(r, -65),
            "voices in the room −45": lambda r: talk + white(r, -60),
            "breath −45": lambda r: bursts(r, -45, 4, 1.2, rise=0.4) + white(r, -65),
            "breath −35": lambda r: bursts(r, -35, 4, 1.2, rise=0.4) + white(r, -65),
            "keyboard −30": lambda r: bursts(r, -20, 0.3, 0.03, rise=0.1) + white(r, -60),
            "echo −30 dB": lambda r: echo * level(-30) + white(r, -65),
            "echo −40 dB": lambda r: echo * level(-40) + white(r, -65),
            "coughs −25": lambda r: bursts(r, -22, 5, 0.25, rise=0.1) + white(r, -65),
            "echo −25 dB": lambda r: echo * level(-25) + white(r, -65),
            "echo −20 dB": lambda r: echo * level(-20) + white(r, -65),
        }
        return [
            Scene(name, _wire(make(self._chance(number))), _wire(prompt))
            for number, (name, make) in enumerate(sounds.items())
        ]

    def with_speech(self) -> list[Scene]:
        """Somebody speaks every few seconds."""
        lines = {
            "−15": (-15, lambda r: white(r, -65)),
            "−25": (-25, lambda r: white(r, -65)),
            "−35": (-35, lambda r: white(r, -65)),
            "−25, white noise 20 dB below": (-25, lambda r: white(r, -45)),
            "−25, pink noise 10 dB below": (-25, lambda r: pink(r, -35)),
            "−25, street 15 dB below": (-25, lambda r: street(r, -40)),
            "−25, hum 15 dB below": (-25, lambda r: hum(-40) + white(r, -65)),
        }
        voices = {"synthesiser": self._voices} | (
            {"recordings": self._recordings} if self._recordings else {}
        )
        scenes = []
        for who, sounds in voices.items():
            for number, (name, (db, make)) in enumerate(lines.items()):
                random = self._chance(100 + number)
                line = make(random)
                spoken = []
                for turn in range(int((SECONDS - _LEAD_S) / _EVERY_S) - 1):
                    voice = at_level(_trimmed(sounds[(turn + 5 * number) % len(sounds)]), db)[: 2 * HZ]
                    start = round((_LEAD_S + turn * _EVERY_S + random.uniform(0, 0.5)) * HZ)
                    line[start : start + len(voice)] += voice
                    spoken.append((start / HZ, (start + len(voice)) / HZ))
                scenes.append(Scene(f"{who} {name}", _wire(line), _wire(_repeated(self._prompt)), spoken))
        return scenes

    def _chance(self, number: int) -> np.random.Generator:
        return np.random.default_rng((self._seed, number))


def _heard(codes: bytes) -> Sound:
    return decode(codes, Codec.PCMA) / 32768.0


def _wire(sound: Sound) -> NDArray[np.int16]:
    """As it comes over the line."""
    pcm = np.clip(sound * 32768, -32767, 32767).astype(np.int16)
    return decode(encode(pcm, Codec.PCMA), Codec.PCMA)
