"""The shipped scripts and a conversation that remembers what it said, for the tests of the engine."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from huifang.logic import dialogue, script
from huifang.logic.script_document import Script, script_from_json
from huifang.logic.script_state import State

FOLDER = Path(__file__).parents[2] / "src" / "huifang" / "followups" / "scripts"
SHIPPED = ("first_order_3d", "dormant_60d")
NOW = datetime(2026, 9, 15, 10, 7, tzinfo=timezone(timedelta(hours=8)))
FACTS: dict[str, object] = {
    "customer.salutation": "李女士",
    "store.name": "花颜美妆人民路店",
    "order.product": "玫瑰保湿面膜",
    "call.speech": True,
    "call.recorded": True,
}


def document(name: str = "first_order_3d") -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))  # type: ignore[no-any-return]


SCRIPTS = {name: script_from_json(document(name)) for name in SHIPPED}


class Conversation:
    """Feeds inputs to the engine one by one and keeps everything that came out."""

    def __init__(
        self, scripted: Script | str = "first_order_3d", facts: dict[str, object] | None = None
    ) -> None:
        self.script = SCRIPTS[scripted] if isinstance(scripted, str) else scripted
        self.facts = FACTS if facts is None else facts
        self.state: State = script.begin(self.script)
        self.all: list[dialogue.Output] = []
        self.last: tuple[dialogue.Output, ...] = ()

    def give(self, *inputs: dialogue.Input) -> Conversation:
        for given in inputs:
            self.state, self.last = script.step(self.script, self.state, given, self.facts, NOW)
            self.all += self.last
        return self

    def key(self, keys: str) -> Conversation:
        return self.give(*(dialogue.Key(k) for k in keys))

    def speak(self, text: str, confidence: float = 1.0) -> Conversation:
        return self.give(dialogue.Utterance(text, (), confidence))

    def of(self, kind: type[Any]) -> list[Any]:
        return [o for o in self.all if isinstance(o, kind)]

    @property
    def said(self) -> str:
        """What the last input made us say."""
        return "".join(o.text for o in self.last if isinstance(o, dialogue.Say))

    @property
    def end(self) -> dialogue.End | None:
        return next(iter(self.of(dialogue.End)), None)

    @property
    def scores(self) -> list[int]:
        """The scores that stand: recorded and not taken back."""
        standing: list[int] = []
        for answer in self.of(dialogue.RecordAnswer):
            if answer.score is not None:
                standing.pop() if answer.undone else standing.append(answer.score)
        return standing


def started(
    scripted: Script | str = "first_order_3d", facts: dict[str, object] | None = None
) -> Conversation:
    return Conversation(scripted, facts).give(dialogue.Started())
