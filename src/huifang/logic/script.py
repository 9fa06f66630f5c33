"""The conversation engine: a script, a state and an input give the next state and what to do.

``step`` is pure: the same four things in give the same two out, on the phone, in a chat or in a
replay.  What holds anywhere in a conversation comes before what its step asks for: a refusal ends
it, 「你是机器人吗」 is answered truthfully, a question of the customer's is looked up, 0 fetches a person, * repeats
and # takes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from huifang.logic import dialogue
from huifang.logic.dialogue import Utterance
from huifang.logic.script_answering import Answering
from huifang.logic.script_choice import as_choice, only_takes_back
from huifang.logic.script_document import Script
from huifang.logic.script_feelings import emotion_of
from huifang.logic.script_guess import Guess
from huifang.logic.script_items import CHOOSING
from huifang.logic.script_mistaken import Mistaken
from huifang.logic.script_others import Others
from huifang.logic.script_path import Path
from huifang.logic.script_refusing import Refusing
from huifang.logic.script_state import Heard, Phase, State
from huifang.logic.script_talk import Talk
from huifang.logic.understanding import Intent, Reading, understand
from huifang.logic.understanding.by_voice import joined, wants_care
from huifang.logic.understanding.contact import may_refuse
from huifang.logic.understanding.quantity import is_bare
from huifang.logic.understanding.reading import SURE

_CERTAIN = 1.0
_ANGRY_ENOUGH = 2
"""Who is angry for the second time is given to a person."""
_MOST_REPEATS = 8
"""So often a conversation repeats, waits, takes back or says what it is before that counts as no answer."""
_MOST_QUESTIONS = 6
"""Who asks more than this talks to a person, or is asked our question again."""
_TALKS_ON = frozenset((Intent.ROBOT, Intent.WHO, Intent.REPEAT, Intent.HOLD, Intent.NO_RECORDING))
"""After these what was asked is asked again."""
PARTING = frozenset(
    (
        *(Intent.BUSY, Intent.CALLBACK, Intent.WRONG_NUMBER, Intent.GOODBYE, Intent.DECLINE),
        *(Intent.THIRD_PARTY, Intent.HUMAN),
    )
)
"""What ends a conversation, or hands it on, and must be clearly heard for that."""


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
        self.path = Path(talk)
        self.answering = Answering(talk, self.path)
        self.others = Others(talk, self.path)
        self.guess = Guess(talk, self.answering)
        self.refusing = Refusing(talk, self.answering)
        self.mistaken = Mistaken(talk, self.answering)

    @property
    def phase(self) -> Phase:
        return self.talk.state.phase

    @property
    def _waits(self) -> bool:
        """A question waits for its answer, or for its confirmation."""
        return self.phase in (Phase.ASKING, Phase.CONFIRMING)

    @property
    def _doubt(self) -> Guess | Mistaken | Refusing | None:
        """What waits for a yes before it counts: a refusal, a wrong person, or a guess at the customer's question."""
        return next((d for d in (self.refusing, self.mistaken, self.guess) if d.waits), None)

    def take(self, given: dialogue.Input) -> None:
        if isinstance(given, dialogue.HungUp):
            if self.refusing.waits:
                self.refusing.hung_up()
            else:
                self.talk.end(self.talk.state.outcome if self.phase is Phase.CLOSING else "hung_up")
        elif self.phase is Phase.NEW:
            self.path.go(self.talk.script.start)  # whatever came first, the disclosure is said first
        elif isinstance(given, dialogue.Key):
            self._key(given.key)
        elif isinstance(given, Utterance):
            self._utterance(given)
        elif isinstance(given, dialogue.TransferResult):
            if self.phase is Phase.TRANSFERRING:
                self.path.after_person(given.parting) if given.bridged else self.path.nobody_there()
        elif isinstance(given, dialogue.Found | dialogue.NothingFound):
            if self.talk.state.question and not self.guess.waits:
                self._looked_up(given)
        elif isinstance(given, dialogue.Silence):
            self._silence()
        elif isinstance(given, dialogue.PlayFinished) and self.phase is Phase.CLOSING:
            self.talk.end(self.talk.state.outcome)

    def _looked_up(self, given: dialogue.Found | dialogue.NothingFound) -> None:
        if isinstance(given, dialogue.NothingFound):
            self.answering.answered(None)
        elif not given.doubtful:
            self.answering.answered(given)
        elif self._waits:
            self.guess.make(given)
        else:
            self.answering.answered(None)  # no time for a question any more

    def _silence(self) -> None:
        if self.phase is Phase.CLOSING:
            self.talk.end(self.talk.state.outcome)
        elif self.phase is Phase.REACHING:
            self.others.silence()
        elif self.guess.waits:
            self.guess.deny()
        elif self._waits:
            self.refusing.drop()
            self.mistaken.drop()
            self.answering.silence()

    def _key(self, key: str) -> None:
        everywhere = {"0": Intent.HUMAN, "*": Intent.REPEAT, "#": Intent.UNDO}
        doubt = self._doubt
        if doubt is not None and key in "12":
            doubt.key(key)
            return
        if doubt is not None and key != "*":
            doubt.drop()
        if key in everywhere and self.phase is Phase.ASKING and self.answering.collecting.takes(key):
            self.answering.collecting.special(key)
        elif key in everywhere:
            self._act(Reading(everywhere[key], "", _CERTAIN, f"key {key}"), Utterance(""))
        elif self.phase is Phase.CONFIRMING and key in "12":
            self.talk.put(
                dialogue.Understood(Intent.YES if key == "1" else Intent.NO, _CERTAIN, f"key {key}")
            )
            self.answering.affirmed() if key == "1" else self.answering.denied()
        elif self._waits:
            if self.phase is Phase.ASKING:
                self.answering.key(key)
            else:
                self.talk.put(dialogue.Understood(Intent.UNCLEAR, _CERTAIN, f"key {key}"))
                self.answering.ladder.missed()
        elif self.phase is Phase.REACHING:
            self._again()

    def _utterance(self, heard: Utterance) -> None:
        reading = understand(heard, self.talk.asked())
        if self._doubt is not None:
            pass  # a yes or a no, or something that holds anywhere
        elif self._is_counted(heard):
            reading = Reading(Intent.FREE, "", reading.confidence)
        elif self.phase is Phase.ASKING:
            reading = as_choice(self.talk, reading, heard)
        reading = joined(reading, heard.voice)
        emotion = emotion_of(reading)
        self.talk.change(
            heard=Heard(
                str(reading.intent),
                emotion,
                reading.polarity,
                reading.category,
                str(heard.voice.mood) if heard.voice else "",
            ),
            anger=self.talk.state.anger + (emotion == "angry"),
        )
        self.talk.is_strained = wants_care(reading, heard.voice)
        self._act(reading, heard)

    def _act(self, reading: Reading, heard: Utterance) -> None:
        talk, text = self.talk, heard.text or " ".join(heard.pinyin)
        talk.put(understood(reading))
        doubt = self._doubt
        if doubt is not None:
            if doubt.heard(reading):
                return
            if reading.intent not in _TALKS_ON:
                doubt.drop()
        match self._heeded(reading):
            case Intent.REFUSAL:
                self.refusing.refused(reading, text)
            case Intent.WHO if self.phase is Phase.REACHING and reading.code == "purpose":
                self.others.told(reading, heard)
            case Intent.ROBOT:
                talk.say("robot", talk.script.replies["robot"])
                self._again()
            case Intent.NO_RECORDING:
                self._stop_recording()
            case Intent.WHO:
                if reading.code == "source" and self.phase is not Phase.REACHING:
                    talk.say("number_source", talk.script.replies["number_source"])
                else:
                    talk.say("who", talk.script.replies["robot"])  # names the shop and the machine
                self._again()
            case Intent.WRONG_NUMBER:
                self.mistaken.told(reading, text)
            case Intent.HUMAN | Intent.REPEAT | Intent.UNDO as wish if self.phase is Phase.REACHING:
                self._again() if wish is not Intent.HUMAN or talk.state.transfers else self.path.fetch_person()
            case _ if self.phase is Phase.REACHING:
                self.others.told(reading, heard)
            case Intent.REPEAT if reading.code == "confused" and self.phase is Phase.ASKING:
                self.answering.ladder.missed()  # the same words again would not help: these name the keys
            case Intent.REPEAT:
                talk.change(slowed=talk.state.slowed or reading.code == "slower")
                self._again()
            case Intent.HOLD if self._may_repeat():
                talk.wait(patient=reading.code == "wait")
            case Intent.HUMAN if talk.state.transfers:
                self._again()  # being fetched, or nobody was there a moment ago
            case Intent.HUMAN:
                self.path.fetch_person()
            case Intent.THIRD_PARTY | Intent.PASS_ON if self._is_somebody_else(reading, heard):
                talk.withdraw()
                self.others.instead(heard)
            case Intent.BUSY | Intent.CALLBACK if not talk.state.served:
                talk.withdraw()
                talk.promise_callback("callback", talk.script.replies["callback"], reading.code)
                talk.end("callback")
            case Intent.PASS_ON if self._has_message(reading):
                self.answering.pass_on("passed_on", text)
            case Intent.ERASURE:
                self.answering.pass_on("erasure", text)
            case Intent.DECLINE if self._has_question_for_no():
                self.answering.said(reading, heard, text)
            case Intent.GOODBYE | Intent.DECLINE | Intent.BUSY | Intent.CALLBACK | Intent.THIRD_PARTY:
                self.path.leave()
            case Intent.ALREADY if reading.code == "answered":
                self.path.leave()
            case Intent.UNDO if self._takes_back(reading, heard) and self._may_repeat():
                self.answering.undo()
            case Intent.QUESTION if self._may_look_up():
                self.answering.look_up(text)
            case Intent.UNSURE if self._may_choose() and not talk.state.misses:
                self.answering.ladder.unsure()
            case Intent.UNSURE if self._may_choose():
                self.answering.ladder.missed(understood=True)
            case _ if self._is_too_angry():
                self.path.fetch_person("angry")
            case _ if self.phase is Phase.CONFIRMING:
                self.answering.confirmed(reading, text, heard)
            case _ if self.phase is Phase.ASKING:
                self.answering.said(reading, heard, text)
            case _ if self.phase is Phase.CLOSING:
                talk.listen()  # 「谢谢」 during the tune needs no reply

    def _again(self) -> None:
        """The question once more; who never answers it has not understood it."""
        if self._may_repeat() or self.phase not in (Phase.ASKING, Phase.REACHING):
            self.talk.again()
        elif self.phase is Phase.REACHING:
            self.others.later("")
        else:
            self.answering.ladder.missed()

    def _may_repeat(self) -> bool:
        self.talk.change(repeats=self.talk.state.repeats + 1)
        return self.talk.state.repeats <= _MOST_REPEATS

    def _is_counted(self, heard: Utterance) -> bool:
        """A number, and nothing but a number, where one is wanted."""
        if self.phase is not Phase.ASKING or not self.talk.item.collects_digits:
            return False
        collecting = self.answering.collecting
        if collecting.holds_number(heard) and not may_refuse(heard.text, heard.pinyin):
            return True
        is_named = collecting.is_part_of_number(heard) or collecting.names_day(heard)
        return is_named or is_bare(heard.text, heard.pinyin)

    def _heeded(self, reading: Reading) -> Intent:
        """The intent to act on: what ends a conversation must be clearly heard.

        What may be a refusal is asked about instead.  「不用」 as an answer to
        「您是说不满意，对吗？」 is a plain no.
        """
        if reading.intent is Intent.DECLINE and self.phase is Phase.CONFIRMING:
            return Intent.NO
        if reading.intent in PARTING and reading.confidence < SURE:
            return Intent.UNCLEAR
        return reading.intent

    def _is_somebody_else(self, reading: Reading, heard: Utterance) -> bool:
        """Not the customer is on the telephone; whom a person has talked to has been the customer."""
        if self.talk.state.served or self.phase is Phase.CLOSING:
            return False
        return reading.intent is Intent.THIRD_PARTY or self.others.speaks_of_customer(heard)

    def _stop_recording(self) -> None:
        is_recorded = self.talk.given_facts.get("call.recorded") is not False
        reply = "unrecorded" if is_recorded else "not_recorded"
        self.talk.put(dialogue.StopRecording())
        self.talk.say(reply, self.talk.script.replies[reply])
        self._again()

    def _takes_back(self, reading: Reading, heard: Utterance) -> bool:
        """「尺码选错了」 tells what is wrong where that was asked, and takes nothing back."""
        asks_openly = self.phase is Phase.ASKING and self.talk.item.type in ("text", "single", "multi")
        return not asks_openly or only_takes_back(reading, heard)

    def _has_message(self, reading: Reading) -> bool:
        """Something is to be passed on that is no answer to an open question."""
        is_open = self.phase is Phase.ASKING and self.talk.item.type == "text"
        return not is_open and reading.confidence >= SURE and self._may_look_up()

    def _may_choose(self) -> bool:
        """Whoever does not know may be helped by choices."""
        if self.phase is not Phase.ASKING:
            return False
        return self.talk.item.type in CHOOSING or (
            self.talk.item.type == "text" and bool(self.talk.item.choices)
        )

    def _has_question_for_no(self) -> bool:
        """「不用了」 to an offer, to 「还有别的吗」 or to 「您还有问题吗」 answers it."""
        if self.phase is not Phase.ASKING:
            return False
        return self.talk.item.type == "yes_no" or self.talk.ask.answers or bool(self.talk.state.picked)

    def _may_look_up(self) -> bool:
        return self.phase in (Phase.ASKING, Phase.CONFIRMING, Phase.CLOSING) and (
            self.talk.state.questions < _MOST_QUESTIONS
        )

    def _is_too_angry(self) -> bool:
        """A machine that goes on asking makes it worse; a person is fetched once."""
        return self._waits and self.talk.state.anger >= _ANGRY_ENOUGH and not self.talk.state.transfers


def understood(reading: Reading) -> dialogue.Understood:
    """``reading`` as the transcript keeps it."""
    return dialogue.Understood(
        reading.intent,
        round(reading.confidence, 3),
        reading.evidence,
        reading.code,
        reading.polarity,
        reading.emotion,
        reading.emotion_confidence,
        reading.category,
        reading.slots,
    )
