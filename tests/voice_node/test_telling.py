"""What a call tells the centre of a telephone number that the customer gives."""

from __future__ import annotations

import json
from typing import Any

from huifang.logic.dialogue import RecordAnswer, Say, SayPart
from huifang.logic.sealed_number import seal, unseal
from huifang.voice.telling import Telling

NUMBER = "13800138000"


class Journal:
    """What a node would write down."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def now(self) -> Any:
        from datetime import UTC, datetime

        return datetime(2026, 9, 15, 2, tzinfo=UTC)

    def seal(self, number: str, attempt_id: str) -> str:
        return seal(number, attempt_id, "token", b"0" * 12)

    def report(self, event: Any, *, recording: str | None = None) -> None:
        self.events.append(event)


class Order:
    attempt_id, fence = "a1", 1


def test_a_number_leaves_the_call_only_sealed() -> None:
    journal = Journal()
    telling = Telling(Order(), journal)  # type: ignore[arg-type]
    times = {"start_ms": 0, "end_ms": 900}
    telling.heard({"text": "幺三八零零幺三八零零零", "key": "", **times}, "free", 1.0, is_private=True)
    telling.heard({"text": "", "key": "8", **times}, "digit", 1.0, is_private=True)
    read_back = (SayPart(f"您是说，{NUMBER}，对吗？", fixed=False),)
    telling.said(Say("tel", read_back, shown="您是说，138****8000，对吗？"), False, 0, 900)
    telling.output(RecordAnswer("tel", "138****8000", None, None, "", "speech", secret=NUMBER))
    told = json.dumps([event.data for event in journal.events], ensure_ascii=False)
    assert NUMBER not in told
    assert not any(figure in told for figure in ("幺", "三", "零", '"8"'))
    assert unseal(journal.events[-1].data["sealed"], "a1", "token") == NUMBER
    telling.heard({"text": "要三个", "key": "", **times}, "free", 1.0)
    assert journal.events[-1].data["text"] == "要三个", "other answers are kept as they are"
