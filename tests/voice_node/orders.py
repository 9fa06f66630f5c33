"""Orders for tests, and a short script: the shipped ones talk for a minute."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

from huifang.logic.voice_line import Order, TransferTarget, TrunkAddress


def short_script() -> dict[str, Any]:
    """The shipped script with a few words instead of sentences, so that a call takes seconds."""
    script: dict[str, Any] = json.loads(
        (files("huifang.followups") / "scripts" / "first_order_3d.json").read_text("utf-8")
    )
    script["id"] = "short"
    steps = {step["id"]: step for step in script["steps"]}
    steps["opening"]["text"] = [{"zh-CN": "您好，智能语音助手。"}]
    steps["purpose"]["text"] = [{"zh-CN": "{order.product}。"}]
    steps["rating"]["text"] = [{"zh-CN": "满意请按键。"}]
    steps["rating"]["silence_s"] = 1.5
    steps["reason"]["text"] = [{"zh-CN": "哪方面呢？"}]
    steps["reason"]["silence_s"] = 1.5
    for step in ("rating", "reason"):
        for path in ("no_input", "no_match"):
            steps[step][path]["prompts"] = [{"zh-CN": "请按键。"}]
            if "words" in steps[step][path]:
                steps[step][path]["words"] = {"zh-CN": "再见。"}
    steps["handover"]["text"] = [{"zh-CN": "处理得好吗？"}]
    steps["handover"]["silence_s"] = 1.0
    script["after_transfer"]["words"] = {"zh-CN": "好的，谢谢您。"}
    for ending in script["endings"]:
        ending["words"] = {"zh-CN": "谢谢您。"}
        ending["seconds"] = 1.0
    for reply in script["replies"]:
        slot = {
            "callback": "{callback.when}",
            "transfer_failed": "{callback.when}",
            "confirm": "{answer.label}",
        }
        script["replies"][reply] = {"zh-CN": f"好的，{slot.get(reply, '再见')}。"}
    return script


def order(number: str, network_port: int, *, targets: tuple[str, ...] = (), **changes: Any) -> Order:
    """An order to call ``number`` on the virtual network; ``targets`` are agents' phones there."""
    values: dict[str, Any] = {
        "attempt_id": uuid.uuid4().hex,
        "fence": 1,
        "number": number,
        "trunk": TrunkAddress("test", "127.0.0.1", network_port, caller_id="02166668888"),
        "script": short_script(),
        "facts": {"order.product": "面霜"},
        "language": "zh-CN",
        "transfer_targets": [TransferTarget(t, t, f"sip:{t}@127.0.0.1:{network_port}") for t in targets],
        "transfer_timeout_s": 15.0,
        "ring_timeout_s": 6.0,
        "dial_before": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }
    return Order(**{**values, **changes})
