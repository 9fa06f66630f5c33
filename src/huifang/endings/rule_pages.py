"""结束规则, and what has come of the tunes: figures as a page and as JSON, and the button of a default tune."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext

from huifang.clock import now
from huifang.customers.models import Purpose
from huifang.endings.forms import RuleForm, shown_rule
from huifang.endings.library import names_of
from huifang.endings.models import EndingRule
from huifang.endings.rules import (
    SUGGESTED,
    Preview,
    add_suggested,
    move_up,
    remove_rule,
    save_rule,
    set_default,
)
from huifang.endings.statistics import LATELY, LATER, arms, compared, plays_lately, scores_lately
from huifang.errors import HuifangError
from huifang.logic.interval import Share
from huifang.people.permissions import LEADS, StaffRequest, page


@page(LEADS, "GET", "POST", whole_chain=True)
def rule_page(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """A new rule, or one rule's settings (``remove``: forget it, ``up``: look at it earlier, ``preview``: only show
    its message)."""
    rule = get_object_or_404(EndingRule, pk=pk) if pk is not None else None
    if rule is not None and request.POST.get("remove"):
        remove_rule(rule, acting_user=request.user)
        messages.success(request, gettext("The rule has been removed."))
        return redirect("tunes")
    if rule is not None and request.POST.get("up"):
        move_up(rule, acting_user=request.user)
        return redirect("tunes")
    form = RuleForm(request.POST or None, rule=rule, initial=shown_rule(rule) if rule else None)
    wants_preview = bool(request.POST.get("preview"))
    if request.method == "POST" and not wants_preview and form.is_valid():
        try:
            save_rule(form.settings, acting_user=request.user, now=now(), rule=rule)
        except HuifangError as error:
            form.add_error(None, error.in_words(gettext))
        else:
            messages.success(request, gettext("The rule has been saved."))
            return redirect("tunes")
    text = str(form["message"].value() or "").strip()
    is_marketing = form["purpose"].value() == Purpose.MARKETING
    context: dict[str, Any] = {
        "form": form,
        "rule": rule,
        "preview": Preview.of(text, is_marketing=is_marketing) if text else None,
        "has_gateway": bool(settings.HUIFANG.sms_url),
    }
    return render(request, "endings/rule.html", context, status=400 if form.errors else 200)


@page(LEADS, "POST", whole_chain=True)
def suggested_page(request: StaffRequest) -> HttpResponse:
    """The three rules to begin with."""
    add_suggested([gettext(name) for name, *_rest in SUGGESTED], acting_user=request.user, now=now())
    messages.success(request, gettext("Three rules have been made; change them as you like."))
    return redirect("tunes")


@page(LEADS, "POST", whole_chain=True)
def default_page(request: StaffRequest, pk: int) -> HttpResponse:
    """Let one tune be what a rule mostly plays (``tune``; empty: all equally often again)."""
    rule = get_object_or_404(EndingRule, pk=pk)
    tune = request.POST.get("tune", "")[:40]
    set_default(rule, tune, acting_user=request.user, now=now())
    if tune:
        words = gettext("“%(name)s” is now played in four calls of five; the fifth still draws from all.")
        messages.success(request, words % {"name": names_of([tune]).get(tune, tune)})
    else:
        messages.success(request, gettext("All tunes of the rule are played equally often again."))
    return redirect("tune_statistics")


@page(LEADS, whole_chain=True)
def statistics_page(request: StaffRequest) -> HttpResponse:
    """What was played and rated lately, and what became of customers whose tune chance drew."""
    return render(request, "endings/statistics.html", _figures())


@page(LEADS, whole_chain=True)
def statistics_json(request: StaffRequest) -> JsonResponse:
    """The same figures for other programs."""
    figures = _figures()
    return JsonResponse(
        {
            "days": figures["days"],
            "days_later": figures["days_later"],
            "scores": [{"score": score, **_share(share)} for score, share in figures["scores"]],
            "plays": [_row(one) for one in figures["plays"]],
            "rules": [
                {
                    "rule": one.rule.name,
                    "default": one.rule.default,
                    "since": one.rule.since.isoformat(),
                    "tunes": [_row(tune) for tune in one.tunes],
                }
                for one in figures["compared"]
            ],
            "announcement": [_row(arm) for arm in figures["arms"]],
        }
    )


def _figures() -> dict[str, Any]:
    at = now()
    return {
        "scores": scores_lately(at),
        "plays": plays_lately(at),
        "compared": compared(at),
        "arms": arms(),
        "days": LATELY.days,
        "days_later": LATER.days,
    }


def _row(figures: Any) -> dict[str, Any]:
    """A dataclass of figures as JSON-safe data."""
    values = {field.name: getattr(figures, field.name) for field in fields(figures)}
    return {name: _share(value) if isinstance(value, Share) else value for name, value in values.items()}


def _share(share: Share) -> dict[str, Any]:
    return {"n": share.n, "hits": share.hits, "share": share.value, "low": share.low, "high": share.high}
