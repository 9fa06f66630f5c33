"""From which hosts calls are taken: whoever may call in can claim to be any customer."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable

from huifang.env import is_loopback

_FRESH_S = 60.0


def _addresses(host: str) -> set[str]:
    """The IPv4 addresses of ``host`` now; none where the name is not known."""
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, None, socket.AF_INET)}
    except OSError:
        return set()


class Peers:
    """This machine, and the hosts named.  Names are looked up again every minute: trunks move."""

    def __init__(
        self,
        hosts: Iterable[str],
        look_up: Callable[[str], set[str]] = _addresses,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts = tuple(host for host in hosts if host)
        self._look_up = look_up
        self._now = now
        self._also: tuple[str, ...] = ()
        self._known: dict[str, str] = {}  # address → host
        self._known_hosts: tuple[str, ...] = ()
        self._looked_up_at = float("-inf")

    def also(self, hosts: Iterable[str]) -> None:
        """Take calls from these hosts, too, and from none that an earlier call named.  From any thread."""
        self._also = tuple(host for host in hosts if host)

    def includes(self, address: str) -> bool:
        """Whether a call from this IP address is taken.  May wait for a name server: not on the
        director's thread."""
        return is_loopback(address) or bool(self.host_of(address))

    def host_of(self, address: str) -> str:
        """Which of the named hosts a call from this IP address came from; empty where it is none of them.
        May wait for a name server, too."""
        hosts = (*self._hosts, *self._also)  # where both name an address, the centre's name counts
        if hosts != self._known_hosts or self._now() - self._looked_up_at >= _FRESH_S:
            self._known = {found: host for host in hosts for found in self._look_up(host)}
            self._known_hosts, self._looked_up_at = hosts, self._now()
        return self._known.get(address, "")
