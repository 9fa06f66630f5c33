"""Importing articles: all of a file, or nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from huifang.knowledge.actions import save_article
from huifang.knowledge.reading import Fault, read_articles
from huifang.people.models import User


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file.  With ``faults`` nothing of it was written."""

    created: int
    changed: int
    unchanged: int
    faults: Sequence[Fault] = ()


def import_articles(path: Path, *, acting_user: User, now: datetime) -> Imported:
    """Write the articles of the file; one that is there already (by its code, else by title and scope) gets a
    new version where something is new.  ``FileUnusable``."""
    good, faults = read_articles(path)
    if faults:
        return Imported(0, 0, 0, faults)
    created = changed = 0
    with transaction.atomic():
        for _line, content in good:
            article, is_new = save_article(content, acting_user=acting_user, now=now)
            created += is_new and article.version == 1
            changed += is_new and article.version > 1
    return Imported(created, changed, len(good) - created - changed)
