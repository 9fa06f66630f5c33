"""What calls are told when they are handed out, beyond their customer: decided once, for a batch together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from huifang.clock import HOME_ZONE
from huifang.endings.choosing import Chooser
from huifang.followups.facts import spoken_facts
from huifang.followups.messaging import may_be_written_to
from huifang.followups.models import Attempt, FollowUp
from huifang.knowledge.editions import edition_for
from huifang.people.models import Store
from huifang.promises.budgets import offers


class CallFacts:
    """The facts of the calls that may come of ``followups`` (with their customers and scripts loaded)."""

    def __init__(self, followups: Sequence[FollowUp], now: datetime) -> None:
        customers = [followup.customer for followup in followups]
        self._offers = offers({customer.store_id for customer in customers})
        self._endings = Chooser(customers, now)
        self._now = now
        self._editions: dict[int | None, str] = {}
        left = Attempt.objects.filter(followup__in=followups, outcome="message_left")
        self._message_left = set(left.values_list("followup_id", flat=True))
        self._written_to = may_be_written_to(followups, now)
        self._today = now.astimezone(HOME_ZONE).date()

    def of(self, attempt: Attempt, followup: FollowUp) -> dict[str, Any]:
        """Slots and condition fields of one call: those of its customer, ``offer.<promotion>.available`` (a coupon
        of it may be promised, as far as can be said now), ``call.message_left`` (on a voicemail, by an earlier
        try), ``call.messages`` (a link may be sent to them), and what the rules of endings choose."""
        left = self._offers.get(followup.customer.store_id, {})
        facts = {
            **spoken_facts(followup, self._today),
            **{f"offer.{promotion}.available": is_left for promotion, is_left in left.items()},
        }
        if followup.pk in self._message_left:
            facts["call.message_left"] = True
        if followup.pk in self._written_to:
            facts["call.messages"] = True
        return {
            **facts,
            **self._endings.choose(attempt.pk, followup.customer, followup.script.document, facts),
        }

    def knowledge(self, store: Store | None) -> str:
        """The edition of the knowledge base that calls for ``store`` are answered from."""
        key = store.pk if store else None
        if key not in self._editions:
            self._editions[key] = edition_for(store, self._now)
        return self._editions[key]

    def save(self) -> None:
        """Keep what was chosen, in the transaction that hands the calls out."""
        self._endings.save()
