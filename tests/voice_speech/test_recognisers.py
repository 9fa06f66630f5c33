"""What every recogniser promises, asked of every engine there is."""

from __future__ import annotations

import os
import shutil
import sysconfig
import threading
import time
import wave
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from huifang.logic.breaker import Patience
from huifang.voice.ears.funasr import FunAsr
from huifang.voice.ears.guarded import GuardedRecogniser
from huifang.voice.ears.port import Failed, Final, Heard, Partial, Recogniser, Told, Yields
from huifang.voice.ears.remote import RemoteRecogniser
from huifang.voice.ears.sherpa_model import look_into
from huifang.voice.ears.sherpa_program import go_behind_the_media
from huifang.voice.ears.transcription import Transcription
from huifang.voice.rtp.g711 import Codec, decode, encode

from .peers import (
    FunAsrServer,
    Peer,
    SherpaPeer,
    SherpaServerPeer,
    SpeechServer,
    free_port,
    funasr,
    funasr_cpp,
    transcription,
)

SPEECH = Path(__file__).resolve().parents[2].parent / "shared" / "speech"
Pcm = NDArray[np.int16]
SHORT, LONG = "mei you jie jue", "fei chang bu man yi"


def _model() -> Path:
    if not (SPEECH / "model").is_dir():
        pytest.skip("the recogniser model of ../shared/speech is not here")
    pytest.importorskip("sherpa_onnx", reason="sherpa-onnx is not installed")
    return SPEECH / "model"


def sherpa() -> Peer:
    return SherpaPeer(_model())


def sherpa_server() -> Peer:
    model = _model()
    program = shutil.which("sherpa-onnx-online-websocket-server", path=sysconfig.get_path("scripts"))
    if program is None:
        pytest.skip("the package sherpa-onnx-bin with the real server is not installed")
    import sherpa_onnx

    libraries = Path(sherpa_onnx.__file__).parent / "lib"
    return SherpaServerPeer(Path(program), libraries, look_into(model).files)


@pytest.fixture(
    scope="module",
    params=[sherpa, sherpa_server, funasr, funasr_cpp, transcription],
    ids=lambda make: make.__name__,
)
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    peer = request.param()
    yield peer
    peer.close()


@pytest.fixture(scope="module")
def engine(peer: Peer) -> Iterator[Recogniser]:
    engine = peer.engine()
    yield engine
    engine.close()


def on_the_phone(pcm: Pcm) -> Pcm:
    """As it arrives in a call: through A-law."""
    return decode(encode(pcm, Codec.PCMA), Codec.PCMA)


def spoken(peer: Peer, words: str) -> Pcm:
    """What ``peer`` hears as ``words``, at 8 kHz, with the silence that ends a turn behind it."""
    if peer.is_real:
        with wave.open(str(SPEECH / "phrases" / {SHORT: "08.wav", LONG: "05.wav"}[words])) as wav:
            assert wav.getframerate() == 8000
            pcm = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")
    else:
        seconds = {SHORT: 0.8, LONG: 2.4}[words]
        pcm = (np.random.default_rng(5).standard_normal(int(8000 * seconds)) * 4000).astype(np.int16)
    return on_the_phone(np.concatenate([pcm, np.zeros(4000, np.int16)]))


class Listener:
    """Keeps what is told; may be waited for."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.over = threading.Event()

    def __call__(self, told: Told) -> None:
        self.told.append(told)
        if isinstance(told, Final | Failed):
            self.over.set()

    def outcome(self) -> Final | Failed:
        assert self.over.wait(60)
        last = self.told[-1]
        assert isinstance(last, Final | Failed)
        return last

    def heard(self) -> Heard:
        outcome = self.outcome()
        assert isinstance(outcome, Final), outcome
        return outcome.heard


def say(engine: Recogniser, pcm: Pcm, *, pace_s: float = 0.0) -> Listener:
    listener = Listener()
    recognition = engine.start(listener)
    for at in range(0, len(pcm), 800):
        recognition.feed(pcm[at : at + 800])
        time.sleep(pace_s)
    recognition.finish()
    return listener


def test_speech_becomes_words_of_the_kind_that_is_promised(peer: Peer, engine: Recogniser) -> None:
    heard = say(engine, spoken(peer, SHORT)).heard()
    assert " ".join(heard.pinyin) == SHORT
    assert heard.text == ("" if engine.capabilities.yields is Yields.SOUNDS else "没有解决")
    assert 0.5 < heard.confidence <= 1


def test_words_come_while_somebody_still_speaks_where_that_is_promised(
    peer: Peer, engine: Recogniser
) -> None:
    listener = Listener()
    recognition = engine.start(listener)
    pcm = spoken(peer, LONG)
    for at in range(0, len(pcm), 800):
        recognition.feed(pcm[at : at + 800])
        time.sleep(0.02)
    deadline = time.monotonic() + (30 if engine.capabilities.partials else 0.5)
    while time.monotonic() < deadline and not listener.told:
        time.sleep(0.01)
    partials = [told for told in listener.told if isinstance(told, Partial)]
    assert bool(partials) is engine.capabilities.partials
    recognition.finish()
    assert " ".join(listener.heard().pinyin) == LONG
    assert [type(told) for told in listener.told].count(Final) == 1
    assert isinstance(listener.told[-1], Final)


def test_silence_is_heard_as_nothing(engine: Recogniser) -> None:
    heard = say(engine, on_the_phone(np.zeros(12_000, np.int16))).heard()
    assert (heard.text, heard.pinyin) == ("", ())
    assert say(engine, np.zeros(0, np.int16)).heard().pinyin == ()


def test_who_cancels_is_told_nothing_more(peer: Peer, engine: Recogniser) -> None:
    listener = Listener()
    recognition = engine.start(listener)
    recognition.feed(spoken(peer, SHORT)[:1600])
    recognition.cancel()
    before = len(listener.told)
    recognition.feed(spoken(peer, SHORT))
    recognition.finish()
    assert " ".join(say(engine, spoken(peer, SHORT)).heard().pinyin) == SHORT
    assert len(listener.told) == before
    assert not listener.over.is_set()


def test_two_calls_at_once_get_their_own_words(peer: Peer, engine: Recogniser) -> None:
    one, other = spoken(peer, SHORT), spoken(peer, LONG)
    listeners = [Listener() for _ in range(4)]
    recognitions = [engine.start(listener) for listener in listeners]
    for at in range(0, len(other), 800):
        for number, recognition in enumerate(recognitions):
            recognition.feed((one, other)[number % 2][at : at + 800])
    for recognition in recognitions:
        recognition.finish()
    for number, listener in enumerate(listeners):
        assert " ".join(listener.heard().pinyin) == (SHORT, LONG)[number % 2]


def test_what_is_said_after_the_end_is_ignored(peer: Peer, engine: Recogniser) -> None:
    listener = Listener()
    recognition = engine.start(listener)
    recognition.feed(spoken(peer, SHORT))
    recognition.finish()
    recognition.feed(spoken(peer, LONG))
    recognition.finish()
    assert " ".join(listener.heard().pinyin) == SHORT
    assert say(engine, spoken(peer, SHORT)).heard()
    assert sum(isinstance(told, Final | Failed) for told in listener.told) == 1


def test_who_takes_too_long_has_failed_and_may_do_better_later(peer: Peer, engine: Recogniser) -> None:
    assert say(engine, spoken(peer, SHORT)).heard()
    peer.freeze()
    assert isinstance(say(engine, spoken(peer, SHORT)).outcome(), Failed)
    peer.thaw()
    assert eventually_hears(peer, engine)


def test_an_engine_that_goes_away_in_mid_word_has_failed_and_is_used_again_when_it_is_back(
    peer: Peer, engine: Recogniser
) -> None:
    assert say(engine, spoken(peer, SHORT)).heard()
    listener = Listener()
    recognition = engine.start(listener)
    recognition.feed(spoken(peer, SHORT)[:4000])
    time.sleep(0.1)
    peer.kill()
    recognition.feed(spoken(peer, SHORT)[4000:])
    recognition.finish()
    assert isinstance(listener.outcome(), Failed)
    peer.revive()
    assert eventually_hears(peer, engine)


def eventually_hears(peer: Peer, engine: Recogniser) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        outcome = say(engine, spoken(peer, SHORT)).outcome()
        if isinstance(outcome, Final):
            return " ".join(outcome.heard.pinyin) == SHORT
        time.sleep(0.1)
    return False


def test_a_closed_engine_fails_at_once(peer: Peer) -> None:
    engine = peer.engine()
    waiting = Listener()
    engine.start(waiting)
    engine.close()
    assert isinstance(waiting.outcome(), Failed)
    late = Listener()
    engine.start(late)
    assert isinstance(late.outcome(), Failed)


# ---- what a protocol is told, and what it may answer


def test_funasr_is_opened_as_its_protocol_says() -> None:
    server = FunAsrServer(free_port())
    engine = RemoteRecogniser(
        FunAsr(f"ws://127.0.0.1:{server._server.socket.getsockname()[1]}", ("花颜美妆",))
    )
    try:
        say(engine, np.zeros(800, np.int16)).heard()
    finally:
        engine.close()
        server.stop()
    [opening] = server.openings
    assert opening["mode"] == "2pass"
    assert opening["chunk_size"] == [5, 10, 5]
    assert (opening["audio_fs"], opening["wav_format"], opening["is_speaking"]) == (8000, "pcm", True)
    assert "花颜美妆" in opening["hotwords"]


def test_a_far_end_that_speaks_something_else_has_failed() -> None:
    server = FunAsrServer(free_port())
    server.answers_nonsense = True
    engine = RemoteRecogniser(FunAsr(f"ws://127.0.0.1:{server._server.socket.getsockname()[1]}"))
    try:
        outcome = say(
            engine, (np.random.default_rng(1).standard_normal(16_000) * 4000).astype(np.int16)
        ).outcome()
    finally:
        engine.close()
        server.stop()
    assert isinstance(outcome, Failed)
    assert "no JSON" in outcome.reason


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (429, None, "HTTP 429"),
        (500, None, "HTTP 500"),
        (200, b"<html>", "no JSON object"),
        (200, b"[1, 2]", "no JSON object"),
        (200, b'{"text": 5}', "without"),
        (200, b"\xff\xfe\x00", "no JSON object"),
        (200, b"x" * 400_000, "larger"),
    ],
)
def test_a_transcription_server_that_refuses_or_babbles_has_failed(
    status: int, body: bytes | None, reason: str
) -> None:
    port = free_port()
    server = SpeechServer(port)
    server.status, server.body = status, body
    engine = RemoteRecogniser(Transcription(f"http://127.0.0.1:{port}/v1", model="m"))
    try:
        outcome = say(engine, np.full(8000, 5000, np.int16)).outcome()
    finally:
        engine.close()
        server.stop()
    assert isinstance(outcome, Failed)
    assert reason in outcome.reason


def test_a_slow_answer_counts_as_none_once_the_time_is_up() -> None:
    port = free_port()
    server = SpeechServer(port)
    server.body, server.seconds_per_chunk = b'{"text": "' + b"x" * 200_000 + b'"}', 0.2
    engine = RemoteRecogniser(Transcription(f"http://127.0.0.1:{port}/v1", model="m"), time_limit_s=0.5)
    try:
        outcome = say(engine, np.full(8000, 5000, np.int16)).outcome()
    finally:
        engine.close()
        server.stop()
    assert isinstance(outcome, Failed)
    assert "0.5 s" in outcome.reason


# ---- the circuit breaker

QUICK = Patience(timedelta(seconds=60), 3, timedelta(milliseconds=300), timedelta(seconds=2))


def test_a_breaker_opens_when_the_engine_is_gone_and_closes_by_itself_when_it_is_back() -> None:
    peer = funasr()
    guarded = GuardedRecogniser(peer.engine(), patience=QUICK)
    try:
        assert say(guarded, spoken(peer, SHORT)).heard()
        assert guarded.is_available
        peer.kill()
        for _ in range(4):
            say(guarded, spoken(peer, SHORT)).outcome()
        assert not guarded.is_available
        peer.revive()
        deadline = time.monotonic() + 60
        while not guarded.is_available and time.monotonic() < deadline:
            time.sleep(0.02)
        assert guarded.is_available
        assert " ".join(say(guarded, spoken(peer, SHORT)).heard().pinyin) == SHORT
    finally:
        guarded.close()
        peer.close()


def test_a_single_fault_among_many_answers_opens_nothing() -> None:
    peer = funasr()
    guarded = GuardedRecogniser(peer.engine(), patience=QUICK, now=lambda: datetime.now(UTC))
    try:
        for _ in range(3):
            say(guarded, spoken(peer, SHORT)).heard()
        peer.kill()
        assert isinstance(say(guarded, spoken(peer, SHORT)).outcome(), Failed)
        peer.revive()
        assert guarded.is_available
    finally:
        guarded.close()
        peer.close()


@pytest.mark.parametrize(
    ("has_rights", "inherited", "niceness"), [(True, -10, -5), (True, 0, -5), (False, 0, 5), (False, 10, 10)]
)
def test_a_recognisers_program_goes_behind_the_media_with_and_without_rights(
    monkeypatch: pytest.MonkeyPatch, has_rights: bool, inherited: int, niceness: int
) -> None:
    now = [inherited]

    def nice(more: int) -> int:
        if more < 0 and not has_rights:
            raise PermissionError
        now[0] += more
        return now[0]

    monkeypatch.setattr(os, "nice", nice)
    monkeypatch.setattr(os, "getpriority", lambda which, who: now[0])
    go_behind_the_media()
    assert now == [niceness]
