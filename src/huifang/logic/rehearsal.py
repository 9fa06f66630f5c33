"""Rehearsing a script: the engine talks with made-up callers, and what must never happen is counted.  Pure.

Nothing is dialled and nothing stored; one seed gives the same thousand conversations every time.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from huifang.logic import script as engine
from huifang.logic.condition import Test, tests_of
from huifang.logic.dialogue import (
    AskByMessage,
    End,
    HungUp,
    Input,
    Key,
    Listen,
    Lookup,
    Output,
    PlayTune,
    Promise,
    RecordAnswer,
    Refusal,
    Say,
    Silence,
    Started,
    Stranger,
    Transfer,
    TransferResult,
    Understood,
    Utterance,
)
from huifang.logic.disclosure import names_machine
from huifang.logic.promise_rules import objection
from huifang.logic.rehearsal_caller import Caller, is_meant
from huifang.logic.script_check import conditions_of
from huifang.logic.script_document import Ask, Script
from huifang.logic.script_state import Phase
from huifang.logic.script_talk import Talk
from huifang.logic.understanding import Intent
from huifang.logic.understanding.reading import SURE

Hear = Callable[[str, str], Utterance]
"""Words, and the question that they reply to, as they were heard."""
MOST_INPUTS = 90
"""A conversation that is not over by then is a dead end."""
_ENGINE_FACTS = ("answer.", "score.", "number.", "heard.", "call.")
_ONCE = "请您稍等"
_EXAMPLES = {"customer.salutation": "李女士", "customer.name": "李梅", "store.name": "花颜美妆人民路店"}


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How one conversation went.  ``broken``: the laws that it broke; ``wrong``: items whose stored answer is not
    what the caller meant; ``visited``: the steps that were asked."""

    behaviour: str
    outcome: str
    ending: str
    inputs: int
    rungs: tuple[str, ...]
    answered: tuple[str, ...]
    wrong: tuple[str, ...]
    promises: tuple[str, ...]
    transfers: int
    visited: tuple[str, ...]
    broken: tuple[str, ...]
    dialogue: tuple[str, ...]


@dataclass
class Tally:
    """What came of many conversations."""

    conversations: int = 0
    behaviours: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    rungs: Counter[str] = field(default_factory=Counter)
    promises: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    visited: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    transfers: int = 0
    inputs: list[int] = field(default_factory=list)
    examples: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Of broken laws: the first few, with their dialogues."""

    def add(self, one: Rehearsed) -> None:
        self.conversations += 1
        self.behaviours[one.behaviour] += 1
        self.outcomes[one.outcome or "none"] += 1
        self.endings[one.ending or "none"] += 1
        for counter, names in (
            (self.rungs, one.rungs), (self.promises, one.promises), (self.answered, one.answered), (self.wrong, one.wrong),
            (self.visited, set(one.visited)), (self.broken, one.broken),
        ):  # fmt: skip
            counter.update(names)
        self.transfers += one.transfers
        self.inputs.append(one.inputs)
        if one.broken and len(self.examples) < 5:
            self.examples.append((one.broken[0], one.dialogue))

    def figures(self, script: Script) -> dict[str, Any]:
        """The tally as JSON-safe data; ``unvisited`` are the questions that nobody was asked."""
        ordered = sorted(self.inputs) or [0]
        asks = [step.id for step in script.steps.values() if isinstance(step, Ask)]
        return {
            "script": script.id,
            "version": script.version,
            "conversations": self.conversations,
            "outcomes": dict(self.outcomes.most_common()),
            "endings": dict(self.endings.most_common()),
            "turns": {
                "p50": ordered[len(ordered) // 2],
                "p95": ordered[len(ordered) * 95 // 100],
                "max": ordered[-1],
            },
            "rungs": {rung: self.rungs[rung] for rung in ("confirm", "choices", "keys", "message")},
            "dead_ends": self.broken["dead end"],
            "violations": sum(self.broken.values()),
            "broken_laws": dict(self.broken),
            "answered": dict(self.answered),
            "wrong": dict(self.wrong),
            "promises": dict(self.promises),
            "transfers": self.transfers,
            "unvisited": [step for step in asks if not self.visited[step]],
            "callers": dict(self.behaviours.most_common()),
            "examples": [{"law": law, "dialogue": list(lines)} for law, lines in self.examples],
        }


def _unweighed(text: str, question: str) -> Utterance:
    return Utterance(text)


def rehearse(
    script: Script,
    document: Mapping[str, Any],
    callers: int,
    seed: int,
    now: datetime,
    *,
    by: str = "both",
    hear: Hear = _unweighed,
) -> Iterator[Rehearsed]:
    """``callers`` conversations, one after the other.

    ``by``: keys | words | both.  ``hear`` turns words into what was heard: with a model's weight, as in a call
    (``nlu.model.Model.heard``).  ``now``: aware.
    """
    drawn = DrawnFacts(script)
    for number in range(callers):
        caller = Caller(f"{seed}/{number}", by)
        yield _Conversation(script, document, caller, drawn.draw(f"{seed}/{number}"), now, hear).run()


class DrawnFacts:
    """Facts for which every condition of a script is true in some conversations and false in others."""

    def __init__(self, script: Script) -> None:
        self._values: dict[str, list[Any]] = {}
        for when in conditions_of(script):
            for test in tests_of(when.tree):
                if not test.field.startswith(_ENGINE_FACTS):
                    self._values.setdefault(test.field, []).extend(_around(test))
        self._slots = [slot for slot in script.defaults[script.languages[0]] if "." in slot]
        self._offers = [
            step.offer.promotion
            for step in script.steps.values()
            if isinstance(step, Ask) and step.offer is not None
        ]

    def draw(self, seed: str) -> dict[str, object]:
        chance = random.Random(f"facts {seed}")
        facts: dict[str, object] = {}
        for slot in self._slots:
            if chance.random() < 0.8:
                facts[slot] = _EXAMPLES.get(slot, "玫瑰面膜")
        for name, values in self._values.items():
            value = chance.choice([*values, None])
            if value is not None:
                facts[name] = value
        for promotion in self._offers:
            facts[f"offer.{promotion}.available"] = chance.random() < 0.7
        facts |= {"call.speech": True, "call.recorded": chance.random() < 0.9, "call.seed": seed}
        return {**facts, "call.messages": chance.random() < 0.5}


def _around(test: Test) -> list[Any]:
    """Values for which ``test`` holds, and some for which it may not."""
    value = test.value
    if isinstance(value, list | tuple):
        return [*value, "其他"]
    if isinstance(value, bool):
        return [True, False]
    if isinstance(value, int | float):
        return [value - 1, value, value + 1]
    return [value, "其他"]


class _Conversation:
    """One conversation, watched."""

    def __init__(
        self,
        script: Script,
        document: Mapping[str, Any],
        caller: Caller,
        facts: dict[str, object],
        now: datetime,
        hear: Hear,
    ) -> None:
        self._script = script
        self._document = document
        self._caller = caller
        self._facts = facts
        self._now = now
        self._hear = hear
        self._state = engine.begin(script)
        self._all: list[Output] = []
        self._broken: list[str] = []
        self._lines: list[str] = []
        self._is_else = False
        """Somebody else is on the telephone."""
        caller.order = str(facts.get("call.seed") or "")

    def run(self) -> Rehearsed:
        given: Input = Started()
        inputs = 0
        outputs: tuple[Output, ...] = ()
        while inputs < MOST_INPUTS:
            inputs += 1
            before = outputs
            self._state, outputs = engine.step(self._script, self._state, given, self._facts, self._now)
            self._watch(given, outputs)
            if self._state.phase is Phase.OVER:
                break
            if not outputs:  # nothing has changed: what was waited for is waited for still
                outputs = before
            given = self._caller.reply(self._script, self._state, outputs)
            if isinstance(given, Utterance):
                asked = Talk(self._script, self._state, self._facts, self._now).asked()
                given = self._hear(given.text, asked.words)
        else:
            self._broken.append("dead end")
        if self._state.phase is Phase.OVER:
            self._look_back()
        return self._result(inputs)

    def _watch(self, given: Input, outputs: tuple[Output, ...]) -> None:
        """What must hold at every step."""
        self._note(given, outputs)
        is_first = not self._all
        self._all += outputs
        says = [o for o in outputs if isinstance(o, Say)]
        if is_first:
            self._first_words(says)
        read = next((o for o in outputs if isinstance(o, Understood)), None)
        if read is not None and read.intent == Intent.REFUSAL:
            ended = any(isinstance(o, End) and o.outcome == "refused" for o in outputs)
            is_obeyed = ended and any(isinstance(o, Refusal) for o in outputs)
            is_asked = read.confidence < SURE and any(say.step == "refusing" for say in says)
            if not is_obeyed and not is_asked:
                self._broken.append("refusal")
        if read is not None and read.intent == Intent.ROBOT and not _names_machine(says):
            self._broken.append("robot")
        if any(isinstance(o, Stranger) for o in outputs) and not isinstance(outputs[-1], End):
            self._broken.append("stranger")
        if self._is_else and self._tells_private(says):
            self._broken.append("private")
        self._is_else = self._state.phase is Phase.REACHING
        waits = isinstance(outputs[-1], Listen | PlayTune | Transfer | Lookup | End) if outputs else True
        if not waits:
            self._broken.append("silence")
        for promise in outputs:
            if isinstance(promise, Promise) and objection(self._document, promise.kind, promise.data):
                self._broken.append("promise")

    def _first_words(self, says: list[Say]) -> None:
        if not says or says[0].interruptible or not _names_machine(says[:1]):
            self._broken.append("disclosure")
        elif (
            self._facts.get("call.recorded") is True
            and "录音" not in says[0].text
            and "record" not in says[0].text
        ):
            self._broken.append("recording notice")

    def _tells_private(self, says: list[Say]) -> bool:
        """Whether somebody else hears what is between the customer and us."""
        own = [
            str(v)
            for name, v in self._facts.items()
            if name.startswith(("order.", "customer.")) and isinstance(v, str)
        ]
        begins_anew = any(not say.interruptible for say in says)
        return not begins_anew and any(value in say.text for say in says for value in own if len(value) > 1)

    def _look_back(self) -> None:
        """What must hold of the whole."""
        if sum(isinstance(o, End) for o in self._all) != 1 or not isinstance(self._all[-1], End):
            self._broken.append("one end")
        comfort = [o.text for o in self._all if isinstance(o, Say) and o.step == "empathy"]
        if len(comfort) != len(set(comfort)):
            self._broken.append("empathy twice")
        if sum(o.text.count(_ONCE) for o in self._all if isinstance(o, Say)) > 1:
            self._broken.append("wait twice")

    def _note(self, given: Input, outputs: tuple[Output, ...]) -> None:
        if isinstance(given, Utterance):
            self._lines.append(f"客：{given.text}")
        elif isinstance(given, Key):
            self._lines.append(f"客：按{given.key}")
        elif isinstance(given, HungUp):
            self._lines.append("客：（挂断）")
        elif isinstance(given, TransferResult):
            self._lines.append("（人工接听）" if given.bridged else "（无人接听）")
        elif isinstance(given, Silence) and self._state.phase is Phase.ASKING:
            self._lines.append("客：（沉默）")
        for output in outputs:
            if isinstance(output, Say):
                self._lines.append(f"我：{output.text}")

    def _result(self, inputs: int) -> Rehearsed:
        end = next((o for o in self._all if isinstance(o, End)), None)
        asked = tuple(o for o in self._all if isinstance(o, Listen))
        standing = {a.item: a.secret or a.code for a in self._state.answers}
        types = {s.item.id: s.item.type for s in self._script.steps.values() if isinstance(s, Ask)}
        return Rehearsed(
            behaviour=self._caller.behaviour,
            outcome=end.outcome if end else "",
            ending=end.ending if end else "",
            inputs=inputs,
            rungs=(
                *(o.rung for o in asked if o.rung),
                *("message" for o in self._all if isinstance(o, AskByMessage)),
            ),
            answered=tuple(o.item for o in self._all if isinstance(o, RecordAnswer) and not o.undone),
            wrong=tuple(item for item, code in standing.items() if self._is_wrong(types[item], item, code)),
            promises=tuple(o.kind for o in self._all if isinstance(o, Promise)),
            transfers=sum(isinstance(o, Transfer) for o in self._all),
            visited=tuple(o.step for o in asked),
            broken=tuple(self._broken),
            dialogue=tuple(self._lines),
        )

    def _is_wrong(self, type_: str, item: str, code: str) -> bool:
        meant = self._caller.wanted.get(item)
        return type_ != "text" and meant is not None and not is_meant(meant, code)


def _names_machine(says: list[Say]) -> bool:
    return names_machine("".join(say.text for say in says))
