"""Tunes and rules in words and pictures."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from huifang.customers.call_words import TUNES
from huifang.customers.models import Purpose
from huifang.endings.library import names_of, picture_of
from huifang.endings.models import EndingRule
from huifang.logic.endings import Looked
from huifang.logic.interval import Share

register = template.Library()


@register.simple_tag
def waveform(key: str) -> SafeString:
    """The tune as a picture: how loud it is from left to right."""
    peaks = picture_of(key)
    strokes = " ".join(f"M{x} {50 - peak / 2:g}V{50 + max(peak, 2) / 2:g}" for x, peak in enumerate(peaks))
    return format_html(
        '<svg class="waveform" viewBox="0 0 {} 100" preserveAspectRatio="none" aria-hidden="true"><path d="{}"/></svg>',
        len(peaks),
        strokes,
    )


@register.filter
def tune_name(key: str) -> str:
    """What a tune is called."""
    if key in TUNES:
        return str(TUNES[key])
    return names_of([key]).get(key, key[:8])


@register.filter
def ratings(rule: EndingRule) -> str:
    """The ratings that a rule is for."""
    return str(rule.lowest) if rule.lowest == rule.highest else f"{rule.lowest}–{rule.highest}"


@register.filter
def for_whom(rule: EndingRule) -> str:
    """The customers that a rule is for."""
    parts = [
        rule.brand,
        rule.segment.name if rule.segment else "",
        str(dict(Purpose.choices).get(rule.purpose, "")) if rule.purpose else "",
    ]
    return " · ".join(filter(None, parts)) or _("everybody")


@register.filter
def why_looked(looked: Looked) -> str:
    """Why a rule fits, or what of it does not."""
    if looked.fits:
        return _("fits")
    words = {
        "score": _("the rating"),
        "brand": _("the brand"),
        "segment": _("the segment"),
        "purpose": _("the purpose"),
    }
    missing = _(", ").join(words[what] for what, held in looked.asked if not held)
    return _("does not fit: %(what)s") % {"what": missing}


@register.simple_tag
def share_of(share: Share) -> SafeString:
    """A share with how many it is of and its 95 % interval."""
    if share.value is None or share.low is None or share.high is None:
        return mark_safe('<span class="muted">—</span>')
    return format_html(
        '<b>{}%</b> <small class="muted">{}–{}% · n={}</small>',
        f"{share.value * 100:.0f}",
        f"{share.low * 100:.0f}",
        f"{share.high * 100:.0f}",
        share.n,
    )
