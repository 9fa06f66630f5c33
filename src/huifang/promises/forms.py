"""The form of a coupon budget: what people type, as settings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huifang.people.models import Store
from huifang.promises.budgets import BudgetSettings
from huifang.promises.models import CouponBudget


class BudgetForm(forms.Form):
    """One budget.  Whether it is usable the action decides."""

    name = forms.CharField(
        label=_("Coupon"), max_length=80, help_text=_("As customers and staff call it: 老客户专属30元券")
    )
    promotion = forms.RegexField(
        r"^[a-z0-9][a-z0-9_-]*$",
        label=_("Promotion"),
        max_length=60,
        help_text=_("The code by which scripts offer it, in small letters and digits: new30"),
        error_messages={"invalid": _("Use small letters, digits, - and _ only, as in the script.")},
    )
    store = forms.ModelChoiceField(
        Store.objects.order_by("code"), label=_("Store"), required=False, empty_label=_("the whole chain")
    )
    total = forms.IntegerField(
        label=_("Coupons in all"),
        min_value=0,
        max_value=1_000_000,
        help_text=_("The robot never promises more than these, however many calls run at once."),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    @property
    def settings(self) -> BudgetSettings:
        """What a valid form says."""
        return BudgetSettings(**self.cleaned_data)


def shown_budget(budget: CouponBudget) -> dict[str, Any]:
    return {
        "name": budget.name,
        "promotion": budget.promotion,
        "store": budget.store_id,
        "total": budget.total,
        "is_active": budget.is_active,
    }
