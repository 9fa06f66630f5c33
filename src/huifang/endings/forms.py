"""The forms of the page 结束曲: what people type, as settings.  Whether it is usable the actions decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huifang.customers.models import Purpose
from huifang.endings.brands import brands
from huifang.endings.library import library, names_of
from huifang.endings.models import EndingRule
from huifang.endings.rules import RuleSettings
from huifang.segments.models import Segment

_SCORES = [(n, n) for n in range(1, 6)]


def brand_choices(*kept: str) -> list[tuple[str, Any]]:
    """The brands of the stores, and those that are ``kept`` though no store has them any more."""
    named = sorted({*brands(), *filter(None, kept)})
    return [("", _("every brand")), *((brand, brand) for brand in named)]


class TuneForm(forms.Form):
    """The name and brand of a tune."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("As staff call it: 新年钢琴曲"))
    brand = forms.ChoiceField(label=_("Brand"), required=False)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        kept = str((self.initial or {}).get("brand") or "")
        self.fields["brand"].choices = brand_choices(kept)  # type: ignore[attr-defined]


class UploadForm(TuneForm):
    """A new tune."""

    file = forms.FileField(
        label=_("File"),
        max_length=200,
        help_text=_(
            "WAV, MP3 or whatever else this browser can play, or bare G.711 (.alaw, .ulaw); 2 to 60 seconds, at most 40 MB. It is brought to telephone quality and to the level of the voice."
        ),
    )
    field_order = ("file", "name", "brand")


class RuleForm(forms.Form):
    """One rule of endings."""

    name = forms.CharField(label=_("Name"), max_length=60)
    lowest = forms.TypedChoiceField(label=_("Ratings from"), choices=_SCORES, coerce=int)
    highest = forms.TypedChoiceField(label=_("to"), choices=_SCORES, coerce=int, initial=5)
    brand = forms.ChoiceField(label=_("Brand"), required=False)
    segment = forms.ModelChoiceField(
        Segment.objects.order_by("name"), label=_("Segment"), required=False, empty_label=_("every customer")
    )
    purpose = forms.ChoiceField(
        label=_("Purpose"), required=False, choices=[("", _("every purpose")), *Purpose.choices]
    )
    tunes = forms.MultipleChoiceField(
        label=_("Tunes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("One of them is drawn by chance for each call. None: the script's own tune."),
    )
    words = forms.CharField(
        label=_("Words instead of the script's"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Up to 100 characters; {customer.salutation}, {customer.name} and {store.name} may stand in it."
        ),
    )
    transfer = forms.ChoiceField(label=_("To a person"), required=False, choices=EndingRule.Transfer.choices)
    message = forms.CharField(
        label=_("Text message after the call"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "The sender's name in 【】 and, for marketing, 拒收请回复R are added by themselves. Up to 70 characters are one message; the same slots may stand in it."
        ),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *arguments: Any, rule: EndingRule | None = None, **more: Any) -> None:
        super().__init__(*arguments, **more)
        kept = names_of(rule.tunes) if rule else {}
        listed = {tune.key: f"{tune.name} · {tune.brand}" if tune.brand else tune.name for tune in library()}
        self.fields["tunes"].choices = list({**kept, **listed}.items())  # type: ignore[attr-defined]
        self.fields["brand"].choices = brand_choices(rule.brand if rule else "")  # type: ignore[attr-defined]

    @property
    def settings(self) -> RuleSettings:
        """What a valid form says."""
        data = dict(self.cleaned_data)
        texts = {name: data[name].strip() for name in ("words", "message")}
        return RuleSettings(**{**data, **texts, "tunes": tuple(data["tunes"])})


def shown_rule(rule: EndingRule) -> dict[str, Any]:
    return {
        name: getattr(rule, name)
        for name in (
            "name",
            "lowest",
            "highest",
            "brand",
            "purpose",
            "tunes",
            "words",
            "transfer",
            "message",
            "is_active",
        )
    } | {"segment": rule.segment_id}


class TryForm(forms.Form):
    """A customer and a rating, to see which rule would be taken."""

    score = forms.TypedChoiceField(label=_("Rating"), choices=_SCORES[::-1], coerce=int)
    brand = forms.ChoiceField(label=_("Brand"), required=False)
    segment = forms.ModelChoiceField(
        Segment.objects.order_by("name"), label=_("Segment"), required=False, empty_label=_("no segment")
    )
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices, initial=Purpose.CARE)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.fields["brand"].choices = [("", _("no brand")), *brand_choices()[1:]]  # type: ignore[attr-defined]
