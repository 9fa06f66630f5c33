"""Which articles a call may be answered from, and finding in them.

Every process keeps what it has read, with an index, until the revision of the knowledge base moves on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from huifang.errors import N_, NotFound
from huifang.knowledge.models import Article, Edition, Revision
from huifang.logic import knowledge
from huifang.logic.knowledge import edition_of, to_json
from huifang.logic.knowledge.search import Index
from huifang.people.models import Store

_KEPT_FOR = timedelta(days=7)  # no call lasts that long


@dataclass
class _Read:
    """The published articles as they were at one revision."""

    revision: str
    rows: list[Article]
    names: dict[tuple[int, str] | None, str] = field(default_factory=dict)
    edition_of: dict[tuple[int, str] | str | None, str] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)


_lock = threading.Lock()
_read: _Read | None = None


def edition_for(store: Store | None, now: datetime) -> str:
    """The name of the edition that calls for ``store`` are answered from, stored so that nodes can fetch it;
    "" where there is nothing to answer from."""
    read = _current()
    key = (store.pk, store.brand) if store else None
    if key not in read.names:
        articles = _of(read.rows, store)
        read.names[key] = edition_of(map(to_json, articles)) if articles else ""
    name = read.names[key]
    if name and not Edition.objects.filter(pk=name).exists():
        content = [to_json(article) for article in _of(read.rows, store)]
        Edition.objects.get_or_create(name=name, defaults={"articles": content, "made_at": now})
        in_use = [one for one in read.names.values() if one]
        Edition.objects.filter(made_at__lt=now - _KEPT_FOR).exclude(name__in=in_use).delete()
    return name


def edition(name: str) -> list[dict[str, Any]]:
    """The articles of an edition as JSON-safe data.  ``NotFound``."""
    row = Edition.objects.filter(pk=name).first()
    if row is None:
        raise NotFound(thing=N_("edition of the knowledge base"))
    articles: list[dict[str, Any]] = row.articles
    return articles


def index_for(store: Store | None, *, everything: bool = False) -> Index:
    """An index over what is published for ``store``; over what is published anywhere with ``everything``."""
    read = _current()
    whose = "everything" if everything else (store.pk, store.brand) if store else None
    if whose not in read.edition_of:
        articles = [row.plain for row in read.rows] if everything else _of(read.rows, store)
        name = read.edition_of[whose] = edition_of(map(to_json, articles))
        if name not in read.indexes:  # many stores have the same
            read.indexes[name] = Index(articles)
    return read.indexes[read.edition_of[whose]]


def _current() -> _Read:
    global _read
    revision = Revision.objects.values_list("name", flat=True).first() or ""
    with _lock:
        if _read is None or _read.revision != revision:
            rows = Article.objects.filter(is_published=True).select_related("store").order_by("code")
            _read = _Read(revision, list(rows) if revision else [])
        return _read


def _of(rows: Iterable[Article], store: Store | None) -> list[knowledge.Article]:
    store_id, brand = (store.pk, store.brand) if store else (None, "")
    return [row.plain for row in rows if row.store_id in (None, store_id) and row.brand in ("", brand)]
