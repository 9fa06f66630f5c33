"""One bound UDP socket in the shape that sippy's transactions expect.

It stands in for sippy's ``Udp_server`` and its ``local4remote``, which start three sending threads
per socket (so that a 100 can overtake its 200 the wrong way round) and bind with SO_REUSEPORT (so
that a taken port goes unnoticed).  Here sending happens at once in the caller, receiving in one thread.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

from huifang.errors import N_, PortInUse, SettingInvalid
from huifang.voice.sip.datagram import LONGEST

log = logging.getLogger("huifang.voice.sip")

Address = tuple[str, int]
OnDatagram = Callable[[bytes, Address], object]

_BUFFER_BYTES = 4 << 20  # a hundred calls that begin in the same instant fit


class Wire:
    """A UDP socket bound to ``host:port`` (IPv4; port 0 takes a free one).

    ``host`` is what we tell others: for 0.0.0.0 the address of the default route.  Raises
    ``PortInUse``, or ``SettingInvalid`` for an address that this machine does not have.
    """

    transport = "udp"

    def __init__(self, bind_host: str, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        try:
            self._socket.bind((bind_host, port))
        except OSError as error:
            self._socket.close()
            if error.errno == errno.EADDRINUSE:
                raise PortInUse(host=bind_host, port=port, mend="HUIFANG_SIP_PORT") from None
            raise SettingInvalid(
                name="HUIFANG_SIP_HOST",
                value=f"{bind_host}:{port}",
                mend=N_("name an IPv4 address of this machine and a port that you may open."),
            ) from None
        address, self.port = self._socket.getsockname()
        self.host: str = _outward_address() if address == "0.0.0.0" else address
        self.sent = 0
        self._closing = False
        self._reader: threading.Thread | None = None

    def listen(self, on_datagram: OnDatagram) -> None:
        """Hand every datagram to ``on_datagram`` from a thread of our own."""
        self._reader = threading.Thread(target=self._read, args=(on_datagram,), name="sip-wire", daemon=True)
        self._reader.start()

    def close(self) -> None:
        """Stop receiving and free the port."""
        self._closing = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # raises ENOTCONN, but wakes the reader
        if self._reader is not None:
            self._reader.join()
        self._socket.close()

    def _read(self, on_datagram: OnDatagram) -> None:
        while not self._closing:
            try:
                data, address = self._socket.recvfrom(LONGEST + 1)
            except OSError:
                continue  # an ICMP error about an earlier datagram
            if not self._closing:
                on_datagram(data, address)

    # What sippy asks of a server and of local4remote.

    @property
    def uopts(self) -> Wire:
        return self

    def isWildCard(self) -> bool:
        return False

    def getServer(self, *_: Any, **__: Any) -> Wire:
        return self

    def rotateCache(self) -> None:
        """Nothing is cached."""

    def getSIPaddr(self) -> tuple[Address, str]:
        return (self.host, self.port), self.transport

    def addr2str(self, address: Address) -> str:
        return f"udp:{address[0]}:{address[1]}"

    def send_to(self, data: str | bytes, address: Address) -> None:
        """Send now; a host name is resolved in a thread first, for the loop must not wait for it."""
        raw = data.encode() if isinstance(data, str) else data
        if is_ipv4(address[0]):
            self._send(raw, address)
        else:
            threading.Thread(target=self._resolve_and_send, args=(raw, address), daemon=True).start()

    def _resolve_and_send(self, raw: bytes, address: Address) -> None:
        try:
            self._send(raw, (resolve(address[0]), address[1]))
        except OSError:
            log.warning("the host %s named by a SIP peer has no IPv4 address", address[0])

    def _send(self, raw: bytes, address: Address) -> None:
        try:
            self._socket.sendto(raw, address)
            self.sent += 1
        except (OSError, OverflowError) as error:
            log.warning("cannot send to %s: %s", address[0], type(error).__name__)


def is_ipv4(host: str) -> bool:
    """Whether ``host`` is an address already and needs no resolving."""
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def resolve(host: str) -> str:
    """The first IPv4 address of ``host``.  May take seconds.  Raises ``OSError`` where there is none."""
    if is_ipv4(host):
        return host
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_DGRAM)
    except UnicodeError:
        raise OSError("not a host name") from None
    return str(found[0][4][0])


def _outward_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; the kernel picks the interface
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
