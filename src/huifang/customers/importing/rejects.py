"""The error file: every row that was not imported, with its line, column and reason."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from huifang.customers.importing.cells import CellFault
from huifang.customers.importing.columns import Columns
from huifang.customers.importing.tables import open_table

# A spreadsheet runs a cell that starts with one of these as a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(slots=True)
class Fault:
    """Why the row of ``line`` was not imported; ``template`` is English, filled from ``data``."""

    line: int
    column: str
    template: str
    data: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, line: int, column: str, fault: CellFault) -> Fault:
        return cls(line, column, fault.template, fault.data)

    @property
    def reason(self) -> str:
        return _(self.template) % self.data


def write_error_file(source: Path, columns: Columns, faults: Sequence[Fault], name: str) -> Path:
    """Write ``imports/<name>`` in the home folder and return its path.

    The rows are read from ``source`` again instead of having been kept in memory.  The file repeats
    what the customer's own file says, phone numbers too, so only this user may read it.
    """
    folder = Path(settings.HUIFANG.home) / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / name
    why = {fault.line: fault for fault in faults}
    partial = target.with_name(target.name + ".part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([_("Line number"), _("Column"), _("Reason"), *map(harmless, columns.header)])
            for line, cells in open_table(source, columns.kind)[1]:
                fault = why.get(line)
                if fault:
                    shown = ["" if cell is None else harmless(str(cell)) for cell in cells]
                    writer.writerow([line, harmless(fault.column), fault.reason, *shown])
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def harmless(cell: str) -> str:
    """``cell`` such that no spreadsheet takes it for a formula."""
    return "'" + cell if cell.startswith(_FORMULA_STARTS) else cell
