"""Plans and who has been enrolled in them."""

from __future__ import annotations

from django.db import models

from huifang.customers.models import Customer, Purpose


class Plan(models.Model):
    """回访计划: whom to contact, after which anchor event, in which window, with which script.

    ``document``: {"who": condition tree, "anchor": field name, "due_after_days", "due_within_days",
    "reason": code, "facts": {slot: field}}.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=10, choices=Purpose)
    script = models.CharField(max_length=60)  # slug; the newest published version is pinned per follow-up
    document = models.JSONField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Enrollment(models.Model):
    """入组: one customer in one plan for one occurrence of the anchor event."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="enrollments")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="enrollments")
    occurrence = models.CharField(max_length=40)  # e.g. the anchor's date
    enrolled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "customer", "occurrence"], name="enrollment_once")
        ]
