"""How fast a script is said to somebody, and how long it waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from huifang.logic.dialogue import SayPart
from huifang.logic.script_document import Script

SLOWER = 0.8
"""Of who asks us to speak more slowly."""
_LONGEST_S = 60.0


def speed_of(script: Script, facts: Mapping[str, object], *, slowed: bool = False) -> float:
    """1 = as usual.  ``slowed``: the customer has asked for it."""
    speed = script.pace.speed if script.pace is not None and _holds(script, facts) else 1.0
    return min(speed, SLOWER) if slowed else speed


def silence_of(script: Script, facts: Mapping[str, object], silence_s: float) -> float:
    """How long a silence of ``silence_s`` may be with this customer."""
    if script.pace is None or not _holds(script, facts):
        return silence_s
    return round(min(_LONGEST_S, silence_s * script.pace.patience), 1)


def paced(parts: Iterable[SayPart], speed: float) -> tuple[SayPart, ...]:
    """``parts`` as they are said at ``speed``."""
    return tuple(parts) if speed == 1.0 else tuple(replace(part, pace=speed) for part in parts)


def _holds(script: Script, facts: Mapping[str, object]) -> bool:
    assert script.pace is not None
    return script.pace.when is None or script.pace.when.holds(facts)
