"""Writing articles; the only writers of the knowledge base."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import uuid4

from django.db import transaction

from huifang.errors import N_, Clause, HuifangError
from huifang.knowledge.models import Article, ArticleVersion, Revision
from huifang.logic.knowledge import MOST_SPOKEN, to_json
from huifang.people.audit import record
from huifang.people.models import Store, User

MOST_QUESTIONS = 30
LONGEST_QUESTION = 60
_LONGEST = {"title": 60, "product": 60, "brand": 40, "source": 120, "code": 40}  # as in models.py
_REVISION = 1


class ArticleUnusable(HuifangError):
    template = N_("The article “%(title)s” cannot be saved: %(reason)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What people write of an article.  Without ``code`` its title and scope name it."""

    title: str
    answer: str
    questions: Sequence[str] = ()
    tags: Sequence[str] = ()
    product: str = ""
    brand: str = ""
    store: Store | None = None
    source: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    is_published: bool = True
    code: str = ""

    @property
    def name(self) -> str:
        """The code under which it is stored."""
        scope = self.store.code if self.store else f"brand {self.brand}" if self.brand else ""
        return self.code or "a-" + hashlib.sha256(f"{scope}\n{self.title}".encode()).hexdigest()[:12]

    def objection(self) -> HuifangError | None:
        """Why it cannot be saved; None where it can."""
        reason = self._reason()
        return ArticleUnusable(title=self.title or "—", reason=reason) if reason else None

    def _reason(self) -> str | Clause:
        if not self.title.strip():
            return N_("it has no title.")
        if not any(ch.isalnum() for ch in self.answer):
            return N_("it has no answer that could be said.")
        if len(self.answer) > MOST_SPOKEN:
            return Clause(
                N_(
                    "its answer has %(length)s characters; on the phone nobody listens to more than %(most)s."
                ),
                length=len(self.answer),
                most=MOST_SPOKEN,
            )
        if len(self.questions) > MOST_QUESTIONS:
            return Clause(N_("it has more than %(most)s ways to ask."), most=MOST_QUESTIONS)
        long = next((q for q in self.questions if len(q) > LONGEST_QUESTION), "")
        if long:
            return Clause(
                N_("the question “%(question)s…” is too long to be asked on the phone."), question=long[:20]
            )
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            return N_("it would end before it begins.")
        if self.brand and self.store:
            return N_("it can hold for one store or for one brand, not for both.")
        for name, most in _LONGEST.items():
            if len(getattr(self, name)) > most:
                return Clause(N_("its %(field)s is longer than %(most)s characters."), field=name, most=most)
        return ""


def add_question(article: Article, question: str, *, acting_user: User, now: datetime) -> bool:
    """Make ``question`` another way to ask ``article``, in a new version; False where it is one already.
    ``ArticleUnusable``."""
    words = " ".join(question.split())
    if not any(ch.isalnum() for ch in words):
        raise ArticleUnusable(title=article.title, reason=N_("the question has no words."))
    with transaction.atomic():
        row = Article.objects.select_for_update().select_related("store").get(pk=article.pk)
        written = {f.name: getattr(row, f.name) for f in fields(Content)}
        written["questions"] = list(dict.fromkeys([*row.questions, words]))
        _article, is_new = save_article(Content(**written), acting_user=acting_user, now=now, article=row)
    return is_new


@transaction.atomic
def save_article(
    content: Content, *, acting_user: User, now: datetime, article: Article | None = None
) -> tuple[Article, bool]:
    """A new article, or ``article`` written anew; with its new version, which calls to come are answered from.
    Where nothing is new no version is made: (article, False).

    Without ``article`` one of the same code is written anew.  ``ArticleUnusable``.
    """
    objection = content.objection()
    if objection is not None:
        raise objection
    found = Article.objects.select_for_update()
    row = found.get(pk=article.pk) if article else found.filter(code=content.name).first()
    is_new = row is None
    row = row or Article(code=content.name)
    written = {f.name: getattr(content, f.name) for f in fields(content) if f.name != "code"}
    written |= {"questions": list(content.questions), "tags": list(content.tags)}
    if not is_new and all(getattr(row, name) == value for name, value in written.items()):
        return row, False
    for name, value in written.items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at, row.changed_by = now, acting_user
    row.save()
    ArticleVersion.objects.create(
        article=row,
        number=row.version,
        content=to_json(row.plain),
        is_published=row.is_published,
        saved_at=now,
        saved_by=acting_user,
    )
    Revision.objects.update_or_create(pk=_REVISION, defaults={"name": uuid4().hex})
    record(
        acting_user=acting_user,
        action="knowledge.create" if is_new else "knowledge.change",
        thing=row,
        code=row.code,
        version=row.version,
        is_published=row.is_published,
    )
    return row, True
