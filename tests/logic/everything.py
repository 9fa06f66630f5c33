"""A script with every kind of step and item, for tests of the language."""

from __future__ import annotations

from typing import Any

from huifang.logic.script_document import Script, script_from_json

PROMPTS = [{"zh-CN": "抱歉，我没听明白。"}, {"zh-CN": "请您按键。"}]


def say(step_id: str, words: str, go: str, **more: Any) -> dict[str, Any]:
    return {"id": step_id, "kind": "say", "text": {"zh-CN": words}, "next": [{"go": go}], **more}


def ask(step_id: str, item: dict[str, Any], go: str, kind: str = "ask", **more: Any) -> dict[str, Any]:
    """An ask that goes on to ``go``, also without an answer."""
    fallback = {"prompts": PROMPTS, "go": go}
    return {
        "id": step_id,
        "kind": kind,
        "text": {"zh-CN": f"请问{step_id}。"},
        "item": {"id": step_id, **item},
        "silence_s": 5,
        "next": [{"go": go}],
        "no_input": fallback,
        "no_match": fallback,
        **more,
    }


def choices(*labels: str, scores: bool = False) -> list[dict[str, Any]]:
    return [
        {"code": f"c{n}", "label": {"zh-CN": label}, "key": str(n)} | ({"score": 6 - n} if scores else {})
        for n, label in enumerate(labels, 1)
    ]


RATING = {
    "type": "scale",
    "choices": choices("非常满意", "满意", "一般", "不满意", "非常不满意", scores=True),
}
PARTS = {"type": "single", "choices": choices("鞋跟", "鞋面", "鞋底")}


def document(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A document of these steps between the disclosure and the end, which is called ``finish``."""
    return {
        "schema": 2, "id": "everything", "version": 1, "name": "全部", "purpose": "service", "languages": ["zh-CN"],
        "start": "opening", "slots": {}, "waiting_tune": "warm_piano", "callback_after_minutes": 60, "confirm_below": 0.8,
        "steps": [
            say("opening", "您好，我是智能语音助手。", steps[0]["id"], disclosure=True),
            *steps,
            {"id": "finish", "kind": "end"},
        ],
        "endings": [{"id": "bye", "words": {"zh-CN": "谢谢，再见。"}, "tune": "warm_piano", "seconds": 5}],
        "replies": {
            key: {"zh-CN": f"{key}。"}
            for key in ("robot", "refused", "callback", "wrong_number", "declined", "transfer", "transfer_failed", "undone")
        } | {"confirm": {"zh-CN": "您是说，{answer.label}，对吗？"}},
        **more,
    }  # fmt: skip


def script(*steps: dict[str, Any], **more: Any) -> Script:
    return script_from_json(document(*steps, **more))
