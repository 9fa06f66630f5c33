"""sippy's user agent, one per leg, with the manners that real lines need.

Differences from ``UA``:

* After a CANCEL a 401/407 is not answered by a new INVITE: sippy would dial again.
* A re-INVITE or UPDATE is answered at once with our last description, its direction mirrored.
  sippy reads one without a body as hold, leaves UPDATE without any answer (so that the peer's
  session timer ends the call), and hangs up on REFER.
* Whatever is not understood gets a final answer; sippy stays silent.
* The 487 to a cancelled INVITE carries the To tag of our 180; sippy invents a new one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from sippy.CCEvents import CCEventTry
from sippy.MsgBody import MsgBody
from sippy.SipAddress import SipAddress
from sippy.SipCallId import SipCallId
from sippy.SipContact import SipContact
from sippy.SipFrom import SipFrom
from sippy.SipHeader import SipHeader
from sippy.SipTo import SipTo
from sippy.SipURL import SipURL
from sippy.UA import UA
from sippy.UacStateCancelling import UacStateCancelling

from huifang.voice.rtp import sdp
from huifang.voice.sip.port import Account
from huifang.voice.sip.transactions import Transactions

ALLOWED = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"
_UNDERSTOOD = frozenset({"INVITE", "BYE", "OPTIONS", "INFO", "UPDATE"})


class Owner(Protocol):
    """What a dialog tells its leg, in the loop thread."""

    def on_call_event(self, event: Any, dialog: Any) -> None:
        """An event of sippy's state machine."""

    def on_final_response(self, status: int) -> None:
        """A final response to an INVITE that was given up."""


class Dialog(UA):  # type: ignore[misc]
    """One dialog.  ``local_sdp`` is our last description, empty until there is one."""

    def __init__(
        self,
        owner: Owner,
        transactions: Transactions,
        *,
        user_agent: str,
        max_forwards: int,
        account: Account,
        next_hop: tuple[str, int] | None,
        on_dead: Callable[[Any], object],
    ) -> None:
        super().__init__(
            transactions.global_config,
            event_cb=owner.on_call_event,
            username=account.user or None,
            password=account.password if account.user else None,
            nh_address=next_hop,
            nh_transport="udp",
            dead_cbs=(on_dead,),
            extra_headers=[allow()],
        )
        self._owner = owner
        self._transactions = transactions
        self.local_ua = user_agent
        self._max_forwards = max_forwards
        self.local_sdp = ""
        self.retry_after_s: float | None = None
        wire = transactions.wire
        self.lContact = SipContact(address=SipAddress(url=SipURL(host=wire.host, port=wire.port)))

    def invite(self, *, call_id: str, to: Any, caller_id: str, offer: str) -> None:
        """Send the INVITE to ``to`` (a parsed ``SipURL``), from ``caller_id`` at our host."""
        self.local_sdp = offer
        start = _Start((SipCallId(call_id), caller_id or None, to.username, MsgBody(offer), None, None))
        start.max_forwards = self._max_forwards
        start.address = lambda _: self._address(to, caller_id)
        self.recvEvent(start)

    def _address(self, to: Any, caller_id: str) -> None:
        # sippy would build these from the next hop; the callee's address is not the proxy's.
        host = self._transactions.wire.host
        self.rTarget = to.getCopy()
        self.rUri = SipTo(address=SipAddress(url=SipURL(username=to.username, host=to.host)))
        caller = SipURL(username=caller_id or None, host=host)
        self.lUri = SipFrom(address=SipAddress(url=caller))
        self.lUri.setTag(self.lTag)

    def stop_repeating(self) -> None:
        """Send no further copy of an INVITE that nobody has reacted to: we have given up."""
        if self.tr is not None and self.tr.teA is not None:
            self.tr.teA.cancel()
            self.tr.teA = None

    def recvResponse(self, response: Any, transaction: Any) -> None:
        status = response.getSCode()[0]
        given_up = isinstance(self.state, UacStateCancelling)
        if status >= 300:
            self.retry_after_s = _seconds(response)
        if status in (401, 407) and (given_up or not _is_answerable(response)):
            self.username = None
        super().recvResponse(response, transaction)
        if given_up and status >= 200:
            self._owner.on_final_response(status)

    def recvRequest(self, request: Any, transaction: Any) -> Any:
        method = request.getMethod()
        if method not in _UNDERSTOOD:
            return refusal(request, 405, "Method Not Allowed"), None, None
        if self.isConnected() and method in ("INVITE", "UPDATE"):
            return self._answer_again(request)
        outcome = super().recvRequest(request, transaction)
        if method == "INVITE" and transaction.r487 is not None:
            transaction.r487.getHFBody("to").setTag(self.lTag)
        if outcome is None and transaction.data is None:
            return request.genResponse(481, "Call/Transaction Does Not Exist"), None, None
        return outcome

    def _answer_again(self, request: Any) -> Any:
        number = request.getHFBody("cseq").getCSeqNum()
        if number <= (self.rCSeq or 0):
            return request.genResponse(500, "Server Internal Error"), None, None
        self.rCSeq: int | None = number
        body = request.getBody()
        answer: str | None = None
        try:
            if body is not None:
                answer = self.local_sdp = sdp.answer_again(self.local_sdp, sdp.parse(str(body)))
            elif request.getMethod() == "INVITE":  # the peer asks for an offer
                answer = self.local_sdp
        except sdp.SdpUnusable:
            return request.genResponse(488, "Not Acceptable Here"), None, None
        described = MsgBody(answer) if answer is not None else None
        response = request.genResponse(200, "OK", described, server=self.local_ua)
        response.appendHeader(SipHeader(name="contact", body=self.lContact))
        no_ack = self.disconnect if request.getMethod() == "INVITE" else None
        return response, None, no_ack

    def changeState(self, newstate: Any) -> None:
        if not self.isDead():  # a late timer of a dialog that was ended by force
            super().changeState(newstate)


class _Start(CCEventTry):  # type: ignore[misc]
    """The order to dial, with sippy's hook between set-up and sending."""

    address: Callable[[Any], None]

    def onUacSetupComplete(self, dialog: Any) -> None:
        self.address(dialog)


def allow() -> Any:
    """The methods that we understand, as a header."""
    return SipHeader(name="allow", bodys=ALLOWED)


def refusal(request: Any, status: int, reason: str, *extra: Any) -> Any:
    """A final failure that says what we do understand."""
    response = request.genResponse(status, reason)
    response.appendHeaders([allow(), *extra])
    return response


def _is_answerable(response: Any) -> bool:
    """Whether every challenge names what a digest is made of; sippy takes it for granted."""
    challenges = response.getHFBodys("www-authenticate") + response.getHFBodys("proxy-authenticate")
    return all(challenge.realm and challenge.nonce for challenge in challenges)


def _seconds(response: Any) -> float | None:
    """Retry-After (RFC 3261, 20.33): the leading number of seconds."""
    if response.countHFs("retry-after") == 0:
        return None
    leading = re.match(r"\s*(\d{1,9})", str(response.getHFBody("retry-after")), re.ASCII)
    return float(leading[1]) if leading else None
