"""Which ending a rating leads to: the first rule that fits, a fair draw that can be repeated, reasons."""

from __future__ import annotations

import copy
import json
from collections import Counter
from importlib.resources import files
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.endings import (
    Caller,
    Rule,
    arm,
    choose,
    draw,
    explain,
    facts_of,
    rule_for,
    ways_of,
)

SCRIPT = json.loads((files("huifang.followups") / "scripts" / "first_order_3d.json").read_text("utf-8"))
BY_SCORE = {5: "very_satisfied", 4: "satisfied", 3: "neutral", 2: "dissatisfied", 1: "very_dissatisfied"}

rules = st.lists(
    st.builds(
        Rule,
        id=st.integers(1, 99),
        name=st.just("r"),
        lowest=st.integers(1, 5),
        highest=st.integers(1, 5),
        brand=st.sampled_from(["", "花颜", "动力"]),
        segment=st.none() | st.integers(1, 3),
        purpose=st.sampled_from(["", "care", "service"]),
        tunes=st.lists(st.sampled_from(["rain", "waves", "gentle"]), max_size=3).map(tuple),
        transfer=st.sampled_from([None, True, False]),
        words=st.sampled_from(["", "谢谢您。"]),
    ),
    max_size=6,
)
callers = st.builds(
    Caller,
    brand=st.sampled_from(["", "花颜", "动力"]),
    purpose=st.sampled_from(["care", "service"]),
    segments=st.frozensets(st.integers(1, 3)),
)


def fits(rule: Rule, score: int, caller: Caller) -> bool:
    return (
        rule.lowest <= score <= rule.highest
        and rule.brand in ("", caller.brand)
        and (rule.segment is None or rule.segment in caller.segments)
        and rule.purpose in ("", caller.purpose)
    )


@given(rules, st.integers(1, 5), callers)
def test_the_first_rule_that_fits_is_taken_and_the_reasons_agree(rules, score, caller):
    wanted = next((rule for rule in rules if fits(rule, score, caller)), None)
    assert rule_for(rules, score, caller) == wanted
    looked = explain(rules, score, caller)
    assert [look.rule for look in looked] == rules[: len(looked)]
    assert [look.fits for look in looked[:-1]] == [False] * max(0, len(looked) - 1)
    assert (looked[-1].fits if looked else False) == (wanted is not None)


@given(st.sets(st.sampled_from("abcdef"), min_size=1), st.uuids(), st.sampled_from(["", "a"]))
def test_a_draw_is_one_of_the_pool_and_comes_out_the_same_again(pool, attempt, default):
    first = draw(pool, default, "s", attempt.hex, "e")
    assert first.tune in pool
    assert draw(sorted(pool, reverse=True), default, "s", attempt.hex, "e") == first
    if default not in pool:
        assert first.fair


def test_every_tune_of_a_pool_is_drawn_equally_often_and_each_ending_for_itself():
    draws = Counter(draw("abc", "", "salt", UUID(int=n).hex, "e").tune for n in range(6000))
    assert all(1800 < count < 2200 for count in draws.values()), draws
    together = Counter(
        (draw("ab", "", "s", UUID(int=n).hex, "x").tune, draw("ab", "", "s", UUID(int=n).hex, "y").tune)
        for n in range(4000)
    )
    assert all(850 < count < 1150 for count in together.values()), together


def test_with_a_default_one_call_in_five_still_draws_from_all():
    draws = [draw("abc", "b", "salt", UUID(int=n).hex, "e") for n in range(6000)]
    fair = [d for d in draws if d.fair]
    assert 1000 < len(fair) < 1400
    assert {d.tune for d in draws if not d.fair} == {"b"}
    assert all(250 < count < 550 for count in Counter(d.tune for d in fair).values())


def test_half_of_the_calls_hear_the_announcement():
    assert 850 < sum(arm("salt", UUID(int=n).hex) for n in range(2000)) < 1150
    attempt = uuid4().hex
    assert arm("salt", attempt) == arm("salt", attempt)


def test_the_ratings_of_a_shipped_script_lead_to_its_endings():
    assert ways_of(SCRIPT).scores({}) == {ending: [score] for score, ending in sorted(BY_SCORE.items())}


def test_an_ending_for_several_ratings_is_chosen_for_the_lowest():
    script = copy.deepcopy(SCRIPT)
    script["endings"] = [
        {**script["endings"][0], "id": "glad", "if": {"field": "score.rating", "op": "ge", "value": 2}},
        {**script["endings"][-1], "id": "sad"},
    ]
    rules = [Rule(1, "sad", 1, 2, tunes=("rain",)), Rule(2, "glad", 3, 5, tunes=("gentle",))]
    chosen = choose(rules, Caller(), ways_of(script), {}, "a", lambda tune: True)
    assert {ending: choice.rule.name for ending, choice in chosen.items()} == {"glad": "sad", "sad": "sad"}


def test_what_is_known_of_the_customer_before_the_call_counts():
    script = copy.deepcopy(SCRIPT)
    script["endings"].insert(
        0, {**script["endings"][0], "id": "vip", "if": {"field": "customer.vip", "op": "eq", "value": True}}
    )
    assert ways_of(script).scores({"customer.vip": True}) == {"vip": [1, 2, 3, 4, 5]}
    assert "vip" not in ways_of(script).scores({})


@pytest.mark.parametrize(("field", "felt"), [("heard.emotion", "angry"), ("heard.voice", "agitated")])
def test_an_ending_that_a_feeling_leads_to_is_chosen_for_too_and_changes_no_other(field, felt):
    script = copy.deepcopy(SCRIPT)
    script["endings"].insert(
        0,
        {
            **script["endings"][0],
            "id": "felt",
            "if": {"field": field, "op": "eq", "value": felt},
        },
    )
    plain = ways_of(SCRIPT).scores({})
    assert ways_of(script).scores({}) == {**plain, "felt": [1, 2, 3, 4, 5]}


def test_the_facts_say_what_the_rules_chose_and_nothing_else():
    rules = [
        Rule(1, "a", 5, 5, tunes=("gone",), words="再会。"),
        Rule(2, "b", 1, 2, tunes=("rain", "gone"), transfer=False),
    ]
    chosen = choose(rules, Caller(), ways_of(SCRIPT), {}, "a", lambda tune: tune != "gone")
    assert dict(facts_of(chosen)) == {
        "ending.very_satisfied.words": "再会。",
        "tune.dissatisfied": "rain",
        "ending.dissatisfied.transfer": False,
        "tune.very_dissatisfied": "rain",
        "ending.very_dissatisfied.transfer": False,
    }


@pytest.mark.parametrize("document", [{}, {"steps": []}, {"steps": [], "endings": SCRIPT["endings"]}])
def test_a_script_that_asks_for_no_rating_is_left_alone(document):
    assert ways_of(document).scores({}) == {}
