"""The functions that do jobs, found by dotted name: ``huifang.<room>.jobs:<function>``.

Only a function that its room has marked with ``@job`` can be named; a row in the database can
therefore never call anything else.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huifang.errors import N_, HuifangError

Payload = dict[str, Any]
Function = Callable[[Payload, datetime], None]

_KIND = re.compile(r"(huifang\.[a-z_]+\.jobs):([a-z_]+)")


class HandlerMissing(HuifangError):
    template = N_("Nobody knows how to do the job “%(kind)s”.")


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that does one kind of job.

    ``is_atomic``: it runs in one transaction with the completion of its row, so that both happen or
    neither.  One that is not atomic commits on its own and must be harmless when done again.
    """

    function: Function
    is_atomic: bool = True

    def __call__(self, payload: Payload, now: datetime) -> None:
        self.function(payload, now)


def job(*, atomic: bool = True) -> Callable[[Function], Handler]:
    """Mark a function ``(payload, now)`` in a room's ``jobs.py`` as a handler."""

    def mark(function: Function) -> Handler:
        return Handler(function, atomic)

    return mark


def find_handler(kind: str) -> Handler:
    """The handler called ``kind``; ``HandlerMissing`` where there is none."""
    match = _KIND.fullmatch(kind)
    if match is None:
        raise HandlerMissing(kind=kind)
    try:
        found = getattr(importlib.import_module(match[1]), match[2], None)
    except ModuleNotFoundError:
        found = None
    if not isinstance(found, Handler):
        raise HandlerMissing(kind=kind)
    return found
