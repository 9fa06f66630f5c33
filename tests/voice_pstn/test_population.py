"""The callers: who is behind a number depends on the seed and the number alone."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.pstn.persona import Line, Persona, Press, Speak
from huifang.voice.pstn.phrases import PHRASES
from huifang.voice.pstn.population import NEVER_ANSWERING_AGENT, SHARES, Population, number_id

numbers = st.from_regex(r"\+861[3-9][0-9]{9}", fullmatch=True)


@given(st.integers(0, 1000), numbers)
def test_the_same_seed_and_number_give_the_same_person(seed: int, number: str) -> None:
    assert Population(seed).persona(number) == Population(seed).persona(number)


@given(st.integers(0, 1000), numbers)
def test_everybody_can_be_played(seed: int, number: str) -> None:
    person = Population(seed).persona(number)
    assert 0 < person.ring_s < 10
    assert 0 < person.stays_s <= 180
    for turn in person.turns:
        if isinstance(turn.deed, Press):
            assert turn.deed.keys
            assert set(turn.deed.keys) <= set("0123456789*#")
        if isinstance(turn.deed, Speak):
            assert any(turn.deed.text in phrases for phrases in PHRASES.values())
    if person.line is Line.ANSWERS:
        assert person.turns
    announces = person.line in (Line.EMPTY_ANNOUNCED, Line.POWERED_OFF, Line.SUSPENDED, Line.VOICEMAIL)
    assert bool(person.announcement) == announces


def test_another_seed_is_another_town() -> None:
    street = [f"+86138{n:08d}" for n in range(50)]
    towns: list[list[Persona]] = [[Population(seed).persona(n) for n in street] for seed in (1, 2)]
    assert towns[0] != towns[1]


def test_the_shares_are_what_a_large_town_shows() -> None:
    seen = Counter(Population(3).persona(f"+86139{n:08d}").behaviour for n in range(6000))
    whole = sum(SHARES.values())
    assert set(seen) == set(SHARES)
    for behaviour, share in SHARES.items():
        assert seen[behaviour] / 6000 == pytest.approx(share / whole, abs=0.02)


def test_shares_are_data() -> None:
    town = Population(7, {"busy": 1.0})
    assert {town.persona(f"+86137{n:08d}").line for n in range(30)} == {Line.BUSY}


def test_a_behaviour_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        Population(7, {"sings": 1.0}).persona("+8613800000000")


def test_all_agents_answer_but_one() -> None:
    town = Population(7)
    lines = {name: town.persona(name).line for name in ("agent1", "agent2", "agent3", "agent4")}
    assert [name for name, line in lines.items() if line is Line.NO_ANSWER] == [NEVER_ANSWERING_AGENT]
    assert all(2 <= town.persona(name).ring_s <= 4 for name in lines)


@given(st.lists(numbers, unique=True, max_size=50))
def test_number_ids_tell_numbers_apart_and_do_not_show_them(found: list[str]) -> None:
    ids = {number_id(7, number) for number in found}
    assert len(ids) == len(found)
    assert not any(number[3:] in i for number in found for i in ids)


def test_some_agents_give_back_hold_and_fetch_an_expert() -> None:
    pressed = {
        name: [turn.deed.keys for turn in Population(7).persona(name).turns if isinstance(turn.deed, Press)]
        for name in ("agent1", "agent2", "agent4", "agent-supervisor")
    }
    assert pressed == {
        "agent1": ["*2", "*2", "*1"],
        "agent2": ["*1"],
        "agent4": ["*3"],
        "agent-supervisor": [],
    }


def test_a_voicemail_waits_for_its_greeting_the_beep_and_a_message() -> None:
    person = Population(7, {"voicemail": 1.0}).persona("+8613600000001")
    assert person.stays_s > 60
    assert "滴一声" in person.announcement
