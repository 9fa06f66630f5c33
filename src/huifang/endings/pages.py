"""结束曲: the library of tunes, with uploading, hearing, renaming and putting aside."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext

from huifang.clock import now
from huifang.endings.brands import set_brands
from huifang.endings.forms import TryForm, TuneForm, UploadForm
from huifang.endings.library import change, library, names_of, put_aside, take_back, upload, wav_of
from huifang.endings.models import Announcement, EndingRule, Tune
from huifang.endings.preparing import MOST_BYTES
from huifang.endings.rules import active_rules, announce
from huifang.errors import HuifangError
from huifang.logic.endings import Caller, Looked, explain
from huifang.people.models import Store
from huifang.people.permissions import LEADS, StaffRequest, page


@page(LEADS)
def tunes_page(request: StaffRequest) -> HttpResponse:
    """Library, rules, announcement and brands.  Address: score, brand, segment, purpose (to try the rules out),
    retired (1: show the tunes that are out of use, too)."""
    rules = list(EndingRule.objects.select_related("segment").order_by("position", "id"))
    names = names_of(sorted({key for rule in rules for key in rule.tunes}))
    row = Announcement.objects.order_by("id").first()
    tried = TryForm(request.GET) if "score" in request.GET else TryForm()
    looked = _try_out(tried) if tried.is_bound and tried.is_valid() else None
    context = {
        "tunes": library(retired=request.GET.get("retired") == "1"),
        "retired_count": Tune.objects.filter(is_retired=True).count(),
        "shows_retired": request.GET.get("retired") == "1",
        "rules": [(rule, [(key, names.get(key, key[:8])) for key in rule.tunes]) for rule in rules],
        "try_form": tried,
        "looked": looked,
        "nobody_fits": looked is not None and bool(looked) and not looked[-1].fits,
        "mode": row.mode if row else Announcement.Mode.ALWAYS.value,
        "modes": Announcement.Mode.choices,
        "stores": Store.objects.order_by("code"),
    }
    return render(request, "endings/tunes.html", context)


def _try_out(form: TryForm) -> list[Looked]:
    asked = form.cleaned_data
    segments = frozenset({asked["segment"].pk} if asked["segment"] else ())
    return explain(active_rules(), asked["score"], Caller(asked["brand"], asked["purpose"], segments))


@page(LEADS, "GET", "POST", whole_chain=True)
def upload_page(request: StaffRequest) -> HttpResponse:
    """A new tune from a file."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            tune, made = upload(
                file.read(MOST_BYTES + 1),
                file_name=file.name,
                name=form.cleaned_data["name"],
                brand=form.cleaned_data["brand"],
                acting_user=request.user,
                now=now(),
            )
        except HuifangError as error:
            form.add_error("file", error.in_words(gettext))
        else:
            messages.success(
                request,
                gettext("“%(name)s” is in the library. Put it into a rule to have it played.")
                % {"name": tune.name},
            )
            if made.is_overdriven:
                messages.warning(
                    request, gettext("The recording itself is too loud and may crackle; listen to it once.")
                )
            return redirect("tunes")
    return render(request, "endings/upload.html", {"form": form}, status=400 if form.errors else 200)


@page(LEADS)
def audio_page(request: StaffRequest, key: str) -> HttpResponse:
    """A tune as customers hear it, for the player."""
    return HttpResponse(wav_of(key), content_type="audio/wav")


@page(LEADS, "GET", "POST", whole_chain=True)
def tune_page(request: StaffRequest, key: str) -> HttpResponse:
    """An uploaded tune: its name and brand; out of use (``aside``) and back (``back``)."""
    tune = get_object_or_404(Tune.objects.defer("alaw"), key=key)
    if request.POST.get("aside"):
        kept = put_aside(key, acting_user=request.user)
        words = (
            gettext("“%(name)s” is out of use. It is kept, because customers have heard it.")
            if kept
            else gettext("“%(name)s” has been deleted; no customer ever heard it.")
        )
        messages.success(request, words % {"name": tune.name})
        return redirect("tunes")
    if request.POST.get("back"):
        take_back(key, acting_user=request.user)
        messages.success(request, gettext("“%(name)s” is in the library again.") % {"name": tune.name})
        return redirect("tunes")
    form = TuneForm(request.POST or None, initial={"name": tune.name, "brand": tune.brand})
    if request.method == "POST" and form.is_valid():
        change(key, acting_user=request.user, **form.cleaned_data)
        messages.success(request, gettext("The tune has been saved."))
        return redirect("tunes")
    context: dict[str, Any] = {"form": form, "tune": tune}
    return render(request, "endings/tune.html", context, status=400 if form.errors else 200)


@page(LEADS, "POST", whole_chain=True)
def announce_page(request: StaffRequest) -> HttpResponse:
    """Whether customers are told that their rating chooses the tune (``mode``)."""
    announce(request.POST.get("mode", ""), acting_user=request.user, now=now())
    messages.success(request, gettext("Saved. Calls from now on follow it."))
    return redirect("tunes")


@page(LEADS, "POST", whole_chain=True)
def brands_page(request: StaffRequest) -> HttpResponse:
    """The brand of each store (``store-<id>``)."""
    wanted = {}
    for name, value in request.POST.items():
        prefix, _, number = name.partition("-")
        if prefix == "store" and number.isascii() and number.isdigit() and len(number) < 19:
            wanted[int(number)] = str(value)
    set_brands(wanted, acting_user=request.user)
    messages.success(request, gettext("The brands have been saved."))
    return redirect("tunes")
