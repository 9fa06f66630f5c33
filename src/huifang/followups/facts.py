"""What a script may say about the customer: the slots of a call order."""

from __future__ import annotations

from datetime import date
from typing import Any

from huifang.customers.models import Customer, CustomerFacts
from huifang.followups.calendar import festival_near
from huifang.followups.models import FollowUp
from huifang.logic.customer_kind import kind_of
from huifang.logic.salutation import salutation


def spoken_facts(followup: FollowUp, today: date) -> dict[str, Any]:
    """The facts of ``followup`` by slot name; a fact that is not known is left out, so that the
    script's own words for that case are used.  ``customer``, its store and its facts should be loaded."""
    customer = followup.customer
    facts = {
        **_kind(customer, today),
        "call.festival": festival_near(today),
        **followup.facts,
        "customer.name": customer.name,
        "customer.salutation": salutation(customer.name, customer.gender),
        "store.name": customer.store.name if customer.store else "",
    }
    return {slot: value for slot, value in facts.items() if value not in ("", None)}


def _kind(customer: Customer, today: date) -> dict[str, object]:
    try:
        known = customer.facts
    except CustomerFacts.DoesNotExist:
        known = CustomerFacts()  # nothing was bought yet
    return kind_of(
        lifecycle=known.lifecycle,
        last_year_cents=known.last_year_cents,
        frequency_quintile=known.frequency_quintile,
        monetary_quintile=known.monetary_quintile,
        birthday=customer.birthday,
        today=today,
    )
