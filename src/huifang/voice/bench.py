"""How many calls one process carries in time, measured from outside.

The far ends are a process of their own with its own clock (``rtp/load.py``).  Here run the parts of a
voice node that a call's turn passes through: media loop with voice detection and recording, the director's
thread, and the conversation engine with a real script.  What is played is two tones of different loudness
instead of words, because a far end can tell exactly when they change.
"""

from __future__ import annotations

import tempfile
import threading
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from huifang.logic import dialogue, script
from huifang.logic.script_document import Script, script_from_json
from huifang.voice.director import Director
from huifang.voice.rtp.load import DTMF_PAYLOAD, FarEnds, tone
from huifang.voice.rtp.loop import BatchedMediaLoop
from huifang.voice.rtp.port import KeyPressed, MediaEvent, MediaSession

_LOUD, _QUIET = tone(500, 12_000), tone(500, 2_000)
_FACTS = {"store.name": "测试门店", "call.speech": False, "call.recorded": True}


class _Talk:
    """One scripted call: every key is a turn of the engine, and every turn changes what is heard."""

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
            self._session.play(_QUIET if self._turns % 2 else _LOUD, self._turns, loop=True)

    def _step(self, given: dialogue.Input) -> None:
        self._state, outputs = script.step(self._document, self._state, given, _FACTS, datetime.now(UTC))
        if any(isinstance(output, dialogue.End | dialogue.PlayTune) for output in outputs):
            self._begin()  # the conversation came to its end: the next one, on the same line

    def _begin(self) -> None:
        self._state = script.begin(self._document)
        self._step(dialogue.Started())


def run_bench(calls: int, seconds: int) -> dict[str, Any]:
    """Carry ``calls`` calls for ``seconds`` and tell how it went.

    ``late_5ms_share``: packets more than 5 ms behind their 20 ms grid at the far end, lost ones included.
    ``cpu_share``: of one core, by this process.  ``dtmf_turn_p99_ms``: from pressing a key to hearing the
    answer.  Raises ``SettingInvalid`` where there are not enough free RTP ports.
    """
    document = script_from_json(_SCRIPT)
    director = Director()
    talks: dict[MediaSession, _Talk] = {}

    def take(event: MediaEvent) -> None:
        director.post(partial(route, event))

    def route(event: MediaEvent) -> None:
        talks[event.session].take(event)

    with tempfile.TemporaryDirectory(prefix="huifang-bench-") as folder, FarEnds(calls) as far_ends:
        loop = BatchedMediaLoop(take, ports=range(40_000, 60_000))
        loop.start()
        thread = threading.Thread(target=director.run, name="director")
        thread.start()
        try:
            targets = []
            for number, (host, port) in enumerate(far_ends.addresses):
                session = loop.open()
                talks[session] = _Talk(document, session)
                session.connect(host, port, codec="PCMA", dtmf_payload=DTMF_PAYLOAD)
                session.record_to(Path(folder) / f"{number}.wav")
                session.play(_LOUD, 0, loop=True)
                targets.append((host, session.local_port))
            used, began = time.process_time(), time.monotonic()
            far_ends.run(targets, float(seconds))
            report = far_ends.report()
            cpu_share = (time.process_time() - used) / (time.monotonic() - began)
        finally:
            director.stop()
            thread.join()
            loop.stop()
    return {
        "calls": calls,
        "seconds": seconds,
        "late_5ms_share": round(report.late_5ms_share, 6),
        "cpu_share": round(cpu_share, 4),
        "dtmf_turn_p99_ms": round(report.key_turn_p99_ms, 1),
        "dtmf_turn_p50_ms": round(report.key_turn_p50_ms, 1),
        "packets": report.packets,
        "lost": report.lost,
        "keys": report.keys_pressed,
        "keys_unanswered": report.keys_unanswered,
    }


def _choice(key: str, score: int) -> dict[str, Any]:
    return {"code": f"c{key}", "label": {"zh-CN": f"{score}分"}, "score": score, "key": key}


_ASK = {
    "kind": "ask",
    "text": {"zh-CN": "请按键。"},
    "silence_s": 6,
    "no_input": {"prompts": [{"zh-CN": "请按键。"}], "words": {"zh-CN": "再见。"}},
    "no_match": {"prompts": [{"zh-CN": "请按键。"}], "words": {"zh-CN": "再见。"}},
}
_CHOICES = [_choice(str(key), 6 - key) for key in range(1, 6)]
_SCRIPT: dict[str, Any] = {
    "schema": 1,
    "id": "bench",
    "version": 1,
    "name": "bench",
    "purpose": "service",
    "languages": ["zh-CN"],
    "start": "opening",
    "slots": {"store.name": {"zh-CN": ""}},
    "waiting_tune": "gentle",
    "callback_after_minutes": 60,
    "confirm_below": 0.7,
    "steps": [
        {
            "id": "opening",
            "kind": "say",
            "disclosure": True,
            "text": {"zh-CN": "您好，我是{store.name}的智能语音助手。"},
            "next": [{"go": "rating"}],
        },
        {
            **_ASK,
            "id": "rating",
            "item": {"id": "rating", "type": "scale", "choices": _CHOICES},
            "next": [{"if": {"field": "score.rating", "op": "le", "value": 2}, "go": "reason"}, {"go": "finish"}],
        },
        {
            **_ASK,
            "id": "reason",
            "item": {"id": "reason", "type": "text", "choices": [{**_choice("1", 1), "keywords": ["质量"]}]},
            "next": [{"go": "finish"}],
        },
        {"id": "finish", "kind": "end"},
    ],
    "endings": [{"id": "thanks", "words": {"zh-CN": "谢谢。"}, "tune": "gentle", "seconds": 5}],
    "replies": {
        reply: {"zh-CN": "好的。"}
        for reply in ("refused", "wrong_number", "declined", "transfer", "undone")
    }
    | {
        "robot": {"zh-CN": "我是智能语音助手，是机器人。"},
        "callback": {"zh-CN": "{callback.when}再打给您。"},
        "transfer_failed": {"zh-CN": "{callback.when}回电给您。"},
        "confirm": {"zh-CN": "{answer.label}，对吗？"},
    },
}  # fmt: skip
