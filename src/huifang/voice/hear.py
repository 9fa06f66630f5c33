"""What a call would make of sound files: turns of speech, words, meaning, and the time that each step took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huifang.logic.prosody import prosody_of
from huifang.logic.understanding import Asked, Intent, understand
from huifang.logic.understanding.by_voice import joined
from huifang.logic.understanding.instant import instant
from huifang.logic.voice_mood import Speaker, told
from huifang.nlu.model import shipped
from huifang.voice.ears.port import Heard
from huifang.voice.rtp.turns import Turn, turns_in
from huifang.voice.wav import RATE, read_wav

Recognise = Callable[[NDArray[np.int16]], Heard]
"""From 8 kHz audio to words."""


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """One turn of speech.  Times in ms; ``confidence`` is that of the meaning, ``heard`` the recogniser's.

    ``voice_emotion``, ``voice_confidence`` and ``voice``: as in a HEARD event, against the file's first words.
    ``when``: for a callback, the instant that was named (ISO 8601), "" where none was or can be.
    """

    start_ms: int
    end_ms: int
    words: str
    pinyin: str
    heard: float
    intent: str
    code: str
    confidence: float
    evidence: str
    emotion: str
    when: str
    recognise_ms: float
    understand_ms: float
    measure_ms: float
    emotion_confidence: float
    voice_emotion: str
    voice_confidence: float
    voice: dict[str, float | None] | None


def hear_file(path: Path, recognise: Recognise, asked: Asked, now: datetime) -> dict[str, Any]:
    """The turns in ``path`` as JSON-safe data.  ``FileUnusable`` where it is no sound.

    :param now: aware, in the zone that callback times are meant in
    """
    pcm = read_wav(path)
    understand(shipped().heard("好"))  # loads lexicon and model: their time is no turn's
    begun = time.perf_counter()
    turns = list(turns_in(pcm))
    listened_ms = _ms_since(begun)
    return {
        "file": str(path),
        "seconds": round(len(pcm) / RATE, 2),
        "listen_ms": listened_ms,
        "turns": [asdict(turn) for turn in _understood(turns, recognise, asked, now)],
    }


def lines_of(heard: Mapping[str, Any]) -> Iterator[str]:
    """``hear_file``'s result for people: one line a turn."""
    yield f"{heard['file']}  {heard['seconds']} s"
    for turn in heard["turns"]:
        meaning = " ".join(p for p in (turn["intent"], turn["code"], turn["when"]) if p)
        words = " · ".join(w for w in (turn["words"], turn["pinyin"]) if w)
        times = f"{turn['recognise_ms']:.0f} + {turn['understand_ms']:.1f} ms"
        feeling = " ".join(f for f in (turn["emotion"], turn["voice_emotion"]) if f)
        yield f"  {turn['start_ms'] / 1000:.2f}–{turn['end_ms'] / 1000:.2f}  {words}  →  {meaning} {turn['confidence']:.2f}{feeling and f'  {feeling}'}  ({times}){_voice_of(turn)}"
    if not heard["turns"]:
        yield "  –"


def _voice_of(turn: Mapping[str, Any]) -> str:
    if turn["voice"] is None:
        return ""
    pitch = turn["voice"]["pitch_hz"]
    figures = f"{turn['voice']['level_db']:.0f} dB, {turn['voice']['rate']:.1f} syllables/s"
    return f"  {figures}, {pitch:.0f} Hz" if pitch else f"  {figures}"


def _understood(turns: list[Turn], recognise: Recognise, asked: Asked, now: datetime) -> Iterator[HeardTurn]:
    model, speaker = shipped(), Speaker()
    for turn in turns:
        begun = time.perf_counter()
        heard = recognise(turn.pcm)
        recognise_ms, begun = _ms_since(begun), time.perf_counter()
        said = model.heard(heard.text, heard.pinyin, heard.confidence, heard.again, question=asked.words)
        reading = understand(said, asked)
        understand_ms, begun = _ms_since(begun), time.perf_counter()
        voice = speaker.hears(prosody_of(turn.pcm))
        reading = joined(reading, voice)
        measure_ms = _ms_since(begun)
        due = instant(reading.code, now) if reading.intent is Intent.CALLBACK else None
        yield HeardTurn(
            turn.start_ms,
            turn.end_ms,
            heard.text,
            " ".join(heard.pinyin),
            round(heard.confidence, 3),
            str(reading.intent),
            reading.code,
            reading.confidence,
            reading.evidence,
            reading.emotion,
            due.isoformat(timespec="minutes") if due else "",
            recognise_ms,
            understand_ms,
            measure_ms,
            reading.emotion_confidence,
            **told(voice),
        )


def _ms_since(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 2)
