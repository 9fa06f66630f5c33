"""Which trunk carries a call, and which of its numbers the customer sees."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Line:
    """One trunk as the router sees it.  ``room``: how many more calls may begin on it now."""

    id: int
    prefixes: tuple[str, ...]
    priority: int = 1
    weight: int = 1
    in_use: int = 0
    room: int = 0

    def take(self) -> None:
        """One more call begins here."""
        self.in_use += 1
        self.room -= 1


def allows(prefixes: Collection[str], number: str) -> bool:
    """Whether the E.164 ``number`` begins with one of the E.164 ``prefixes``; none allows nothing."""
    return any(number.startswith(prefix) for prefix in prefixes)


def pick(lines: Sequence[Line], number: str) -> Line | None:
    """The line for ``number``: the lowest priority value that has room; among equals the one that is
    least used for its weight.  None where none that allows the number has room."""
    fitting = [line for line in lines if line.room > 0 and allows(line.prefixes, number)]
    return min(
        fitting,
        key=lambda line: (line.priority, (line.in_use + 1) / max(line.weight, 1), line.id),
        default=None,
    )


def caller_for(numbers: Sequence[str], turn: int, own: Collection[str] = ()) -> str:
    """What the customer sees: each of ``numbers`` in its turn, but those of the customer's store (``own``)
    before all others.  Empty where the trunk has no number: it will put its own."""
    fitting = [number for number in numbers if number in own] or list(numbers)
    return fitting[turn % len(fitting)] if fitting else ""
