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
from huifang.logic.dialogue import Say, SayPart
from huifang.logic.script_document import Script
from huifang.logic.voice_line import EndCause, EventKind, Order
from huifang.voice.conversation import Conversation
from huifang.voice.customer_line import CustomerLine
from huifang.voice.customer_voice import CustomerVoice, Given
from huifang.voice.director import Timer, drop
from huifang.voice.exchange import Clips, Exchange
from huifang.voice.handover import Handover
from huifang.voice.playing import Playing
from huifang.voice.rtp import port as media
from huifang.voice.sip import port as sip
from huifang.voice.stage import Stage, or_hang_up
from huifang.voice.telling import Telling

log = logging.getLogger(__name__)

_LONGEST_CALL_S = 600.0
"""Talking to the robot longer than this is a loop (two machines), and a loop costs money."""
_LAST_WORDS_S = 1.2
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
            stop_recording=self._stop_recording,
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
        self._voice = CustomerVoice(
            exchange,
            self._telling,
            self._line,
            self._talk,
            after=self._after,
            safely=self._safely,
            stage=lambda: self.stage,
            is_bridged=lambda: self._is_bridged,
            is_handed_over=lambda: self._handover is not None,
            may_overhear=lambda: self._may_overhear,
            finish=self._finish,
            hang_up=self._customer_hangs_up,
            quiet=self._quiet,
        )
        self._cause = EndCause.STOPPED
        self._is_recorded = False
        self._may_record = order.record
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
        if self.stage is Stage.PREPARING and any(part.key not in clips for part in parts):
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
            wait_s = _LAST_WORDS_S if self._voice.is_busy else 0.0
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
            self._voice.has_turn(0)  # who calls us is a person
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
        else:
            self._voice.take(event)

    def _key(self, key: str) -> None:
        if self.stage is not Stage.TALKING or self._voice.is_machine:
            return
        if self._handover is not None and self._handover.is_bridged:
            return self._handover.press(key)
        at = self._line.talk_ms
        self._voice.has_turn(at)
        self._talk.feed(dialogue.Key(key), {"text": "", "key": key, "start_ms": at, "end_ms": at})

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
        if self._voice.is_machine and not self._voice.is_leaving:
            return  # its next word is waited for
        if self._talk.end is not None:
            self._finish(EndCause.COMPLETED)
        elif not self._voice.is_busy and self._handover is None:
            self._talk.wait()

    def _after(self, seconds: float, work: Callable[[], None]) -> Timer:
        """Do ``work`` later; a fault in it ends this call alone."""
        return self._exchange.after(seconds, partial(self._guarded, work))

    def _safely(self, work: Callable[Given, None]) -> Callable[Given, None]:
        """``work``, whose fault ends this call alone."""
        return lambda *given, **named: self._guarded(partial(work, *given, **named))

    @or_hang_up
    def _guarded(self, work: Callable[[], None]) -> None:
        work()

    # ---- a person takes over

    @property
    def _is_bridged(self) -> bool:
        return self._handover is not None and self._handover.is_bridged

    @property
    def _may_overhear(self) -> bool:
        """Understood and kept is what may be recorded: the customer was told of that, and is not on hold."""
        return self._may_record and self._handover is not None and not self._handover.is_held

    def _stop_recording(self) -> None:
        """The customer does not want it: gone before anything else is done, so that no crash can bring it back."""
        self._may_record = False
        if self._is_recorded and self._line.session is not None:
            self._is_recorded = False
            self._line.session.discard_recording()
            self._telling.tell(EventKind.RECORDING, {"bytes": 0, "seconds": 0.0, "cut": "refused"})

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
        self._cause = self._voice.close(cause or self._voice.cause_of(sip_status))
        self._sip_status = sip_status
        self._talk.hush()
        drop(self._limit)
        self._end_handover("abandoned" if cause is EndCause.HUNG_UP else "stopped")
        if self._playing is not None:
            self._playing.replace(force=True)
        self._line.hang_up()
        self._exchange.after(_LAST_REPORTS_S if talked else 0, self._tell_end)

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
            answering=self._voice.answering() if talked else None,
            recording=wav,
        )
        self._line.close()
        self._exchange.over(self.order.attempt_id)
