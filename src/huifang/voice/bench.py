"""How many calls one process carries in time, measured from outside.

The far ends are a process of their own with its own clock (``rtp/load.py``).  Here run the parts of a
voice node that a call's turn passes through: media loop with voice detection, and recording where it is
asked for, the director's thread, and the conversation engine with a real script.  What is played is two
tones of different loudness instead of words, because a far end can tell exactly when they change.
"""

from __future__ import annotations

import tempfile
import threading
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from huifang.env import read_environment
from huifang.logic import dialogue, script
from huifang.logic.script_document import Script, script_from_json
from huifang.machine import resident_mb, this_machine
from huifang.voice.bench_script import bench_script, five_choices, question
from huifang.voice.cores import pin
from huifang.voice.director import Director
from huifang.voice.rtp.load import DTMF_PAYLOAD, FarEnds, Manner, tone
from huifang.voice.rtp.loop import BatchedMediaLoop
from huifang.voice.rtp.port import (
    KeyPressed,
    MediaEvent,
    MediaSession,
    Recorded,
    SpeechDismissed,
    SpeechEnded,
    SpeechPerhaps,
    SpeechStarted,
)

_END_OF_TURN_MS = 600
_LOUD, _QUIET = tone(500, 12_000), tone(500, 2_000)
_FACTS = {"store.name": "测试门店", "call.speech": False, "call.recorded": True}


class _Talk:
    """One scripted call: every key is a turn of the engine, every turn changes what is heard, and a voice
    silences it."""

    def __init__(self, document: Script, session: MediaSession) -> None:
        self._document = document
        self._session = session
        self._turns = 0
        self._state = script.begin(document)
        self._step(dialogue.Started())

    def take(self, event: MediaEvent) -> None:
        if isinstance(event, KeyPressed):
            self._step(dialogue.Key(event.key))
            self._turns += 1
            self._session.stop_playing()
            self._prompt()
        elif isinstance(event, SpeechPerhaps):  # barge-in, as a call does it
            self._session.pause_playing()
        elif isinstance(event, SpeechDismissed):
            self._session.resume_playing()
        elif isinstance(event, SpeechStarted):
            self._session.stop_playing()
        elif isinstance(event, SpeechEnded):
            self._prompt()

    def _prompt(self) -> None:
        self._session.play(_QUIET if self._turns % 2 else _LOUD, self._turns, loop=True)

    def _step(self, given: dialogue.Input) -> None:
        self._state, outputs = script.step(self._document, self._state, given, _FACTS, datetime.now(UTC))
        if any(isinstance(output, dialogue.End | dialogue.PlayTune) for output in outputs):
            self._begin()  # the conversation came to its end: the next one, on the same line

    def _begin(self) -> None:
        self._state = script.begin(self._document)
        self._step(dialogue.Started())


def run_bench(calls: int, seconds: int, *, media_only: bool = False, record: bool = False) -> dict[str, Any]:
    """Carry ``calls`` calls for ``seconds`` and tell how it went.

    ``media_only``: RTP both ways, decoded, and its level measured, without conversation and voice detection.
    ``failed``: calls whose far end never heard anything.  ``late_5ms_share``: packets more than 5 ms behind
    their 20 ms grid at the far end, lost ones included.  ``cpu_share``: of one core, by this process.
    ``us_per_pair``: its CPU time for each packet sent and the one received.  ``dtmf_turn_p99_ms``: from
    pressing a key to hearing the answer.  ``bargein_p99_ms``: from the first packet of a voice to hearing the
    prompt no more.  ``rss_mb``: at the end; ``rss_kb_per_call``: what the calls needed of it;
    ``rss_growth_mb``: since a tenth of the time had passed.

    Raises ``SettingInvalid`` where there are not enough free RTP ports.
    """
    director = Director()
    talks: dict[MediaSession, _Talk] = {}

    def take(event: MediaEvent) -> None:
        director.post(partial(route, event))

    recorded: list[Recorded] = []

    def route(event: MediaEvent) -> None:
        if isinstance(event, Recorded):
            recorded.append(event)
        elif event.session in talks:
            talks[event.session].take(event)

    manner = Manner.LISTENS if media_only else Manner.SPEAKS
    with (
        tempfile.TemporaryDirectory(prefix="huifang-bench-") as folder,
        FarEnds(calls, manner=manner) as far_ends,
    ):
        pin(read_environment().cpus)
        end_of_turn_ms = None if media_only else _END_OF_TURN_MS
        loop = BatchedMediaLoop(take, ports=range(40_000, 60_000), end_of_turn_ms=end_of_turn_ms)
        loop.start()
        thread = threading.Thread(target=director.run, name="director")
        thread.start()
        try:
            document = script_from_json(_SCRIPT)
            base_mb = resident_mb()
            targets = []
            for number, (host, port) in enumerate(far_ends.addresses):
                session = loop.open()
                if not media_only:
                    talks[session] = _Talk(document, session)
                session.connect(host, port, codec="PCMA", dtmf_payload=DTMF_PAYLOAD)
                session.watch_for_machines(not media_only)  # as a call does it
                if record:
                    session.record_to(Path(folder) / f"{number}.wav")
                session.play(_LOUD, 0, loop=True)
                targets.append((host, session.local_port))
            used, began = time.process_time(), time.monotonic()
            sent_before = loop.stats()["packets_sent"]
            far_ends.run(targets, float(seconds))
            time.sleep(seconds / 10)
            warm_mb = resident_mb()
            report = far_ends.report()
            used, passed = time.process_time() - used, time.monotonic() - began
            sent, end_mb = loop.stats()["packets_sent"] - sent_before, resident_mb()
        finally:
            loop.stop()
            director.stop()
            thread.join()
    figures = {
        "calls": calls,
        "seconds": seconds,
        "media_only": media_only,
        "recorded": sum(not recording.error for recording in recorded),
        "failed": report.silent_calls,
        "late_5ms_share": round(report.late_5ms_share, 6),
        "cpu_share": round(used / passed, 4),
        "us_per_pair": round(1e6 * used / max(sent, 1), 1),
        "dtmf_turn_p50_ms": None,
        "dtmf_turn_p99_ms": None,
        "bargein_p99_ms": None,
        "rss_mb": end_mb,
        "rss_kb_per_call": round(1024 * (end_mb - base_mb) / calls),
        "rss_growth_mb": round(end_mb - warm_mb, 1),
        "packets": report.packets,
        "lost": report.lost,
    }
    if not media_only:
        figures |= {
            "dtmf_turn_p50_ms": round(report.key_turn_p50_ms, 1),
            "dtmf_turn_p99_ms": round(report.key_turn_p99_ms, 1),
            "bargein_p99_ms": round(report.bargein_p99_ms, 1),
            "keys": report.keys_pressed,
            "keys_unanswered": report.keys_unanswered,
            "bargeins": report.bargeins,
            "bargeins_unheard": report.bargeins_unheard,
        }
    return {**figures, **this_machine(), "numpy": np.__version__}


_CHOICES = five_choices("5分", "4分", "3分", "2分", "1分")
_SCRIPT = bench_script(
    "bench",
    "您好，我是{store.name}的智能语音助手。",
    [
        question(
            "rating",
            "请按键。",
            "请按键。",
            {"id": "rating", "type": "scale", "choices": _CHOICES},
            [{"if": {"field": "score.rating", "op": "le", "value": 2}, "go": "reason"}, {"go": "finish"}],
        ),
        question(
            "reason",
            "请按键。",
            "请按键。",
            {"id": "reason", "type": "text", "choices": [{**_CHOICES[0], "keywords": ["质量"]}]},
            [{"go": "finish"}],
        ),
    ],
)
