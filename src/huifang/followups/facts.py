"""What a script may say about the customer: the slots of a call order."""

from __future__ import annotations

from typing import Any

from huifang.followups.models import FollowUp
from huifang.logic.salutation import salutation


def spoken_facts(followup: FollowUp) -> dict[str, Any]:
    """The facts of ``followup`` by slot name; a fact that is not known is left out, so that the
    script's own words for that case are used.  ``customer`` and its store should be loaded."""
    customer = followup.customer
    facts = {
        **followup.facts,
        "customer.name": customer.name,
        "customer.salutation": salutation(customer.name, customer.gender),
        "store.name": customer.store.name if customer.store else "",
    }
    return {slot: value for slot, value in facts.items() if value not in ("", None)}
