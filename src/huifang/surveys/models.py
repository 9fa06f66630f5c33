"""Answers that customers gave."""

from __future__ import annotations

from django.db import models

from huifang.customers.models import Customer
from huifang.people.sealed_fields import SealedText


class Response(models.Model):
    """答卷: the answers of one conversation, with the version of the script that asked."""

    conversation = models.UUIDField(unique=True)  # the conversation lives one room up
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="responses")
    script = models.CharField(max_length=80)
    script_version = models.PositiveIntegerField()
    channel = models.CharField(max_length=10)
    started_at = models.DateTimeField()


class Answer(models.Model):
    """One answer.  Key, option code and score are three different things; 5 is the best score."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="answers")
    item = models.CharField(max_length=60)
    code = models.CharField(max_length=60)
    key = models.CharField(max_length=2, blank=True)
    score = models.SmallIntegerField(null=True)
    text = SealedText(context="surveys.answer.text")
    channel = models.CharField(max_length=10)  # key | speech | choice | link
    at = models.DateTimeField()
    polarity = models.FloatField(null=True)  # of spoken words: -1 complains … 1 praises
    category = models.CharField(max_length=20, blank=True)  # what they are about, logic.understanding

    class Meta:
        constraints = [models.UniqueConstraint(fields=["response", "item"], name="answer_once")]
