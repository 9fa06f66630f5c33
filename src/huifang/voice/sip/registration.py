"""One standing registration (RFC 3261, section 10), kept in the loop thread."""

from __future__ import annotations

import logging
import random
import re
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from sippy.SipAddress import SipAddress
from sippy.SipContact import SipContact
from sippy.SipFrom import SipFrom
from sippy.SipHeader import SipHeader
from sippy.SipRequest import SipRequest
from sippy.SipTo import SipTo
from sippy.SipURL import SipURL
from sippy.Time.Timeout import Timeout

from huifang.voice.sip.dialog import is_answerable
from huifang.voice.sip.loop import LOOP
from huifang.voice.sip.port import Account, Registration, RegistrationState
from huifang.voice.sip.transactions import Transactions
from huifang.voice.sip.wire import resolve

log = logging.getLogger("huifang.voice.sip")

_REFRESH_AT = 0.8  # of the time that was granted: there is still time to try again
_SHORTEST_S = 5.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 300.0
_MOST_CHALLENGES = 2  # in a row: a nonce may have become stale, a password does not become right


def pause_after(failures: int, dice: random.Random) -> float:
    """Seconds until the next try after so many failures in a row: doubling, and a little different for every
    node, so that a registrar that comes back is not met by all of them in the same second (RFC 5626, 4.5)."""
    pause: float = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10))
    return pause * dice.uniform(0.5, 1.0)


class SippyRegistration(Registration):
    """See ``port.SipAgent.register``.  Made by ``SippyAgent`` only.

    :param registrar: a parsed ``SipURL`` with the account's user
    :param on_over: told when the registration has ended
    """

    def __init__(
        self,
        transactions: Transactions,
        registrar: Any,
        account: Account,
        expires_s: int,
        on_change: Callable[[RegistrationState], None],
        on_over: Callable[[SippyRegistration], None],
    ) -> None:
        self._transactions = transactions
        self._registrar = registrar
        self._account = account
        self._expires_s = expires_s
        self._on_change = on_change
        self._on_over = on_over
        self._dice = random.SystemRandom()
        self._request: Any = None
        self._address: tuple[str, int] | None = None
        self._timer: Any = None
        self._challenges = self._failures = 0
        self._is_ending = self._is_over = False

    def end(self) -> None:
        """Unregister."""
        LOOP.call(self.unregister)

    # In the loop thread.

    def start(self) -> None:
        """Send the first REGISTER."""
        self._request = self._make_request()
        self._find_and_send()

    def unregister(self) -> None:
        """Tell the registrar that we are gone; nothing more is heard of this registration."""
        if self._is_ending or self._is_over:
            return
        self._is_ending = True
        self._cancel_timer()
        if self._address is None:  # nothing has been sent yet
            self.stop()
            return
        self._challenges = 0
        self._send(expires_s=0)

    def stop(self) -> None:
        """Forget it without a word."""
        self._is_over = True
        self._cancel_timer()
        self._on_over(self)

    def _make_request(self) -> Any:
        wire, registrar = self._transactions.wire, self._registrar
        where = SipURL(host=registrar.host, port=registrar.port)
        identity = SipURL(username=registrar.username, host=registrar.host)
        sender = SipFrom(address=SipAddress(url=identity))
        sender.genTag()
        here = SipURL(username=registrar.username, host=wire.host, port=wire.port)
        return SipRequest(
            method="REGISTER",
            ruri=where,
            fr0m=sender,
            to=SipTo(address=SipAddress(url=identity.getCopy())),
            contact=SipContact(address=SipAddress(url=here)),
            target=((registrar.host, registrar.port or 5060), "udp"),
            user_agent="Huifang",
        )

    def _find_and_send(self) -> None:
        """Look the registrar up anew each time: it may have moved."""
        self._timer = None
        threading.Thread(target=self._look_up, daemon=True).start()

    def _look_up(self) -> None:
        host = self._registrar.host
        try:
            address = (resolve(host), self._registrar.port or 5060)
        except OSError:
            LOOP.call(self._not_found)
        else:
            LOOP.call(self._found, address)

    def _not_found(self) -> None:
        if not self._is_over and not self._is_ending:
            log.warning("The registrar %s has no IPv4 address: look at the trunk's name and the DNS",
                        self._registrar.host)  # fmt: skip
            self._failed(502)

    def _found(self, address: tuple[str, int]) -> None:
        if not self._is_over and not self._is_ending:
            self._address = address
            self._challenges = 0
            self._send(self._expires_s)

    def _send(self, expires_s: int, credentials: Any = None) -> None:
        request = self._request
        request.getHFBody("via").genBranch()
        request.getHFBody("cseq").incCSeqNum()
        request.setTarget((self._address, "udp"))
        for name in ("expires", "authorization", "proxy-authorization"):
            request.delHFs(name)
        request.appendHeader(SipHeader(name="expires", bodys=str(expires_s)))
        if credentials is not None:
            request.appendHeader(SipHeader(body=credentials))
        self._transactions.newTransaction(request, resp_cb=partial(self._take, expires_s), cb_ifver=2)

    def _take(self, expires_s: int, response: Any, _transaction: Any) -> None:
        status = response.getSCode()[0]
        if status < 200 or self._is_over or (self._is_ending and expires_s):
            return
        if status in (401, 407) and self._answer_challenge(expires_s, response, status):
            return
        if self._is_ending:
            self.stop()
        elif status < 300:
            self._succeeded(response, status)
        elif status == 423 and (least := _number(response, "min-expires")) > expires_s:
            self._expires_s = least
            self._send(least)
        else:
            self._failed(status)

    def _answer_challenge(self, expires_s: int, response: Any, status: int) -> bool:
        if not self._account.user or self._challenges >= _MOST_CHALLENGES or not is_answerable(response):
            return False
        for challenge in response.getHFBodys("www-authenticate" if status == 401 else "proxy-authenticate"):
            supported, qop = challenge.supportedAlgorithm()
            if supported:
                self._challenges += 1
                uri = str(self._request.getRURI())
                account = self._account
                credentials = challenge.genAuthHF(account.user, account.password, "REGISTER", uri, qop=qop)
                self._send(expires_s, credentials)
                return True
        return False

    def _succeeded(self, response: Any, status: int) -> None:
        self._failures = 0
        granted = self._granted(response)
        self._timer = Timeout(self._find_and_send, max(granted * _REFRESH_AT, min(granted / 2, _SHORTEST_S)))
        self._on_change(RegistrationState(True, status, granted))

    def _failed(self, status: int) -> None:
        self._failures += 1
        self._timer = Timeout(self._find_and_send, pause_after(self._failures, self._dice))
        self._on_change(RegistrationState(False, status))

    def _granted(self, response: Any) -> int:
        """For how long: the ``expires`` of our own Contact, else the Expires header, else what we asked for."""
        wire = self._transactions.wire
        for contact in response.getHFBodys("contact"):
            url = contact.getUrl()
            if (url.host, url.port or 5060) == (wire.host, wire.port):
                told = str(contact.address.params.get("expires", ""))
                if told.isascii() and told.isdigit() and int(told):
                    return int(told)
        return _number(response, "expires") or self._expires_s

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _number(response: Any, name: str) -> int:
    """The leading number of a header, 0 where there is none."""
    if not response.countHFs(name):
        return 0
    leading = re.match(r"\s*(\d{1,9})", str(response.getHFBody(name)), re.ASCII)
    return int(leading[1]) if leading else 0
