"""What customers allowed and refused."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from huifang.customers.events import record_event
from huifang.customers.models import Consent
from huifang.people.models import User


def record_refusal(
    customer_id: int,
    *,
    at: datetime,
    source: str,
    evidence: str,
    acting_user: User | None = None,
    text: str = "",
) -> Consent:
    """Store at once that the customer does not want to be contacted, for any purpose, on any channel.

    ``source`` is where it was said (``call``, ``desk``), ``evidence`` names the proof (``attempt:<id>``).
    """
    consent = Consent.objects.create(
        customer_id=customer_id, purpose="", granted=False, source=source, evidence=evidence, at=at
    )
    record_event(
        customer_id, "consent.refused", at=at, acting_user=acting_user, source=evidence, text=text[:200]
    )
    return consent


def latest_consents(customer_ids: Collection[int]) -> dict[tuple[int, str], bool]:
    """(customer, purpose) → what the latest statement says; purpose ``""`` is everything."""
    rows = Consent.objects.filter(customer_id__in=customer_ids).order_by("at", "id")
    return {
        (c, purpose): granted for c, purpose, granted in rows.values_list("customer_id", "purpose", "granted")
    }
