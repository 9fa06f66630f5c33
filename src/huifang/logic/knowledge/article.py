"""An article of the knowledge base, as plain data, and the edition that a set of them makes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

MOST_SPOKEN = 120
"""Characters of an answer: half a minute on the phone, and nobody listens longer."""


@dataclass(frozen=True, slots=True)
class Article:
    """One thing that customers ask about.

    ``questions`` are ways to ask it, ``answer`` is what is said.  It holds from ``valid_from`` to
    ``valid_until``, both days included, "" = without limit (ISO 8601, the shop's calendar).  ``store`` is the
    code of the only store it holds for, "" = every store.
    """

    code: str
    version: int
    title: str
    answer: str
    questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    product: str = ""
    source: str = ""
    store: str = ""
    valid_from: str = ""
    valid_until: str = ""

    def holds(self, day: date) -> bool:
        """Whether it may be told on this day."""
        today = day.isoformat()
        return (not self.valid_from or self.valid_from <= today) and (
            not self.valid_until or today <= self.valid_until
        )


def edition_of(articles: Iterable[Mapping[str, Any]]) -> str:
    """The name of this set of articles (as JSON): the same for the same content, in whatever order.  What a
    newer centre has added to them counts, too, so an older node can still tell whether it got them whole."""
    lines = sorted(json.dumps(article, sort_keys=True, ensure_ascii=False) for article in articles)
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def to_json(article: Article) -> dict[str, Any]:
    """The article as JSON-safe data."""
    return {**asdict(article), "questions": list(article.questions), "tags": list(article.tags)}


def from_json(data: Mapping[str, Any]) -> Article:
    """The article in ``data``; ``KeyError``/``TypeError``/``ValueError`` where it does not fit.  Unknown keys
    are ignored."""
    if not isinstance(data, Mapping):
        raise TypeError(f"{type(data).__name__} is no article")
    known = {f.name for f in fields(Article)}
    values: dict[str, Any] = {name: str(value) for name, value in data.items() if name in known}
    values["version"] = int(data["version"])
    for name in ("questions", "tags"):
        values[name] = tuple(str(one) for one in data.get(name, ()))
    return Article(**values)
