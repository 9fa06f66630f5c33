"""Articles, what they said before, and the editions that voice nodes answer from."""

from __future__ import annotations

from typing import Any

from django.db import models

from huifang.logic import knowledge
from huifang.logic.knowledge import MOST_SPOKEN
from huifang.people.models import Store, User


class Article(models.Model):
    """知识条目: one thing that customers ask about, as it stands now.

    It holds for one ``store``, or for one ``brand``, or, without either, for the whole chain.
    """

    code = models.SlugField(max_length=40, unique=True)
    version = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=60)
    questions = models.JSONField(default=list)  # ways to ask it
    answer = models.CharField(max_length=MOST_SPOKEN)  # as it is said on the phone
    tags = models.JSONField(default=list)
    product = models.CharField(max_length=60, blank=True)
    brand = models.CharField(max_length=40, blank=True)
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=120, blank=True)  # document and place in it
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)  # the last day
    is_published = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["-changed_at", "-id"], name="article_by_change")]

    def __str__(self) -> str:
        return self.title

    @property
    def plain(self) -> knowledge.Article:
        """The article as the search and the voice line know it."""
        return knowledge.Article(
            code=self.code,
            version=self.version,
            title=self.title,
            answer=self.answer,
            questions=tuple(self.questions),
            tags=tuple(self.tags),
            product=self.product,
            source=self.source,
            store=self.store.code if self.store else "",
            valid_from=self.valid_from.isoformat() if self.valid_from else "",
            valid_until=self.valid_until.isoformat() if self.valid_until else "",
        )


class ArticleVersion(models.Model):
    """What an article said in one version; never changed, because calls refer to it."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content: models.JSONField[Any, Any] = models.JSONField()  # logic.knowledge.Article
    is_published = models.BooleanField()
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="article_version_once")]


class Edition(models.Model):
    """The articles that one call may be answered from, under the name of their content."""

    name = models.CharField(max_length=32, primary_key=True)
    articles = models.JSONField()
    made_at = models.DateTimeField(db_index=True)


class Revision(models.Model):
    """One row with a name that is drawn anew at every change of the knowledge base: every process sees at once
    that what it has read is no longer so."""

    name = models.CharField(max_length=32)
