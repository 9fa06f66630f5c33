"""话术: the scripts that calls use, each as a picture, and a rehearsal with made-up callers at the press of a button."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from huifang.clock import now
from huifang.customers.call_words import OUTCOMES, PROMISES
from huifang.followups.models import Script
from huifang.logic.rehearsal import Rehearsed, Tally, rehearse
from huifang.logic.script_document import Script as Document
from huifang.logic.script_document import script_from_json
from huifang.logic.script_map import HEIGHT, WIDTH, Map, map_of
from huifang.nlu.model import weighed
from huifang.people.permissions import LEADS, StaffRequest, page

_CALLERS = 300
_SHOWN = 3  # conversations, of different callers
_MOST_SEED = 1_000_000


@page(LEADS)
def scripts_page(request: StaffRequest) -> HttpResponse:
    """The newest version of every script."""
    newest = Script.objects.filter(slug=OuterRef("slug")).order_by("-version").values("pk")[:1]
    scripts = Script.objects.filter(pk=Subquery(newest)).order_by("name")
    rows = [(script, script_from_json(script.document)) for script in scripts]
    return render(request, "followups/scripts.html", {"scripts": rows})


@page(LEADS)
def script_page(request: StaffRequest, slug: str) -> HttpResponse:
    """One script as a picture.  Address: version (the newest unless given)."""
    script, document = _script(slug, request.GET.get("version", ""))
    picture = map_of(document, document.languages[0])
    context = {
        "script": script,
        "document": document,
        "picture": picture,
        "boxes": _boxes(picture, {}),
        "box": {"width": WIDTH, "height": HEIGHT},
        "versions": Script.objects.filter(slug=slug).order_by("-version").values_list("version", flat=True),
    }
    return render(request, "followups/script.html", context)


@page(LEADS)
def rehearsal_part(request: StaffRequest, slug: str) -> HttpResponse:
    """What comes of a rehearsal.  Address: version, seed, by (keys | words | both)."""
    script, document = _script(slug, request.GET.get("version", ""))
    seed = request.GET.get("seed", "7")
    by = request.GET.get("by", "both")
    seed_number = min(int(seed), _MOST_SEED) if seed.isascii() and seed.isdigit() else 7
    tally, shown = Tally(), dict[str, Rehearsed]()
    conversations = rehearse(
        document,
        script.document,
        _CALLERS,
        seed_number,
        now(),
        by=by if by in ("keys", "words") else "both",
        hear=weighed,
    )
    for one in conversations:
        tally.add(one)
        if len(shown) < _SHOWN:
            shown.setdefault(one.outcome, one)
    figures = tally.figures(document)
    picture = map_of(document, document.languages[0])
    asked = {step: count / _CALLERS for step, count in tally.visited.items()}
    context = {
        "script": script,
        "figures": figures,
        "wrong_share": sum(tally.wrong.values()) / max(1, sum(tally.answered.values())),
        "outcomes": [
            (OUTCOMES.get(name, name), count, count / _CALLERS) for name, count in figures["outcomes"].items()
        ],
        "rungs": [(words, figures["rungs"][name]) for name, words in _rungs()],
        "promises": [(PROMISES.get(name, name), count) for name, count in figures["promises"].items()],
        "examples": [(OUTCOMES.get(one.outcome, one.outcome), one.dialogue) for one in shown.values()],
        "picture": picture,
        "boxes": _boxes(picture, asked),
        "box": {"width": WIDTH, "height": HEIGHT},
        "next_seed": seed_number + 1,
        "callers": _CALLERS,
    }
    return render(request, "followups/_rehearsal.html", context)


def _rungs() -> list[tuple[str, str]]:
    return [
        ("confirm", gettext("asked whether it was meant so")),
        ("choices", gettext("offered the choices again")),
        ("keys", gettext("led to the keys")),
        ("message", gettext("sent the question as a link")),
    ]


def _boxes(picture: Map, asked: dict[str, float]) -> list[dict[str, Any]]:
    """The boxes as the template draws them, with the share of callers who were asked."""
    return [
        {
            "id": box.id.removeprefix("ending "),
            "kind": box.kind,
            "label": box.label,
            "x": box.x,
            "y": box.y,
            "share": asked.get(box.id),
            "text_x": box.x + 12,
            "title_y": box.y + 23,
            "label_y": box.y + 43,
            "share_x": box.x + WIDTH - 10,
        }
        for box in picture.boxes
    ]


def _script(slug: str, version: str) -> tuple[Script, Document]:
    rows = Script.objects.filter(slug=slug).order_by("-version")
    if version.isascii() and version.isdigit() and len(version) < 9:
        rows = rows.filter(version=int(version))
    script = rows.first()
    if script is None:
        raise Http404
    return script, script_from_json(script.document)
