"""The conversation at hand while one input is worked on: its state, its facts, and what comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from huifang.logic import dialogue
from huifang.logic.dialogue import Listen, PlayTune, Promise, Transfer, WithdrawTransfer
from huifang.logic.script_document import ENGINE_KEYS, Ask, Ending, Script
from huifang.logic.script_ending import adapted
from huifang.logic.script_items import Item, options_in_words
from huifang.logic.script_pace import paced, silence_of, speed_of
from huifang.logic.script_promise import due_at, number, spoken
from huifang.logic.script_state import Answer, Phase, State
from huifang.logic.script_text import Text
from huifang.logic.understanding import Asked, Option
from huifang.logic.understanding.replying import question_in

_BETWEEN_DIGITS_S = 3.0
_BETWEEN_BREATHS_S = 4.0  # a telephone number is said in three of them, and looked up between
_EVERY_KEY = "0123456789*#"
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f{}<>]")
_CLOSING_SILENCE_S = 0.5  # after the tune, before the line is dropped
_STRANGER_SILENCE_S = 7.0  # somebody who has to think when another will be there
_PATIENT_SILENCE_S = 25.0  # 「等一下」: somebody is at the door, or looks for a pen


_EXPECTS = {"scale": "rating", "single": "choice", "multi": "choice", "yes_no": "yes_no", "info": "yes_no"}


class Talk:
    """What the engine may say and do.  Everything goes to ``outputs`` in order; ``state`` is always current."""

    def __init__(self, script: Script, state: State, facts: Mapping[str, object], now: datetime) -> None:
        self.script = script
        self.state = state
        self.given_facts = facts
        self.now = now
        self.outputs: list[dialogue.Output] = []
        self.rung = ""
        """How far down the ladder the next question is."""
        self.is_strained = False
        """What was just said was calm, and the voice was not."""

    def put(self, output: dialogue.Output) -> None:
        self.outputs.append(output)

    def change(self, **values: Any) -> None:
        self.state = replace(self.state, **values)

    @property
    def ask(self) -> Ask:
        at = self.script.steps[self.state.at]
        assert isinstance(at, Ask)
        return at

    @property
    def item(self) -> Item:
        """What is being asked, with its choices in the order of this conversation."""
        return self.ask.item.ordered(str(self.given_facts.get("call.seed") or ""))

    @property
    def is_private(self) -> bool:
        """What is being asked is kept from transcripts."""
        return self.state.phase in (Phase.ASKING, Phase.CONFIRMING) and self.ask.item.is_private

    def asked(self) -> Asked:
        """The question at hand, as understanding wants it."""
        if self.state.guess is not None or self.state.refusing or self.state.mistaken:
            return Asked("yes_no")
        if self.state.phase not in (Phase.ASKING, Phase.CONFIRMING):
            return Asked()
        is_confirming = self.state.phase is Phase.CONFIRMING
        asked = asked_by(self.ask, self.item, self.state.language, confirming=is_confirming)
        if self.ask.item.type != "yes_no" or is_confirming:
            return asked
        language = self.state.language
        said = self.ask.text.render(language, self.facts(), self.script.defaults[language])
        return replace(asked, words=question_in("".join(part.text for part in said)))

    def facts(self) -> dict[str, object]:
        """What conditions may ask about: what is known of the customer, what was answered, what was just heard."""
        heard = self.state.heard
        facts: dict[str, object] = {
            **self.given_facts,
            "heard.intent": heard.intent,
            "heard.emotion": heard.emotion,
            "heard.category": heard.category,
            "heard.voice": heard.voice,
            "call.questions": self.state.questions,
            "call.transferred": self.state.transfers > 0,
        }
        if heard.polarity is not None:
            facts["heard.polarity"] = heard.polarity
        for answer in self.state.answers:
            facts |= _facts_of(answer, self.script)
        return facts

    def offers(self, promotion: str) -> bool:
        """A coupon of ``promotion`` may be promised now."""
        return self.given_facts.get(f"offer.{promotion}.available") is True

    def ending(self) -> Ending:
        facts = self.facts()
        ending = next(e for e in self.script.endings if e.when is None or e.when.holds(facts))
        return adapted(ending, facts, self.state.language)

    def tune_of(self, ending: Ending) -> str:
        """The tune that was drawn for this call, else the script's own."""
        return str(self.given_facts.get(f"tune.{ending.id}") or ending.tune)

    def waiting_tune(self) -> str:
        """Soothe while the phone rings: the ending's tune, or the script's for an early wish."""
        return self.tune_of(self.ending()) if self.state.ending else self.script.waiting_tune

    def ask_again(self) -> None:
        """Ask the question at hand, or ask whether an answer is right, or whether a guess is."""
        if self.state.refusing:
            self.say("refusing", self.script.replies["refusing"])
        elif self.state.mistaken:
            self.say("mistaken", self.script.replies["mistaken"])
        elif self.state.guess is not None:
            title = _UNSPEAKABLE.sub("", self.state.guess.title).strip()
            self.say("meant", self.script.replies["meant"], extra={"article.title": title})
        elif self.state.phase is Phase.CONFIRMING and self.state.pending:
            reply = "recheck" if self.state.resume else "confirm"
            pending = self.state.pending
            self.say(
                self.state.at,
                self.script.replies[reply],
                extra={"answer.label": self.label(pending)},
                shown={"answer.label": pending.code} if pending.secret else None,
            )
        else:
            self.prompt(self.ask.text)
        self.listen()

    def prompt(self, text: Text) -> None:
        """Say a text of the question at hand."""
        item = self.item
        extra = {"options": options_in_words(item, self.state.language)} if item.shuffle else None
        self.say(self.state.at, text, extra=extra)

    def label(self, answer: Answer) -> str:
        """An answer in words."""
        item = self.item
        if item.type == "date":
            day = date.fromisoformat(answer.code)
            chinese = self.state.language.startswith("zh")
            return f"{number(day.month)}月{number(day.day)}号" if chinese else f"{day:%B} {day.day}"
        if item.collects_digits:
            return answer.secret or answer.code
        choice = item.by_code(answer.code)
        return choice.label[self.state.language] if choice else answer.text

    def empathise(self, emotion: str) -> None:
        """Answer a feeling before anything else, in words that were not used before."""
        for at, text in enumerate(self.script.empathy.get(emotion, ())):
            name = f"{emotion}.{at}"
            if name not in self.state.empathy:
                self.change(empathy=(*self.state.empathy, name))
                self.say("empathy", text)
                return

    def tell(self, found: dialogue.Found) -> None:
        """Say words that no script holds: an article's answer."""
        plain = _UNSPEAKABLE.sub("", found.answer).strip()
        if plain:
            speed = speed_of(self.script, self.given_facts, slowed=self.state.slowed)
            parts = paced((dialogue.SayPart(plain, fixed=False),), speed)
            self.put(dialogue.Say("knowledge", parts, told=found))

    def again(self) -> None:
        """Say what is being waited for once more."""
        if self.state.phase in (Phase.ASKING, Phase.CONFIRMING):
            self.ask_again()
        elif self.state.phase is Phase.TRANSFERRING:
            self.put(PlayTune(self.waiting_tune(), loop=True))
        elif self.state.phase is Phase.REACHING:
            self.say("third_party", self.script.replies["third_party"])
            self.listen()
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
        if self.state.phase is Phase.REACHING:
            self.put(Listen("third_party", _STRANGER_SILENCE_S, ENGINE_KEYS, "free"))
            return
        ask, item, rung = self.ask, self.ask.item, self.rung
        patience_s = silence_of(self.script, self.given_facts, ask.silence_s)
        is_doubtful = self.state.guess is not None or bool(self.state.refusing or self.state.mistaken)
        if self.state.phase is Phase.CONFIRMING or is_doubtful:
            self.put(Listen(ask.id, patience_s, "12" + ENGINE_KEYS, "yes_no", "confirm"))
        elif item.collects_digits:
            between = _BETWEEN_BREATHS_S if item.type == "phone" else _BETWEEN_DIGITS_S
            silence_s = between if self.state.digits else patience_s
            self.put(Listen(ask.id, silence_s, _EVERY_KEY, "number", rung))
        else:
            keys = "".join(sorted(c.key for c in item.choices)) + ENGINE_KEYS
            self.put(Listen(ask.id, patience_s, keys, _EXPECTS.get(item.type, "free"), rung))

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
        shown: Mapping[str, object] | None = None,
    ) -> str:
        """Say ``text`` with ``extra`` facts; where transcripts must not keep these, with ``shown`` in their place."""
        facts = self.facts()
        if extra:
            facts.update(extra)
        defaults = self.script.defaults[self.state.language]
        parts = text.render(self.state.language, facts, defaults)
        kept = text.render(self.state.language, {**facts, **shown}, defaults) if shown else ()
        if parts:
            parts = paced(parts, speed_of(self.script, facts, slowed=self.state.slowed))
            words = "".join(part.text for part in kept)
            self.put(dialogue.Say(step_id, parts, interruptible, shown=words))
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
        data = {"do": list(ending.do), "tune": self.tune_of(ending)} if ending else {}
        self.put(dialogue.End(outcome, ending.id if ending else "", data))


def asked_by(ask: Ask, item: Item, language: str, *, confirming: bool = False) -> Asked:
    """The question of ``ask`` as understanding wants it, with the choices of ``item``."""
    options = tuple(Option(c.code, (c.label[language], *c.keywords)) for c in item.choices)
    if confirming:
        return Asked("yes_no", options)
    if item.type == "yes_no":  # 是 and 不是 are understood by themselves
        return Asked("yes_no", tuple(Option(c.code, c.keywords) for c in item.choices if c.keywords))
    if item.type == "info":
        return Asked("yes_no", options)
    return Asked("rating" if item.type == "scale" else "free", options)


def _facts_of(answer: Answer, script: Script) -> dict[str, object]:
    """An answer as conditions see it."""
    facts: dict[str, object] = {f"answer.{answer.item}": answer.code}
    if answer.score is not None:
        facts[f"score.{answer.item}"] = answer.score
    if answer.category:
        facts[f"answer.{answer.item}.category"] = answer.category
    step = script.steps[answer.step]
    assert isinstance(step, Ask)
    if step.item.type in ("nps", "number"):
        facts[f"number.{answer.item}"] = int(answer.code)
    elif step.item.type == "multi":
        facts |= {f"answer.{answer.item}.{code}": True for code in answer.code.split(",") if code}
    return facts
