"""``SippyAgent``: the signalling port over sippy 2.5.

Every agent has its own socket and transactions; all agents of a process share one loop thread
(``loop.py``).  Methods only queue work for that thread, and events are reported from it.

The quirks of sippy are dealt with where they bite, and listed there: its dispatcher and its prints
in ``loop.py``, its reading in ``datagram.py``, its sockets in ``wire.py``, its transactions in
``transactions.py``, its call states in ``dialog.py``.

What it cannot do: TCP and TLS, IPv6, PRACK.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from sippy.SipHeader import SipHeader

from huifang.errors import Conflict
from huifang.voice.sip.acceptance import objection
from huifang.voice.sip.dialog import Dialog, allow, refusal, timer_asked_by, too_short
from huifang.voice.sip.leg import OURS, Identity, Order, SippyLeg, parse_uri
from huifang.voice.sip.loop import LOOP, log_fault
from huifang.voice.sip.port import Account, OnEvent, RegistrationState, SipAgent, SipEvent
from huifang.voice.sip.refusing import unknown_method
from huifang.voice.sip.registration import SippyRegistration
from huifang.voice.sip.session_timer import IntervalTooShort
from huifang.voice.sip.transactions import Transactions
from huifang.voice.sip.wire import Address, Wire, is_ipv4, resolve

log = logging.getLogger("huifang.voice.sip")

_STOP_PATIENCE_S = 1.5
_CALL_ID = re.compile(r"[A-Za-z0-9.!%*_+`'~()<>:\\/\"\[\]?{}@-]{1,200}", re.ASCII)


class SippyAgent(SipAgent):
    """One SIP endpoint on one UDP socket; see ``port.SipAgent``.

    ``bind_host`` is an IPv4 address of this machine; with 0.0.0.0 the address of the default route
    is told to peers.  ``port`` 0 takes a free one, known after ``start()``.  ``host`` and ``port``
    are what peers see.  ``max_forwards`` limits the proxies that our INVITE may pass.
    """

    def __init__(
        self,
        bind_host: str,
        port: int,
        on_event: OnEvent,
        user_agent: str = "Huifang",
        max_forwards: int = 70,
    ) -> None:
        self.host = bind_host
        self.port = port
        self._on_event = on_event
        self._user_agent = user_agent
        self._max_forwards = max_forwards
        self._lock = threading.Lock()
        self._wire: Wire | None = None
        self._transactions: Transactions | None = None
        self._accepting = False
        self._legs: dict[Identity, SippyLeg] = {}
        # Touched in the loop thread only:
        self._dialogs: set[Dialog] = set()
        self._registrations: set[SippyRegistration] = set()
        self._counts = {"dialled": 0, "incoming": 0, "on_event_faults": 0}

    def start(self) -> None:
        """Bind and run.  ``PortInUse`` where the port is taken, ``SettingInvalid`` for a foreign address."""
        with self._lock:
            if self._wire is not None:
                raise RuntimeError("the SIP agent is running")
            wire = Wire(self.host, self.port)
            LOOP.acquire()
            self._transactions = LOOP.run(Transactions, wire, self._on_request)
            self._wire = wire
            self.host, self.port = wire.host, wire.port
            self._accepting = True
            wire.listen(partial(LOOP.call, self._transactions.receive))

    def stop(self) -> None:
        """End every leg, wait up to 1.5 s for the answers, release the socket.  Safe to call twice.

        Not from ``on_event``, which runs in the thread that this waits for.
        """
        with self._lock:
            wire, transactions = self._wire, self._transactions
            if wire is None or transactions is None:
                return
            self._accepting = False
            LOOP.run(self._end_all)
            deadline = time.monotonic() + _STOP_PATIENCE_S
            while time.monotonic() < deadline and not LOOP.run(transactions.is_quiet):
                time.sleep(0.01)
            LOOP.run(self._close, transactions)
            wire.close()
            LOOP.release()
            self._wire = self._transactions = None

    def dial(
        self,
        *,
        call_id: str,
        to_uri: str,
        caller_id: str,
        sdp: str,
        account: Account,
        ring_timeout_s: float,
    ) -> SippyLeg:
        """Send an INVITE to ``to_uri`` (``sip:user@host:port``).

        It is cancelled after ``ring_timeout_s`` seconds and then reported as Failed(487), or
        Failed(408) where nothing came back at all.  Raises ``SipAddressUnusable``, and ``Conflict``
        where a leg with this Call-ID is alive: a call is never dialled twice.
        """
        if self._transactions is None or not self._accepting:
            raise RuntimeError("the SIP agent is not running")
        if not _CALL_ID.fullmatch(call_id):
            raise ValueError("the Call-ID holds characters that SIP does not know")
        to = parse_uri(to_uri)
        redirect = partial(self._redirect, account)
        leg = SippyLeg((call_id, OURS), self._report, self._forget, redirect)
        if self._legs.setdefault(leg.identity, leg) is not leg:
            raise Conflict(reason=f"a call with the Call-ID {call_id} is in progress")
        order = Order(to, caller_id, sdp, ring_timeout_s)
        self._find_and_dial(leg, account, order)
        return leg

    def register(
        self,
        *,
        registrar: str,
        account: Account,
        expires_s: int,
        on_change: Callable[[RegistrationState], None],
    ) -> SippyRegistration:
        """See ``port.SipAgent.register``.  Raises ``SipAddressUnusable``."""
        if self._transactions is None or not self._accepting:
            raise RuntimeError("the SIP agent is not running")
        url = parse_uri(f"sip:{account.user}@{registrar.removeprefix('sip:')}")
        registration = SippyRegistration(
            self._transactions, url, account, expires_s, on_change, self._registrations.discard
        )
        self._registrations.add(registration)
        LOOP.call(registration.start)
        return registration

    def stats(self) -> dict[str, int]:
        """Counters since the start: legs and dialogs alive, dialled, incoming, datagrams received and
        sent, malformed datagrams, those of them that were answered (refused), datagrams of scanners,
        messages that could not be worked on (faults)."""
        transactions = self._transactions
        return {
            "legs": len(self._legs),
            "dialogs": len(self._dialogs),
            "received": transactions.received if transactions else 0,
            "sent": transactions.wire.sent if transactions else 0,
            "malformed": transactions.malformed if transactions else 0,
            "refused": transactions.refused if transactions else 0,
            "scanned": transactions.scanned if transactions else 0,
            "faults": transactions.faults if transactions else 0,
            **self._counts,
        }

    def _find_and_dial(self, leg: SippyLeg, account: Account, order: Order) -> None:
        next_hop = (order.to.host, order.to.port or 5060)
        if is_ipv4(next_hop[0]):
            LOOP.call(self._start_dialling, leg, next_hop, account, order)
        else:
            arguments = (leg, next_hop, account, order)
            threading.Thread(target=self._look_up, args=arguments, daemon=True).start()

    def _redirect(self, account: Account, leg: SippyLeg, to: Any) -> None:
        """Dial the same number at the place that a 3xx names."""
        assert leg.order is not None
        self._find_and_dial(leg, account, replace(leg.order, to=to))

    def _look_up(self, leg: SippyLeg, next_hop: Address, account: Account, order: Order) -> None:
        try:
            found = (resolve(next_hop[0]), next_hop[1])
        except OSError:
            log.warning("The host %s has no IPv4 address: look at the trunk's name and the DNS", next_hop[0])
            LOOP.call(leg.fail, 502, f"The host {next_hop[0]} has no IPv4 address")
        else:
            LOOP.call(self._start_dialling, leg, found, account, order)

    def _forget(self, leg: SippyLeg) -> None:
        self._legs.pop(leg.identity, None)

    # In the loop thread.

    def _start_dialling(self, leg: SippyLeg, next_hop: Address, account: Account, order: Order) -> None:
        if not self._accepting:
            leg.fail(487, "The SIP agent is stopping")
            return
        self._counts["dialled"] += 1
        try:
            leg.start_dialling(self._dialog(leg, account, next_hop), order)
        except Exception:
            log_fault("a call could not be dialled")
            leg.fail(500, "The INVITE could not be written")

    def _dialog(
        self, leg: SippyLeg, account: Account | None = None, next_hop: Address | None = None
    ) -> Dialog:
        assert self._transactions is not None
        dialog = Dialog(
            leg,
            self._transactions,
            user_agent=self._user_agent,
            max_forwards=self._max_forwards,
            account=account or Account(),
            next_hop=next_hop,
            on_dead=self._dialogs.discard,
        )
        self._dialogs.add(dialog)
        return dialog

    def _on_request(self, request: Any, transaction: Any) -> Any:
        """A request outside of every dialog that we know."""
        method = request.getMethod()
        if request.getHFBody("to").getTag() is not None:
            return request.genResponse(481, "Call/Transaction Does Not Exist"), None, None
        if method not in ("INVITE", "OPTIONS"):
            return refusal(request, *unknown_method(method)), None, None
        if (objected := objection(request)) is not None:
            return objected, None, None
        if method == "OPTIONS":
            response = request.genResponse(200, "OK", server=self._user_agent)
            response.appendHeaders([allow(), SipHeader("Accept: application/sdp")])
            return response, None, None
        return self._on_invite(request, transaction)

    def _on_invite(self, request: Any, transaction: Any) -> Any:
        identity = (str(request.getHFBody("call-id")), request.getHFBody("from").getTag())
        if identity in self._legs:
            # The same INVITE by another path, or repeated after our answer (RFC 3261, 8.2.2.2).
            return request.genResponse(482, "Merged Request"), None, None
        try:
            timer_asked_by(request)
        except IntervalTooShort:
            return too_short(request), None, None
        if not self._accepting:
            return request.genResponse(503, "Service Unavailable"), None, None
        leg = self._legs[identity] = SippyLeg(identity, self._report, self._forget)
        self._counts["incoming"] += 1
        return leg.accept_request(self._dialog(leg), request, transaction)

    def _report(self, event: SipEvent) -> None:
        try:
            self._on_event(event)
        except Exception:
            self._counts["on_event_faults"] += 1
            log_fault(f"the receiver of {type(event).__name__} failed")

    def _end_all(self) -> None:
        for leg in list(self._legs.values()):
            leg.end()
        for registration in list(self._registrations):
            registration.unregister()

    def _close(self, transactions: Transactions) -> None:
        for leg in list(self._legs.values()):
            leg.on_final_response(0)  # a CANCEL that nobody answered
        for dialog in list(self._dialogs):
            dialog.changeState((dialog.UaStateDead,))
        for registration in list(self._registrations):
            registration.stop()
        transactions.close()
