"""What customers asked and nobody knew: the questions that were passed on, the same ones together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from huifang.knowledge.editions import index_for
from huifang.knowledge.finding import articles_within, may_write
from huifang.knowledge.models import Article
from huifang.logic.knowledge.grouping import group
from huifang.people.models import Store
from huifang.people.reach import Reach
from huifang.promises.models import Promise

_LOOKED_BACK = timedelta(days=90)
_NEAR = 0.2
_MOST = 1000  # the latest; to group thousands takes seconds


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with everybody who asked it, the latest first.  ``answered_by``: the title of the article
    that would answer it at that store now, "" where there is none.  ``near``: what comes nearest then, where ``reach``
    may write it: perhaps this is another way to ask it."""

    words: str
    promises: list[Promise]
    answered_by: str
    near: Article | None

    @property
    def count(self) -> int:
        return len(self.promises)

    @property
    def by_sound(self) -> bool:
        """The recogniser wrote syllables, no characters: nothing that one would write into an article."""
        return self.words.isascii()

    @property
    def waiting(self) -> int:
        """How many still wait for their answer."""
        return sum(promise.state == Promise.State.OPEN for promise in self.promises)

    @property
    def asked_at(self) -> datetime:
        return self.promises[0].made_at


def asked_questions(reach: Reach, now: datetime, store: Store | None = None) -> list[Asked]:
    """The unanswered questions of the last 90 days within ``reach``: those that no article answers yet first,
    of these the most asked first."""
    rows = reach.of(Promise.objects.filter(kind=Promise.Kind.QUESTION), "customer__store")
    rows = rows.exclude(state=Promise.State.REFUSED).filter(made_at__gte=now - _LOOKED_BACK)
    if store is not None:
        rows = rows.filter(customer__store=store)
    promises = list(rows.select_related("customer__store").order_by("-made_at", "-id")[:_MOST])
    named = [(str(p.data.get("question") or p.heard).strip(), p) for p in promises]
    named = [(words, promise) for words, promise in named if words]
    today = timezone.localdate(now)
    found = []
    for numbers in group([words for words, _promise in named]):
        words = named[numbers[0]][0]
        asked_at = named[numbers[0]][1].customer.store
        best = index_for(asked_at).search(words, today, most=1)
        title = best[0].article.title if best and best[0].is_certain else ""
        near = (
            best[0].article.code
            if best and not title and not best[0].by_sound and best[0].score >= _NEAR
            else ""
        )
        found.append((Asked(words, [named[n][1] for n in numbers], title, None), near))
    rows_near = articles_within(reach).filter(code__in={code for _asked, code in found if code})
    by_code = {row.code: row for row in rows_near if may_write(reach, row)}
    shown = [replace(asked, near=by_code.get(code)) for asked, code in found]
    return sorted(shown, key=lambda one: (bool(one.answered_by), -one.count))
