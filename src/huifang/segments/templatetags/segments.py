"""What the customer pages, one room below, show of segments."""

from __future__ import annotations

from django import template

from huifang.customers.models import Customer
from huifang.segments.explaining import membership_reason
from huifang.segments.models import Segment

register = template.Library()


@register.simple_tag
def segment_choices() -> list[Segment]:
    return list(Segment.objects.order_by("name"))


@register.simple_tag
def segments_of(customer: Customer) -> list[tuple[Segment, str]]:
    """The segments of the customer, each with the facts that decided."""
    found = Segment.objects.filter(memberships__customer=customer).order_by("name")
    return [(segment, membership_reason(segment, customer)) for segment in found]
