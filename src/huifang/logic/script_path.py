"""The way through a script: from step to step, to the last words, or to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from huifang.logic import dialogue
from huifang.logic.dialogue import Promise, RecordAnswer, Utterance
from huifang.logic.script_choice import NAMES_A_CHOICE, named
from huifang.logic.script_document import Ask, Branch, Ending, Fetch, Pledge, Say
from huifang.logic.script_promise import due_at
from huifang.logic.script_state import Answer, Phase
from huifang.logic.script_talk import Talk, asked_by
from huifang.logic.understanding import Intent, understand

_COUPON_DUE = timedelta(days=1)


class Path:
    """Moves a conversation on."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk

    # ---- steps

    def go(self, step_id: str) -> None:
        """Do what this step wants, and what follows, until something must be waited for."""
        at = self.talk.script.steps[step_id]
        if isinstance(at, Say):
            self.talk.say(at.id, at.text, interruptible=not at.disclosure)
            self.follow(at)
        elif isinstance(at, Branch):
            self.follow(at)
        elif isinstance(at, Ask):
            self._reach(at)
        elif isinstance(at, Pledge):
            said = self.talk.say(at.id, at.text)
            due = self.talk.now + timedelta(minutes=at.due_minutes)
            self.talk.put(Promise(at.promise, said, due.isoformat()))
            self.follow(at)
        elif isinstance(at, Fetch):
            self._fetch(at)
        else:
            self.close(self.talk.ending())

    def follow(self, at: Say | Ask | Branch | Pledge | Fetch) -> None:
        """Go on from a step that is done."""
        facts = self.talk.facts()
        self.go(next(w.go for w in at.ways if w.when is None or w.when.holds(facts)))

    def ask(self, step_id: str) -> None:
        """Ask this question from its beginning."""
        self.talk.change(
            phase=Phase.ASKING, at=step_id, pending=None, silences=0, misses=0, digits="", picked=(), tone=0.0
        )
        self.talk.ask_again()

    def record(self, answer: Answer) -> None:
        """Store an answer to the question at hand and go on."""
        ask = self.talk.ask
        if self.talk.state.resume:
            self._replace(answer)
            return
        self.talk.put(recorded(answer))
        self.talk.change(answers=(*self.talk.state.answers, answer), pending=None)
        if ask.offer is not None and answer.code == "yes":
            said = self.talk.say(ask.id, ask.offer.words)
            due = self.talk.now + _COUPON_DUE
            self.talk.put(Promise("coupon", said, due.isoformat(), {"promotion": ask.offer.promotion}))
        self.follow(ask)

    def resume(self) -> None:
        """The rating has been checked again: go on behind the words that made us doubt it."""
        ask = self.talk.script.steps[self.talk.state.resume]
        assert isinstance(ask, Ask)
        self.talk.change(phase=Phase.ASKING, at=ask.id, pending=None, resume="")
        self.follow(ask)

    def _replace(self, answer: Answer) -> None:
        """A rating that was doubted has been given anew."""
        others = []
        for known in self.talk.state.answers:
            if known.item == answer.item:
                self.talk.put(replace(recorded(known), undone=True))
            else:
                others.append(known)
        self.talk.put(recorded(answer))
        self.talk.change(answers=(*others, answer))
        self.resume()

    def _reach(self, ask: Ask) -> None:
        """Ask, unless there is nothing to be offered, or the answer has been given already."""
        if ask.offer is not None and not self.talk.offers(ask.offer.promotion):
            self.follow(ask)
            return
        known = self._said_already(ask)
        if known is None:
            self.ask(ask.id)
        else:
            self.talk.change(at=ask.id, phase=Phase.ASKING)
            self.record(known)

    def _said_already(self, ask: Ask) -> Answer | None:
        """A probe asks nothing where the words before it say which of its choices it is."""
        before = next((a for a in self.talk.state.answers if a.item == ask.probes and a.text), None)
        if before is None:
            return None
        said, asked = Utterance(before.text), asked_by(ask, ask.item, self.talk.state.language)
        read = understand(said, asked)
        if read.intent in NAMES_A_CHOICE:
            choice = ask.item.by_code(named(said, read.intent, asked.options))
        else:
            is_sure = read.intent is Intent.CHOICE and read.confidence >= self.talk.script.confirm_below
            choice = ask.item.by_code(read.code) if is_sure else None
        if choice is None:
            return None
        return Answer(ask.id, ask.item.id, choice.code, choice.score, None, before.text, "speech")

    # ---- the last words

    def close(self, ending: Ending) -> None:
        """Say the ending, do what it wants, and play its tune."""
        self.talk.change(phase=Phase.CLOSING, ending=ending.id, outcome="completed", pending=None)
        if self.talk.state.served:
            self.talk.say_thanks()
            self.talk.play_out(self.talk.tune_of(ending), ending.seconds)
            return
        said = self.talk.say(ending.id, ending.words)
        if "transfer" in ending.do and not self.talk.state.transfers:
            self.talk.transfer(f"ending {ending.id}")
            return
        if "callback" in ending.do:
            at = due_at(self.talk.now, "", self.talk.script.callback_after_minutes)
            self.talk.put(Promise("callback", said, at.isoformat()))
        self.talk.play_out(self.talk.tune_of(ending), ending.seconds)

    def leave(self) -> None:
        """The customer says goodbye or wants no more questions."""
        state = self.talk.state
        if state.phase is Phase.CLOSING:
            self.talk.end(state.outcome)
        elif state.phase is Phase.TRANSFERRING:
            self.talk.withdraw()
            self.nobody_there()
        elif state.served or any(a.score is not None for a in state.answers):
            self.close(self.talk.ending())  # rated already: only the probing question is left out
        else:
            self.talk.say("declined", self.talk.script.replies["declined"])
            self.talk.end("declined")

    # ---- a person

    def fetch_person(self, reason: str = "asked for a person") -> None:
        """The customer wants a person, or needs one."""
        if self.talk.state.transfers:
            self.talk.again()  # being fetched, or nobody was there a moment ago
            return
        self.talk.say("transfer", self.talk.script.replies["transfer"])
        self.talk.transfer(reason)

    def _fetch(self, at: Fetch) -> None:
        if self.talk.state.transfers:  # nobody was there a moment ago
            self.follow(at)
            return
        self.talk.say(at.id, at.text)
        self.talk.change(fetching=at.id)
        self.talk.transfer(f"step {at.id}")

    def after_person(self, parting: dialogue.Parting) -> None:
        """A person has talked to the customer."""
        after = self.talk.script.after_transfer
        self.talk.change(served=True, fetching="", resume="")
        if parting is dialogue.Parting.ALL_SAID:
            self.talk.end("transferred")
        elif after is not None:
            self.go(after.go)
        elif parting is dialogue.Parting.SENT_BACK:
            self.talk.change(phase=Phase.CLOSING, outcome="transferred")
            self.talk.play_out(self.talk.waiting_tune(), self.talk.ending().seconds)
        else:
            self.talk.end("transferred")

    def nobody_there(self) -> None:
        """No person has come: promise a call, then go on where the script knows a way, else say goodbye."""
        fetching = self.talk.script.steps.get(self.talk.state.fetching)
        self.talk.promise_callback("transfer_failed", self.talk.script.replies["transfer_failed"], "")
        if isinstance(fetching, Fetch):
            self.talk.change(phase=Phase.ASKING, fetching="")
            self.follow(fetching)
            return
        ending = self.talk.ending()
        outcome = "completed" if self.talk.state.ending else "callback"
        self.talk.change(phase=Phase.CLOSING, outcome=outcome)
        self.talk.play_out(self.talk.waiting_tune(), ending.seconds)


def recorded(answer: Answer) -> RecordAnswer:
    """``answer`` as the centre stores it."""
    return RecordAnswer(
        answer.item, answer.code, answer.score, answer.key, answer.text, answer.channel, secret=answer.secret
    )
