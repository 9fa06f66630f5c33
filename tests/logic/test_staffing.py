"""Pacing for agents: the bound, and whole days in virtual time."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.staffing import MISSED_SHARE, Agents, Measured, OnLine, at_most, room

KNOWN = Measured(begun=4000, answered=2000, wanted=200, handling_s=180, wish_after_s=20)
AGENTS = st.builds(Agents, st.integers(0, 20), st.integers(0, 20))
LINES = st.builds(OnLine, st.integers(0, 60), st.integers(0, 60))


def test_nothing_known_means_that_everybody_may_ask():
    assert room(Agents(3, 0), OnLine(0, 0), Measured(), 50) == 3
    assert room(Agents(3, 0), OnLine(1, 1), Measured(), 50) == 1
    assert room(Agents(0, 3), OnLine(0, 0), Measured(), 50) == 0


def test_rare_wishes_leave_room_for_many_calls():
    assert room(Agents(4, 0), OnLine(0, 0), KNOWN, 500) > 12
    assert room(Agents(10, 0), OnLine(0, 0), KNOWN, 500) > 60


@given(AGENTS, LINES, st.integers(0, 60))
def test_one_more_free_agent_never_leaves_less_room(agents, lines, most):
    more = Agents(agents.free + 1, agents.busy)
    assert room(more, lines, KNOWN, most) >= room(agents, lines, KNOWN, most)


@given(AGENTS, LINES)
def test_what_may_begin_at_once_may_begin_one_after_the_other(agents, lines):
    at_once = room(agents, lines, KNOWN, 40)
    for begun in range(at_once):
        assert room(agents, OnLine(lines.before_answer + begun, lines.in_conversation), KNOWN, 1) == 1


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_is_never_taken_lower_than_it_was_measured(times, tries):
    times = min(times, tries)
    assert times / tries - 1e-9 <= at_most(times, tries) <= 1


# ---- days in virtual time


@dataclass
class Day:
    """A population and a desk; every figure that the pacing needs is measured in the run itself."""

    agents: int
    answers: float
    asks: float  # of those who answer
    handling_s: float
    seed: int
    patience_s: float = 15.0
    paced: bool = True
    hours: float = 3.0
    busy: int = 0
    ringing: int = 0
    talking: int = 0
    waiting: list[float] = field(default_factory=list)  # when whoever waits gives up
    begun: int = 0
    answered: int = 0
    wanted: int = 0
    missed: int = 0
    busy_s: float = 0.0
    wishes: list[float] = field(default_factory=list)

    def run(self) -> None:
        chance = random.Random(self.seed)
        events: list[tuple[float, int, str]] = []
        numbers = iter(range(10**9))

        def at(when: float, what: str) -> None:
            heapq.heappush(events, (when, next(numbers), what))

        at(0.0, "claim")
        now, end = 0.0, self.hours * 3600
        while events and now < end:
            then, _, what = heapq.heappop(events)
            self.busy_s += self.busy * (then - now)
            now = then
            if what == "claim":
                for _ in range(self._room()):
                    self.begun += 1
                    self.ringing += 1
                    picks_up = chance.random() < self.answers
                    at(
                        now + chance.uniform(4, 12) if picks_up else now + chance.uniform(5, 35),
                        "answer" if picks_up else "none",
                    )
                at(now + 1.0, "claim")
            elif what == "none":
                self.ringing -= 1
            elif what == "answer":
                self.ringing -= 1
                self.answered += 1
                self.talking += 1
                wishes = chance.random() < self.asks
                after = chance.uniform(15, 60)
                if wishes:
                    self.wishes.append(after)
                at(now + after, "wish" if wishes else "bye")
            elif what == "bye":
                self.talking -= 1
            elif what == "wish":
                self.talking -= 1
                self.wanted += 1
                if self.busy < self.agents:
                    self.busy += 1
                    at(now + chance.expovariate(1 / self.handling_s), "done")
                else:
                    self.waiting.append(now + self.patience_s)
                    at(now + self.patience_s, "give_up")
            elif what == "done":
                if self.waiting:
                    self.waiting.pop(0)
                    at(now + chance.expovariate(1 / self.handling_s), "done")
                else:
                    self.busy -= 1
            elif self.waiting and self.waiting[0] <= now:  # give_up
                self.waiting.pop(0)
                self.missed += 1

    def _room(self) -> int:
        if not self.paced:
            return 3
        wishes = sorted(self.wishes[-200:])
        measured = Measured(
            begun=self.begun - self.ringing,
            answered=self.answered - self.talking,
            wanted=self.wanted,
            handling_s=self.handling_s,
            wish_after_s=wishes[len(wishes) // 4] if wishes else 0.0,
        )
        desk = Agents(max(0, self.agents - self.busy - len(self.waiting)), self.busy)
        return room(desk, OnLine(self.ringing, self.talking), measured, 12)

    @property
    def missed_share(self) -> float:
        return self.missed / max(self.wanted, 1)

    @property
    def utilisation(self) -> float:
        return self.busy_s / (self.agents * self.hours * 3600)


POPULATIONS = [
    # agents, answers, asks, handling → the least that the desk is busy
    (3, 0.4, 0.10, 120.0, 0.25),
    (6, 0.4, 0.25, 180.0, 0.45),
    (10, 0.5, 0.15, 240.0, 0.50),
    (20, 0.3, 0.30, 150.0, 0.60),
]


@pytest.mark.parametrize(("agents", "answers", "asks", "handling", "least"), POPULATIONS)
def test_hardly_anybody_finds_nobody_and_the_desk_is_not_idle(agents, answers, asks, handling, least):
    days = [Day(agents, answers, asks, handling, seed) for seed in range(3)]
    for day in days:
        day.run()
    wanted = sum(day.wanted for day in days)
    assert sum(day.missed for day in days) <= MISSED_SHARE * wanted
    assert sum(day.utilisation for day in days) / len(days) >= least


def test_without_pacing_the_same_desk_loses_customers():
    day = Day(6, 0.4, 0.25, 180.0, seed=1, paced=False)
    day.run()
    assert day.missed_share > 10 * MISSED_SHARE
