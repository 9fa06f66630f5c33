"""A rehearsal aloud: a real node and the virtual telephone network, every call accounted for on both sides."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import huifang.followups
from huifang.logic.voice_line import EventKind
from huifang.voice.rehearsal_audio import _is_lawful, rehearse_audio

SHIPPED = Path(huifang.followups.__file__).with_name("scripts")


def test_calls_made_aloud_are_all_known_to_their_end() -> None:
    document = json.loads((SHIPPED / "first_order_3d.json").read_text(encoding="utf-8"))
    figures = rehearse_audio(document, calls=5, seed=7, asr_model="")
    assert (figures["calls"], figures["unfinished"], figures["doubled"], figures["violations"]) == (
        5,
        0,
        0,
        0,
    )
    assert sum(figures["causes"].values()) == sum(figures["callers"].values()) == 5
    assert figures["answered"] >= 3
    assert figures["answers"]["rating"] >= 1
    assert figures["heard_s"] > 10


def told(kind: EventKind, **data: Any) -> dict[str, Any]:
    return {"kind": kind, "data": data}


LAWFUL = [
    told(EventKind.SAID, text="您好，我是智能语音助手。", interrupted=False),
    told(EventKind.SAID, text="您满意吗？", interrupted=True),
    told(EventKind.ENDED, cause="completed", outcome="completed"),
]


def test_a_call_without_its_disclosure_or_that_goes_on_after_a_refusal_is_seen() -> None:
    assert _is_lawful(LAWFUL)
    untold, cut, refused = (copy.deepcopy(LAWFUL) for _ in range(3))
    untold[0]["data"]["text"] = "您好，我是小李。"
    cut[0]["data"]["interrupted"] = True
    refused.insert(2, told(EventKind.REFUSED, text="别打了"))
    assert [_is_lawful(story) for story in (untold, cut, refused)] == [False, False, False]
