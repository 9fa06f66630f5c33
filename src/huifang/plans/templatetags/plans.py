"""What the follow-up pages, one room below, show of plans."""

from __future__ import annotations

from django import template

from huifang.plans.models import Plan

register = template.Library()


@register.simple_tag
def plan_choices() -> list[Plan]:
    return list(Plan.objects.order_by("name"))
