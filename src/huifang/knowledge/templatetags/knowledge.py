"""What the pages of the knowledge base say with."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.translation import gettext as _

from huifang.knowledge.models import Article, ArticleVersion

register = template.Library()


@register.simple_tag
def scope(article: Article) -> str:
    """For whom an article holds."""
    return article.store.name if article.store else article.brand or _("the whole chain")


@register.simple_tag
def article_state(article: Article, today: date) -> tuple[str, str]:
    """Whether it is told today: the kind of a badge, and its words."""
    if not article.is_published:
        return "off", _("draft")
    if article.valid_until and article.valid_until < today:
        return "overdue", _("expired")
    if article.valid_from and article.valid_from > today:
        return "off", _("not yet")
    return "on", _("published")


@register.simple_tag
def told(code: str, number: int | None) -> ArticleVersion | None:
    """The version of an article that was told in a call."""
    rows = ArticleVersion.objects.filter(article__code=code, number=number or 0).select_related("article")
    return rows.first() if code else None
