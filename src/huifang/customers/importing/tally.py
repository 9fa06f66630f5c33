"""The sums of an import: every row is counted once, as what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from huifang.customers.importing.rejects import Fault


@dataclass(slots=True)
class Tally:
    """imported + updated + skipped + failed = total."""

    imported: int = 0
    updated: int = 0
    skipped: int = 0
    faults: list[Fault] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    """Ids of the customers whose facts have to be rolled up again."""

    @property
    def failed(self) -> int:
        return len(self.faults)

    @property
    def total(self) -> int:
        return self.imported + self.updated + self.skipped + self.failed
