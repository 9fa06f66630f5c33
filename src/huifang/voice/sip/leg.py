"""One leg of a call over sippy: what ``port.Leg`` promises, kept in the loop thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from sippy.CCEvents import (
    CCEventConnect,
    CCEventDisconnect,
    CCEventFail,
    CCEventPreConnect,
    CCEventRedirect,
    CCEventRing,
    CCEventTry,
)
from sippy.MsgBody import MsgBody
from sippy.SipHeader import SipHeader
from sippy.Time.Timeout import Timeout

from huifang.voice.sip.dialog import Dialog, allow
from huifang.voice.sip.loop import LOOP
from huifang.voice.sip.port import (
    Answered,
    Cancelled,
    Failed,
    HungUp,
    Incoming,
    Leg,
    Ringing,
    SipEvent,
)

CANCEL_PATIENCE_S = 4.0
"""How long a CANCEL may go without the final answer to its INVITE before we report the failure."""

OURS = ""
Identity = tuple[str, str | None]
"""Call-ID, and the caller's tag; ``OURS`` for a call that we dialled."""

Report = Callable[[SipEvent], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What to dial: ``to`` is a parsed ``SipURL``, ``offer`` our session description."""

    to: Any
    caller_id: str
    offer: str
    ring_timeout_s: float


class _State(Enum):
    WAITING = auto()  # dialled and unanswered, or incoming and unanswered
    GIVEN_UP = auto()  # dialled, CANCEL on its way
    TALKING = auto()
    OVER = auto()


class SippyLeg(Leg):
    """One dialog with one phone; see ``port.Leg``.  Made by ``SippyAgent`` only."""

    def __init__(self, identity: Identity, report: Report, on_over: Callable[[SippyLeg], None]) -> None:
        self.identity = identity
        self.call_id = identity[0]
        self._report = report
        self._on_over = on_over
        self._state = _State.WAITING
        self._incoming = False
        self._headers: dict[str, str] = {}
        self._called = ""
        self._source = ""
        self._late_offer = False
        self._early_sdp: str | None = None
        self._provisional = False
        self._why_given_up = (487, "Request Terminated")
        self._timer: Any = None  # for ringing, then for a CANCEL
        self.dialog: Dialog | None = None  # until the INVITE leaves

    # From any thread.

    def cancel(self) -> None:
        """Give up a call that we dialled.  Where it was answered a moment ago this hangs up."""
        LOOP.call(self.end)

    def hang_up(self) -> None:
        """End the leg whatever its state."""
        LOOP.call(self.end)

    def ring(self, early_sdp: str | None = None) -> None:
        """180 to an incoming call, 183 with ``early_sdp``; nothing once it is answered or over."""
        LOOP.call(self._ring, early_sdp)

    def answer(self, sdp: str) -> None:
        """200 to an incoming call; nothing once it is answered or over.  Where the caller made no
        offer ``sdp`` is ours, and the caller's answer is reported as ``Answered``."""
        LOOP.call(self._answer, sdp)

    def reject(self, status: int, reason: str) -> None:
        """A final failure to an incoming call; nothing once it is answered or over."""
        LOOP.call(self._reject, status, reason)

    # In the loop thread.

    def start_dialling(self, dialog: Dialog, order: Order) -> None:
        """Send the INVITE, unless the leg was ended before."""
        if self._state is not _State.WAITING:
            return
        self.dialog = dialog
        self._timer = Timeout(self._ring_timeout, order.ring_timeout_s)
        dialog.invite(call_id=self.call_id, to=order.to, caller_id=order.caller_id, offer=order.offer)

    def accept_request(self, dialog: Dialog, request: Any, transaction: Any) -> Any:
        """The INVITE of an incoming call; reported as ``Incoming``."""
        self._incoming = True
        self.dialog = dialog
        body = request.getBody()
        self._late_offer = body is None
        self._headers = {header.name: str(header.body) for header in reversed(request.headers)}
        self._called = request.getRURI().username or ""
        self._source = str(request.getSource()[0])
        return dialog.recvRequest(request, transaction)

    def fail(self, status: int, reason: str) -> None:
        """End a leg that never left this machine."""
        if self._state is not _State.OVER:
            self._over(Failed(self, status, reason))

    def end(self) -> None:
        """BYE, CANCEL or reject, whichever fits."""
        dialog = self.dialog
        if self._state is _State.TALKING and dialog is not None:
            dialog.recvEvent(CCEventDisconnect())
            self._over(HungUp(self, "we hung up"))
        elif self._state is _State.WAITING and self._incoming:
            self._reject(480, "Temporarily Unavailable")
        elif self._state is _State.WAITING:
            self._give_up(487, "Request Terminated")

    def _ring_timeout(self) -> None:
        self._timer = None
        if self._state is _State.WAITING:
            self._give_up(*((487, "No answer in time") if self._provisional else (408, "No reply")))

    def _give_up(self, status: int, reason: str) -> None:
        self._state = _State.GIVEN_UP
        self._why_given_up = (status, reason)
        self._cancel_timer()
        if self.dialog is not None:
            self.dialog.stop_repeating()
            self.dialog.recvEvent(CCEventDisconnect())
        if self._provisional:
            self._timer = Timeout(self._patience_ended, CANCEL_PATIENCE_S)
        else:  # nobody has reacted, so that there is nothing to wait for; a late reaction is cancelled
            self._over(Failed(self, status, reason))

    def _patience_ended(self) -> None:
        self._timer = None
        self.on_final_response(0)

    def _ring(self, early_sdp: str | None) -> None:
        if not self._incoming or self._state is not _State.WAITING or self.dialog is None:
            return
        if early_sdp is None:
            self.dialog.recvEvent(CCEventRing())
        else:
            self.dialog.recvEvent(CCEventRing((183, "Session Progress", MsgBody(early_sdp))))

    def _answer(self, description: str) -> None:
        if not self._incoming or self._state is not _State.WAITING or self.dialog is None:
            return
        self._state = _State.TALKING
        self.dialog.local_sdp = description
        kind = CCEventPreConnect if self._late_offer else CCEventConnect
        event = kind((200, "OK", MsgBody(description)))
        event.extra_headers = [allow(), SipHeader(name="server", bodys=self.dialog.local_ua)]
        self.dialog.recvEvent(event)

    def _reject(self, status: int, reason: str) -> None:
        if self._incoming and self._state is _State.WAITING and self.dialog is not None:
            self.dialog.recvEvent(CCEventFail((status, reason)))
            self._over(None)

    def _over(self, event: SipEvent | None) -> None:
        self._state = _State.OVER
        self._cancel_timer()
        self._on_over(self)
        if isinstance(event, Failed) and event.status == 408 and not self._provisional:
            event = replace(event, is_silence=True)
        if event is not None:
            self._report(event)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # What the dialog reports.

    def on_call_event(self, event: Any, dialog: Dialog) -> None:
        """An event of sippy's state machine, translated for the port."""
        if self._state is _State.OVER:
            return
        if isinstance(event, CCEventTry):
            self._incoming_call(event, dialog)
        elif isinstance(event, CCEventRing):
            self._progress(*event.getData())
        elif isinstance(event, CCEventConnect):
            self._connected(event.getData()[2])
        elif isinstance(event, CCEventFail | CCEventRedirect):
            status, reason = event.getData()[:2]
            self._over(Failed(self, status, reason, dialog.retry_after_s))
        elif isinstance(event, CCEventDisconnect):
            self._ended_by_peer(event)

    def on_final_response(self, status: int) -> None:
        """The INVITE that we gave up is settled (or nobody settles it)."""
        if self._state is _State.GIVEN_UP:
            self._over(Failed(self, *self._why_given_up))

    def _incoming_call(self, event: Any, dialog: Dialog) -> None:
        body = event.getData()[3]
        self._report(
            Incoming(
                leg=self,
                call_id=self.call_id,
                caller=dialog.rUri.getUrl().username or "",
                called=self._called,
                sdp=_text(body),
                headers=self._headers,
                source=self._source,
            )
        )

    def _progress(self, status: int, _reason: str, body: Any) -> None:
        self._provisional = True
        if status > 100 and self._state is _State.WAITING:
            self._early_sdp = _text(body) or self._early_sdp
            self._report(Ringing(self, status, _text(body)))

    def _connected(self, body: Any) -> None:
        if self._incoming:  # the ACK of a call whose caller left the offer to us
            self._report(Answered(self, _text(body) or ""))
        elif self._state is _State.WAITING:
            self._state = _State.TALKING
            self._cancel_timer()
            self._report(Answered(self, _text(body) or self._early_sdp or ""))

    def _ended_by_peer(self, event: Any) -> None:
        if self._state is _State.TALKING:
            reason = getattr(event, "reason_rfc3326", None)
            self._over(HungUp(self, str(reason) if reason is not None else ""))
        elif self._incoming:
            self._over(Cancelled(self))
        else:
            self._over(Failed(self, *self._why_given_up))


def _text(body: Any) -> str | None:
    return None if body is None else str(body)
