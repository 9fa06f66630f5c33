"""Why a customer is in a segment."""

from __future__ import annotations

from django.utils.translation import gettext as _

from huifang.conditions.words import explain
from huifang.customers.fields import CUSTOMER_FIELDS
from huifang.customers.models import Customer
from huifang.logic.condition import ConditionInvalid, fields_of, from_json
from huifang.segments.models import Segment


def membership_reason(segment: Segment, customer: Customer) -> str:
    """The facts that make ``customer`` a member of ``segment``, or keep them out, in words."""
    try:
        tree = from_json(segment.tree)
        CUSTOMER_FIELDS.check(tree)
    except ConditionInvalid as fault:  # a segment of an older version; the page shows why
        return str(fault)
    _outcome, sentences = explain(tree, CUSTOMER_FIELDS.facts(customer, fields_of(tree)), CUSTOMER_FIELDS)
    return _("; ").join(sentences)
