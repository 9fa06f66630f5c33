"""Session timers (RFC 4028): what two ends agree on so that a call whose peer has vanished does not stay
open for ever.  Pure.

We never ask for one ourselves, since the media already tell us when somebody is gone, but many trunks and
exchanges do, and end a call that nobody refreshes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SHORTEST_S = 90
"""The least that RFC 4028 lets anybody ask for (section 4)."""
_LONGEST_S = 86_400  # a larger number is no different from none

_VALUE = re.compile(r"\s*(\d{1,9})\s*(;.*)?", re.ASCII | re.DOTALL)
_REFRESHER = re.compile(r";\s*refresher\s*=\s*(uac|uas)\b", re.IGNORECASE)


class IntervalTooShort(ValueError):
    """The other end wants refreshes more often than ``SHORTEST_S``: 422 with Min-SE."""


@dataclass(frozen=True, slots=True)
class SessionTimer:
    """An agreement: the session ends ``interval_s`` after its last refresh."""

    interval_s: int
    we_refresh: bool

    @property
    def refresh_after_s(self) -> float:
        """When the one who refreshes does it: half-way (section 7.2)."""
        return self.interval_s / 2

    @property
    def end_after_s(self) -> float:
        """When the other one hangs up without a refresh, shortly before the end (section 10)."""
        return self.interval_s - min(32.0, self.interval_s / 3)


def asked_of_us(value: str | None, peer_knows_timers: bool) -> SessionTimer | None:
    """What we agree to when a request carries the Session-Expires ``value`` (None: no such header).

    :param peer_knows_timers: the request lists ``timer`` in Supported; a proxy may have added the header for
        a caller that knows nothing of it, and then only we can refresh (section 9).

    Raises ``IntervalTooShort``.
    """
    read = _read(value)
    if read is None:
        return None
    interval, refresher = read
    if interval < SHORTEST_S:
        raise IntervalTooShort
    return SessionTimer(interval, we_refresh=refresher == "uas" or not peer_knows_timers)


def told_to_us(value: str | None) -> SessionTimer | None:
    """What a 2xx to our request has settled (section 7.2); without the header there is no timer."""
    read = _read(value)
    return None if read is None else SessionTimer(max(read[0], 2), we_refresh=read[1] != "uas")


def header_of_answer(timer: SessionTimer) -> str:
    """Session-Expires of our 2xx to a request."""
    return f"{timer.interval_s};refresher={'uas' if timer.we_refresh else 'uac'}"


def header_of_refresh(timer: SessionTimer) -> str:
    """Session-Expires of our own refresh: whoever refreshes goes on doing so."""
    return f"{timer.interval_s};refresher={'uac' if timer.we_refresh else 'uas'}"


def _read(value: str | None) -> tuple[int, str] | None:
    found = _VALUE.fullmatch(value or "")
    if found is None or int(found[1]) > _LONGEST_S:
        return None
    named = _REFRESHER.search(found[2] or "")
    return int(found[1]), named[1].lower() if named else ""
