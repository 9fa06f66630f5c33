"""Promises in words, here and on the call page one room up."""

from __future__ import annotations

from uuid import UUID

from django import template
from django.utils.translation import gettext_lazy as _

from huifang.customers.call_words import PROMISES
from huifang.promises.models import Promise

register = template.Library()

_OBJECTIONS = {
    "unknown": _("No kind of promise has this name, so nobody can owe it."),
    "unlisted": _("The script of this call does not allow such a promise."),
    "promotion": _("The script of this call offers other promotions, not this one."),
}


@register.filter
def promise_words(kind: str) -> str:
    """What was promised; a kind that nobody knows as it was reported."""
    return str(PROMISES.get(kind, kind))


@register.filter
def objection_words(code: str) -> str:
    """Why a promise was not allowed."""
    return str(_OBJECTIONS.get(code, code))


@register.simple_tag
def promises_of(attempt: UUID) -> list[Promise]:
    """What was promised in one call, in the order of the call."""
    rows = Promise.objects.filter(attempt=attempt).select_related("ticket__owner", "budget")
    return list(rows.order_by("made_at", "id"))
