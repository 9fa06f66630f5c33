"""How long a customer waits for the answer to what they said, with many calls at once.

The node is the real one, as a process of its own, with the embedded recogniser; the people are the
virtual telephone network's, in another process, and speak (espeak-ng's voice).  The wait counts from the end of the
customer's voice, as it comes out of the jitter buffer, to the first packet of the answer, both on the clock of the
call's media; what it was spent on the node tells with every utterance (``wait_ms``).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from huifang.logic.voice_line import EventKind
from huifang.machine import this_machine
from huifang.voice.bench_script import bench_script, five_choices, question
from huifang.voice.rig import LeanCentre, node, serving, telephone_network, wait_for

_JITTER_BUFFER_MS = 40
"""What the voice has waited in the buffer at least before it was heard; counted as ours."""
_NEW_PER_S = 8.0
_ENDLESS = 1_000_000
_START_S = 90.0
_LAST_CALLS_S = 120.0


def run_talk(model: Path, calls: int, seconds: int) -> dict[str, Any]:
    """Keep ``calls`` conversations going for ``seconds`` and tell how long each turn's answer took.

    ``share_ms`` are means of the parts: the silence that ends a turn, recognition after it, thinking
    (understanding and the conversation engine), and the rest (rendering, queues, the packet's turn).
    ``late_5ms_share``: of the packets that the node sent while its recognisers worked, those that left, or were left
    out, more than 5 ms after their time, as it counts itself.
    """
    with tempfile.TemporaryDirectory(prefix="huifang-talk-") as name:
        folder = Path(name)
        with (
            (folder / "processes.log").open("ab") as output,
            telephone_network(folder / "telephone-network.jsonl", output, only="speaks") as port,
            serving(centre := LeanCentre(port, _NEW_PER_S, _ENDLESS, _SCRIPT, _facts)) as url,
            node(folder, url, calls=calls, output=output, asr_model=str(model)) as pid,
        ):
            wait_for(lambda: centre.claims > 0, _START_S)
            used, began = _cpu_s(pid), time.monotonic()
            centre.begin()
            wait_for(lambda: time.monotonic() - began > seconds, seconds + 1)
            used, passed = _cpu_s(pid) - used, time.monotonic() - began
            at_once = centre.handed_out - centre.over
            centre.calls = centre.handed_out  # no more
            wait_for(lambda: centre.over >= centre.calls, _LAST_CALLS_S)
    turns = _turns(centre)
    totals = [turn["total"] for turn in turns]
    p50, p99 = np.percentile(totals, (50, 99)).tolist() if totals else (0.0, 0.0)
    return {
        "calls": calls,
        "seconds": seconds,
        "conversations": centre.over,
        "at_once": at_once,
        "turns": len(turns),
        "wait_p50_ms": round(p50),
        "wait_p99_ms": round(p99),
        "share_ms": {
            part: round(float(np.mean([turn[part] for turn in turns])), 1) if turns else None
            for part in ("jitter_buffer", "silence", "recognition", "thinking", "rest")
        },
        "late_5ms_share": centre.stats.get("late_share"),
        "node_cpu_share": round(used / passed, 3),
        "load": [round(load, 1) for load in os.getloadavg()],
        **this_machine(),
    }


def _facts(_number: int) -> dict[str, Any]:
    return {"store.name": "人民路店"}


def _cpu_s(pid: int) -> float:
    """Of the node; its recogniser's processes are children of their own."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _turns(centre: LeanCentre) -> list[dict[str, float]]:
    """Every utterance that was answered with words at once, and what its wait was spent on, in ms.

    Left out is what was said into words that went on, such as a greeting into the disclosure.
    """
    turns = []
    for events in centre.events.values():
        said = [event["data"] for event in events if event["kind"] == EventKind.SAID]
        for heard in (event["data"] for event in events if event["kind"] == EventKind.HEARD):
            answer = next((say for say in said if say["end_ms"] > heard["end_ms"]), None)
            if heard.get("wait_ms") and heard["intent"] and answer and answer["start_ms"] >= heard["end_ms"]:
                turns.append(_parts(heard["wait_ms"], answer["start_ms"] - heard["end_ms"]))
    return turns


def _parts(wait: Mapping[str, float], answered_after_ms: float) -> dict[str, float]:
    known = {part: float(wait.get(part, 0)) for part in ("silence", "recognition", "thinking")}
    rest = max(answered_after_ms - sum(known.values()), 0.0)
    return {
        **known,
        "rest": rest,
        "jitter_buffer": _JITTER_BUFFER_MS,
        "total": answered_after_ms + _JITTER_BUFFER_MS,
    }


_SCRIPT = bench_script(
    "bench_talk",
    "您好，我是{store.name}的智能语音助手。",
    [
        question(
            "rating",
            "您对这次服务满意吗？",
            "请您说满意或者不满意，也可以按键。",
            {
                "id": "rating",
                "type": "scale",
                "choices": five_choices("非常满意", "满意", "一般", "不满意", "非常不满意"),
            },
            [{"go": "finish"}],
        )
    ],
    tune_s=2,
)
