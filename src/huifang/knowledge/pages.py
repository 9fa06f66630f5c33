"""知识库: what customers ask and what is answered; searching, reading, writing, importing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from huifang.clock import now
from huifang.errors import N_, HuifangError
from huifang.knowledge.actions import add_question, save_article
from huifang.knowledge.finding import articles_within, may_write, search
from huifang.knowledge.forms import ArticleForm, shown_article
from huifang.knowledge.importing import import_articles
from huifang.knowledge.models import Article
from huifang.paging import keyset_page
from huifang.people.models import Role, Store
from huifang.people.permissions import EVERYONE, LEADS, StaffRequest, page
from huifang.people.reach import Reach, reach_of

_LONGEST_QUESTION = 100
_LONGEST_NAME = 180  # bytes; file systems end at 255


@page(EVERYONE)
def knowledge_page(request: StaffRequest) -> HttpResponse:
    """知识库.  Address: q (a question), store (id), state (published, draft or expired), after."""
    reach, asked = reach_of(request.user), request.GET
    question = asked.get("q", "").strip()[:_LONGEST_QUESTION]
    store = _store(reach, asked.get("store", ""))
    state = asked.get("state", "") if asked.get("state", "") in ("published", "draft", "expired") else ""
    today = timezone.localdate(now())
    rows = articles_within(reach)
    if store is not None and reach.everything:
        rows = rows.filter(store=store)
    if request.user.role not in LEADS:
        rows = rows.filter(is_published=True)
    if state == "expired":
        rows = rows.filter(valid_until__lt=today)
    elif state:
        rows = rows.filter(is_published=state == "published")
    hits = search(reach, question, today, store) if question else []
    context: dict[str, Any] = {
        "question": question,
        "hits": hits,
        "is_told": any(hit.is_told for hit in hits),
        "page": keyset_page(rows, order="-changed_at", after=asked.get("after", "")),
        "stores": Store.objects.order_by("code") if reach.everything else [],
        "wanted_store": store.pk if store and reach.everything else None,
        "state": state,
        "states": [
            ("published", gettext("published")),
            ("draft", gettext("draft")),
            ("expired", gettext("expired")),
        ],
        "today": today,
    }
    return render(request, "knowledge/list.html", context)


def _store(reach: Reach, asked: str) -> Store | None:
    """The store to search for: one's own, or the one that was asked for."""
    if not reach.everything:
        return Store.objects.filter(pk=reach.store_id or 0).first()
    return Store.objects.filter(pk=int(asked)).first() if asked.isascii() and asked.isdigit() else None


@page(EVERYONE)
def article_page(request: StaffRequest, pk: int) -> HttpResponse:
    """One article with all its versions."""
    article = _article(request, pk)
    context = {
        "article": article,
        "versions": article.versions.select_related("saved_by").order_by("-number"),
        "may_write": request.user.role in LEADS and may_write(reach_of(request.user), article),
        "today": timezone.localdate(now()),
    }
    return render(request, "knowledge/article.html", context)


@page(LEADS, "GET", "POST")
def article_form_page(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """A new article (``question``: what it is to answer), or one to be written anew."""
    reach = reach_of(request.user)
    article = _article(request, pk) if pk is not None else None
    if article is not None and not may_write(reach, article):
        raise Http404
    asked = request.GET.get("question", "").strip()[:_LONGEST_QUESTION]
    initial = (
        shown_article(article) if article else {"questions": asked, "title": asked[:60], "is_published": True}
    )
    form = ArticleForm(request.POST or None, initial=initial, reach=reach)
    if request.method == "POST" and form.is_valid():
        try:
            saved, is_new = save_article(form.content, acting_user=request.user, now=now(), article=article)
        except HuifangError as error:
            form.add_error(None, error.in_words(gettext))
        else:
            words = gettext("Saved as version %(number)s.") if is_new else gettext("Nothing was changed.")
            messages.success(request, words % {"number": saved.version})
            return redirect("article", pk=saved.pk)
    context: dict[str, Any] = {"form": form, "article": article}
    return render(request, "knowledge/form.html", context, status=400 if form.errors else 200)


@page(LEADS, "POST")
def article_question_page(request: StaffRequest, pk: int) -> HttpResponse:
    """One click: what a customer asked (``question``) becomes another way to ask this article."""
    article = _article(request, pk)
    if not may_write(reach_of(request.user), article):
        raise Http404
    question = request.POST.get("question", "")
    is_new = add_question(article, question, acting_user=request.user, now=now())
    words = gettext("“%(title)s” now answers this question.") if is_new else gettext("Nothing was changed.")
    messages.success(request, words % {"title": article.title})
    return (
        redirect("missing_knowledge") if request.POST.get("back") == "missing" else redirect("article", pk=pk)
    )


@page(LEADS, "GET", "POST", whole_chain=True)
def knowledge_import_page(request: StaffRequest) -> HttpResponse:
    """Bring in a file of articles; with a fault in it nothing of it is taken."""
    if request.method != "POST":
        return render(request, "knowledge/import.html", {})
    upload = request.FILES.get("file")
    if not isinstance(upload, UploadedFile):
        raise HuifangError(detail=N_("choose a CSV, XLSX or Markdown file first."))
    name = Path((upload.name or "file").replace("\\", "/")).name
    with tempfile.TemporaryDirectory(prefix="huifang-knowledge-") as folder:
        path = Path(folder) / name.encode()[-_LONGEST_NAME:].decode(errors="ignore")  # the end says the kind
        with path.open("wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
        done = import_articles(path, acting_user=request.user, now=now())
    if done.faults:
        return render(request, "knowledge/import.html", {"faults": done.faults, "name": name}, status=400)
    messages.success(
        request,
        gettext("%(created)s new, %(changed)s changed, %(unchanged)s as before.")
        % {"created": done.created, "changed": done.changed, "unchanged": done.unchanged},
    )
    return redirect("knowledge")


def _article(request: StaffRequest, pk: int) -> Article:
    rows = articles_within(reach_of(request.user)).filter(pk=pk)
    if request.user.role == Role.AGENT:
        rows = rows.filter(is_published=True)
    article = rows.first()
    if article is None:
        raise Http404
    return article
