"""What is heard of the customer's line: a voice, a machine's or a person's, and the exchange's tones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ParamSpec, Protocol

from huifang.logic import dialogue
from huifang.logic.answering import Judgement
from huifang.logic.script import understood
from huifang.logic.turn_taking import silence_ms
from huifang.logic.understanding import understand
from huifang.logic.understanding.by_voice import joined
from huifang.logic.voice_line import EndCause
from huifang.logic.voice_mood import Speaker, told
from huifang.nlu.model import shipped
from huifang.voice.at_machine import AtMachine
from huifang.voice.causes import cause_of_announcement, cause_of_failure, cause_of_tone
from huifang.voice.conversation import Conversation
from huifang.voice.customer_line import CustomerLine
from huifang.voice.director import Timer
from huifang.voice.ears.port import Heard
from huifang.voice.exchange import Exchange
from huifang.voice.hearing import Hearing, Spoken
from huifang.voice.opening import Answerer
from huifang.voice.rtp import port as media
from huifang.voice.stage import Stage
from huifang.voice.telling import Telling

_SIGNALLING_FOLLOWS_S = 3.0
"""An exchange that plays the busy tone says it by SIP too, as a rule, and more exactly."""
_RHYTHM_MS = 3_000
"""So long before it is known an exchange's tone may have begun, and its first bursts may pass for a voice."""

Given = ParamSpec("Given")


class Guard(Protocol):
    def __call__(self, work: Callable[Given, None]) -> Callable[Given, None]:
        """``work``, whose fault ends this call alone."""


class CustomerVoice:
    """Listens to one call, and gives what was said to its conversation.

    :param after: does work later; a fault in it ends this call alone
    :param safely: guards work that somebody else calls back
    :param stage: how far the call has come
    :param is_bridged: whether the customer talks to our people
    :param is_handed_over: whether a person is being fetched, or has come
    :param may_overhear: whether what the customer says to our people may be understood and kept
    :param finish: ends the call by a cause, None where what was heard or the status gives it
    :param hang_up: the far end has gone
    :param quiet: told when nobody speaks any more
    """

    def __init__(
        self,
        exchange: Exchange,
        telling: Telling,
        line: CustomerLine,
        talk: Conversation,
        *,
        after: Callable[[float, Callable[[], None]], Timer],
        safely: Guard,
        stage: Callable[[], Stage],
        is_bridged: Callable[[], bool],
        is_handed_over: Callable[[], bool],
        may_overhear: Callable[[], bool],
        finish: Callable[[EndCause | None], None],
        hang_up: Callable[[], None],
        quiet: Callable[[], None],
    ) -> None:
        self._exchange = exchange
        self._telling = telling
        self._line = line
        self._talk = talk
        self._after = after
        self._safely = safely
        self._stage = stage
        self._is_bridged = is_bridged
        self._is_handed_over = is_handed_over
        self._may_overhear = may_overhear
        self._finish = finish
        self._hang_up = hang_up
        self._quiet = quiet
        self._speaker = Speaker()
        self._hearing = Hearing(exchange, safely(self._take_spoken), self._said_so_far)
        self._answerer = Answerer(safely(self._machine_answers))
        self._machine: AtMachine | None = None
        self._announced: EndCause | None = None  # by an announcement in early media
        self._toned: EndCause | None = None  # by a tone there

    # ---- what the call asks

    @property
    def is_busy(self) -> bool:
        """Somebody speaks, or what was said is being recognised."""
        return self._hearing.is_busy

    @property
    def is_machine(self) -> bool:
        """A machine has answered."""
        return self._machine is not None

    @property
    def is_leaving(self) -> bool:
        """A machine is being told why we called, and then we go."""
        return self._machine is not None and self._machine.is_leaving

    def has_turn(self, at_ms: int) -> None:
        """A person has shown: they have pressed a key, or have called us."""
        self._answerer.has_turn(at_ms)

    def cause_of(self, sip_status: int) -> EndCause:
        """Why nobody answered: an announcement or a tone that was heard, else the status."""
        return cause_of_failure(sip_status, self._announced, self._toned)

    def answering(self) -> dict[str, Any] | None:
        """Who has answered, for the centre."""
        return self._answerer.data()

    def close(self, cause: EndCause) -> EndCause:
        """The call is over by ``cause``; the cause to tell, since no person was there to hang up on us."""
        if self._machine is None:
            return cause
        self._machine.close()
        playing = self._talk.playing
        if playing is not None and not playing.is_idle:
            self._talk.end = None  # it was not told all
        return self._machine.cause if cause in (EndCause.HUNG_UP, EndCause.COMPLETED) else cause

    # ---- sounds

    def take(self, event: media.MediaEvent) -> None:
        """A voice or a tone on the line; other events are passed over."""
        playing = self._talk.playing
        if isinstance(event, media.ToneHeard):
            self._tone(event)
        elif isinstance(event, media.SpeechPerhaps):
            if self._may_be_interrupted and playing is not None:
                playing.pause()
        elif isinstance(event, media.SpeechDismissed):
            if playing is not None and not self._hearing.is_busy:
                playing.resume()
        elif isinstance(event, media.SpeechStarted):
            self._speech_starts(event)
        elif isinstance(event, media.SpeechHeard):
            if self._exchange.can_hear and (not self._is_bridged() or self._may_overhear()):
                self._hearing.hears(event.pcm, with_agent=self._is_bridged())
        elif isinstance(event, media.SpeechGoesOn):
            self._speech_goes_on(event)
        elif isinstance(event, media.SpeechEnded):
            self._speech_ends(event)

    def _tone(self, event: media.ToneHeard) -> None:
        """The exchange says by its tones that nobody is there, or not any more; a voicemail beeps."""
        cause = cause_of_tone(event.kind)
        if event.kind is media.Tone.BEEP and self._stage() is Stage.TALKING and not self._is_bridged():
            if self._machine is not None:
                self._machine.beeps()
            else:
                self._answerer.beeps(self._line.since_answer(event.at_ms))
        if cause is None:
            return
        if self._stage() is Stage.DIALLING:
            self._toned = cause
            self._after(_SIGNALLING_FOLLOWS_S, self._nobody_answers)
        elif self._answerer.has_heard_anybody_before(self._line.since_answer(event.at_ms) - _RHYTHM_MS):
            self._hang_up()
        else:
            self._finish(cause)

    def _nobody_answers(self) -> None:
        if self._stage() is Stage.DIALLING:
            self._finish(None)

    def _speech_starts(self, event: media.SpeechStarted) -> None:
        playing = self._talk.playing
        assert playing is not None
        self._talk.hush()
        is_talking = self._stage() is Stage.TALKING and not self._is_bridged()
        self._hearing.starts(early=playing.must_be_heard)
        if self._machine is not None:
            self._machine.speaks()
        elif is_talking:
            self._answerer.starts(self._line.since_answer(event.at_ms))
        if self._may_be_interrupted:
            playing.pause()  # what was said decides whether we go on
        self._end_turn_after(dialogue.Utterance(""))

    def _said_so_far(self, heard: Heard) -> None:
        self._end_turn_after(dialogue.Utterance(heard.text, heard.pinyin, heard.confidence))

    def _end_turn_after(self, so_far: dialogue.Utterance) -> None:
        """A complete answer needs less silence behind it than a hesitation."""
        if self._stage() is Stage.TALKING and self._machine is None and self._line.session is not None:
            self._line.session.end_turn_after(silence_ms(so_far, self._talk.asked))

    @property
    def _may_be_interrupted(self) -> bool:
        """Barge-in: only a question, only by somebody whom we can understand."""
        may_answer = self._stage() is Stage.TALKING and not self._is_bridged() and self._exchange.can_hear
        return may_answer and self._talk.is_asking

    def _speech_goes_on(self, event: media.SpeechGoesOn) -> None:
        """Somebody speaks on and on: an announcement is known by its first words, before it ends."""
        if self._stage() is not Stage.TALKING or self._is_bridged() or self.is_leaving:
            return
        start_ms, end_ms = self._line.since_answer(event.start_ms), self._line.since_answer(event.end_ms)
        self._answerer.goes_on(end_ms)
        if self._exchange.can_hear and not self._answerer.is_person:
            self._exchange.recognise(event.pcm, self._safely(partial(self._take_beginning, start_ms, end_ms)))

    def _take_beginning(self, start_ms: int, end_ms: int, heard: Heard) -> None:
        """The words so far of speech that goes on."""
        if self._stage() is not Stage.TALKING or self._is_bridged() or self.is_leaving:
            return
        self._consider(heard, end_ms)
        if self._stage() is not Stage.TALKING and self._machine is not None:  # its end will not be heard
            said = Spoken(heard, start_ms, end_ms, early=True)
            self._telling.heard(said.turn, self._machine.intent, heard.confidence)

    def _speech_ends(self, event: media.SpeechEnded) -> None:
        start_ms, end_ms = self._line.since_answer(event.start_ms), self._line.since_answer(event.end_ms)
        if self._machine is not None:
            self._machine.falls_silent()
        elif self._stage() is Stage.TALKING and not self._is_bridged():
            self._answerer.ends(end_ms)
        is_bridged = self._is_bridged()
        if is_bridged and not self._may_overhear():
            self._hearing.stops()
        if not self._hearing.ends(
            start_ms, end_ms, silence_ms=event.silence_ms, at=event.at, with_agent=is_bridged
        ):
            self._quiet()

    def _take_spoken(self, spoken: Spoken) -> None:
        if self._stage() >= Stage.ENDING:
            return
        if spoken.with_agent or self._is_bridged():
            self._take_overheard(spoken)
            return
        heard, turn = spoken.heard, spoken.turn
        if self._stage() is Stage.DIALLING:
            announced = cause_of_announcement(heard.text, heard.pinyin)
            self._announced = self._announced or announced
            return
        self._consider(heard, spoken.end_ms)
        if self._machine is not None:
            if spoken.text:
                self._telling.heard(turn, self._machine.intent, heard.confidence)
            return
        if spoken.is_failure:
            self._talk.go_on_by_keys()
        playing = self._talk.playing
        if playing is not None and playing.is_paused:
            if spoken.only_listens(self._talk.listening, is_asking=playing.is_last):
                if spoken.text:
                    self._telling.heard(turn, "back_channel", heard.confidence)
                if not self._hearing.is_busy:
                    playing.resume()
                return
            playing.interrupt()
        if not spoken.text:
            if spoken.is_failure:
                self._talk.ask_by_keys()
            self._quiet()
            return
        if not spoken.early:
            self._answerer.has_turn(spoken.end_ms)
        voice = self._speaker.hears(spoken.prosody)
        question = self._talk.asked.words
        weighed = shipped().heard(heard.text, heard.pinyin, heard.confidence, heard.again, question=question)
        said = replace(weighed, voice=voice)
        self._talk.hear(said, {**turn, **told(voice)}, early=spoken.early)

    def _take_overheard(self, spoken: Spoken) -> None:
        """What the customer says to our people: no answer to us, but their mood is told at once."""
        heard = spoken.heard
        if spoken.text:
            voice = self._speaker.hears(spoken.prosody)
            said = shipped().heard(heard.text, heard.pinyin, heard.confidence, heard.again)
            read = understood(joined(understand(said), voice))
            turn = {**spoken.turn, **told(voice), "by": "agent_part"}
            del turn["wait_ms"]  # nobody waits for our answer
            self._telling.heard(turn, str(read.intent), read.confidence, read)
        self._quiet()

    # ---- a machine

    def _consider(self, heard: Heard, at_ms: int) -> None:
        """Whether these words, spoken until ``at_ms``, are a machine's, and what they tell of it."""
        if self._machine is not None:
            self._machine.hears(heard)
        else:
            self._answerer.hears(heard, at_ms)

    def _machine_answers(self, judgement: Judgement, heard: Heard | None) -> None:
        if self._stage() is not Stage.TALKING or self._is_handed_over():
            return
        self._machine = AtMachine(
            judgement,
            self._after,
            has_message=self._talk.has_message,
            leave_word=self._talk.leave_word,
            leave_message=self._talk.leave_message,
            finish=self._finish,
        )
        self._talk.fall_silent()
        self._machine.begin(heard, is_speaking=self._hearing.is_speaking)
