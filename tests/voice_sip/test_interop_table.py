"""docs/interop.md names a test in every row, and the test exists."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_every_row_of_the_table_names_a_test_that_exists() -> None:
    table = (TESTS.parent / "docs" / "interop.md").read_text()
    rows = [
        line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| situation")
    ]
    named = [re.findall(r"`(test_\w+)`", row) for row in rows]
    assert len(rows) > 40
    assert [row for row, tests in zip(rows, named, strict=True) if len(tests) != 1] == []
    code = "\n".join(path.read_text() for path in TESTS.rglob("test_*.py"))
    assert [test for [test] in named if f"def {test}(" not in code] == []
