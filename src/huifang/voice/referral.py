"""Asking the customer's trunk to put them through to an agent by itself (REFER, RFC 3515)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from huifang.logic.voice_line import EventKind, TransferTarget
from huifang.voice.customer_line import CustomerLine
from huifang.voice.telling import Telling

log = logging.getLogger(__name__)


class Referral:
    """Refers the customer's leg to one agent.

    The customer goes on listening to the tune until it is settled, so a trunk that refuses, fails or never
    says is not noticed.

    :param put_through: the two talk without us; our leg may be hung up
    :param failed: the customer is still with us
    """

    def __init__(
        self,
        line: CustomerLine,
        target: TransferTarget,
        patience_s: float,
        telling: Telling,
        put_through: Callable[[], None],
        failed: Callable[[], None],
    ) -> None:
        self.agent = target.agent
        self._telling = telling
        self._put_through = put_through
        self._failed = failed
        telling.tell(EventKind.TRANSFER, {"agent": self.agent})
        line.refer(target.sip_uri, patience_s)

    def settle(self, status: int) -> None:
        """What came of it."""
        if 200 <= status < 300:
            self._telling.tell(EventKind.REFERRED, {"agent": self.agent})
            self._put_through()
        else:
            log.info("The trunk does not put customers through by itself: %d", status)
            self._failed()
