"""Segments and who is in them."""

from __future__ import annotations

from django.db import models

from huifang.customers.models import Customer


class Segment(models.Model):
    """分群: the customers for whom a condition tree holds."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    tree = models.JSONField()
    refreshed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="membership_once")]
