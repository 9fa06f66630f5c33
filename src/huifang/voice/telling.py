"""What a call tells the centre: its numbered events, in the shapes that ``EventKind`` documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from huifang.logic import dialogue
from huifang.logic.phone_number import HIDDEN, concealed
from huifang.logic.voice_line import EndCause, Event, EventKind, Order
from huifang.voice.exchange import Exchange
from huifang.voice.playing import TuneHeard
from huifang.voice.rtp.port import Quality


class Telling:
    """Numbers the events of one attempt from 1 on and hands them to the journal."""

    def __init__(self, order: Order, exchange: Exchange) -> None:
        self._order = order
        self._exchange = exchange
        self._seq = 0

    def tell(
        self, kind: EventKind, data: dict[str, Any] | None = None, *, recording: str | None = None
    ) -> None:
        """The next event.  ``recording``: a file that is to be uploaded."""
        self._seq += 1
        at = self._exchange.now().isoformat()
        event = Event(self._order.attempt_id, self._order.fence, self._seq, kind, at, data or {})
        self._exchange.report(event, recording=recording)

    def never_dialled(self, outcome: str) -> None:
        """Over before an INVITE left: certainly nobody's phone rang."""
        self.tell(EventKind.ENDED, {"cause": EndCause.STOPPED, "outcome": outcome, "dialled": False})

    def said(self, say: dialogue.Say, interrupted: bool, start_ms: int, end_ms: int) -> None:
        times = {"start_ms": start_ms, "end_ms": end_ms}
        told = {"article": say.told.article, "article_version": say.told.version} if say.told else {}
        self.tell(
            EventKind.SAID,
            {"text": say.shown or say.text, "step": say.step, "interrupted": interrupted, **times, **told},
        )

    def heard(
        self,
        turn: dict[str, Any],
        intent: str,
        confidence: float,
        read: dialogue.Understood | None = None,
        *,
        is_private: bool = False,
    ) -> None:
        """``turn``: text, key, start_ms, end_ms.  ``read``: how the engine read it.  ``is_private``: its figures
        are not to be told."""
        if is_private:
            key = HIDDEN if turn.get("key") else ""
            turn = {**turn, "text": concealed(str(turn.get("text") or "")), "key": key}
        tone = {
            "polarity": read.polarity if read else None,
            "emotion": read.emotion if read else "",
            "emotion_confidence": read.emotion_confidence if read else 0.0,
            "category": read.category if read else "",
        }
        self.tell(EventKind.HEARD, {**turn, "intent": intent, "confidence": confidence, **tone})

    def output(self, output: dialogue.Output) -> None:
        """What the engine wants the centre to know; outputs that are only for the phone are passed over."""
        if isinstance(output, dialogue.RecordAnswer):
            self.tell(
                EventKind.ANSWER,
                {
                    "item": output.item, "code": output.code, "key": output.key, "score": output.score,
                    "text": output.text, "channel": output.channel, "undone": output.undone,
                    **({"sealed": self._exchange.seal(output.secret, self._order.attempt_id)} if output.secret else {}),
                },
            )  # fmt: skip
        elif isinstance(output, dialogue.Promise):
            promise = {
                "kind": output.kind, "due_at": output.due_at, "text": output.text, "data": output.data
            }  # fmt: skip
            self.tell(EventKind.PROMISE, promise)
        elif isinstance(output, dialogue.AskByMessage):
            self.tell(EventKind.LINK, {"item": output.item})
        elif isinstance(output, dialogue.Refusal):
            self.tell(EventKind.REFUSED, {"text": output.text})
        elif isinstance(output, dialogue.Stranger):
            self.tell(EventKind.STRANGER, {"why": output.why, "text": output.text})

    def ended(
        self,
        cause: EndCause,
        end: dialogue.End | None,
        *,
        sip_status: int,
        retry_after_s: float | None,
        ring_ms: int,
        talk_ms: int,
        step: str,
        quality: Quality | None,
        answering: dict[str, Any] | None,
        tunes: Mapping[str, TuneHeard],
        recording: str | None,
    ) -> None:
        """How it ended.  ``end`` is the engine's last word, None where nobody answered; ``tunes`` is what was heard
        of each; ``answering`` who it was that answered."""
        tune = str(end.data.get("tune", "")) if end is not None else ""
        heard = tunes.get(tune)
        outcome = end.outcome if end is not None else ""
        if cause is EndCause.HUNG_UP and outcome != "hung_up":
            cause = EndCause.COMPLETED  # gone during the last words: everything was done
        elif cause is not EndCause.HUNG_UP and outcome == "hung_up":
            outcome = ""  # it was not the customer who ended it
        self.tell(
            EventKind.ENDED,
            {
                "cause": cause,
                "outcome": outcome,
                "ending": end.ending if end is not None else "",
                "tune": tune,
                "tune_ms": heard.ms if heard is not None else None,
                "tune_heard_all": heard.all if heard is not None else None,
                "do": list(end.data.get("do", ())) if end is not None else [],
                "sip_status": sip_status,
                "retry_after_s": retry_after_s,
                "ring_ms": ring_ms,
                "talk_ms": talk_ms,
                "step": step,
                "quality": asdict(quality) if quality is not None else None,
                "answering": answering,
                "dialled": True,
            },
            recording=recording,
        )
