"""What calls are told when they are handed out, beyond their customer: decided once, for a batch together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from huifang.followups.models import FollowUp
from huifang.promises.budgets import offers


class CallFacts:
    """The facts of the calls that may come of ``followups`` (with their customers loaded)."""

    def __init__(self, followups: Sequence[FollowUp]) -> None:
        self._offers = offers({followup.customer.store_id for followup in followups})

    def of(self, followup: FollowUp) -> dict[str, Any]:
        """``offer.<promotion>.available``: a coupon of it may be promised, as far as can be said now."""
        left = self._offers.get(followup.customer.store_id, {})
        return {f"offer.{promotion}.available": is_left for promotion, is_left in left.items()}
