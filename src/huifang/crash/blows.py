"""When what is hit: drawn by a seed, timed by how many telephones have rung.  Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_FIRST, _LAST = 0.02, 0.92
"""Parts of the calls between which the blows fall: there must be something to break, and time to notice."""
_LONGEST_PAUSE_S = 0.4
_WEB = "web"
_SHARES = {"nodes": 0.5, "workers": 0.3, "web": 0.2}


class Kind(StrEnum):
    KILL = "kill"
    FREEZE = "freeze"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Blow:
    """After ``after_calls`` telephones have rung and ``pause_s`` more, hit ``victim``."""

    after_calls: int
    pause_s: float
    kind: Kind
    victim: str = ""


def draw_blows(
    seed: int,
    *,
    calls: int,
    kills: int,
    freezes: int,
    stops: int,
    nodes: Sequence[str],
    workers: Sequence[str],
) -> list[Blow]:
    """The blows in the order in which they fall.  Each node and worker is killed at least once where
    there are kills enough."""
    chance = random.Random(f"blows:{seed}")
    victims = [*nodes, *workers][:kills]
    rooms: dict[str, Sequence[str]] = {"nodes": nodes, "workers": workers, "web": [_WEB]}
    while len(victims) < kills:
        room = chance.choices(list(_SHARES), list(_SHARES.values()))[0]
        victims.append(chance.choice(rooms[room]))
    blows = [_blow(chance, calls, Kind.KILL, victim) for victim in victims]
    blows += [_blow(chance, calls, Kind.FREEZE, chance.choice(nodes)) for _ in range(freezes)]
    for n in range(stops):  # apart from each other, or two would be one
        part = (n + 1) / (stops + 1)
        blows.append(Blow(round(calls * part), chance.uniform(0, _LONGEST_PAUSE_S), Kind.DATABASE))
    return sorted(blows, key=lambda blow: (blow.after_calls, blow.pause_s))


def _blow(chance: random.Random, calls: int, kind: Kind, victim: str) -> Blow:
    after = round(calls * chance.uniform(_FIRST, _LAST))
    return Blow(after, round(chance.uniform(0, _LONGEST_PAUSE_S), 3), kind, victim)
