"""Keeps one dialog's session timer: refreshes when it is our turn, hangs up when the peer has forgotten."""

from __future__ import annotations

from typing import Any, Protocol

from sippy.SipHeader import SipHeader
from sippy.Time.Timeout import Timeout

from huifang.voice.sip.session_timer import SessionTimer, header_of_refresh, told_to_us

_GONE = (408, 481)  # the peer knows nothing of the call any more (RFC 3261, 12.2.1.2)


class Refreshed(Protocol):
    """The dialog, as far as its refreshing needs it."""

    def refresh(self, headers: list[Any], on_final: Any) -> None:
        """Send an UPDATE, or a re-INVITE with our last description."""

    def disconnect(self) -> None:
        """End the call."""


class Refreshing:
    """One per dialog; lives in the loop thread."""

    def __init__(self, dialog: Refreshed) -> None:
        self._dialog = dialog
        self._agreed: SessionTimer | None = None
        self._timer: Any = None

    def restart(self, agreed: SessionTimer | None) -> None:
        """The session was refreshed just now; None where no timer runs from here on."""
        self.stop()
        self._agreed = agreed
        if agreed is not None and agreed.we_refresh:
            self._timer = Timeout(self._refresh, agreed.refresh_after_s)
        elif agreed is not None:
            self._timer = Timeout(self._expire, agreed.end_after_s)

    def stop(self) -> None:
        """The dialog is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refresh(self) -> None:
        agreed = self._agreed
        assert agreed is not None
        self._timer = Timeout(self._expire, agreed.end_after_s - agreed.refresh_after_s)
        headers = [SipHeader(name="session-expires", bodys=header_of_refresh(agreed))]
        self._dialog.refresh(headers, self._refreshed)

    def _refreshed(self, response: Any) -> None:
        status = response.getSCode()[0]
        if status < 300:
            told = told_to_us(header_text(response, "session-expires", "x"))
            self.restart(told or self._agreed)  # a peer that says nothing leaves the work to us
        elif status in _GONE:
            self._dialog.disconnect()
        # Anything else leaves the call alone until the session's end.

    def _expire(self) -> None:
        self._timer = None
        self._dialog.disconnect()


def header_text(message: Any, *names: str) -> str | None:
    """The text of the first of ``names`` that ``message`` has as a header (long and compact forms)."""
    return next((str(message.getHFBody(name)) for name in names if message.countHFs(name)), None)
