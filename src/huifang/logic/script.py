"""The conversation engine: a script, a state and an input give the next state and what to do.

``step`` is pure: the same four things in give the same two out, on the phone, in a chat or in a
replay.  What holds anywhere in a conversation comes before what its step asks for: a refusal ends
it, 「你是机器人吗」 is answered truthfully, 0 fetches a person, * repeats and # takes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from huifang.logic import dialogue
from huifang.logic.dialogue import Promise, RecordAnswer
from huifang.logic.script_document import Ask, Branch, Choice, Ending, Fallback, Say, Script
from huifang.logic.script_promise import due_at
from huifang.logic.script_state import Answer, Phase, State
from huifang.logic.script_talk import Talk
from huifang.logic.understanding import Intent, Reading, understand

_COMPLAINT_SCORES = {"angry": 1}  # what a complaint says about a rating, always confirmed; others: 2
_CERTAIN = 1.0
_SURE = 0.7
_PARTING = frozenset(
    (
        *(Intent.BUSY, Intent.CALLBACK, Intent.WRONG_NUMBER, Intent.GOODBYE, Intent.DECLINE),
        *(Intent.THIRD_PARTY, Intent.ALREADY),
    )
)


def begin(script: Script, language: str = "") -> State:
    """The state before the first word; an unknown ``language`` falls back to the script's first."""
    return State(script.id, script.version, language if language in script.languages else script.languages[0])


def step(
    script: Script, state: State, given: dialogue.Input, facts: Mapping[str, object], now: datetime
) -> tuple[State, tuple[dialogue.Output, ...]]:
    """The next state and what to say and do.

    ``facts`` are flat dotted names (``customer.name``); ``now`` is aware, in the callee's zone.
    No outputs: the input changed nothing, go on as before.  After an End nothing comes any more.
    """
    if (state.script, state.version) != (script.id, script.version):
        raise ValueError(
            f"a state of {state.script} v{state.version} cannot go on with {script.id} v{script.version}"
        )
    if state.phase is Phase.OVER:
        return state, ()
    talk = Talk(script, state, facts, now)
    _Turn(talk).take(given)
    return talk.state, tuple(talk.outputs)


class _Turn:
    """One input being worked on."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk

    # ---- inputs

    def take(self, given: dialogue.Input) -> None:
        if isinstance(given, dialogue.HungUp):
            self.talk.end(self.talk.state.outcome if self.talk.state.phase is Phase.CLOSING else "hung_up")
        elif self.talk.state.phase is Phase.NEW:
            self._go(self.talk.script.start)  # whatever came first, the disclosure is said first
        elif isinstance(given, dialogue.Key):
            self._key(given.key)
        elif isinstance(given, dialogue.Utterance):
            self._utterance(given)
        elif isinstance(given, dialogue.TransferResult):
            if self.talk.state.phase is Phase.TRANSFERRING:
                self._after_person(given.parting) if given.bridged else self._nobody_there()
        elif isinstance(given, dialogue.Silence):
            self._silence()
        elif isinstance(given, dialogue.PlayFinished) and self.talk.state.phase is Phase.CLOSING:
            self.talk.end(self.talk.state.outcome)

    def _key(self, key: str) -> None:
        everywhere = {"0": Intent.HUMAN, "*": Intent.REPEAT, "#": Intent.UNDO}
        if key in everywhere:
            self._act(Reading(everywhere[key], "", _CERTAIN, f"key {key}"), "")
        elif self.talk.state.phase is Phase.CONFIRMING and key in "12":
            self._act(Reading(Intent.YES if key == "1" else Intent.NO, "", _CERTAIN, f"key {key}"), "")
        elif self.talk.state.phase in (Phase.ASKING, Phase.CONFIRMING):
            choice = self.talk.ask.item.by_key(key)
            if choice and self.talk.state.phase is Phase.ASKING:
                self.talk.put(dialogue.Understood(Intent.CHOICE, _CERTAIN, f"key {key}"))
                self._record(self._answer(choice, key=key, text="", channel="key"))
            else:
                self.talk.put(dialogue.Understood(Intent.UNCLEAR, _CERTAIN, f"key {key}"))
                self._missed()

    def _utterance(self, heard: dialogue.Utterance) -> None:
        self._act(understand(heard, self.talk.asked()), heard.text or " ".join(heard.pinyin))

    def _act(self, reading: Reading, text: str) -> None:
        self.talk.put(_understood(reading))
        match self._heeded(reading):
            case Intent.REFUSAL:
                self.talk.withdraw()
                self.talk.put(dialogue.Refusal(text))
                self.talk.say("refused", self.talk.script.replies["refused"])
                self.talk.end("refused")
            case Intent.ROBOT:
                self.talk.say("robot", self.talk.script.replies["robot"])
                self.talk.again()
            case Intent.WHO:
                self.talk.say("who", self.talk.script.replies["robot"])  # names the shop and the machine
                self.talk.again()
            case Intent.REPEAT if reading.code == "confused" and self.talk.state.phase is Phase.ASKING:
                self._missed()  # the same words again would not help: these name the keys
            case Intent.REPEAT:
                self.talk.again()
            case Intent.HOLD:
                self.talk.wait(patient=reading.code == "wait")
            case Intent.HUMAN:
                self._fetch_person()
            case Intent.WRONG_NUMBER:
                self.talk.withdraw()
                self.talk.say("wrong_number", self.talk.script.replies["wrong_number"])
                self.talk.end("wrong_number")
            case Intent.BUSY | Intent.CALLBACK | Intent.THIRD_PARTY if not self.talk.state.served:
                self.talk.withdraw()
                when = "" if reading.intent is Intent.THIRD_PARTY else reading.code
                self.talk.promise_callback("callback", self.talk.script.replies["callback"], when)
                self.talk.end("callback")
            case Intent.GOODBYE | Intent.DECLINE | Intent.BUSY | Intent.CALLBACK | Intent.THIRD_PARTY:
                self._leave()
            case Intent.ALREADY if reading.code == "answered":
                self._leave()
            case Intent.UNDO:
                self._undo()
            case _ if self.talk.state.phase is Phase.CONFIRMING:
                self._confirmation(reading, text)
            case _ if self.talk.state.phase is Phase.ASKING:
                self._answered(reading, text)
            case _ if self.talk.state.phase is Phase.CLOSING:
                self.talk.listen()  # 「谢谢」 during the tune needs no reply

    def _heeded(self, reading: Reading) -> Intent:
        """The intent to act on: what ends a conversation must be clearly heard.

        A refusal is heeded even so, because to go on would be worse.  「不用」 as an answer to
        「您是说不满意，对吗？」 is a plain no.
        """
        if reading.intent is Intent.DECLINE and self.talk.state.phase is Phase.CONFIRMING:
            return Intent.NO
        if reading.intent in _PARTING and reading.confidence < _SURE:
            return Intent.UNCLEAR
        return reading.intent

    # ---- answers

    def _answered(self, reading: Reading, text: str) -> None:
        choice = self._meant(reading)
        if choice is not None:
            answer = self._answer(choice, key=None, text=text, channel="speech")
            certain = reading.confidence >= self.talk.script.confirm_below and reading.intent in (
                Intent.RATING,
                Intent.CHOICE,
            )
            if certain or self.talk.ask.item.type == "text":
                self._record(answer)
            else:
                self._confirm(answer)
        elif self.talk.ask.item.type == "text" and reading.intent is not Intent.UNCLEAR:
            free = Answer(self.talk.state.at, self.talk.ask.item.id, "free", None, None, text, "speech")
            self._record(free)
        elif reading.intent is Intent.YES:  # 「嗯，你说」: ask, without the “I did not understand”
            self._missed(understood=True)
        else:
            self._missed()

    def _meant(self, reading: Reading) -> Choice | None:
        item = self.talk.ask.item
        match reading.intent:
            case Intent.CHOICE:
                return item.by_code(reading.code)
            case Intent.DIGIT if item.type == "scale":
                return item.by_key(reading.code)
            case Intent.RATING if item.type == "scale":
                return item.by_score(int(reading.code))
            case Intent.COMPLAINT if item.type == "scale":
                return item.by_score(_COMPLAINT_SCORES.get(reading.code, 2))
        return None

    def _confirmation(self, reading: Reading, text: str) -> None:
        pending = self.talk.state.pending
        if reading.intent is Intent.DIGIT and reading.code in ("1", "2"):  # 「对请按1，不对请按2」 said aloud
            reading = replace(reading, intent=Intent.YES if reading.code == "1" else Intent.NO)
        meant = self._meant(reading)
        if reading.intent is Intent.YES and pending:
            self._record(pending)
        elif meant is not None and pending and meant.code == pending.code:
            self._record(pending)  # said twice
        elif meant is not None:
            self._confirm(self._answer(meant, key=None, text=text, channel="speech"), missed=True)
        elif self._heeded(reading) is Intent.NO:
            self.talk.change(phase=Phase.ASKING, pending=None)
            self._missed(understood=True)
        else:
            self._missed()

    def _confirm(self, answer: Answer, *, missed: bool = False) -> None:
        misses = self.talk.state.misses + missed
        if misses > len(self.talk.ask.no_match.prompts):
            self._fall_back(self.talk.ask.no_match, "no_match")
            return
        self.talk.change(phase=Phase.CONFIRMING, pending=answer, silences=0, misses=misses)
        self.talk.ask_again()

    def _answer(self, choice: Choice, *, key: str | None, text: str, channel: str) -> Answer:
        return Answer(
            self.talk.state.at, self.talk.ask.item.id, choice.code, choice.score, key, text, channel
        )

    def _record(self, answer: Answer) -> None:
        self.talk.put(_recorded(answer))
        self.talk.change(answers=(*self.talk.state.answers, answer), pending=None)
        self._follow(self.talk.ask)

    def _undo(self) -> None:
        if self.talk.state.phase is Phase.CONFIRMING or not self.talk.state.answers:
            if self.talk.state.at and self.talk.state.phase in (Phase.ASKING, Phase.CONFIRMING):
                self._ask_from_start(self.talk.state.at)
            else:
                self.talk.again()
            return
        self.talk.withdraw()
        last = self.talk.state.answers[-1]
        self.talk.put(replace(_recorded(last), undone=True))
        self.talk.change(answers=self.talk.state.answers[:-1], ending="", outcome="")
        self.talk.say("undone", self.talk.script.replies["undone"])
        self._ask_from_start(last.step)

    # ---- no answer

    def _silence(self) -> None:
        if self.talk.state.phase is Phase.CLOSING:
            self.talk.end(self.talk.state.outcome)
        elif self.talk.state.phase in (Phase.ASKING, Phase.CONFIRMING):
            tried = self.talk.state.silences
            self.talk.change(silences=tried + 1)
            self._retry(self.talk.ask.no_input, tried, "no_input")

    def _missed(self, *, understood: bool = False) -> None:
        tried = self.talk.state.misses
        self.talk.change(misses=tried + 1)
        self._retry(self.talk.ask.no_match, tried, "no_match", plain=understood)

    def _retry(self, fallback: Fallback, tried: int, outcome: str, *, plain: bool = False) -> None:
        if tried >= len(fallback.prompts):
            self._fall_back(fallback, outcome)
        elif self.talk.state.phase is Phase.CONFIRMING or plain:
            self.talk.ask_again()
        else:
            self.talk.say(self.talk.state.at, fallback.prompts[tried])
            self.talk.listen()

    def _fall_back(self, fallback: Fallback, outcome: str) -> None:
        self.talk.change(pending=None)
        if fallback.words is None:
            self._go(fallback.go)
        else:
            self.talk.say(self.talk.state.at, fallback.words)
            self.talk.end(outcome)

    # ---- moving on

    def _follow(self, at: Say | Ask | Branch) -> None:
        facts = self.talk.facts()
        self._go(next(w.go for w in at.ways if w.when is None or w.when.holds(facts)))

    def _go(self, step_id: str) -> None:
        at = self.talk.script.steps[step_id]
        if isinstance(at, Say):
            self.talk.say(at.id, at.text, interruptible=not at.disclosure)
            self._follow(at)
        elif isinstance(at, Branch):
            self._follow(at)
        elif isinstance(at, Ask):
            self._ask_from_start(at.id)
        else:
            self._close(self.talk.ending())

    def _ask_from_start(self, step_id: str) -> None:
        self.talk.change(phase=Phase.ASKING, at=step_id, pending=None, silences=0, misses=0)
        self.talk.ask_again()

    def _close(self, ending: Ending) -> None:
        self.talk.state = replace(
            self.talk.state, phase=Phase.CLOSING, ending=ending.id, outcome="completed", pending=None
        )
        if self.talk.state.served:
            self.talk.say_thanks()
            self.talk.play_out(ending.tune, ending.seconds)
            return
        said = self.talk.say(ending.id, ending.words)
        if "transfer" in ending.do and not self.talk.state.transfers:
            self.talk.transfer(f"ending {ending.id}")
            return
        if "callback" in ending.do:
            at = due_at(self.talk.now, "", self.talk.script.callback_after_minutes)
            self.talk.put(Promise("callback", said, at.isoformat()))
        self.talk.play_out(ending.tune, ending.seconds)

    def _leave(self) -> None:
        """The customer says goodbye or wants no more questions."""
        if self.talk.state.phase is Phase.CLOSING:
            self.talk.end(self.talk.state.outcome)
        elif self.talk.state.phase is Phase.TRANSFERRING:
            self.talk.withdraw()
            self._nobody_there()
        elif self.talk.state.served or any(a.score is not None for a in self.talk.state.answers):
            self._close(self.talk.ending())  # rated already: only the probing question is left out
        else:
            self.talk.say("declined", self.talk.script.replies["declined"])
            self.talk.end("declined")

    # ---- a person

    def _fetch_person(self) -> None:
        if self.talk.state.transfers:
            self.talk.again()  # being fetched, or nobody was there a moment ago
            return
        self.talk.say("transfer", self.talk.script.replies["transfer"])
        self.talk.transfer("asked for a person")

    def _after_person(self, parting: dialogue.Parting) -> None:
        """A person has talked to the customer."""
        after = self.talk.script.after_transfer
        self.talk.change(served=True)
        if parting is dialogue.Parting.ALL_SAID:
            self.talk.end("transferred")
        elif after is not None:
            self._go(after.go)
        elif parting is dialogue.Parting.SENT_BACK:
            self.talk.change(phase=Phase.CLOSING, outcome="transferred")
            self.talk.play_out(self.talk.waiting_tune(), self.talk.ending().seconds)
        else:
            self.talk.end("transferred")

    def _nobody_there(self) -> None:
        ending = self.talk.ending()
        self.talk.promise_callback("transfer_failed", self.talk.script.replies["transfer_failed"], "")
        outcome = "completed" if self.talk.state.ending else "callback"
        self.talk.change(phase=Phase.CLOSING, outcome=outcome)
        self.talk.play_out(self.talk.waiting_tune(), ending.seconds)


def _understood(reading: Reading) -> dialogue.Understood:
    """``reading`` as the transcript keeps it."""
    return dialogue.Understood(
        reading.intent,
        round(reading.confidence, 3),
        reading.evidence,
        reading.code,
        reading.polarity,
        reading.emotion,
        reading.category,
        reading.slots,
    )


def _recorded(answer: Answer) -> RecordAnswer:
    return RecordAnswer(answer.item, answer.code, answer.score, answer.key, answer.text, answer.channel)
