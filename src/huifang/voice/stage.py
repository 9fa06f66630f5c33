"""How far a call has come, and what becomes of one that stumbles."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import Any, TypeVar, cast

log = logging.getLogger(__name__)

Method = TypeVar("Method", bound=Callable[..., None])


class Stage(IntEnum):
    PREPARING = 0
    """Prompts are being rendered."""
    ANNOUNCED = 1
    """DIALLING is on its way to the centre; no INVITE has left."""
    DIALLING = 2
    TALKING = 3
    ENDING = 4
    """Hung up; the last reports of the media are awaited."""
    OVER = 5


def or_hang_up(method: Method) -> Method:
    """A fault of ours in one call ends that call (by its ``fail``), and neither the node nor another call."""

    @wraps(method)
    def guarded(call: Any, *given: Any, **named: Any) -> None:
        try:
            method(call, *given, **named)
        except Exception:
            log.exception("The attempt %s failed", call.order.attempt_id)
            call.fail()

    return cast(Method, guarded)
