"""One call, from the order to its end, as a state machine on the director's thread.

The call translates between three worlds: signalling, media, and the conversation engine, which decides
everything that is said and done.  What happened goes to the centre as numbered events.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime
from enum import IntEnum
from typing import Any
from zoneinfo import ZoneInfo

from huifang.errors import HuifangError
from huifang.logic import dialogue, script
from huifang.logic.dialogue import Listen, PlayTune, Say, Transfer, WithdrawTransfer
from huifang.logic.script_document import Script
from huifang.logic.script_words import words_for
from huifang.logic.understanding import Intent
from huifang.logic.voice_line import EndCause, Event, EventKind, Order
from huifang.voice.causes import cause_of_announcement, cause_of_status
from huifang.voice.director import Timer
from huifang.voice.ears.port import Heard
from huifang.voice.exchange import Clips, Exchange
from huifang.voice.handover import Handover
from huifang.voice.playing import Playing
from huifang.voice.rtp import port as media
from huifang.voice.rtp import sdp
from huifang.voice.sip import port as sip

log = logging.getLogger(__name__)

_LONGEST_CALL_S = 600.0
"""Talking to the robot longer than this is a loop (two machines), and a loop costs money."""
_MACHINE_SPEECH_S = 4.0
_MACHINE_BEGINS_MS = 2500
"""Speech that begins this early and goes on for four seconds while we speak is no 「喂，你好」."""
_ANSWERS = frozenset(
    {Intent.YES, Intent.NO, Intent.DIGIT, Intent.CHOICE, Intent.FREE, Intent.UNCLEAR, Intent.RATING}
)
"""What means something only as the answer to a question."""
_LAST_REPORTS_S = 0.12
"""How long the media loop may take to report the clip that a hang-up cut off."""


class Stage(IntEnum):
    PREPARING = 0
    """Prompts are being rendered."""
    ANNOUNCED = 1
    """DIALLING is on its way to the centre; no INVITE has left."""
    DIALLING = 2
    TALKING = 3
    ENDING = 4
    """Hung up; the last reports of the media are awaited."""
    OVER = 5


class Call:
    """One attempt.  Raises what ``script_from_json`` raises where the order's script is unusable."""

    def __init__(self, order: Order, document: Script, exchange: Exchange) -> None:
        self.order = order
        self.stage = Stage.PREPARING
        self.seq = 0
        self._exchange = exchange
        self._script = document
        self._state = script.begin(document, order.language)
        self._facts = {**order.facts, "call.speech": exchange.can_hear, "call.recorded": order.record}
        self._clips: dict[str, bytes] = {}
        self._zone = ZoneInfo(str(order.facts.get("customer.zone") or "Asia/Shanghai"))
        self._leg: sip.Leg | None = None
        self._session: media.MediaSession | None = None
        self._playing: Playing | None = None
        self._handover: Handover | None = None
        self._agent_waiting: tuple[str, media.MediaSession] | None = None
        self._bridged_to = ""
        self._listening: Listen | None = None
        self._silence: Timer | None = None
        self._machine: Timer | None = None
        self._limits: list[Timer] = []
        self._is_speaking = False
        self._spoke_over = False  # the customer began to speak while the disclosure was being said
        self._recognising = 0
        self._turns_heard = 0
        self._announced: EndCause | None = None  # by an announcement in early media
        self._end: dialogue.End | None = None
        self._cause = EndCause.STOPPED
        self._sip_status = 0
        self._connected_at = self._dialled_at = self._rang_at = self._answered_at = 0.0

    # ---- before the INVITE

    def prepare(self) -> None:
        """Render what this script can say to this customer, then announce the attempt."""
        parts = words_for(self._script, self._state.language, self._facts)
        self._exchange.render(parts, self._state.language, self._announce)

    def _announce(self, clips: Clips) -> None:
        if self.stage is Stage.PREPARING:
            self._clips = dict(clips)
            self.stage = Stage.ANNOUNCED
            self._report(EventKind.DIALLING)

    def accepted(self) -> None:
        """The centre has stored DIALLING and the journal knows it: the INVITE may leave, if it is still time."""
        if self.stage is not Stage.ANNOUNCED:
            return
        if self._exchange.now() >= datetime.fromisoformat(self.order.dial_before):
            self._never_dialled("too_late")
            return
        try:
            self._dial()
        except HuifangError as error:
            log.warning("The attempt %s cannot be dialled: %s", self.order.attempt_id, error)
            self._never_dialled("no_media_port")

    def disowned(self) -> None:
        """The centre has given the attempt to somebody else.  Without an INVITE it is dropped; a conversation
        is finished politely, though nobody will store it."""
        if self.stage < Stage.DIALLING:
            self.stage = Stage.OVER
            self._exchange.over(self.order.attempt_id)

    def _never_dialled(self, outcome: str) -> None:
        self.stage = Stage.OVER
        self._report(EventKind.ENDED, {"cause": EndCause.STOPPED, "outcome": outcome, "dialled": False})
        self._exchange.over(self.order.attempt_id)

    def _dial(self) -> None:
        order, trunk = self.order, self.order.trunk
        self._session = self._exchange.open_media(self.take_media)
        self._playing = Playing(
            self._session, self._exchange, self._clips, self._state.language, self._said, self._quiet
        )
        self.stage = Stage.DIALLING
        self._dialled_at = time.monotonic()
        self._leg = self._exchange.dial(
            self.take_sip,
            call_id=order.attempt_id,
            to_uri=f"sip:{order.number}@{trunk.host}:{trunk.port}",
            caller_id=trunk.caller_id,
            session=self._session,
            account=sip.Account(trunk.user, trunk.password),
            ring_timeout_s=order.ring_timeout_s,
        )

    # ---- signalling

    def take_sip(self, event: sip.SipEvent) -> None:
        """An event of the customer's leg."""
        if self.stage >= Stage.ENDING:
            return
        if isinstance(event, sip.Ringing):
            self._rings(event)
        elif isinstance(event, sip.Answered):
            self._answers(event)
        elif isinstance(event, sip.Failed):
            self._finish(self._announced or cause_of_status(event.status), sip_status=event.status)
        elif isinstance(event, sip.HungUp):
            self._customer_hangs_up()

    def _rings(self, event: sip.Ringing) -> None:
        if not self._rang_at:
            self._rang_at = time.monotonic()
            self._report(EventKind.RINGING, {"status": event.status})
        if event.sdp is not None and not self._connected_at:  # early media may be an announcement
            try:
                self._connect(event.sdp)
            except HuifangError as error:
                log.info("Early media of attempt %s are left alone: %s", self.order.attempt_id, error)

    def _answers(self, event: sip.Answered) -> None:
        assert self._session is not None
        try:
            codec = self._connect(event.sdp)
        except HuifangError as error:
            log.warning("The attempt %s has no usable audio: %s", self.order.attempt_id, error)
            self._finish(EndCause.NETWORK, sip_status=488)
            return
        self.stage = Stage.TALKING
        self._answered_at = time.monotonic()
        self._drop(self._machine)
        self._report(EventKind.ANSWERED, {"codec": codec})
        if self.order.record:
            self._session.record_to(self._exchange.spool(self.order.attempt_id))
        self._limits.append(self._exchange.after(_LONGEST_CALL_S, self._went_on_too_long))
        self._feed(dialogue.Started())

    def _connect(self, description: str) -> str:
        """Send to where the far end says; the codec."""
        assert self._session is not None
        target = sdp.choose(sdp.parse(description))
        self._session.connect(target.host, target.port, codec=target.codec, dtmf_payload=target.dtmf_payload)
        self._connected_at = self._connected_at or time.monotonic()
        return target.codec

    def _customer_hangs_up(self) -> None:
        if self._bridged_to:
            self._transfer_over()
        self._finish(EndCause.HUNG_UP)

    # ---- media

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
            if self.stage is Stage.TALKING:
                self._finish(EndCause.NETWORK)
        elif isinstance(event, media.KeyPressed):
            self._key(event.key)
        elif isinstance(event, media.SpeechStarted):
            self._speech_starts(event)
        elif isinstance(event, media.SpeechEnded):
            self._speech_ends(event)

    def _key(self, key: str) -> None:
        if self.stage is not Stage.TALKING or self._bridged_to:
            return
        at = self._since_answer()
        self._turns_heard += 1
        self._drop(self._machine)
        self._feed(dialogue.Key(key), {"text": "", "key": key, "start_ms": at, "end_ms": at})

    def _speech_starts(self, event: media.SpeechStarted) -> None:
        self._is_speaking = True
        self._spoke_over = self._playing is not None and self._playing.must_be_heard
        self._drop(self._silence)
        if self.stage is not Stage.TALKING or self._bridged_to:
            return
        if self._turns_heard == 0 and self._of_answer(event.at_ms) < _MACHINE_BEGINS_MS:
            self._machine = self._exchange.after(_MACHINE_SPEECH_S, self._is_machine)
        is_question = self._listening is not None and bool(self._listening.expects)
        if self._exchange.can_hear and is_question and self._playing is not None:
            self._playing.interrupt()  # barge-in

    def _speech_ends(self, event: media.SpeechEnded) -> None:
        self._is_speaking = False
        self._drop(self._machine)
        if not self._exchange.can_hear or self._bridged_to:
            self._quiet()
            return
        self._recognising += 1
        start, end, early = self._of_answer(event.start_ms), self._of_answer(event.end_ms), self._spoke_over
        self._exchange.recognise(event.pcm, lambda heard: self._heard(heard, start, end, early))

    def _heard(self, heard: Heard, start_ms: int, end_ms: int, early: bool) -> None:
        self._recognising -= 1
        if self.stage >= Stage.ENDING or self._bridged_to:
            return
        if not heard.text and not heard.pinyin:
            self._quiet()
            return
        announced = cause_of_announcement(heard.text, heard.pinyin) if self._turns_heard < 2 else None
        if self.stage is Stage.DIALLING:
            self._announced = self._announced or announced
            return
        self._turns_heard += 1
        turn = {
            "text": heard.text or " ".join(heard.pinyin), "key": "", "start_ms": start_ms, "end_ms": end_ms
        }  # fmt: skip
        if announced is not None:
            self._report(EventKind.HEARD, {**turn, "intent": "announcement", "confidence": heard.confidence})
            self._is_machine(announced)
            return
        self._feed(dialogue.Utterance(heard.text, heard.pinyin, heard.confidence), turn, early=early)

    def _is_machine(self, cause: EndCause = EndCause.MACHINE) -> None:
        if self.stage is Stage.TALKING:
            self._finish(cause)

    # ---- the conversation

    def _feed(
        self, given: dialogue.Input, turn: dict[str, Any] | None = None, *, early: bool = False
    ) -> None:
        """Give the engine an input and do what it says.

        ``turn`` is the HEARD event that goes with it.  What was said ``early``, before anything was asked,
        counts only where it needs no question: 「喂，你好」 is no wrong answer, 「别再打了」 is a refusal.
        """
        self._drop(self._silence)
        state, outputs = script.step(
            self._script, self._state, given, self._facts, self._exchange.now().astimezone(self._zone)
        )
        if turn is not None:
            read = next((o for o in outputs if isinstance(o, dialogue.Understood)), None)
            intent = (
                {"intent": str(read.intent), "confidence": read.confidence}
                if read
                else {"intent": "", "confidence": 0.0}
            )
            self._report(EventKind.HEARD, {**turn, **intent})
            if early and (read is None or read.intent in _ANSWERS):
                self._quiet()
                return
        self._state = state
        for output in outputs:
            self._do_now(output)
        if self._playing is not None and self.stage is Stage.TALKING:
            self._perform(outputs, self._playing)

    def _perform(self, outputs: tuple[dialogue.Output, ...], playing: Playing) -> None:
        """Say, play and listen, in order, in place of what was being said."""
        if any(isinstance(o, Say | PlayTune) for o in outputs):
            self._listening = None
            playing.replace()
        for output in outputs:
            if isinstance(output, Say | PlayTune):
                playing.add(output)
            elif isinstance(output, Listen):
                self._listening = output
            elif isinstance(output, dialogue.End):
                self._end = output
        self._quiet()

    def _do_now(self, output: dialogue.Output) -> None:
        """What takes effect at once, whatever is still being said."""
        if isinstance(output, dialogue.RecordAnswer):
            self._report(
                EventKind.ANSWER,
                {
                    "item": output.item, "code": output.code, "key": output.key, "score": output.score,
                    "text": output.text, "channel": output.channel, "undone": output.undone,
                },
            )  # fmt: skip
        elif isinstance(output, dialogue.Promise):
            promise = {"kind": output.kind, "due_at": output.due_at, "text": output.text}
            self._report(EventKind.PROMISE, promise)
        elif isinstance(output, dialogue.Refusal):
            self._report(EventKind.REFUSED, {"text": output.text})
        elif isinstance(output, Transfer):
            self._listening = None
            self._handover = Handover(self.order, self._exchange, self, time.monotonic)
            self._exchange.after(0, self._handover.start)  # after the words of this turn
        elif isinstance(output, WithdrawTransfer):
            self._end_handover()
        elif isinstance(output, dialogue.End):
            self._end = output

    def _said(self, say: Say, interrupted: bool, start_ms: int, end_ms: int) -> None:
        self._report(
            EventKind.SAID,
            {
                "text": say.text, "step": say.step, "interrupted": interrupted,
                "start_ms": self._of_answer(start_ms), "end_ms": self._of_answer(end_ms),
            },
        )  # fmt: skip

    def _quiet(self) -> None:
        """Something came to its end: go on if everything has been played and nobody speaks."""
        if self.stage is not Stage.TALKING or self._playing is None:
            return
        if self._agent_waiting is not None and not self._playing.is_saying:
            self._bridge()
            return
        if not self._playing.is_idle or self._bridged_to:
            return
        if self._end is not None:
            self._finish(EndCause.COMPLETED)
        elif self._is_speaking or self._recognising or self._handover is not None:
            return
        elif self._listening is not None:
            self._drop(self._silence)
            self._silence = self._exchange.after(
                self._listening.silence_s, lambda: self._feed(dialogue.Silence())
            )
        else:
            self._exchange.after(0, self._all_heard)

    def _all_heard(self) -> None:
        """Nothing is left to be said or waited for: the engine may want to go on."""
        idle = self._playing is not None and self._playing.is_idle
        if self.stage is not Stage.TALKING or not idle or self._listening or self._end or self._handover:
            return
        before = self._state
        self._feed(dialogue.PlayFinished())
        if self._state is before and self._end is None and self._listening is None and self._handover is None:
            log.error(
                "The script of attempt %s leaves the customer in silence; hanging up", self.order.attempt_id
            )
            self._finish(EndCause.COMPLETED)

    # ---- a person takes over

    def agent_rings(self, agent: str) -> None:
        self._report(EventKind.TRANSFER, {"agent": agent})

    def agent_answers(self, agent: str, session: media.MediaSession) -> None:
        self._agent_waiting = (agent, session)
        self._quiet()

    def _bridge(self) -> None:
        assert self._agent_waiting is not None
        assert self._session is not None
        assert self._playing is not None
        agent, session = self._agent_waiting
        self._agent_waiting = None
        self._playing.replace()
        self._drop(self._silence)
        self._bridged_to = agent
        self._session.bridge(session)
        self._report(EventKind.BRIDGED, {"agent": agent})

    def agent_hangs_up(self, agent: str) -> None:
        self._handover = None
        self._agent_waiting = None
        if self._bridged_to:
            self._transfer_over()
        else:  # answered and gone before the bridge stood
            self._report(EventKind.TRANSFER_FAILED, {"agent": agent, "cause": "hung_up"})
            self._feed(dialogue.TransferResult(bridged=False, agent=agent))

    def no_agent(self, agent: str, cause: str) -> None:
        self._handover = None
        self._report(EventKind.TRANSFER_FAILED, {"agent": agent, "cause": cause})
        self._feed(dialogue.TransferResult(bridged=False, agent=agent))

    def _transfer_over(self) -> None:
        agent, self._bridged_to = self._bridged_to, ""
        if self._session is not None:
            self._session.unbridge()
        self._end_handover()
        self._feed(dialogue.TransferResult(bridged=True, agent=agent))

    def _end_handover(self) -> None:
        self._agent_waiting = None
        handover, self._handover = self._handover, None
        if handover is not None:
            handover.end()

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
        else:
            self._finish(EndCause.NETWORK)

    def _went_on_too_long(self) -> None:
        if not self._bridged_to:
            self._finish(EndCause.STOPPED)

    def _finish(self, cause: EndCause, *, sip_status: int = 0) -> None:
        """Hang up and, once the media have reported what was cut off, tell how it ended."""
        if self.stage >= Stage.ENDING:
            return
        talked = self.stage is Stage.TALKING
        self.stage = Stage.ENDING
        self._cause, self._sip_status = cause, sip_status
        for timer in (self._silence, self._machine, *self._limits):
            self._drop(timer)
        self._bridged_to = ""
        self._end_handover()
        if self._playing is not None:
            self._playing.replace(force=True)
        if self._leg is not None:
            self._leg.hang_up()
        self._exchange.after(_LAST_REPORTS_S if talked else 0, self._tell_end)

    def _tell_end(self) -> None:
        talked = bool(self._answered_at)
        if talked and self._end is None:
            self._feed(dialogue.HungUp())
        end = self._end if talked else None
        outcome = end.outcome if end is not None else ""
        cause = self._cause
        if cause is EndCause.HUNG_UP and outcome != "hung_up":
            cause = EndCause.COMPLETED  # gone during the last words: everything was done
        elif cause is not EndCause.HUNG_UP and outcome == "hung_up":
            outcome = ""  # it was not the customer who ended it
        now = time.monotonic()
        rang_until = self._answered_at or now
        wav = str(self._exchange.spool(self.order.attempt_id)) if talked and self.order.record else None
        self.stage = Stage.OVER
        self._report(
            EventKind.ENDED,
            {
                "cause": cause,
                "outcome": outcome,
                "ending": end.ending if end is not None else "",
                "tune": str(end.data.get("tune", "")) if end is not None else "",
                "do": list(end.data.get("do", ())) if end is not None else [],
                "sip_status": self._sip_status,
                "ring_ms": round((rang_until - self._rang_at) * 1000) if self._rang_at else 0,
                "talk_ms": round((now - self._answered_at) * 1000) if talked else 0,
                "step": self._state.at,
                "dialled": True,
            },
            recording=wav,
        )
        if self._session is not None:
            self._exchange.close_media(self._session)
        self._exchange.over(self.order.attempt_id)

    # ---- small things

    def _report(
        self, kind: EventKind, data: dict[str, Any] | None = None, *, recording: str | None = None
    ) -> None:
        self.seq += 1
        event = Event(
            self.order.attempt_id,
            self.order.fence,
            self.seq,
            kind,
            self._exchange.now().isoformat(),
            data or {},
        )
        self._exchange.report(event, recording=recording)

    def _since_answer(self) -> int:
        return round((time.monotonic() - self._answered_at) * 1000)

    def _of_answer(self, session_ms: int) -> int:
        """Media time counts from the connection, which early media makes earlier than the answer."""
        return max(0, session_ms - round((self._answered_at - self._connected_at) * 1000))

    @staticmethod
    def _drop(timer: Timer | None) -> None:
        if timer is not None:
            timer.cancel()
