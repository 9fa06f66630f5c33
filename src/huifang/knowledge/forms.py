"""The form of an article: what people type, as content."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huifang.knowledge.actions import Content
from huifang.knowledge.models import Article
from huifang.logic.knowledge import MOST_SPOKEN
from huifang.people.models import Store
from huifang.people.reach import Reach


class ArticleForm(forms.Form):
    """One article.  Whether it is usable the action decides.

    :param reach: whose articles may be written; who sees one store writes for this store
    """

    title = forms.CharField(label=_("Title"), max_length=60)
    questions = forms.CharField(
        label=_("Ways to ask it"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One to a line, as customers say it. The more ways, the better it is found."),
    )
    answer = forms.CharField(
        label=_("What is said"),
        max_length=MOST_SPOKEN,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("As it is said on the phone, at most 120 characters."),
    )
    tags = forms.CharField(label=_("Tags"), required=False, help_text=_("Separated by spaces."))
    product = forms.CharField(
        label=_("Product"),
        required=False,
        max_length=60,
        help_text=_("Where it is about one product: the robot answers from it only when this one is meant."),
    )
    store = forms.ModelChoiceField(Store.objects.none(), label=_("Store"), required=False)
    brand = forms.ChoiceField(label=_("Brand"), required=False)
    source = forms.CharField(
        label=_("Source"),
        max_length=120,
        help_text=_("Document and place: 售后制度 第1条. Shown wherever the answer was given."),
    )
    valid_from = forms.DateField(
        label=_("Holds from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    valid_until = forms.DateField(
        label=_("Holds until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The last day on which it may be told; empty = without limit."),
    )
    is_published = forms.BooleanField(label=_("Publish it"), required=False, initial=True)

    def __init__(self, *args: Any, reach: Reach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = Store.objects.order_by("code")
        store, brand = self.fields["store"], self.fields["brand"]
        assert isinstance(store, forms.ModelChoiceField)
        assert isinstance(brand, forms.ChoiceField)
        if reach.everything:
            store.queryset, store.empty_label = stores, _("the whole chain")
            brands = sorted(set(stores.exclude(brand="").values_list("brand", flat=True)))
            brand.choices = [("", _("every brand")), *((name, name) for name in brands)]
            if not brands:
                del self.fields["brand"]
        else:
            store.queryset, store.empty_label, store.required = (
                stores.filter(pk=reach.store_id or 0),
                None,
                True,
            )
            del self.fields["brand"]

    @property
    def content(self) -> Content:
        """What a valid form says."""
        data = dict(self.cleaned_data)
        lines = (" ".join(line.split()) for line in data["questions"].splitlines())
        data["questions"] = list(dict.fromkeys(filter(None, lines)))
        data["tags"] = list(
            dict.fromkeys(re.split(r"[\s；;，,、]+", data["tags"].strip()) if data["tags"] else ())
        )
        data["answer"] = " ".join(data["answer"].split())
        return Content(**data)


def shown_article(article: Article) -> dict[str, Any]:
    """What the form shows of an article."""
    return {
        "title": article.title,
        "questions": "\n".join(article.questions),
        "answer": article.answer,
        "tags": " ".join(article.tags),
        "product": article.product,
        "store": article.store_id,
        "brand": article.brand,
        "source": article.source,
        "valid_from": article.valid_from,
        "valid_until": article.valid_until,
        "is_published": article.is_published,
    }
