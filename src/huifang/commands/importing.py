"""``huifang import``: bring in files and say what became of every row."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from huifang.clock import now
from huifang.customers.importing import import_file
from huifang.customers.models import ImportRun
from huifang.people.audit import system_user


def import_with_report(files: list[Path]) -> int:
    """Import ``files`` in the order given and print the sums.

    Bad rows are normal life: they go to the error file.  Exit code 1 only where a file had rows and not
    one of them was usable.  A file that cannot be used at all raises its HuifangError; the files before
    it stay imported.
    """
    console = Console()
    runs = []
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
    ) as progress:
        for path in files:
            row = progress.add_task(path.name, total=None)
            runs.append(
                import_file(
                    path,
                    acting_user=system_user(),
                    now=now(),
                    progress=partial(_advance, progress, row),
                )
            )
            progress.update(row, completed=runs[-1].total, total=runs[-1].total)
    for run in runs:
        console.print(describe(run))
    return 1 if any(run.total and run.failed == run.total for run in runs) else 0


def _advance(progress: Progress, row: TaskID, done: int, total: int | None) -> None:
    progress.update(row, completed=done, total=total)


def describe(run: ImportRun) -> str:
    """One line: file, sums, and where the bad rows went."""
    line = _(
        "%(file)s: %(total)d rows: %(imported)d imported, %(updated)d updated, "
        "%(skipped)d skipped, %(failed)d failed."
    ) % {
        "file": run.file_name,
        "total": run.total,
        "imported": run.imported,
        "updated": run.updated,
        "skipped": run.skipped,
        "failed": run.failed,
    }
    if run.error_file:
        line += " " + _("Bad rows with reasons: %(path)s") % {"path": run.error_file}
    return line
