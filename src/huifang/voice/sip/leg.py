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
from sippy.SipURL import SipURL
from sippy.Time.Timeout import Timeout

from huifang.errors import N_, HuifangError
from huifang.voice.sip.dialog import Dialog, allow
from huifang.voice.sip.loop import LOOP
from huifang.voice.sip.port import (
    Answered,
    Cancelled,
    Failed,
    HungUp,
    Incoming,
    Leg,
    ReferDone,
    ReferProgress,
    Reoffered,
    Ringing,
    SipEvent,
)
from huifang.voice.sip.referral import Referral

CANCEL_PATIENCE_S = 4.0
"""How long a CANCEL may go without the final answer to its INVITE before we report the failure."""

OURS = ""
Identity = tuple[str, str | None]
"""Call-ID, and the caller's tag; ``OURS`` for a call that we dialled."""

MOST_REDIRECTS = 3

Report = Callable[[SipEvent], None]
Redirect = Callable[["SippyLeg", Any], None]
"""Send the leg's INVITE to another place (a parsed ``SipURL``)."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to dial: ``to`` is a parsed ``SipURL``, ``offer`` our session description."""

    to: Any
    caller_id: str
    offer: str
    ring_timeout_s: float


class SipAddressUnusable(HuifangError):
    """``host`` is the part after the @; the number before it is nobody's business in a message."""

    template = N_("The SIP address at “%(host)s” cannot be dialled: write it as sip:number@host:port.")


class _State(Enum):
    WAITING = auto()  # dialled and unanswered, or incoming and unanswered
    GIVEN_UP = auto()  # dialled, CANCEL on its way
    TALKING = auto()
    OVER = auto()


class SippyLeg(Leg):
    """One dialog with one phone; see ``port.Leg``.  Made by ``SippyAgent`` only."""

    def __init__(
        self,
        identity: Identity,
        report: Report,
        on_over: Callable[[SippyLeg], None],
        redirect: Redirect | None = None,
    ) -> None:
        self.identity = identity
        self.call_id = identity[0]
        self._report = report
        self._on_over = on_over
        self._redirect = redirect
        self._visited: list[tuple[str, int]] = []
        self.order: Order | None = None  # of a call that we dial
        self._state = _State.WAITING
        self._incoming = False
        self._headers: dict[str, str] = {}
        self._called = ""
        self._source = ""
        self._request: Any = None  # the INVITE of an incoming call
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

    def refer(self, to_uri: str, patience_s: float) -> None:
        """Ask the far end to call ``to_uri``.  ``SipAddressUnusable``."""
        LOOP.call(self._refer, parse_uri(to_uri), patience_s)

    # In the loop thread.

    def start_dialling(self, dialog: Dialog, order: Order) -> None:
        """Send the INVITE, unless the leg was ended before; again after a redirect, to ``order``'s new place."""
        if self._state is not _State.WAITING:
            return
        self.dialog, self.order = dialog, order
        self._visited.append(_place(order.to))
        if self._timer is None:
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
        self._request = request
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
        event.extra_headers += self.dialog.agree_on_timer(self._request)
        self.dialog.recvEvent(event)

    def _refer(self, to: Any, patience_s: float) -> None:
        if self._state is not _State.TALKING or self.dialog is None:
            return
        referral = Referral(
            lambda status: self._report_talking(ReferProgress(self, status)),
            lambda status: self._report_talking(ReferDone(self, status)),
        )
        self.dialog.refer(to, referral)
        Timeout(lambda: referral.give_up(408), patience_s)

    def _report_talking(self, event: SipEvent) -> None:
        if self._state is _State.TALKING:
            self._report(event)

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
            self._refused(dialog, *event.getData()[:2])
        elif isinstance(event, CCEventDisconnect):
            self._ended_by_peer(event)

    def on_final_response(self, status: int) -> None:
        """The INVITE that we gave up is settled (or nobody settles it)."""
        if self._state is _State.GIVEN_UP:
            self._over(Failed(self, *self._why_given_up))

    def on_description(self, description: str) -> None:
        """The far end's audio has changed."""
        if self._state is _State.TALKING:
            self._report(Reoffered(self, description))

    def _refused(self, dialog: Dialog, status: int, reason: str) -> None:
        elsewhere = self._elsewhere(dialog) if 300 <= status < 400 else None
        if elsewhere is not None and self._redirect is not None:
            self._redirect(self, elsewhere)
        else:
            self._over(Failed(self, status, reason, dialog.retry_after_s))

    def _elsewhere(self, dialog: Dialog) -> Any:
        """Where a redirect leads us, None where it is not followed.

        It is followed to another place but never to another number: our consent, our hours and our caps are
        those of the person we meant to call.
        """
        if self._state is not _State.WAITING or self.order is None or len(self._visited) > MOST_REDIRECTS:
            return None
        for url in dialog.redirects:
            if url.username == self.order.to.username and url.host and _place(url) not in self._visited:
                return url
        return None

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


def parse_uri(uri: str) -> Any:
    """``sip:user@host[:port]`` as sippy's ``SipURL``.  ``SipAddressUnusable``."""
    try:
        parsed = SipURL(uri)
    except (ValueError, IndexError):
        raise SipAddressUnusable(host=uri.partition("@")[2][:80]) from None
    if not parsed.username or not parsed.host or parsed.scheme != "sip":
        raise SipAddressUnusable(host=uri.partition("@")[2][:80])
    return parsed


def _place(url: Any) -> tuple[str, int]:
    return str(url.host).lower(), int(url.port or 5060)


def _text(body: Any) -> str | None:
    return None if body is None else str(body)
