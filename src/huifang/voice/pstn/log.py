"""The network's own record of what happened, as JSON lines, and what it adds up to.

It is written at the far end and knows nothing of the centre's database: whether anybody was rung twice
is counted here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO


@dataclass(slots=True)
class NetworkLog:
    """Appends one line per happening; without a path it only counts.  One thread writes."""

    path: Path | None
    _file: TextIO | None = None

    def __post_init__(self) -> None:
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open(
                "a", encoding="utf-8", buffering=1
            )  # a line is there once it is written

    def write(self, kind: str, call_id: str = "", **data: Any) -> None:
        """``kind``: started, invite, ringing, answered, keys, said, ended, stopped."""
        if self._file is None:
            return
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "kind": kind}
        if call_id:
            line["call_id"] = call_id
        self._file.write(json.dumps({**line, **data}, ensure_ascii=False) + "\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


@dataclass(frozen=True, slots=True)
class FarSide:
    """What the far end saw.  Agents' phones are not counted among the customers'."""

    invites: Counter[str] = field(default_factory=Counter)
    """number id → INVITEs that arrived for it"""
    call_ids: Counter[str] = field(default_factory=Counter)
    """Call-ID → INVITEs with it"""
    answered: int = 0
    ended: int = 0
    """calls that are over, whatever came of them"""
    open_calls: tuple[str, ...] = ()
    """Call-IDs of calls that had not ended when the log stopped"""
    behaviours: Counter[str] = field(default_factory=Counter)
    keys: dict[str, str] = field(default_factory=dict)
    """Call-ID → keys pressed"""
    heard_s: float = 0.0
    """seconds of voice or music heard by all customers together"""

    @property
    def doubled(self) -> int:
        """How many INVITEs there were beyond one per number."""
        return sum(count - 1 for count in self.invites.values())


def read_far_side(path: Path) -> FarSide:
    """What the log at ``path`` adds up to."""
    return add_up(read_lines(path))


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of the log at ``path`` in order; one cut off by a crash is left out."""
    with path.open(encoding="utf-8") as file:
        yield from _lines(file)


def add_up(lines: Iterable[dict[str, Any]]) -> FarSide:
    """The far side of these log lines."""
    invites: Counter[str] = Counter()
    call_ids: Counter[str] = Counter()
    behaviours: Counter[str] = Counter()
    keys: dict[str, str] = {}
    running: set[str] = set()
    answered = ended = 0
    heard_s = 0.0
    agents: set[str] = set()
    for line in lines:
        kind, call_id = line.get("kind"), str(line.get("call_id", ""))
        if kind == "invite":
            running.add(call_id)
            if line.get("behaviour") == "agent":
                agents.add(call_id)
                continue
            invites[str(line["number"])] += 1
            call_ids[call_id] += 1
            behaviours[str(line["behaviour"])] += 1
        elif kind == "ended":
            running.discard(call_id)
            if call_id not in agents:
                ended += 1
                heard_s += float(line.get("heard_s", 0.0))
        elif call_id in agents:
            continue
        elif kind == "answered":
            answered += 1
        elif kind == "keys":
            keys[call_id] = keys.get(call_id, "") + str(line["keys"])
    return FarSide(
        invites, call_ids, answered, ended, tuple(sorted(running)), behaviours, keys, round(heard_s, 1)
    )


def _lines(file: Iterable[str]) -> Iterable[dict[str, Any]]:
    for text in file:
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict):
            yield line
