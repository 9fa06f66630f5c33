"""What has to be done again and again."""

from __future__ import annotations

from datetime import datetime

from huifang.work.models import Job

RECURRING: dict[str, int] = {
    "huifang.followups.jobs:release_silent": 5,
    "huifang.followups.jobs:close_windows": 60,
    "huifang.segments.jobs:refresh_everybody": 600,
    "huifang.plans.jobs:plan_what_is_due": 300,
    "huifang.tickets.jobs:note_overdue": 60,
    "huifang.promises.jobs:watch": 60,
}
"""Handler → seconds from the end of one run to the start of the next.  One row each: doing it writes
the next occurrence."""


def ensure_recurring(*, now: datetime) -> None:
    """Make the rows of ``RECURRING`` what they should be: due now where new, gone where unknown."""
    Job.objects.exclude(every_s=None).exclude(kind__in=RECURRING).delete()
    for kind, seconds in RECURRING.items():
        row, created = Job.objects.get_or_create(
            key=f"every:{kind}",
            defaults={"kind": kind, "every_s": seconds, "due_at": now, "created_at": now},
        )
        if not created and row.every_s != seconds:
            Job.objects.filter(pk=row.pk).update(every_s=seconds)
