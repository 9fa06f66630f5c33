"""What is said and waited for in one call: the engine is fed, and what it wants is said, played and told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from huifang.logic import dialogue, script
from huifang.logic.dialogue import Listen, Lookup, PlayTune, Say, SayPart, Transfer, WithdrawTransfer
from huifang.logic.phone_assistant import number_aloud, word_for_owner
from huifang.logic.script_document import Script
from huifang.logic.script_pace import paced, speed_of
from huifang.logic.script_state import Phase
from huifang.logic.script_talk import Talk
from huifang.logic.script_text import Text
from huifang.logic.script_words import words_for
from huifang.logic.second_opinion import Opinion
from huifang.logic.understanding import Asked
from huifang.logic.voice_line import Order
from huifang.voice.director import Timer, drop
from huifang.voice.exchange import Exchange
from huifang.voice.handover import Brief, brief_for
from huifang.voice.hearing import ANSWERS
from huifang.voice.playing import Playing
from huifang.voice.telling import Telling
from huifang.voice.weighing import Weighing

log = logging.getLogger(__name__)


def playable(facts: Mapping[str, Any], tune: Callable[[str], bytes]) -> dict[str, Any]:
    """``facts`` without the tunes that are not at hand now that the customer has answered: better the script's own
    than silence."""
    return {name: value for name, value in facts.items() if not name.startswith("tune.") or tune(str(value))}


class Conversation:
    """One script's way through one call.

    :param after: does work later; a fault in it ends this call alone
    :param is_talking: whether the customer is on the line, so that something may be said
    :param transfer: fetches a person
    :param withdraw: no person is wanted any more
    :param quiet: told when an input has been worked on
    :param stuck: told when the script leaves the customer in silence
    """

    def __init__(
        self,
        order: Order,
        document: Script,
        exchange: Exchange,
        telling: Telling,
        after: Callable[[float, Callable[[], None]], Timer],
        *,
        is_talking: Callable[[], bool],
        transfer: Callable[[], None],
        withdraw: Callable[[], None],
        stop_recording: Callable[[], None],
        quiet: Callable[[], None],
        stuck: Callable[[], None],
    ) -> None:
        self.listening: Listen | None = None
        """The question that waits for an answer, also while it is being said."""
        self.end: dialogue.End | None = None
        """The engine's last word."""
        self.playing: Playing | None = None
        self._order = order
        self._script = document
        self._exchange = exchange
        self._telling = telling
        self._after = after
        self._is_talking = is_talking
        self._transfer = transfer
        self._withdraw = withdraw
        self._stop_recording = stop_recording
        self._quiet = quiet
        self._stuck = stuck
        self._state = script.begin(document, order.language)
        self._facts = {
            **order.facts,
            "call.speech": exchange.can_hear,
            "call.recorded": order.record,
            "call.seed": order.attempt_id,
        }
        number = number_aloud(order.trunk.caller_id)
        if number:
            self._facts["callback.number"] = number
        self._zone = ZoneInfo(str(order.facts.get("customer.zone") or "Asia/Shanghai"))
        self._silence: Timer | None = None
        self._weighing = Weighing(self._second_opinion if exchange.second_opinion else None)

    @property
    def language(self) -> str:
        return self._state.language

    @property
    def step(self) -> str:
        """The question where the conversation stands."""
        return self._state.at

    @property
    def is_asking(self) -> bool:
        """A question that takes words is being asked."""
        return self.listening is not None and bool(self.listening.expects)

    def words(self) -> tuple[SayPart, ...]:
        """All that this script can say to this customer."""
        return words_for(self._script, self._state.language, self._facts)

    def brief(self) -> Brief:
        """What a person who takes over is told."""
        return brief_for(self._script, self._state, self._facts)

    # ---- in

    def hear(self, said: dialogue.Utterance, turn: dict[str, Any], *, early: bool = False) -> None:
        """Feed what was said; an open answer that nobody could place waits a moment for a second opinion."""
        names = [str(self._facts.get(fact) or "") for fact in ("customer.name", "customer.salutation")]
        now = self._exchange.now().astimezone(self._zone)
        asked = Talk(self._script, self._state, self._facts, now).asked()
        self._weighing.weigh(said, asked, names, lambda weighed: self.feed(weighed, turn, early=early))

    def _second_opinion(
        self, words: str, names: Iterable[str], then: Callable[[Opinion | None], None]
    ) -> None:
        def told(opinion: Opinion | None) -> None:
            if self._is_talking():
                then(opinion)
            else:
                self._weighing.forget()

        ask = self._exchange.second_opinion
        assert ask is not None
        ask(words, names, lambda opinion: self._later(lambda: told(opinion)))

    def _later(self, work: Callable[[], None]) -> None:
        self._after(0, work)  # where a fault ends this call alone

    def feed(self, given: dialogue.Input, turn: dict[str, Any] | None = None, *, early: bool = False) -> None:
        """Give the engine an input and do what it says.

        ``turn`` is the HEARD event that goes with it.  What was said ``early``, before anything was asked,
        counts only where it needs no question: 「喂，你好」 is no wrong answer, 「别再打了」 is a refusal.
        """
        self._weighing.let_go()
        self.hush()
        if isinstance(given, dialogue.Started):
            self._facts = playable(self._facts, self._exchange.tune)
        began = monotonic()
        now = self._exchange.now().astimezone(self._zone)
        if not self._exchange.can_hear:
            self.go_on_by_keys()
        is_private = Talk(self._script, self._state, self._facts, now).is_private
        state, outputs = script.step(self._script, self._state, given, self._facts, now)
        if turn is not None and "wait_ms" in turn:
            turn["wait_ms"]["thinking"] = round(1000 * (monotonic() - began))
        if turn is not None:
            read = next((o for o in outputs if isinstance(o, dialogue.Understood)), None)
            intent, confidence = (str(read.intent), read.confidence) if read else ("", 0.0)
            self._telling.heard(turn, intent, confidence, read, is_private=is_private)
            if early and (read is None or read.intent in ANSWERS):
                self._quiet()
                return
        self._state = state
        for output in outputs:
            self._do_now(output)
        if self.playing is not None and self._is_talking():
            self._perform(outputs, self.playing)

    @property
    def asked(self) -> Asked:
        """The question that the customer may be answering."""
        now = self._exchange.now().astimezone(self._zone)
        return Talk(self._script, self._state, self._facts, now).asked()

    def go_on_by_keys(self) -> None:
        """The recogniser is gone: from now on this conversation asks for keys."""
        if self._facts["call.speech"]:
            self._facts = {**self._facts, "call.speech": False}

    def ask_by_keys(self) -> None:
        """What was just said could not be heard: ask again at once, by keys, where a question waits for it."""
        is_quiet = self.playing is not None and self.playing.is_idle
        if self.listening is not None and is_quiet and self._is_talking():
            self.feed(dialogue.Silence())

    def wait(self) -> None:
        """All has been heard and nobody speaks: wait for the answer, or let the engine go on."""
        if self._weighing.is_busy:
            return
        if self.listening is not None:
            self.hush()
            self._silence = self._after(self.listening.silence_s, lambda: self.feed(dialogue.Silence()))
        else:
            self._after(0, self._all_heard)

    def hush(self) -> None:
        """Somebody speaks, or something has happened: this is no silence."""
        drop(self._silence)

    def leave_word(self) -> bool:
        """An assistant answers for the customer: say who calls and where to call back, and nothing more.
        False where there are no words for it."""
        if self.playing is None or not self.language.startswith("zh"):
            return False
        self.listening = None
        self.hush()
        self.playing.replace()
        text = self._script.assistant
        if text is not None:
            parts = self._in_words(text)
        else:
            parts = (SayPart(word_for_owner(self._facts, self._order.trunk.caller_id), fixed=False),)
        self.playing.add(Say("phone_assistant", parts, interruptible=False))
        self.end = dialogue.End("phone_assistant")
        return True

    def fall_silent(self) -> None:
        """It is a machine that hears us: say nothing more, wait for no answer."""
        self.listening = None
        self.hush()
        if self.playing is not None:
            self.playing.replace(force=True)

    @property
    def has_message(self) -> bool:
        """There is something to be said to a voicemail, and it was not said already when we called before."""
        return self._script.voicemail is not None and not self._facts.get("call.message_left")

    def leave_message(self) -> bool:
        """Say the script's message for a voicemail, and nothing more.  False where there is none."""
        text = self._script.voicemail
        if text is None or self.playing is None or not self.has_message:
            return False
        parts = self._in_words(text)
        self.playing.add(Say("voicemail", parts, interruptible=False))
        self.end = dialogue.End("message_left")
        return True

    def _in_words(self, text: Text) -> tuple[SayPart, ...]:
        """``text`` at the pace at which it was prepared."""
        parts = text.render(self.language, self._facts, self._script.defaults[self.language])
        return paced(parts, speed_of(self._script, self._facts))

    # ---- out

    def _do_now(self, output: dialogue.Output) -> None:
        """What takes effect at once, whatever is still being said."""
        self._telling.output(output)
        if isinstance(output, Transfer):
            self.listening = None
            self._transfer()
        elif isinstance(output, WithdrawTransfer):
            self._withdraw()
        elif isinstance(output, dialogue.StopRecording):
            self._stop_recording()
        elif isinstance(output, Lookup):
            found = self._exchange.look_up(self._order.knowledge, output.question)
            self._after(0, lambda: self.feed(found or dialogue.NothingFound()))
        elif isinstance(output, dialogue.End):
            self.end = output

    def _perform(self, outputs: tuple[dialogue.Output, ...], playing: Playing) -> None:
        """Say, play and listen, in order, in place of what was being said."""
        if any(isinstance(o, Say | PlayTune) for o in outputs):
            self.listening = None
            playing.replace()
        for output in outputs:
            if isinstance(output, Say | PlayTune):
                playing.add(output)
            elif isinstance(output, Listen):
                self.listening = output
        self._quiet()

    def _all_heard(self) -> None:
        """Nothing is left to be said or waited for: the engine may want to go on."""
        idle = self.playing is not None and self.playing.is_idle
        is_waiting = self.listening or self.end or self._state.phase is Phase.TRANSFERRING
        if not self._is_talking() or not idle or is_waiting:
            return
        before = self._state
        self.feed(dialogue.PlayFinished())
        if self._state is before and self.end is None and self.listening is None:
            log.error(
                "The script of attempt %s leaves the customer in silence; hanging up", self._order.attempt_id
            )
            self._stuck()
