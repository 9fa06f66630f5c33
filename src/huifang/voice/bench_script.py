"""The frame of a script that benches call with: short, lawful, the same words everywhere.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

_GOOD = {"zh-CN": "好的。"}
_REPLIES = dict.fromkeys(("refused", "wrong_number", "declined", "transfer", "undone"), _GOOD) | {
    "robot": {"zh-CN": "我是智能语音助手，是机器人。"},
    "callback": {"zh-CN": "{callback.when}再打给您。"},
    "transfer_failed": {"zh-CN": "{callback.when}回电给您。"},
    "confirm": {"zh-CN": "{answer.label}，对吗？"},
}


def bench_script(name: str, opening: str, steps: Sequence[Json], *, tune_s: int = 5) -> Json:
    """A script document that says ``opening`` (it discloses the machine), goes through ``steps`` from the first
    to the one named ``finish``, which is added, and plays a tune of ``tune_s``.  ``opening`` may name the store
    and the customer.
    """
    first = steps[0]["id"] if steps else "finish"
    return {
        "schema": 1,
        "id": name,
        "version": 1,
        "name": "bench",
        "purpose": "service",
        "languages": ["zh-CN"],
        "start": "opening",
        "slots": {"store.name": {"zh-CN": ""}, "customer.salutation": {"zh-CN": ""}},
        "waiting_tune": "gentle",
        "callback_after_minutes": 60,
        "confirm_below": 0.7,
        "steps": [
            {
                "id": "opening",
                "kind": "say",
                "disclosure": True,
                "text": {"zh-CN": opening},
                "next": [{"go": first}],
            },
            *steps,
            {"id": "finish", "kind": "end"},
        ],
        "endings": [{"id": "thanks", "words": {"zh-CN": "谢谢。"}, "tune": "gentle", "seconds": tune_s}],
        "replies": _REPLIES,
    }


def question(step: str, text: str, again: str, item: Json, go_on: Sequence[Json]) -> Json:
    """A step that asks ``item`` with ``text``, says ``again`` where that was not answered, and goes on by
    ``go_on``."""
    patience = {"prompts": [{"zh-CN": again}], "words": {"zh-CN": "再见。"}}
    return {
        "id": step,
        "kind": "ask",
        "text": {"zh-CN": text},
        "silence_s": 6,
        "no_input": patience,
        "no_match": patience,
        "item": item,
        "next": list(go_on),
    }


def five_choices(*labels: str) -> list[Json]:
    """Keys 1-5 for the scores 5-1."""
    return [
        {"code": f"c{key}", "label": {"zh-CN": label}, "score": 6 - key, "key": str(key)}
        for key, label in enumerate(labels, 1)
    ]
