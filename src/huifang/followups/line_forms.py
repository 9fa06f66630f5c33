"""The forms of the page 线路: what people type, as settings.  Whether it is usable the actions decide."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huifang.followups.models import InboundNumber, Script, Trunk
from huifang.followups.numbers import NumberSettings
from huifang.followups.trunks import TrunkSettings, settings_of
from huifang.people.models import Store

_CODECS = [
    ("PCMA,PCMU", _("PCMA, then PCMU")),
    ("PCMU,PCMA", _("PCMU, then PCMA")),
    ("PCMA", _("PCMA only")),
    ("PCMU", _("PCMU only")),
]
_ROWS = {"rows": 2, "spellcheck": "false"}


def _list(text: str) -> list[str]:
    """The entries of a field that takes several: one a line, or with commas between, Chinese ones too."""
    return [entry for entry in re.split(r"[\s,，、;；]+", text) if entry]


class TrunkForm(forms.Form):
    """A trunk.  The password is never shown; an empty field keeps it."""

    name = forms.CharField(label=_("Name"), max_length=40)
    host = forms.CharField(
        label=_("Host"),
        max_length=120,
        help_text=_("What the carrier or the exchange gave you: sip.example.com"),
    )
    port = forms.IntegerField(label=_("Port"), initial=5060)
    user = forms.CharField(
        label=_("User"),
        max_length=80,
        required=False,
        help_text=_("Empty where the trunk knows our address."),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    no_password = forms.BooleanField(label=_("Remove the password"), required=False)
    caller_ids = forms.CharField(
        label=_("Numbers that customers see"),
        required=False,
        widget=forms.Textarea(attrs=_ROWS),
        help_text=_("One a line. Empty: the trunk puts its own."),
    )
    caller_rule = forms.ChoiceField(label=_("Which of them"), choices=Trunk.CallerRule.choices)
    prefixes = forms.CharField(
        label=_("May dial numbers that begin with"),
        widget=forms.Textarea(attrs=_ROWS),
        initial="+86",
        help_text=_(
            "With + and country code: +86, +8621. Numbers outside the mainland and numbers that cost extra are never dialled."
        ),
    )
    max_calls = forms.IntegerField(label=_("Calls at once"), initial=30)
    calls_per_s = forms.FloatField(
        label=_("New calls per second"),
        required=False,
        initial=5,
        help_text=_("As the carrier allows. Empty: no limit."),
    )
    priority = forms.IntegerField(
        label=_("Order"), initial=1, help_text=_("1 is used first; the next only when it is full or paused.")
    )
    weight = forms.IntegerField(
        label=_("Weight"), initial=1, help_text=_("Its share among lines of the same order.")
    )
    codecs = forms.ChoiceField(label=_("Codecs"), choices=_CODECS)
    register = forms.BooleanField(label=_("Every node registers here"), required=False)
    refer = forms.BooleanField(label=_("Hand calls over by REFER"), required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    @property
    def settings(self) -> TrunkSettings:
        """What a valid form says."""
        data = dict(self.cleaned_data)
        del data["password"], data["no_password"]
        data["caller_ids"], data["prefixes"] = _list(data["caller_ids"]), _list(data["prefixes"])
        data["codecs"] = data["codecs"].split(",")
        return TrunkSettings(**data)

    @property
    def new_password(self) -> str | None:
        """The password to store; None: the one that is stored stays."""
        if self.cleaned_data["no_password"]:
            return ""
        return self.cleaned_data["password"] or None


def shown_trunk(trunk: Trunk) -> dict[str, Any]:
    """What the form of ``trunk`` begins with."""
    settings = settings_of(trunk)
    shown: dict[str, Any] = {
        name: getattr(settings, name) for name in TrunkForm.base_fields if name in settings.__slots__
    }
    shown["caller_ids"] = "\n".join(settings.caller_ids)
    shown["prefixes"] = "\n".join(settings.prefixes)
    shown["codecs"] = ",".join(settings.codecs)
    if settings.calls_per_s is not None:
        shown["calls_per_s"] = f"{settings.calls_per_s:g}"
    return shown


class NumberForm(forms.Form):
    """One of our numbers and what answers it."""

    number = forms.CharField(
        label=_("Number"), max_length=32, help_text=_("As customers dial it: 02166668888, or the extension.")
    )
    script = forms.ChoiceField(label=_("Answered with"))
    store = forms.ModelChoiceField(
        Store.objects.order_by("code"), label=_("Store"), required=False, empty_label=_("the whole chain")
    )
    note = forms.CharField(label=_("Note"), max_length=80, required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.fields["script"].choices = script_choices()  # type: ignore[attr-defined]

    @property
    def settings(self) -> NumberSettings:
        """What a valid form says."""
        return NumberSettings(**self.cleaned_data)


def script_choices() -> list[tuple[str, str]]:
    """The published scripts, each by the name of its newest version."""
    return list(dict(Script.objects.order_by("slug", "version").values_list("slug", "name")).items())


def shown_number(number: InboundNumber) -> dict[str, Any]:
    return {
        "number": number.number,
        "script": number.script,
        "store": number.store_id,
        "note": number.note,
        "is_active": number.is_active,
    }
