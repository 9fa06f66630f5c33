"""What is owed, and the processes that do it."""

from __future__ import annotations

from django.db import models


class Job(models.Model):
    """待办承诺: something owed, written in the transaction of the fact that caused it.

    Workers claim due rows with a lease; ``fence`` grows with every claim, so that a worker whose
    lease has run out cannot complete a row that somebody else holds now.
    """

    class State(models.TextChoices):
        DUE = "due"
        CLAIMED = "claimed"
        DONE = "done"
        FAILED = "failed"  # tried as often as allowed; a person must look

    kind = models.CharField(max_length=80)  # dotted name of the handler
    key = models.CharField(max_length=160, unique=True)  # promising twice is promising once
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.DUE)
    due_at = models.DateTimeField()
    every_s = models.PositiveIntegerField(null=True)  # done, it is due again after so many seconds
    tries = models.PositiveIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    claimed_by = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # The tick asks for due rows in order; done rows must not be walked over.
            models.Index(
                fields=["due_at"], name="work_job_due", condition=models.Q(state__in=["due", "claimed"])
            ),
        ]


class ProcessState(models.Model):
    """One supervised process (web, work, voice) as the supervisor sees it; the board shows it."""

    name = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=16)  # running | restarting | stopped
    pid = models.PositiveIntegerField(null=True)
    restarts = models.PositiveIntegerField(default=0)
    last_exit = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField()
