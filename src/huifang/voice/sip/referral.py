"""REFER (RFC 3515): asking the far end of a leg to call somebody else, and hearing how that went."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_STATUS_LINE = re.compile(r"\s*SIP/2\.0\s+([1-6]\d\d)\b", re.ASCII)
_ENDED = re.compile(r"\s*terminated\b", re.IGNORECASE)


class Referral:
    """The implicit subscription that a REFER makes: from the answer to the last NOTIFY.

    :param progress: told of every provisional status, 202 (accepted) included
    :param done: told the final status once: 2xx where the far end has reached the new party
    """

    def __init__(self, progress: Callable[[int], None], done: Callable[[int], None]) -> None:
        self._progress = progress
        self._done = done
        self._is_over = False
        self._last = 0

    def answered(self, status: int) -> None:
        """The final answer to the REFER itself."""
        if status < 300:
            self._progress(202)
        else:
            self._finish(status)

    def notified(self, request: Any) -> None:
        """A NOTIFY of the dialog: the far end tells how its call goes (RFC 3515, 2.4.5)."""
        found = _STATUS_LINE.match(str(request.getBody() or ""))
        if found is not None:
            self._last = int(found[1])
            if self._last >= 200:
                self._finish(self._last)
                return
            self._progress(self._last)
        state = str(request.getHFBody("subscription-state")) if request.countHFs("subscription-state") else ""
        if _ENDED.match(state):
            self._finish(408)  # it stopped telling before it knew

    def give_up(self, status: int) -> None:
        """Wait no longer."""
        self._finish(status)

    def _finish(self, status: int) -> None:
        if not self._is_over:
            self._is_over = True
            self._done(status)
