"""State of many sessions side by side: one array per column, one row per session."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Rows:
    """Rows are added at the end; where one is removed, the last one takes its place.

    :param blank: what a new row holds, by column: a scalar or an array
    """

    def __init__(self, **blank: Any) -> None:
        self._blank = {name: np.asarray(value) for name, value in blank.items()}
        self._columns = {
            name: np.repeat(value[np.newaxis], 16, axis=0) for name, value in self._blank.items()
        }
        self.count = 0

    def __getitem__(self, column: str) -> NDArray[Any]:
        """All rows of a column, to be read and written: shape (count, …)."""
        return self._columns[column][: self.count]

    def add(self) -> None:
        row = self.count
        for name, blank in self._blank.items():
            column = self._columns[name]
            if row == len(column):
                column = self._columns[name] = np.concatenate([column, column])
            column[row] = blank
        self.count += 1

    def remove(self, row: int) -> None:
        self.count -= 1
        for column in self._columns.values():
            column[row] = column[self.count]
