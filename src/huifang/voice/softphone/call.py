"""The SIP side of one call: its leg, its RTP socket, and the 20 ms beat."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from huifang.errors import N_, Clause, HuifangError, SettingInvalid
from huifang.voice.rtp import sdp
from huifang.voice.rtp.g711 import Codec
from huifang.voice.rtp.source import Address
from huifang.voice.sip.port import Incoming
from huifang.voice.softphone.browser import Browser
from huifang.voice.softphone.phone import Cause, Line
from huifang.voice.softphone.relay import Relay

log = logging.getLogger(__name__)

_FRAME_S = 0.020
_LONGEST_LAG_S = 0.5
_ATTEMPT = re.compile(r"([0-9a-f]{32})-")


class Call(Line):
    """A node calls a phone; see ``phone.Line``.  For the gateway's asyncio loop only.

    :param host: where our RTP socket is bound; it is also named in our description
    :param ports: the RTP ports to choose from, the first free one
    :param on_key: the far end has pressed a key
    :param on_over: the far end has ended the call, or is not heard any more
    """

    def __init__(
        self,
        incoming: Incoming,
        browser: Browser,
        host: str,
        ports: Sequence[int],
        on_key: Callable[[Call, str], None],
        on_over: Callable[[Call, Cause], None],
    ) -> None:
        named = _ATTEMPT.match(incoming.call_id)
        self.attempt = named[1] if named else ""
        self.relay: Relay | None = None
        """While talking."""
        self.leg = incoming.leg
        self._offer = incoming.sdp or ""
        self._browser = browser
        self._host = host
        self._ports = ports
        self._on_key = on_key
        self._on_over = on_over
        self._beat: asyncio.Task[None] | None = None

    def ring(self) -> None:
        self.leg.ring()

    def answer(self) -> bool:
        try:
            offered = sdp.parse(self._offer)
            target = sdp.choose(offered)
            sock = self._bound_socket()
        except HuifangError as error:
            log.warning("A call cannot be answered: %s", error)
            self.leg.reject(488, "Not Acceptable Here")
            return False
        loop = asyncio.get_running_loop()
        port = sock.getsockname()[1]
        codec = Codec[target.codec]
        far = (target.host, target.port)
        self.relay = Relay(far, codec, target.dtmf_payload, self._browser.codec, loop.time())
        self._browser.begin()
        self._beat = asyncio.create_task(self._talk(sock, self.relay))
        self.leg.answer(sdp.answer(offered, self._host, port))
        return True

    def reject(self, status: int, reason: str) -> None:
        self.leg.reject(status, reason)

    def hang_up(self) -> None:
        self.leg.hang_up()
        self.release()

    def send_keys(self, keys: str) -> None:
        if self.relay is not None:
            self.relay.send_keys(keys)

    def hear(self, pcm: NDArray[np.int16]) -> None:
        """The microphone's next samples."""
        if self.relay is not None:
            self.relay.hear(pcm)

    def release(self) -> None:
        """Give the socket back."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None
        self.relay = None

    def _bound_socket(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        for port in self._ports:
            try:
                sock.bind((self._host, port))
            except OSError:
                continue
            return sock
        sock.close()
        raise SettingInvalid(
            name="HUIFANG_RTP_FIRST_PORT … HUIFANG_RTP_LAST_PORT",
            value=f"{self._ports[-1]} … {self._ports[0]}",
            mend=Clause(N_("no even port is free on %(host)s; name a wider range."), host=self._host),
        )

    async def _talk(self, sock: socket.socket, relay: Relay) -> None:
        """Send a packet every 20 ms until the call is over or the far end is not heard any more."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(self._take, relay), sock=sock)
        try:
            due = loop.time()
            while not relay.is_lost(loop.time()):
                transport.sendto(relay.next_datagram(), relay.far)
                due = max(due + _FRAME_S, loop.time() - _LONGEST_LAG_S)
                await asyncio.sleep(due - loop.time())
        except Exception:
            log.exception("A call failed; it ends, and the gateway goes on")
        finally:
            transport.close()
        self._beat = None
        self.hang_up()
        self._on_over(self, Cause.LOST)

    def _take(self, relay: Relay, datagram: bytes, source: Address) -> None:
        heard = relay.take(datagram, source, asyncio.get_running_loop().time())
        if isinstance(heard, str):
            self._on_key(self, heard)
        elif heard is not None:
            self._browser.play(*heard)


class _Ear(asyncio.DatagramProtocol):
    """Hands on what comes in; an ICMP error is as good as a lost packet."""

    def __init__(self, take: Callable[[Relay, bytes, Address], None], relay: Relay) -> None:
        self._take = take
        self._relay = relay

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._take(self._relay, data, addr)
