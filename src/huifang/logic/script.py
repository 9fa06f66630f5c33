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
from huifang.logic.dialogue import Listen, PlayTune, Promise, RecordAnswer, Transfer, WithdrawTransfer
from huifang.logic.script_document import Ask, Branch, Choice, Ending, Fallback, Say, Script
from huifang.logic.script_promise import due_at, spoken
from huifang.logic.script_state import Answer, Phase, State
from huifang.logic.script_text import Text
from huifang.logic.understanding import Asked, Intent, Option, Reading, understand

_CLOSING_SILENCE_S = 0.5  # after the tune, before the line is dropped
_COMPLAINT_SCORES = {"angry": 1}  # what a complaint says about a rating, always confirmed; others: 2
_CERTAIN = 1.0


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
    turn = _Turn(script, state, facts, now)
    turn.take(given)
    return turn.state, tuple(turn.outputs)


class _Turn:
    """One input being worked on."""

    def __init__(self, script: Script, state: State, facts: Mapping[str, object], now: datetime) -> None:
        self.script = script
        self.state = state
        self.given_facts = facts
        self.now = now
        self.outputs: list[dialogue.Output] = []

    # ---- inputs

    def take(self, given: dialogue.Input) -> None:
        if isinstance(given, dialogue.HungUp):
            self._end(self.state.outcome if self.state.phase is Phase.CLOSING else "hung_up")
        elif self.state.phase is Phase.NEW:
            self._go(self.script.start)  # whatever came first, the disclosure is said first
        elif isinstance(given, dialogue.Key):
            self._key(given.key)
        elif isinstance(given, dialogue.Utterance):
            self._utterance(given)
        elif isinstance(given, dialogue.TransferResult):
            if self.state.phase is Phase.TRANSFERRING:
                self._end("transferred") if given.bridged else self._nobody_there()
        elif isinstance(given, dialogue.Silence):
            self._silence()
        elif isinstance(given, dialogue.PlayFinished) and self.state.phase is Phase.CLOSING:
            self._end(self.state.outcome)

    def _key(self, key: str) -> None:
        everywhere = {"0": Intent.HUMAN, "*": Intent.REPEAT, "#": Intent.UNDO}
        if key in everywhere:
            self._act(Reading(everywhere[key], "", _CERTAIN, f"key {key}"), "", key)
        elif self.state.phase is Phase.CONFIRMING and key in "12":
            self._act(Reading(Intent.YES if key == "1" else Intent.NO, "", _CERTAIN, f"key {key}"), "", key)
        elif self.state.phase in (Phase.ASKING, Phase.CONFIRMING):
            choice = self._ask.item.by_key(key)
            if choice and self.state.phase is Phase.ASKING:
                self.outputs.append(dialogue.Understood(Intent.CHOICE, _CERTAIN, f"key {key}"))
                self._record(self._answer(choice, key=key, text="", channel="key"))
            else:
                self.outputs.append(dialogue.Understood(Intent.UNCLEAR, _CERTAIN, f"key {key}"))
                self._missed()

    def _utterance(self, heard: dialogue.Utterance) -> None:
        self._act(understand(heard, self._asked()), heard.text or " ".join(heard.pinyin), None)

    def _act(self, reading: Reading, text: str, key: str | None) -> None:
        self.outputs.append(
            dialogue.Understood(reading.intent, round(reading.confidence, 3), reading.evidence)
        )
        match reading.intent:
            case Intent.REFUSAL:
                self._withdraw()
                self.outputs.append(dialogue.Refusal(text))
                self._say("refused", self.script.replies["refused"])
                self._end("refused")
            case Intent.ROBOT:
                self._say("robot", self.script.replies["robot"])
                self._again()
            case Intent.REPEAT:
                self._again()
            case Intent.HUMAN:
                self._fetch_person()
            case Intent.WRONG_NUMBER:
                self._withdraw()
                self._say("wrong_number", self.script.replies["wrong_number"])
                self._end("wrong_number")
            case Intent.BUSY | Intent.CALLBACK:
                self._withdraw()
                self._promise_callback("callback", self.script.replies["callback"], reading.code)
                self._end("callback")
            case Intent.GOODBYE | Intent.DECLINE:
                self._leave()
            case Intent.UNDO:
                self._undo()
            case _ if self.state.phase is Phase.CONFIRMING:
                self._confirmation(reading, text)
            case _ if self.state.phase is Phase.ASKING:
                self._answered(reading, text)
            case _ if self.state.phase is Phase.CLOSING:
                self._listen()  # 「谢谢」 during the tune needs no reply

    # ---- answers

    def _answered(self, reading: Reading, text: str) -> None:
        choice = self._meant(reading)
        if choice is not None:
            answer = self._answer(choice, key=None, text=text, channel="speech")
            certain = reading.confidence >= self.script.confirm_below and reading.intent in (
                Intent.RATING,
                Intent.CHOICE,
            )
            if certain or self._ask.item.type == "text":
                self._record(answer)
            else:
                self._confirm(answer)
        elif self._ask.item.type == "text" and reading.intent is not Intent.UNCLEAR:
            free = Answer(self.state.at, self._ask.item.id, "free", None, None, text, "speech")
            self._record(free)
        elif reading.intent is Intent.YES:  # 「嗯，你说」: ask, without the “I did not understand”
            self._missed(understood=True)
        else:
            self._missed()

    def _meant(self, reading: Reading) -> Choice | None:
        item = self._ask.item
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
        pending = self.state.pending
        if reading.intent is Intent.DIGIT and reading.code in ("1", "2"):  # 「对请按1，不对请按2」 said aloud
            reading = replace(reading, intent=Intent.YES if reading.code == "1" else Intent.NO)
        meant = self._meant(reading)
        if reading.intent is Intent.YES and pending:
            self._record(pending)
        elif meant is not None and pending and meant.code == pending.code:
            self._record(pending)  # said twice
        elif meant is not None:
            self._confirm(self._answer(meant, key=None, text=text, channel="speech"), missed=True)
        elif reading.intent is Intent.NO:
            self.state = replace(self.state, phase=Phase.ASKING, pending=None)
            self._missed(understood=True)
        else:
            self._missed()

    def _confirm(self, answer: Answer, *, missed: bool = False) -> None:
        misses = self.state.misses + missed
        if misses > len(self._ask.no_match.prompts):
            self._fall_back(self._ask.no_match, "no_match")
            return
        self.state = replace(self.state, phase=Phase.CONFIRMING, pending=answer, silences=0, misses=misses)
        self._ask_again()

    def _answer(self, choice: Choice, *, key: str | None, text: str, channel: str) -> Answer:
        return Answer(self.state.at, self._ask.item.id, choice.code, choice.score, key, text, channel)

    def _record(self, answer: Answer) -> None:
        self.outputs.append(_recorded(answer))
        self.state = replace(self.state, answers=(*self.state.answers, answer), pending=None)
        self._follow(self._ask)

    def _undo(self) -> None:
        if self.state.phase is Phase.CONFIRMING or not self.state.answers:
            if self.state.at and self.state.phase in (Phase.ASKING, Phase.CONFIRMING):
                self._ask_from_start(self.state.at)
            else:
                self._again()
            return
        self._withdraw()
        last = self.state.answers[-1]
        self.outputs.append(replace(_recorded(last), undone=True))
        self.state = replace(self.state, answers=self.state.answers[:-1], ending="", outcome="")
        self._say("undone", self.script.replies["undone"])
        self._ask_from_start(last.step)

    # ---- no answer

    def _silence(self) -> None:
        if self.state.phase is Phase.CLOSING:
            self._end(self.state.outcome)
        elif self.state.phase in (Phase.ASKING, Phase.CONFIRMING):
            tried = self.state.silences
            self.state = replace(self.state, silences=tried + 1)
            self._retry(self._ask.no_input, tried, "no_input")

    def _missed(self, *, understood: bool = False) -> None:
        tried = self.state.misses
        self.state = replace(self.state, misses=tried + 1)
        self._retry(self._ask.no_match, tried, "no_match", plain=understood)

    def _retry(self, fallback: Fallback, tried: int, outcome: str, *, plain: bool = False) -> None:
        if tried >= len(fallback.prompts):
            self._fall_back(fallback, outcome)
        elif self.state.phase is Phase.CONFIRMING or plain:
            self._ask_again()
        else:
            self._say(self.state.at, fallback.prompts[tried])
            self._listen()

    def _fall_back(self, fallback: Fallback, outcome: str) -> None:
        self.state = replace(self.state, pending=None)
        if fallback.words is None:
            self._go(fallback.go)
        else:
            self._say(self.state.at, fallback.words)
            self._end(outcome)

    # ---- moving on

    def _follow(self, at: Say | Ask | Branch) -> None:
        facts = self._facts()
        self._go(next(w.go for w in at.ways if w.when is None or w.when.holds(facts)))

    def _go(self, step_id: str) -> None:
        at = self.script.steps[step_id]
        if isinstance(at, Say):
            self._say(at.id, at.text, interruptible=not at.disclosure)
            self._follow(at)
        elif isinstance(at, Branch):
            self._follow(at)
        elif isinstance(at, Ask):
            self._ask_from_start(at.id)
        else:
            self._close(self._ending())

    def _ask_from_start(self, step_id: str) -> None:
        self.state = replace(self.state, phase=Phase.ASKING, at=step_id, pending=None, silences=0, misses=0)
        self._ask_again()

    def _again(self) -> None:
        """Say what is being waited for once more."""
        if self.state.phase in (Phase.ASKING, Phase.CONFIRMING):
            self._ask_again()
        elif self.state.phase is Phase.TRANSFERRING:
            self.outputs.append(PlayTune(self._waiting_tune(), loop=True))
        elif self.state.transfers:
            self._say("transfer_failed", self.script.replies["transfer_failed"])
            self._listen()
        else:
            self._say(self.state.ending, self._ending().words)
            self._listen()

    def _ask_again(self) -> None:
        if self.state.phase is Phase.CONFIRMING and self.state.pending:
            choice = self._ask.item.by_code(self.state.pending.code)
            label = choice.label[self.state.language] if choice else self.state.pending.text
            self._say(self.state.at, self.script.replies["confirm"], extra={"answer.label": label})
        else:
            self._say(self.state.at, self._ask.text)
        self._listen()

    def _close(self, ending: Ending) -> None:
        self.state = replace(
            self.state, phase=Phase.CLOSING, ending=ending.id, outcome="completed", pending=None
        )
        said = self._say(ending.id, ending.words)
        if "transfer" in ending.do and not self.state.transfers:
            self._transfer(f"ending {ending.id}")
            return
        if "callback" in ending.do:
            at = due_at(self.now, "", self.script.callback_after_minutes)
            self.outputs.append(Promise("callback", said, at.isoformat()))
        self._play_out(ending.tune, ending.seconds)

    def _play_out(self, tune: str, seconds: float) -> None:
        self.outputs.append(PlayTune(tune, seconds=seconds))
        self._listen()

    def _leave(self) -> None:
        """The customer says goodbye or wants no more questions."""
        if self.state.phase is Phase.CLOSING:
            self._end(self.state.outcome)
        elif self.state.phase is Phase.TRANSFERRING:
            self._withdraw()
            self._nobody_there()
        elif any(a.score is not None for a in self.state.answers):
            self._close(self._ending())  # rated already: only the probing question is left out
        else:
            self._say("declined", self.script.replies["declined"])
            self._end("declined")

    # ---- a person

    def _fetch_person(self) -> None:
        if self.state.transfers:
            self._again()  # being fetched, or nobody was there a moment ago
            return
        self._say("transfer", self.script.replies["transfer"])
        self._transfer("asked for a person")

    def _transfer(self, reason: str) -> None:
        self.state = replace(
            self.state, phase=Phase.TRANSFERRING, transfers=self.state.transfers + 1, pending=None
        )
        self.outputs.append(PlayTune(self._waiting_tune(), loop=True))
        self.outputs.append(Transfer(reason))

    def _nobody_there(self) -> None:
        ending = self._ending()
        self._promise_callback("transfer_failed", self.script.replies["transfer_failed"], "")
        outcome = "completed" if self.state.ending else "callback"
        self.state = replace(self.state, phase=Phase.CLOSING, outcome=outcome)
        self._play_out(self._waiting_tune(), ending.seconds)

    def _withdraw(self) -> None:
        if self.state.phase is Phase.TRANSFERRING:
            self.state = replace(self.state, phase=Phase.ASKING, transfers=0)
            self.outputs.append(WithdrawTransfer())

    def _waiting_tune(self) -> str:
        """Soothe while the phone rings: the ending's tune, or the script's for an early wish."""
        return self._ending().tune if self.state.ending else self.script.waiting_tune

    # ---- outputs

    @property
    def _ask(self) -> Ask:
        at = self.script.steps[self.state.at]
        assert isinstance(at, Ask)
        return at

    def _asked(self) -> Asked:
        if self.state.phase not in (Phase.ASKING, Phase.CONFIRMING):
            return Asked()
        return asked_by(self._ask, self.state.language, confirming=self.state.phase is Phase.CONFIRMING)

    def _listen(self) -> None:
        if self.state.phase is Phase.CLOSING:
            self.outputs.append(Listen(self.state.ending or "closing", _CLOSING_SILENCE_S, keys="0*#"))
            return
        ask = self._ask
        if self.state.phase is Phase.CONFIRMING:
            self.outputs.append(Listen(ask.id, ask.silence_s, keys="120*#", expects="yes_no"))
        else:
            keys = "".join(sorted(c.key for c in ask.item.choices)) + "0*#"
            self.outputs.append(
                Listen(ask.id, ask.silence_s, keys, "rating" if ask.item.type == "scale" else "free")
            )

    def _say(
        self,
        step_id: str,
        text: Text,
        *,
        interruptible: bool = True,
        extra: Mapping[str, object] | None = None,
    ) -> str:
        facts = self._facts()
        if extra:
            facts.update(extra)
        parts = text.render(self.state.language, facts, self.script.defaults[self.state.language])
        if parts:
            self.outputs.append(dialogue.Say(step_id, parts, interruptible))
        return "".join(part.text for part in parts)

    def _promise_callback(self, step_id: str, text: Text, moment: str) -> None:
        at = due_at(self.now, moment, self.script.callback_after_minutes)
        said = self._say(
            step_id, text, extra={"callback.when": spoken(at, self.now, moment, self.state.language)}
        )
        self.outputs.append(Promise("callback", said, at.isoformat()))

    def _end(self, outcome: str) -> None:
        """Over.  A scored conversation names its ending and duties even if it was cut short."""
        scored = any(a.score is not None for a in self.state.answers)
        ending = self._ending() if scored or self.state.ending else None
        self.state = replace(self.state, phase=Phase.OVER, outcome=outcome)
        data = {"do": list(ending.do), "tune": ending.tune} if ending else {}
        self.outputs.append(dialogue.End(outcome, ending.id if ending else "", data))

    def _ending(self) -> Ending:
        facts = self._facts()
        return next(e for e in self.script.endings if e.when is None or e.when.holds(facts))

    def _facts(self) -> dict[str, object]:
        facts = dict(self.given_facts)
        for answer in self.state.answers:
            facts[f"answer.{answer.item}"] = answer.code
            if answer.score is not None:
                facts[f"score.{answer.item}"] = answer.score
        return facts


def _recorded(answer: Answer) -> RecordAnswer:
    return RecordAnswer(answer.item, answer.code, answer.score, answer.key, answer.text, answer.channel)


def asked_by(ask: Ask, language: str, *, confirming: bool = False) -> Asked:
    """The question of ``ask`` as understanding wants it."""
    options = tuple(Option(c.code, (c.label[language], *c.keywords)) for c in ask.item.choices)
    if confirming:
        return Asked("yes_no", options)
    return Asked("rating" if ask.item.type == "scale" else "free", options)
