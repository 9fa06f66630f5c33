"""sippy's transaction layer behind a door that lets only sound messages through.

Differences from ``SipTransactionManager`` that matter on real lines:

* A malformed datagram is counted, and answered where ``refusing.py`` finds an answer.  sippy parses headers
  lazily, so a broken one would otherwise surface in the middle of a state machine; here every header that
  it uses is read first.
* Scanners that name themselves hear nothing at all, as if there were no telephone here.
* The ACK to a failure goes where the INVITE went (RFC 3261, 17.1.1.3).  sippy would send it to the
  Contact of the failure, so that a 302 or a 486 with a Contact is never acknowledged.
* The ACK leaves before the dialog hears of the final response.  sippy would first send what the
  dialog makes of it: the BYE to a 200 that crossed our CANCEL, the INVITE with credentials.
* ``received`` in a Via is ours to write, never the peer's, or we could be used against third parties.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from hashlib import md5
from typing import Any

from sippy.Network_server import Remote_address
from sippy.SipConf import SipConf
from sippy.SipHeader import SipHeader
from sippy.SipRequest import SipRequest
from sippy.SipResponse import SipResponse
from sippy.SipTransactionManager import RINGING, TRYING, SipTMRetransmitO, SipTransactionManager
from sippy.Time.MonoTime import MonoTime
from sippy.Time.Timeout import Timeout

from huifang.voice.sip.datagram import Malformed, is_keep_alive, readable
from huifang.voice.sip.loop import log_fault
from huifang.voice.sip.refusing import Allowance, answer, is_scanner
from huifang.voice.sip.wire import Address, Wire

SipConf.autoconvert_tel_url = True  # mobile networks write From: <tel:+86…>

OnRequest = Callable[[Any, Any], Any]

_USED_HEADERS = frozenset(
    [
        "via",
        "from",
        "to",
        "call-id",
        "cseq",
        "contact",
        "route",
        "record-route",
        "expires",
        "max-forwards",
        "www-authenticate",
        "proxy-authenticate",
        "authorization",
    ]
)
_SINGLE_HEADERS = ("from", "to", "call-id", "cseq")
_CACHE_S = 32.0  # 64·T1: a retransmission comes within this time
_TIMERS = ("teA", "teB", "teC", "teD", "teE", "teF", "teG")


class _SilentLog:
    """sippy writes every message to its log; they hold telephone numbers."""

    def write(self, *_: object, **__: object) -> None:
        pass


class Transactions(SipTransactionManager):  # type: ignore[misc]
    """Client and server transactions over one wire.  Lives in the loop thread."""

    def __init__(self, wire: Wire, on_request: OnRequest) -> None:
        # Not sippy's own constructor: that one insists on making its sockets itself.
        self.wire = wire
        self.global_config = {"_sip_logger": _SilentLog(), "_sip_tm": self}
        self.l4r = wire
        self.tclient: dict[Any, Any] = {}
        self.tserver: dict[Any, Any] = {}
        self.l1rcache: dict[bytes, Any] = {}
        self.l2rcache: dict[bytes, Any] = {}
        self.req_consumers: dict[str, Any] = {}
        self.req_cb = on_request
        self.cp_timer = Timeout(self.rCachePurge, _CACHE_S, -1)
        self.received = self.malformed = self.refused = self.scanned = self.faults = 0
        self._allowance = Allowance()
        self._closed = False

    def receive(self, data: bytes, address: Address) -> None:
        """One datagram from the wire."""
        if self._closed or is_keep_alive(data):
            return
        self.received += 1
        if is_scanner(data):
            self.scanned += 1
            return
        checksum = md5(data, usedforsecurity=False).digest()
        known = self.l1rcache.get(checksum) or self.l2rcache.get(checksum)
        if known is not None:  # a retransmission: repeat what we said, if we said something
            if known.data is not None:
                self.transmitData(known.userv, known.data, known.address)
            return
        try:
            message = _parse(data, address)
        except Exception as error:  # sippy's parsers raise whatever their slicing leads to
            self.malformed += 1
            self._refuse(data, str(error) if isinstance(error, Malformed) else "", address)
            return
        try:
            if isinstance(message, SipResponse):
                self._response(message, checksum)
            else:
                self.incomingRequest(message, checksum, message.getTIds(), self.wire)
        except Exception:
            self.faults += 1
            log_fault("a SIP message could not be worked on")

    def _refuse(self, data: bytes, fault: str, source: Address) -> None:
        """Answer what we could not read, if it can be answered; the same again to the same, as often as it comes
        and its host is allowed."""
        found = answer(data, fault, source)
        if found is not None and self._allowance.take(source[0], time.monotonic()):
            self.refused += 1
            self.wire.send_to(*found)

    def _response(self, response: Any, checksum: bytes) -> None:
        transaction = self.tclient.get(response.getTId(True, True))
        if transaction is None:
            self.l1rcache[checksum] = SipTMRetransmitO()
            return
        status = response.getSCode()[0]
        if status >= 300:
            # The dialog still has to read where a redirect leads.
            transaction.redirects = [contact.getUrl() for contact in _addresses(response)]
            response.delHFs("contact")
            response.delHFs("record-route")
        elif (routes := getattr(transaction, "routes_of_dialog", None)) is not None:
            # A request inside a dialog does not change its route set (RFC 3261, 12.2).
            response.delHFs("record-route")
            for route in reversed(routes):
                response.appendHeader(SipHeader(name="record-route", body=route.getCopy()))
        if status < 200 or not transaction.needack or transaction.state not in (TRYING, RINGING):
            self.incomingResponse(response, transaction, checksum)
            return
        notify, transaction.resp_cb = transaction.resp_cb, None
        self.incomingResponse(response, transaction, checksum)  # sends the ACK
        if notify is not None:
            notify(response, transaction)

    def is_quiet(self) -> bool:
        """Whether no answer is awaited: neither a response to us nor an ACK."""
        asked = any(t.state in (TRYING, RINGING) for t in self.tclient.values())
        return not asked and not any(t.needack for t in self.tserver.values())

    def close(self) -> None:
        """Forget every transaction and its timers."""
        for transaction in (*self.tclient.values(), *self.tserver.values()):
            for name in _TIMERS:
                timer = getattr(transaction, name, None)
                if timer is not None:
                    timer.cancel()
            transaction.cleanup()
        self.cp_timer.cancel()
        self._closed = True
        self.tclient, self.tserver, self.req_consumers = {}, {}, {}

    def unregConsumer(self, consumer: Any, call_id: str) -> None:
        with contextlib.suppress(KeyError):  # a dialog may outlive close()
            super().unregConsumer(consumer, call_id)


def _addresses(response: Any) -> list[Any]:
    """The usable Contacts of a response, best first."""
    found = []
    for contact in response.getHFBodys("contact"):
        with contextlib.suppress(Exception):  # sippy's parsers raise whatever their slicing leads to
            if not contact.asterisk:
                found.append(contact)
    return sorted(found, key=_preference, reverse=True)


def _preference(contact: Any) -> float:
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        return float(contact.address.params.get("q", 1.0))
    return 1.0


def _parse(data: bytes, address: Address) -> Any:
    text = readable(data)
    is_response = text.startswith("SIP/2.0 ")
    message = SipResponse(text) if is_response else SipRequest(text)
    message.rtime = MonoTime()
    message.setSource(Remote_address(address, Wire.transport))
    for header in message.headers:
        if header.name in _USED_HEADERS:
            header.getBody()
    if any(message.countHFs(name) != 1 for name in _SINGLE_HEADERS):
        raise Malformed("a header that stands once in every message is missing or repeated")
    if not 0 <= message.getHFBody("cseq").getCSeqNum() < 1 << 32:
        raise Malformed("the CSeq is no number of 32 bits")
    if not str(message.getHFBody("call-id")):
        raise Malformed("the Call-ID is empty")
    if not is_response:
        _check_request(message)
        _mark_via(message.getHFBody("via"), address)
    return message


def _check_request(request: Any) -> None:
    if request.getHFBody("cseq").getCSeqMethod() != request.getMethod():
        raise Malformed("CSeq names another method")
    if request.getMethod() == "INVITE":
        contact = request.getHFBody("contact")  # IndexError where it is missing
        if contact.asterisk or not str(contact.getUrl().host):
            raise Malformed("the Contact names no host")
    if not str(request.getRURI().host):
        raise Malformed("the request URI names no host")


def _mark_via(via: Any, address: Address) -> None:
    """Note where the request came from (RFC 3261, 18.2.1; RFC 3581)."""
    host, port = address
    via.params.pop("received", None)
    if via.getAddr()[0] != host:
        via.params["received"] = host
    if "rport" in via.params:
        via.params["rport"] = str(port)
    if not 0 < via.getTAddr()[1] < 65536:
        raise Malformed("the Via names no usable port")
