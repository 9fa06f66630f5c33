"""The page behind a link in a text message: no sign-in, no scripts, one small form in two steps."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext

from huifang.clock import now
from huifang.followups.answer_links import NothingChosen, Sheet, open_sheet, take_answers
from huifang.messages.links import LinkDead
from huifang.people.permissions import PUBLIC, page

_LONGEST = 60


@page(PUBLIC, "GET", "POST")
def answer_page(request: HttpRequest, token: str) -> HttpResponse:
    """The questions; ``step`` review: what was chosen, still to be changed; send: store it, which ends the link."""
    at = now()
    try:
        sheet = open_sheet(token, translation.get_language() or "", at)
        step = request.POST.get("step", "")
        given = {q.item: request.POST.get(f"a-{q.item}", "")[:_LONGEST] for q in sheet.questions}
        if step == "send":
            take_answers(token, given, at)
            return _answer(request, "followups/answer_thanks.html", {"sender": sheet.sender})
        if step == "review":
            return _review(request, sheet, given)
        return _form(request, sheet, given)
    except NothingChosen as fault:
        return _form(request, sheet, given, fault.in_words(gettext), 400)
    except LinkDead as fault:
        return _answer(
            request, "followups/answer_dead.html", {"why": fault.in_words(gettext)}, fault.http_status
        )


def _review(request: HttpRequest, sheet: Sheet, given: dict[str, str]) -> HttpResponse:
    labels = {(q.item, code): label for q in sheet.questions for code, label in q.choices}
    chosen = [
        (q, given[q.item], labels[q.item, given[q.item]])
        for q in sheet.questions
        if (q.item, given[q.item]) in labels
    ]
    if not chosen:
        return _form(request, sheet, given, NothingChosen().in_words(gettext), 400)
    return _answer(request, "followups/answer_review.html", {"sheet": sheet, "chosen": chosen})


def _form(
    request: HttpRequest, sheet: Sheet, given: dict[str, str], problem: str = "", status: int = 200
) -> HttpResponse:
    rows = [(question, given.get(question.item, "")) for question in sheet.questions]
    return _answer(
        request, "followups/answer.html", {"sheet": sheet, "rows": rows, "problem": problem}, status
    )


def _answer(
    request: HttpRequest, template: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    response = render(request, template, context, status=status)
    # The address is the key: no search engine may keep it.  (No other site learns it: Referrer-Policy same-origin.)
    response.headers["X-Robots-Tag"] = "noindex"
    # Nothing runs here at all.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return response
