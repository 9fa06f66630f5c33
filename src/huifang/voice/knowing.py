"""What a node answers customers' questions from: editions of the knowledge base, fetched when a call is claimed."""

from __future__ import annotations

import json
import logging
import os
import queue
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from huifang.logic.dialogue import Found
from huifang.logic.knowledge import Article, edition_of, from_json
from huifang.logic.knowledge.search import Index
from huifang.voice.contract import Centre, CentreAway, CentreRefuses
from huifang.voice.delivery import Errand

log = logging.getLogger(__name__)

SHOP_ZONE = ZoneInfo("Asia/Shanghai")
"""Whose days an article holds for."""
_NAME = re.compile(r"[0-9a-f]{32}")
_LOOK_S = 0.5
_MOST_AT_HAND = 32
_MOST_FILES = 100
_BREATH_S = 0.002


class Shelf(Errand):
    """Keeps the editions that calls want: in memory with an index, and as files in ``folder``.

    Nobody waits for it: while an edition is on its way there is no answer.  One that the centre does not have is
    given up until it is wanted again; one that is damaged is never used.
    """

    def __init__(self, centre: Centre, folder: Path) -> None:
        super().__init__("knowledge", centre)
        self._folder = folder
        self._wanted: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._indexes: OrderedDict[str, Index] = OrderedDict()
        self._lock = threading.Lock()

    def want(self, edition: str) -> None:
        """Have this edition as soon as possible; from any thread."""
        if _NAME.fullmatch(edition) and self._index(edition) is None:
            self._wanted.put(edition)

    def look_up(self, edition: str, question: str, now: datetime) -> Found | None:
        """The answer to ``question``, where one is likely enough to be told or to be asked back."""
        index = self._index(edition)
        found = index.search(question, now.astimezone(SHOP_ZONE).date(), most=1) if index else []
        if not found or not found[0].is_likely:
            return None
        best, article = found[0], found[0].article
        return Found(
            article.code,
            article.title,
            article.answer,
            article.source,
            article.version,
            doubtful=not best.is_certain,
        )

    def turn(self) -> None:
        try:
            edition = self._wanted.get(timeout=_LOOK_S)
        except queue.Empty:
            return
        if self._index(edition) is not None:
            return
        articles = self._kept(edition)
        if not articles:
            try:
                articles = self._centre.knowledge(edition)
            except CentreRefuses as error:
                log.error("%s Questions are passed on to colleagues.", error)
                return
            except CentreAway:
                self._wanted.put(edition)
                raise
            if edition_of(articles) != edition:
                log.error("The knowledge %s came damaged; questions are passed on to colleagues", edition)
                return
            self._keep(edition, articles)
        try:
            index = Index(_one_by_one(articles))
        except (KeyError, TypeError, ValueError) as error:
            log.error("The knowledge %s is none that this node can read: %r", edition, error)
            return
        with self._lock:
            self._indexes[edition] = index
            while len(self._indexes) > _MOST_AT_HAND:
                self._indexes.popitem(last=False)

    def _index(self, edition: str) -> Index | None:
        with self._lock:
            if edition in self._indexes:
                self._indexes.move_to_end(edition)
            return self._indexes.get(edition)

    def _kept(self, edition: str) -> list[Any]:
        """The edition from the disk; nothing where it is not there, or not whole."""
        try:
            found = json.loads((self._folder / f"{edition}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return []
        return found if isinstance(found, list) and edition_of(found) == edition else []

    def _keep(self, edition: str, articles: list[Any]) -> None:
        """On a full disk it is fetched again next time."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = self._folder / f"{edition}.part"
            partial.write_text(json.dumps(articles), "utf-8")
            os.replace(partial, self._folder / f"{edition}.json")
            oldest_first = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
            for path in oldest_first[:-_MOST_FILES]:
                path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("The knowledge %s cannot be kept on the disk: %s", edition, error.strerror)


def _one_by_one(articles: Iterable[Any]) -> Iterator[Article]:
    """``articles`` out of JSON, with a breath after each: building an index of hundreds must not hold up the media."""
    for article in articles:
        yield from_json(article)
        time.sleep(_BREATH_S)
