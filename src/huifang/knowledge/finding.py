"""What the page 知识库 shows of a search: the same search as in a call, with its reasons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from huifang.knowledge.editions import index_for
from huifang.knowledge.models import Article
from huifang.people.models import Store
from huifang.people.reach import Reach

_MOST = 10
_LEAST = 0.2


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found.  In a call the robot would answer with it (``is_told``), or ask back whether
    this is meant (``is_asked_back``)."""

    article: Article
    percent: int
    is_told: bool
    is_asked_back: bool
    may_write: bool
    shared: tuple[str, ...]

    def marked(self, words: str) -> SafeString:
        """``words`` with what the question and the article share set off."""
        known = sorted((w for w in self.shared if w in words), key=len, reverse=True)
        if not known:
            return format_html("{}", words)
        parts = re.split("(" + "|".join(map(re.escape, known)) + ")", words)
        return format_html_join(
            "", "{}", ((format_html("<mark>{}</mark>", p) if p in known else p,) for p in parts)
        )

    @property
    def title(self) -> SafeString:
        return self.marked(self.article.title)

    @property
    def answer(self) -> SafeString:
        return self.marked(self.article.answer)

    @property
    def asked(self) -> SafeString:
        """The ways to ask it that share something with the question."""
        near = [q for q in self.article.questions if any(w in q for w in self.shared)]
        return format_html_join("；", "{}", ((self.marked(question),) for question in near[:3]))


def search(reach: Reach, question: str, day: date, store: Store | None = None) -> list[Hit]:
    """What is published within ``reach`` (or for ``store``) and may answer ``question`` on ``day``."""
    index = index_for(store, everything=reach.everything and store is None)
    found = [m for m in index.search(question, day, most=_MOST) if m.score >= _LEAST]
    rows = {a.code: a for a in articles_within(reach).filter(code__in=[m.article.code for m in found])}
    return [
        # Only the first is ever told, and a store's own only there.
        Hit(
            rows[m.article.code],
            round(m.score * 100),
            m.is_certain and n == 0 and (store is not None or not m.article.store),
            m.is_likely and not m.is_certain and n == 0 and (store is not None or not m.article.store),
            may_write(reach, rows[m.article.code]),
            m.shared,
        )
        for n, m in enumerate(found)
        if m.article.code in rows
    ]


def may_write(reach: Reach, article: Article) -> bool:
    """The chain's articles are written by who sees the chain, a store's also there."""
    return reach.everything or article.store_id == reach.store_id


def articles_within(reach: Reach) -> QuerySet[Article]:
    """The articles that somebody may read: the chain's and those of the own store."""
    rows = Article.objects.select_related("store", "changed_by")
    if reach.everything:
        return rows
    brands: Sequence[str] = list(Store.objects.filter(pk=reach.store_id or 0).values_list("brand", flat=True))
    return rows.filter(Q(store=None) | Q(store=reach.store_id), brand__in=["", *brands])
