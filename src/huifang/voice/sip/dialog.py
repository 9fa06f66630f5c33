"""sippy's user agent, one per leg, with the manners that real lines need.

Differences from ``UA``:

* After a CANCEL a 401/407 is not answered by a new INVITE: sippy would dial again.
* A re-INVITE or UPDATE is answered at once with our last description, its direction mirrored.
  sippy reads one without a body as hold, leaves UPDATE without any answer (so that the peer's
  session timer ends the call), and hangs up on REFER.
* Requests of our own inside the dialog (refresh, REFER, BYE) answer one challenge; sippy lets a BYE
  that is challenged go unheard.  A re-INVITE of ours that meets the peer's is tried again (glare).
* The ACK to a re-INVITE's 200 follows the dialog's route set; sippy makes a new one of that 200.
* Whatever is not understood gets a final answer; sippy stays silent.
* The 487 to a cancelled INVITE carries the To tag of our 180; sippy invents a new one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from sippy.CCEvents import CCEventTry
from sippy.MsgBody import MsgBody
from sippy.SipAddress import SipAddress
from sippy.SipCallId import SipCallId
from sippy.SipContact import SipContact
from sippy.SipFrom import SipFrom
from sippy.SipHeader import SipHeader
from sippy.SipReferredBy import SipReferredBy
from sippy.SipReferTo import SipReferTo
from sippy.SipTo import SipTo
from sippy.SipURL import SipURL
from sippy.Time.Timeout import Timeout
from sippy.UA import UA
from sippy.UacStateCancelling import UacStateCancelling

from huifang.voice.rtp import sdp
from huifang.voice.sip.port import Account
from huifang.voice.sip.referral import Referral
from huifang.voice.sip.refreshing import Refreshing, header_text
from huifang.voice.sip.refusing import TAKEN, unknown_method
from huifang.voice.sip.session_timer import (
    SHORTEST_S,
    IntervalTooShort,
    SessionTimer,
    asked_of_us,
    header_of_answer,
    told_to_us,
)
from huifang.voice.sip.transactions import Transactions

_UNDERSTOOD = frozenset({"INVITE", "BYE", "OPTIONS", "INFO", "UPDATE", "NOTIFY"})
SUPPORTED = frozenset({"timer"})
"""The extensions that a peer may require of us."""
_GLARE_S = {True: (2.1, 4.0), False: (0.0, 2.0)}
"""How long whoever made the Call-ID, or did not, waits after a 491 (RFC 3261, 14.1)."""

OnFinal = Callable[[Any], None]


class Owner(Protocol):
    """What a dialog tells its leg, in the loop thread."""

    def on_call_event(self, event: Any, dialog: Any) -> None:
        """An event of sippy's state machine."""

    def on_final_response(self, status: int) -> None:
        """A final response to an INVITE that was given up."""

    def on_description(self, description: str) -> None:
        """The peer has described its audio anew in the middle of the call."""


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
            extra_headers=[allow(), SipHeader(name="supported", bodys="timer")],
        )
        self._owner = owner
        self._transactions = transactions
        self._is_caller = False
        self._peer_allows_update = False
        self._refreshing = Refreshing(self)
        self._referral: Referral | None = None
        self._offering = False  # a re-INVITE of ours waits for its answer
        self._dice = random.SystemRandom()
        self.redirects: list[Any] = []
        """Where the last final failure sends us (``SipURL``), best first."""
        self.local_ua = user_agent
        self._max_forwards = max_forwards
        self.local_sdp = ""
        self.retry_after_s: float | None = None
        wire = transactions.wire
        self.lContact = SipContact(address=SipAddress(url=SipURL(host=wire.host, port=wire.port)))

    def invite(self, *, call_id: str, to: Any, caller_id: str, offer: str) -> None:
        """Send the INVITE to ``to`` (a parsed ``SipURL``), from ``caller_id`` at our host."""
        self.local_sdp = offer
        self._is_caller = True
        start = _Start((SipCallId(call_id), caller_id or None, to.username, MsgBody(offer), None, None))
        start.max_forwards = self._max_forwards
        start.address = lambda _: self._address(to, caller_id)
        self.recvEvent(start)

    def _address(self, to: Any, caller_id: str) -> None:
        # sippy would build these from the next hop; the callee's address is not the proxy's.
        host = self._transactions.wire.host
        self.rTarget = to.getCopy()
        self.rUri = SipTo(address=SipAddress(url=SipURL(username=to.username, host=to.host)))
        # Who has an account with a trunk is somebody there; others are somebody here.
        caller = SipURL(username=caller_id or None, host=to.host if self.username else host)
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
            self.redirects = getattr(transaction, "redirects", [])
        if status in (401, 407) and (given_up or not is_answerable(response)):
            self.username = None
        super().recvResponse(response, transaction)
        if 200 <= status < 300 and self.isConnected():
            self._note_abilities(response)
            self._refreshing.restart(told_to_us(header_text(response, "session-expires", "x")))
        if given_up and status >= 200:
            self._owner.on_final_response(status)

    def recvRequest(self, request: Any, transaction: Any) -> Any:
        method = request.getMethod()
        if method not in _UNDERSTOOD:
            return refusal(request, *unknown_method(method)), None, None
        if self.isConnected() and method in ("INVITE", "UPDATE"):
            return self._answer_again(request, transaction)
        if self.isConnected() and method == "NOTIFY":
            return self._take_notice(request)
        outcome = super().recvRequest(request, transaction)
        if method == "INVITE" and transaction.r487 is not None:
            transaction.r487.getHFBody("to").setTag(self.lTag)
            self._note_abilities(request)
        if outcome is None and transaction.data is None:
            return request.genResponse(481, "Call/Transaction Does Not Exist"), None, None
        return outcome

    def _note_abilities(self, message: Any) -> None:
        allowed = ",".join(str(body) for body in message.getHFBodys("allow"))
        self._peer_allows_update = "UPDATE" in allowed.upper()

    def agree_on_timer(self, request: Any) -> list[Any]:
        """Start the session timer that an INVITE or UPDATE asks for; the headers of our 200.

        Raises ``IntervalTooShort``.
        """
        agreed = timer_asked_by(request)
        self._refreshing.restart(agreed)
        if agreed is None:
            return []
        headers = [SipHeader(name="session-expires", bodys=header_of_answer(agreed))]
        return headers if agreed.we_refresh else [*headers, SipHeader(name="require", bodys="timer")]

    def _answer_again(self, request: Any, transaction: Any) -> Any:
        number = request.getHFBody("cseq").getCSeqNum()
        if number <= (self.rCSeq or 0):
            return request.genResponse(500, "Server Internal Error"), None, None
        self.rCSeq: int | None = number
        is_invite, body = request.getMethod() == "INVITE", request.getBody()
        if self._offering and (is_invite or body is not None):
            return request.genResponse(491, "Request Pending"), None, None
        answer: str | None = None
        try:
            if body is not None:
                answer = sdp.answer_again(self.local_sdp, sdp.parse(str(body)))
            elif is_invite:  # the peer asks for an offer
                answer = sdp.offer_again(self.local_sdp)
            extra = self.agree_on_timer(request)
        except sdp.SdpUnusable:
            return request.genResponse(488, "Not Acceptable Here"), None, None
        except IntervalTooShort:
            return too_short(request), None, None
        described = MsgBody(answer) if answer is not None else None
        response = request.genResponse(200, "OK", described, server=self.local_ua)
        response.appendHeaders([SipHeader(name="contact", body=self.lContact), allow(), *extra])
        if request.countHFs("contact"):  # a target refresh (RFC 3261, 12.2.2)
            self.rTarget = request.getHFBody("contact").getUrl().getCopy()
            if not self.routes:
                self.rAddr = self.rTarget.getTAddr()
        self.local_sdp = answer or self.local_sdp
        if not is_invite:
            self._tell_description(body)
            return response, None, None
        transaction.noack_cb = self.disconnect
        acknowledged = partial(self._acknowledged, body)
        self._transactions.sendResponse(response, transaction, ack_cb=acknowledged)
        self._tell_description(body)
        return None

    def _acknowledged(self, offered: Any, ack: Any) -> None:
        """The ACK to our 200: without an offer in the re-INVITE it holds the peer's answer to ours."""
        if offered is None:
            self._tell_description(ack.getBody())

    def _tell_description(self, body: Any) -> None:
        if body is not None and self.isConnected():
            self._owner.on_description(str(body))

    # Requests of our own.

    def send(
        self, method: str, on_final: OnFinal | None, headers: list[Any], body: Any = None, cqop: Any = None
    ) -> None:
        """A request inside the dialog; ``on_final`` gets the final response, 408 where none came."""
        request = self.genRequest(method, body, cqop, extra_headers=headers)
        self.reqs.pop(self.lCSeq - 1, None)  # sippy's own way of answering challenges is for the first INVITE
        take = partial(self._take_final, method, on_final, headers, body, cqop is None)
        super().newTransaction(request, resp_cb=take, cb_ifver=2).routes_of_dialog = self.routes

    def newTransaction(self, request: Any, req_extra_headers: Any = None, **given: Any) -> Any:
        """sippy's way to send: a BYE goes ours, which hears of a challenge."""
        if request.getMethod() == "BYE" and "resp_cb" not in given:
            take = partial(self._take_final, "BYE", None, list(req_extra_headers or ()), None, True)
            given |= {"resp_cb": take, "cb_ifver": 2}
        return super().newTransaction(request, req_extra_headers, **given)

    def _take_final(
        self,
        method: str,
        on_final: OnFinal | None,
        headers: list[Any],
        body: Any,
        first: bool,
        response: Any,
        _transaction: Any,
    ) -> None:
        status = response.getSCode()[0]
        if status < 200:
            return
        if status in (401, 407) and first and self.username and is_answerable(response):
            names = "www-authenticate" if status == 401 else "proxy-authenticate"
            for challenge in response.getHFBodys(names):
                supported, qop = challenge.supportedAlgorithm()
                if supported:
                    self.send(method, on_final, headers, body, (challenge, qop))
                    return
        if on_final is not None:
            on_final(response)

    def refresh(self, headers: list[Any], on_final: OnFinal) -> None:
        """Refresh the session: by UPDATE, or by a re-INVITE where the peer does not know that."""
        if not self.isConnected():
            return
        if self._peer_allows_update:
            self.send("UPDATE", on_final, headers)
        elif not self._offering:
            self._offering = True
            answered = partial(self._offer_answered, headers, on_final)
            self.send("INVITE", answered, headers, MsgBody(self.local_sdp))

    def _offer_answered(self, headers: list[Any], on_final: OnFinal, response: Any) -> None:
        self._offering = False
        status = response.getSCode()[0]
        if status == 491:
            Timeout(partial(self.refresh, headers, on_final), self._dice.uniform(*_GLARE_S[self._is_caller]))
            return
        if status < 300:
            self._tell_description(response.getBody())
        on_final(response)

    def refer(self, to: Any, referral: Referral) -> None:
        """Ask the peer to call ``to`` (a parsed ``SipURL``)."""
        self._referral = referral
        ours = SipAddress(url=self.lUri.getUrl().getCopy())
        headers = [
            SipHeader(name="refer-to", body=SipReferTo(address=SipAddress(url=to))),
            SipHeader(name="referred-by", body=SipReferredBy(address=ours)),
        ]
        self.send("REFER", lambda response: referral.answered(response.getSCode()[0]), headers)

    def _take_notice(self, request: Any) -> Any:
        self.rCSeq = max(self.rCSeq or 0, request.getHFBody("cseq").getCSeqNum())
        event = (header_text(request, "event", "o") or "").partition(";")[0].strip().lower()
        if self._referral is None or event != "refer":
            return request.genResponse(481, "Subscription Does Not Exist"), None, None
        self._referral.notified(request)
        return request.genResponse(200, "OK", server=self.local_ua), None, None

    def changeState(self, newstate: Any) -> None:
        if not self.isDead():  # a late timer of a dialog that was ended by force
            super().changeState(newstate)
        if not self.isConnected():
            self._refreshing.stop()


class _Start(CCEventTry):  # type: ignore[misc]
    """The order to dial, with sippy's hook between set-up and sending."""

    address: Callable[[Any], None]

    def onUacSetupComplete(self, dialog: Any) -> None:
        self.address(dialog)


def allow() -> Any:
    """The methods that we understand, as a header."""
    return SipHeader(name="allow", bodys=", ".join(TAKEN))


def refusal(request: Any, status: int, reason: str, *extra: Any) -> Any:
    """A final failure that says what we do understand."""
    response = request.genResponse(status, reason)
    response.appendHeaders([allow(), *extra])
    return response


def timer_asked_by(request: Any) -> SessionTimer | None:
    """The session timer that a request asks for.  ``IntervalTooShort``."""
    supported = ",".join(str(body) for name in ("supported", "k") for body in request.getHFBodys(name))
    knows = "timer" in {option.strip().lower() for option in supported.split(",")}
    return asked_of_us(header_text(request, "session-expires", "x"), knows)


def too_short(request: Any) -> Any:
    """The refusal of a session timer that would be refreshed too often (RFC 4028, section 6)."""
    response = request.genResponse(422, "Session Interval Too Small")
    response.appendHeader(SipHeader(name="min-se", bodys=str(SHORTEST_S)))
    return response


def is_answerable(response: Any) -> bool:
    """Whether every challenge names what a digest is made of; sippy takes it for granted."""
    challenges = response.getHFBodys("www-authenticate") + response.getHFBodys("proxy-authenticate")
    return all(challenge.realm and challenge.nonce for challenge in challenges)


def _seconds(response: Any) -> float | None:
    """Retry-After (RFC 3261, 20.33): the leading number of seconds."""
    if response.countHFs("retry-after") == 0:
        return None
    leading = re.match(r"\s*(\d{1,9})", str(response.getHFBody("retry-after")), re.ASCII)
    return float(leading[1]) if leading else None
