"""What templates say with: money, times, badges, and addresses that keep their filters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from huifang.clock import now

register = template.Library()


@register.filter
def money(cents: int | None) -> str:
    """Integer cents as ¥1,280.00."""
    return "—" if cents is None else f"¥{cents / 100:,.2f}"


@register.filter
def percent(share: float | None, places: int = 0) -> str:
    """A share from 0 to 1 as 12%."""
    return "—" if share is None else f"{share * 100:.{places}f}%"


@register.filter
def clock_with_seconds(at: datetime | None) -> str:
    """A moment of today to the second: 10:32:05."""
    return "—" if at is None else timezone.localtime(at).strftime("%H:%M:%S")


@register.filter
def when(at: datetime | None) -> str:
    """A time as people say it: the hour for today, no year for this year."""
    if at is None:
        return "—"
    local, today = timezone.localtime(at), timezone.localtime(now())
    if local.date() == today.date():
        return local.strftime("%H:%M")
    chinese = (get_language() or "").startswith("zh")
    if local.year == today.year:
        return date_format(local, "n月j日 H:i" if chinese else "j M H:i")
    return date_format(local, "Y年n月j日 H:i" if chinese else "j M Y H:i")


@register.filter
def day(at: Any) -> str:
    """A date, with the year where it is not this one's."""
    if at is None:
        return "—"
    local = timezone.localtime(at) if isinstance(at, datetime) else at
    chinese = (get_language() or "").startswith("zh")
    if local.year == timezone.localtime(now()).year:
        return date_format(local, "n月j日" if chinese else "j M")
    return date_format(local, "Y年n月j日" if chinese else "j M Y")


@register.filter
def clock_time(milliseconds: int | float | None) -> str:
    """Milliseconds since the answer as 1:05."""
    if milliseconds is None:
        return ""
    seconds = int(milliseconds // 1000)
    return f"{seconds // 60}:{seconds % 60:02d}"


@register.simple_tag
def badge(kind: str, words: str) -> SafeString:
    """A small coloured label; its colour is chosen by ``kind`` in app.css, its meaning is the words."""
    return format_html('<span class="badge" data-kind="{}">{}</span>', kind, words)


@register.simple_block_tag(takes_context=True)
def room(context: Context, content: str, name: str) -> SafeString:
    """A link of the main navigation, marked where the present page lies in that room."""
    address = reverse(name)
    path = context["request"].path
    here = path == address if address == "/" else path.startswith(address)
    current = format_html(' aria-current="{}"', "page") if here else ""
    return format_html('<a href="{}"{}>{}</a>', address, current, content.strip())


@register.simple_tag(takes_context=True)
def address_with(context: Context, **changes: Any) -> str:
    """The present address with some query parameters changed (None or "" removes one)."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"
