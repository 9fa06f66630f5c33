"""Moving a column of what is stored already into a sealed one, or back; for migrations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_BATCH = 1_000


def moved(app: str, model: str, **columns: str) -> Callable[[Any, object], None]:
    """For ``RunPython``: of every row copy each column into the other one (``old="new"``)."""

    def move(apps: Any, _editor: object) -> None:
        rows = apps.get_model(app, model).objects.order_by("pk")
        batch = list(rows[:_BATCH])
        while batch:
            for row in batch:
                for old, new in columns.items():
                    setattr(row, new, getattr(row, old))
            rows.bulk_update(batch, list(columns.values()))
            batch = list(rows.filter(pk__gt=batch[-1].pk)[:_BATCH])

    return move
