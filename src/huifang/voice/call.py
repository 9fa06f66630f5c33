"""One call, from the order to its end, as a state machine on the director's thread.

The call translates between three worlds: signalling, media, and the conversation engine, which decides
everything that is said and done.  What happened goes to the centre as numbered events.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial

from huifang.errors import HuifangError
from huifang.logic import dialogue
from huifang.logic.answering import Judgement
from huifang.logic.dialogue import Say, SayPart
from huifang.logic.script_document import Script
from huifang.logic.turn_taking import silence_ms
from huifang.logic.voice_line import EndCause, EventKind, Order
from huifang.nlu.model import shipped
from huifang.voice.at_machine import AtMachine
from huifang.voice.causes import cause_of_announcement, cause_of_failure, cause_of_tone
from huifang.voice.conversation import Conversation
from huifang.voice.customer_line import CustomerLine
from huifang.voice.director import Timer, drop
from huifang.voice.ears.port import Heard
from huifang.voice.exchange import Clips, Exchange
from huifang.voice.handover import Handover
from huifang.voice.hearing import Hearing, Spoken
from huifang.voice.opening import Answerer
from huifang.voice.playing import Playing
from huifang.voice.rtp import port as media
from huifang.voice.sip import port as sip
from huifang.voice.stage import Stage, or_hang_up
from huifang.voice.telling import Telling

log = logging.getLogger(__name__)

_LONGEST_CALL_S = 600.0
"""Talking to the robot longer than this is a loop (two machines), and a loop costs money."""
_LAST_WORDS_S = 1.2
_SIGNALLING_FOLLOWS_S = 3.0
"""An exchange that plays the busy tone says it by SIP too, as a rule, and more exactly."""
_RHYTHM_MS = 3_000
"""So long before it is known an exchange's tone may have begun, and its first bursts may pass for a voice."""
_LAST_REPORTS_S = 0.12
"""How long the media loop may take to report the clip that a hang-up cut off."""


class Call:
    """One attempt; with a ``caller`` they have called us, and are picked up instead of dialled.

    Raises what ``script_from_json`` raises where the order's script is unusable.
    """

    def __init__(
        self, order: Order, document: Script, exchange: Exchange, caller: sip.Incoming | None = None
    ) -> None:
        self.order = order
        self._caller = caller
        self.stage = Stage.PREPARING
        self._exchange = exchange
        self._telling = Telling(order, exchange)
        self._talk = Conversation(
            order,
            document,
            exchange,
            self._telling,
            self._after,
            is_talking=lambda: self.stage is Stage.TALKING,
            transfer=self._hand_over,
            withdraw=partial(self._end_handover, "withdrawn"),
            quiet=self._quiet,
            stuck=partial(self._finish, EndCause.COMPLETED),
        )
        self._clips: dict[str, bytes] = {}
        self._line = CustomerLine(
            order, exchange, self.take_sip, self.take_media, caller.leg if caller else None
        )
        self._playing: Playing | None = None
        self._handover: Handover | None = None
        self._limit: Timer | None = None
        self._hearing = Hearing(exchange, self._take_spoken, self._said_so_far)
        self._answerer = Answerer(self._machine_answers)
        self._machine: AtMachine | None = None
        self._announced: EndCause | None = None  # by an announcement in early media
        self._toned: EndCause | None = None  # by a tone there
        self._cause = EndCause.STOPPED
        self._is_recorded = False
        self._sip_status = 0
        self._retry_after_s: float | None = None

    # ---- before the INVITE

    @or_hang_up
    def prepare(self) -> None:
        """Render what this script can say to this customer, then announce the attempt."""
        parts = self._talk.words()
        self._exchange.render(parts, self._talk.language, lambda clips: self._announce(parts, clips))

    @or_hang_up
    def _announce(self, parts: Collection[SayPart], clips: Clips) -> None:
        if self.stage is Stage.PREPARING and any(part.text not in clips for part in parts):
            self._never_dialled("no_voice")  # better no call than one with holes in its words
        elif self.stage is Stage.PREPARING:
            self._clips = dict(clips)
            self.stage = Stage.ANNOUNCED
            self._telling.tell(EventKind.DIALLING)

    @or_hang_up
    def accepted(self) -> None:
        """The centre has stored DIALLING and the journal knows it: the INVITE (or the answer to the caller's)
        may leave, if it is still time."""
        if self.stage is not Stage.ANNOUNCED:
            return
        if self._exchange.now() >= datetime.fromisoformat(self.order.dial_before):
            self._never_dialled("too_late")
            return
        try:
            self._begin()
        except HuifangError as error:
            log.warning("The attempt %s cannot be begun: %s", self.order.attempt_id, error)
            self._never_dialled("cannot_begin")

    def disowned(self) -> None:
        """The centre has given the attempt to somebody else.  Without an INVITE it is dropped; a conversation
        is finished politely, though nobody will store it."""
        if self.stage < Stage.DIALLING:
            self._drop_it()

    def _never_dialled(self, outcome: str) -> None:
        self._telling.never_dialled(outcome)
        self._drop_it()

    def _drop_it(self) -> None:
        """Over before it began; a caller who still waits is turned away."""
        self.stage = Stage.OVER
        self._line.hang_up()
        self._line.close()
        self._exchange.over(self.order.attempt_id)

    def _begin(self) -> None:
        session = self._line.open()
        session.watch_for_machines(True)
        self._playing = Playing(
            session, self._exchange, self._clips, self._talk.language, self._said, self._quiet
        )
        self._talk.playing = self._playing
        caller = self._caller
        if caller is None:
            self.stage = Stage.DIALLING
            self._line.dial()
            return
        self._line.pick_up(caller)
        self.stage = Stage.DIALLING
        if caller.sdp is not None:
            self._answers(sip.Answered(caller.leg, caller.sdp))

    # ---- signalling

    @or_hang_up
    def take_sip(self, event: sip.SipEvent) -> None:
        """An event of the customer's leg."""
        if self.stage >= Stage.ENDING:
            return
        if isinstance(event, sip.Ringing):
            self._rings(event)
        elif isinstance(event, sip.Answered):
            self._answers(event)
        elif isinstance(event, sip.Failed):
            # An announcement that has just ended may still be with the recogniser.
            wait_s = _LAST_WORDS_S if self._hearing.is_busy else 0.0
            cause = EndCause.NETWORK if event.is_silence else None  # it was no phone that did not answer
            self._retry_after_s = event.retry_after_s
            self._exchange.after(wait_s, lambda: self._finish(cause, sip_status=event.status))
        elif isinstance(event, sip.Reoffered):
            self._line.follow(event.sdp)
            self._talk.hush()
            self._quiet()
        elif isinstance(event, sip.ReferDone) and self._handover is not None:
            self._handover.referred(event.status)
        elif isinstance(event, sip.HungUp | sip.Cancelled):
            self._customer_hangs_up()

    def _rings(self, event: sip.Ringing) -> None:
        if self._line.rings():
            self._telling.tell(EventKind.RINGING, {"status": event.status})
        if event.sdp is not None and not self._line.is_connected:  # early media may be an announcement
            try:
                self._line.connect(event.sdp)
            except HuifangError as error:
                log.info("Early media of attempt %s are left alone: %s", self.order.attempt_id, error)

    def _answers(self, event: sip.Answered) -> None:
        try:
            codec = self._line.connect(event.sdp)
        except HuifangError as error:
            log.warning("The attempt %s has no usable audio: %s", self.order.attempt_id, error)
            self._finish(EndCause.NETWORK, sip_status=488)
            return
        self.stage = Stage.TALKING
        self._line.answered()
        self._telling.tell(EventKind.ANSWERED, {"codec": codec})
        if self.order.record and self._line.session is not None:
            self._is_recorded = self._exchange.can_record
            if self._is_recorded:
                self._line.session.record_to(self._exchange.spool(self.order.attempt_id))
            else:
                self._telling.tell(EventKind.RECORDING, {"bytes": 0, "seconds": 0.0, "cut": "disk_full"})
        if self._caller is not None:
            self._answerer.has_turn(0)  # who calls us is a person
        self._limit = self._exchange.after(_LONGEST_CALL_S, self._went_on_too_long)
        self._talk.feed(dialogue.Started())

    def _customer_hangs_up(self) -> None:
        if self.stage < Stage.DIALLING:  # a caller who did not wait for us
            self._never_dialled("gave_up")
            return
        if self._handover is not None and self._handover.is_bridged:
            self._handed_over(self._handover.end("abandoned"))
        self._finish(EndCause.HUNG_UP)

    # ---- media

    @or_hang_up
    def take_media(self, event: media.MediaEvent) -> None:
        """An event of the customer's media session."""
        if self.stage is Stage.OVER:
            return
        if isinstance(event, media.Played):
            if self._playing is not None:
                self._playing.played(event)
        elif self.stage is Stage.ENDING:
            return
        elif isinstance(event, media.MediaLost):
            if self.stage is Stage.TALKING and not (self._handover and self._handover.is_referring):
                self._finish(EndCause.NETWORK)
        elif isinstance(event, media.KeyPressed):
            self._key(event.key)
        elif isinstance(event, media.ToneHeard):
            self._tone(event)
        elif isinstance(event, media.SpeechPerhaps):
            if self._may_be_interrupted and self._playing is not None:
                self._playing.pause()
        elif isinstance(event, media.SpeechDismissed):
            if self._playing is not None and not self._hearing.is_busy:
                self._playing.resume()
        elif isinstance(event, media.SpeechStarted):
            self._speech_starts(event)
        elif isinstance(event, media.SpeechHeard):
            if self._exchange.can_hear and not self._is_bridged:
                self._hearing.hears(event.pcm)
        elif isinstance(event, media.SpeechGoesOn):
            self._speech_goes_on(event)
        elif isinstance(event, media.SpeechEnded):
            self._speech_ends(event)

    def _key(self, key: str) -> None:
        if self.stage is not Stage.TALKING or self._machine is not None:
            return
        if self._handover is not None and self._handover.is_bridged:
            return self._handover.press(key)
        at = self._line.talk_ms
        self._answerer.has_turn(at)
        self._talk.feed(dialogue.Key(key), {"text": "", "key": key, "start_ms": at, "end_ms": at})

    def _tone(self, event: media.ToneHeard) -> None:
        """The exchange says by its tones that nobody is there, or not any more; a voicemail beeps."""
        cause = cause_of_tone(event.kind)
        if event.kind is media.Tone.BEEP and self.stage is Stage.TALKING and not self._is_bridged:
            if self._machine is not None:
                self._machine.beeps()
            else:
                self._answerer.beeps(self._line.since_answer(event.at_ms))
        if cause is None:
            return
        if self.stage is Stage.DIALLING:
            self._toned = cause
            self._after(_SIGNALLING_FOLLOWS_S, self._nobody_answers)
        elif self._answerer.has_heard_anybody_before(self._line.since_answer(event.at_ms) - _RHYTHM_MS):
            self._customer_hangs_up()
        else:
            self._finish(cause)

    def _nobody_answers(self) -> None:
        if self.stage is Stage.DIALLING:
            self._finish(None)

    def _speech_starts(self, event: media.SpeechStarted) -> None:
        playing = self._playing
        assert playing is not None
        self._talk.hush()
        is_talking = self.stage is Stage.TALKING and not self._is_bridged
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
        if self.stage is Stage.TALKING and self._machine is None and self._line.session is not None:
            self._line.session.end_turn_after(silence_ms(so_far, self._talk.asked))

    @property
    def _may_be_interrupted(self) -> bool:
        """Barge-in: only a question, only by somebody whom we can understand."""
        may_answer = self.stage is Stage.TALKING and not self._is_bridged and self._exchange.can_hear
        return may_answer and self._talk.is_asking

    def _speech_goes_on(self, event: media.SpeechGoesOn) -> None:
        """Somebody speaks on and on: an announcement is known by its first words, before it ends."""
        if self.stage is not Stage.TALKING or self._is_bridged or self._is_leaving:
            return
        start_ms, end_ms = self._line.since_answer(event.start_ms), self._line.since_answer(event.end_ms)
        self._answerer.goes_on(end_ms)
        if self._exchange.can_hear and not self._answerer.is_person:
            self._exchange.recognise(event.pcm, partial(self._take_beginning, start_ms, end_ms))

    @or_hang_up
    def _take_beginning(self, start_ms: int, end_ms: int, heard: Heard) -> None:
        """The words so far of speech that goes on."""
        if self.stage is not Stage.TALKING or self._is_bridged or self._is_leaving:
            return
        self._consider(heard, end_ms)
        if self.stage is not Stage.TALKING and self._machine is not None:  # its end will not be heard
            said = Spoken(heard, start_ms, end_ms, early=True)
            self._telling.heard(said.turn, self._machine.intent, heard.confidence)

    def _speech_ends(self, event: media.SpeechEnded) -> None:
        start_ms, end_ms = self._line.since_answer(event.start_ms), self._line.since_answer(event.end_ms)
        if self._machine is not None:
            self._machine.falls_silent()
        elif self.stage is Stage.TALKING and not self._is_bridged:
            self._answerer.ends(end_ms)
        if self._is_bridged:
            self._hearing.stops()
        if not self._hearing.ends(start_ms, end_ms, silence_ms=event.silence_ms, at=event.at):
            self._quiet()

    @or_hang_up
    def _take_spoken(self, spoken: Spoken) -> None:
        if self.stage >= Stage.ENDING or self._is_bridged:
            return
        heard, turn = spoken.heard, spoken.turn
        if self.stage is Stage.DIALLING:
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
        playing = self._playing
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
        said = shipped().heard(heard.text, heard.pinyin, heard.confidence)
        self._talk.hear(said, turn, early=spoken.early)

    # ---- a machine

    @property
    def _is_leaving(self) -> bool:
        """A machine is being told why we called, and then we go."""
        return self._machine is not None and self._machine.is_leaving

    def _consider(self, heard: Heard, at_ms: int) -> None:
        """Whether these words, spoken until ``at_ms``, are a machine's, and what they tell of it."""
        if self._machine is not None:
            self._machine.hears(heard)
        else:
            self._answerer.hears(heard, at_ms)

    @or_hang_up
    def _machine_answers(self, judgement: Judgement, heard: Heard | None) -> None:
        if self.stage is not Stage.TALKING or self._handover is not None:
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

    # ---- taking turns

    def _said(self, say: Say, interrupted: bool, start_ms: int, end_ms: int) -> None:
        self._telling.said(
            say, interrupted, self._line.since_answer(start_ms), self._line.since_answer(end_ms)
        )

    def _quiet(self) -> None:
        """Something came to its end: go on if everything has been played and nobody speaks."""
        if self.stage is not Stage.TALKING or self._playing is None:
            return
        if self._handover is not None and self._handover.is_ready and not self._playing.is_saying:
            self._playing.replace()
            self._talk.hush()
            self._handover.take_over()
            return
        if not self._playing.is_idle or self._is_bridged or self._line.is_held:
            return
        if self._machine is not None and not self._is_leaving:
            return  # its next word is waited for
        if self._talk.end is not None:
            self._finish(EndCause.COMPLETED)
        elif not self._hearing.is_busy and self._handover is None:
            self._talk.wait()

    def _after(self, seconds: float, work: Callable[[], None]) -> Timer:
        """Do ``work`` later; a fault in it ends this call alone."""
        return self._exchange.after(seconds, partial(self._guarded, work))

    @or_hang_up
    def _guarded(self, work: Callable[[], None]) -> None:
        work()

    # ---- a person takes over

    @property
    def _is_bridged(self) -> bool:
        return self._handover is not None and self._handover.is_bridged

    def _hand_over(self) -> None:
        """Fetch a person, after the words of this turn."""
        self._handover = Handover(
            self.order,
            self._exchange,
            self._telling,
            self._line,
            self._talk.brief(),
            self._quiet,
            self._handed_over,
        )
        self._exchange.after(0, self._handover.start)

    @or_hang_up
    def _handed_over(self, result: dialogue.TransferResult) -> None:
        self._handover = None
        if self._playing is not None:
            self._playing.replace()  # nobody is waited for any more
        self._talk.feed(result)

    def _end_handover(self, cause: str) -> None:
        if self._handover is not None:
            self._handover.end(cause)
            self._handover = None

    # ---- the end

    def stop(self) -> None:
        """The node stops: nothing is dialled any more, and who is on the line is let go."""
        if self.stage < Stage.DIALLING:
            self._never_dialled("node_stopped")
        elif self.stage < Stage.ENDING:
            self._finish(EndCause.STOPPED)

    def fail(self) -> None:
        """A fault of ours in the middle of the call: end it rather than leave the customer in silence."""
        if self.stage < Stage.DIALLING:
            self._never_dialled("fault")
        elif self.stage < Stage.ENDING:
            self._finish(EndCause.NETWORK)
        elif self.stage is Stage.ENDING:  # even the end could not be told: let go of the seat and the line
            self.stage = Stage.OVER
            self._exchange.over(self.order.attempt_id)

    def _went_on_too_long(self) -> None:
        if not self._is_bridged:
            self._finish(EndCause.STOPPED)

    def _finish(self, cause: EndCause | None, *, sip_status: int = 0) -> None:
        """Hang up and, once the media have reported what was cut off, tell how it ended.
        Without a ``cause`` an announcement or a tone that was heard, or the status, gives it."""
        if self.stage >= Stage.ENDING:
            return
        talked = self.stage is Stage.TALKING
        self.stage = Stage.ENDING
        self._cause = cause or cause_of_failure(sip_status, self._announced, self._toned)
        if self._machine is not None:
            self._ends_at_machine(self._machine)
        self._sip_status = sip_status
        self._talk.hush()
        drop(self._limit)
        self._end_handover("abandoned" if cause is EndCause.HUNG_UP else "stopped")
        if self._playing is not None:
            self._playing.replace(force=True)
        self._line.hang_up()
        self._exchange.after(_LAST_REPORTS_S if talked else 0, self._tell_end)

    def _ends_at_machine(self, machine: AtMachine) -> None:
        machine.close()
        if self._cause in (EndCause.HUNG_UP, EndCause.COMPLETED):
            self._cause = machine.cause  # whoever hung up: it was no person
        if self._playing is not None and not self._playing.is_idle:
            self._talk.end = None  # it was not told all

    @or_hang_up
    def _tell_end(self) -> None:
        talked = self._line.was_answered
        if talked and self._talk.end is None:
            self._talk.feed(dialogue.HungUp())
        wav = str(self._exchange.spool(self.order.attempt_id)) if self._is_recorded else None
        self.stage = Stage.OVER
        self._telling.ended(
            self._cause,
            self._talk.end if talked else None,
            sip_status=self._sip_status,
            retry_after_s=self._retry_after_s,
            ring_ms=self._line.ring_ms,
            talk_ms=self._line.talk_ms,
            step=self._talk.step,
            quality=self._line.quality() if talked else None,
            tunes=self._playing.tunes if self._playing is not None else {},
            answering=self._answerer.data() if talked else None,
            recording=wav,
        )
        self._line.close()
        self._exchange.over(self.order.attempt_id)
