"""The conversation at hand while one input is worked on: its state, its facts, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from huifang.logic import dialogue
from huifang.logic.dialogue import Listen, PlayTune, Promise, Transfer, WithdrawTransfer
from huifang.logic.script_document import ENGINE_KEYS, Ask, Ending, Script
from huifang.logic.script_promise import due_at, spoken
from huifang.logic.script_state import Phase, State
from huifang.logic.script_text import Text
from huifang.logic.understanding import Asked, Option

_CLOSING_SILENCE_S = 0.5  # after the tune, before the line is dropped
_PATIENT_SILENCE_S = 25.0  # 「等一下」: somebody is at the door, or looks for a pen


class Talk:
    """What the engine may say and do.  Everything goes to ``outputs`` in order; ``state`` is always current."""

    def __init__(self, script: Script, state: State, facts: Mapping[str, object], now: datetime) -> None:
        self.script = script
        self.state = state
        self.given_facts = facts
        self.now = now
        self.outputs: list[dialogue.Output] = []

    def put(self, output: dialogue.Output) -> None:
        self.outputs.append(output)

    def change(self, **values: Any) -> None:
        self.state = replace(self.state, **values)

    @property
    def ask(self) -> Ask:
        at = self.script.steps[self.state.at]
        assert isinstance(at, Ask)
        return at

    def asked(self) -> Asked:
        if self.state.phase not in (Phase.ASKING, Phase.CONFIRMING):
            return Asked()
        return asked_by(self.ask, self.state.language, confirming=self.state.phase is Phase.CONFIRMING)

    def facts(self) -> dict[str, object]:
        facts = dict(self.given_facts)
        for answer in self.state.answers:
            facts[f"answer.{answer.item}"] = answer.code
            if answer.score is not None:
                facts[f"score.{answer.item}"] = answer.score
        return facts

    def ending(self) -> Ending:
        facts = self.facts()
        return next(e for e in self.script.endings if e.when is None or e.when.holds(facts))

    def waiting_tune(self) -> str:
        """Soothe while the phone rings: the ending's tune, or the script's for an early wish."""
        return self.ending().tune if self.state.ending else self.script.waiting_tune

    def ask_again(self) -> None:
        if self.state.phase is Phase.CONFIRMING and self.state.pending:
            choice = self.ask.item.by_code(self.state.pending.code)
            label = choice.label[self.state.language] if choice else self.state.pending.text
            self.say(self.state.at, self.script.replies["confirm"], extra={"answer.label": label})
        else:
            self.say(self.state.at, self.ask.text)
        self.listen()

    def again(self) -> None:
        """Say what is being waited for once more."""
        if self.state.phase in (Phase.ASKING, Phase.CONFIRMING):
            self.ask_again()
        elif self.state.phase is Phase.TRANSFERRING:
            self.put(PlayTune(self.waiting_tune(), loop=True))
        elif self.state.served:
            self.say_thanks()
            self.listen()
        elif self.state.transfers:
            self.say("transfer_failed", self.script.replies["transfer_failed"])
            self.listen()
        else:
            self.say(self.state.ending, self.ending().words)
            self.listen()

    def listen(self) -> None:
        if self.state.phase is Phase.CLOSING:
            self.put(Listen(self.state.ending or "closing", _CLOSING_SILENCE_S, keys=ENGINE_KEYS))
            return
        ask = self.ask
        if self.state.phase is Phase.CONFIRMING:
            self.put(Listen(ask.id, ask.silence_s, keys="12" + ENGINE_KEYS, expects="yes_no"))
        else:
            keys = "".join(sorted(c.key for c in ask.item.choices)) + ENGINE_KEYS
            self.put(Listen(ask.id, ask.silence_s, keys, "rating" if ask.item.type == "scale" else "free"))

    def wait(self, *, patient: bool) -> None:
        """Give time: somebody thinks aloud, or (``patient``) has asked us to wait.  Costs no try."""
        if self.state.phase is Phase.TRANSFERRING:
            return  # the tune plays on
        self.listen()
        listening = self.outputs[-1]
        if isinstance(listening, Listen) and self.state.phase is not Phase.CLOSING:
            longer = _PATIENT_SILENCE_S if patient else 2 * listening.silence_s
            self.outputs[-1] = replace(listening, silence_s=longer)

    def say(
        self,
        step_id: str,
        text: Text,
        *,
        interruptible: bool = True,
        extra: Mapping[str, object] | None = None,
    ) -> str:
        facts = self.facts()
        if extra:
            facts.update(extra)
        parts = text.render(self.state.language, facts, self.script.defaults[self.state.language])
        if parts:
            self.put(dialogue.Say(step_id, parts, interruptible))
        return "".join(part.text for part in parts)

    def say_thanks(self) -> None:
        """The last words to somebody whom a person has talked to, where the script has any."""
        if self.script.after_transfer is not None:
            self.say("after_transfer", self.script.after_transfer.words)

    def play_out(self, tune: str, seconds: float) -> None:
        self.put(PlayTune(tune, seconds=seconds))
        self.listen()

    def transfer(self, reason: str) -> None:
        self.state = replace(
            self.state, phase=Phase.TRANSFERRING, transfers=self.state.transfers + 1, pending=None
        )
        self.put(PlayTune(self.waiting_tune(), loop=True))
        self.put(Transfer(reason))

    def withdraw(self) -> None:
        if self.state.phase is Phase.TRANSFERRING:
            self.change(phase=Phase.ASKING, transfers=0)
            self.put(WithdrawTransfer())

    def promise_callback(self, step_id: str, text: Text, moment: str) -> None:
        at = due_at(self.now, moment, self.script.callback_after_minutes)
        said = self.say(
            step_id, text, extra={"callback.when": spoken(at, self.now, moment, self.state.language)}
        )
        self.put(Promise("callback", said, at.isoformat()))

    def end(self, outcome: str) -> None:
        """Over.  A scored conversation names its ending and duties even if it was cut short; whom a person
        has talked to was reached, whatever they said to the robot afterwards, unless they want no calls."""
        if self.state.served and outcome != "refused":
            outcome = "transferred"
        scored = any(a.score is not None for a in self.state.answers)
        ending = self.ending() if scored or self.state.ending else None
        self.change(phase=Phase.OVER, outcome=outcome)
        data = {"do": list(ending.do), "tune": ending.tune} if ending else {}
        self.put(dialogue.End(outcome, ending.id if ending else "", data))


def asked_by(ask: Ask, language: str, *, confirming: bool = False) -> Asked:
    """The question of ``ask`` as understanding wants it."""
    options = tuple(Option(c.code, (c.label[language], *c.keywords)) for c in ask.item.choices)
    if confirming:
        return Asked("yes_no", options)
    return Asked("rating" if ask.item.type == "scale" else "free", options)
