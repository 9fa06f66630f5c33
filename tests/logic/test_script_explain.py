"""Scripts in plain words."""

from __future__ import annotations

from pathlib import Path

from everything import PARTS, RATING, ask, script

from huifang.logic.condition import from_json
from huifang.logic.script_explain import explain
from huifang.logic.script_facts import FACTS, PREFIXES
from huifang.logic.script_rules import Rules


def plain(words: str) -> str:
    return words


def test_every_step_ending_and_reply_is_told() -> None:
    data = script(
        ask("part", PARTS, "rating"),
        ask("rating", {**RATING, "shuffle": True}, "fetch", text={"zh-CN": "{customer.name}，您满意吗？"}),
        {"id": "fetch", "kind": "transfer", "text": {"zh-CN": "给您转接。"}, "next": [{"go": "finish"}]},
        slots={"customer.name": {"zh-CN": "您"}},
    )
    lines = list(explain(data, "zh-CN", plain))
    told = "\n".join(lines)
    for step in data.steps:
        assert any(line.endswith(f". {step}") for line in lines)
    assert "   asks: “〔the customer's name〕，您满意吗？”" in lines
    assert "      鞋底 (key 3)" in lines
    assert "      非常满意 (key 1, score 5)" in lines
    assert "   hears nothing: asks again 2 times, then goes on to 3 rating" in lines
    assert "the order of the choices differs" in told
    assert "fetches a person" in told
    assert "- bye" in lines
    assert "refused。" in told


def test_conditions_are_told_with_the_words_of_their_choices() -> None:
    rules = Rules(script(ask("part", PARTS, "rating"), ask("rating", RATING, "finish")), "zh-CN", plain)

    def told(**tree: object) -> str:
        return rules.condition(from_json(tree))

    assert (
        told(field="answer.part", op="in", value=["c1", "c3"])
        == "the answer to “part” is one of “鞋跟”, “鞋底”"
    )
    assert told(field="score.rating", op="between", value=[1, 2]) == "the score of “rating” is from 1 to 2"
    assert told(**{"not": {"known": "store.name"}}) == "the store's name is not known"
    both = {"all": [{"known": "store.name"}, {"any": [{"known": "options"}, {"known": "order.x"}]}]}
    assert (
        told(**both)
        == "the store's name is known and (the choices with their keys is known or order.x is known)"
    )
    assert told(field="customer.is_vip", op="eq", value=False) == "not: the customer is a valued regular"
    assert told(field="offer.spring.available", op="eq", value=True) == "“spring” can still be promised"


def test_the_page_for_newcomers_names_every_fact() -> None:
    page = (Path(__file__).parents[2] / "docs" / "adding-a-script.md").read_text("utf-8")
    assert [name for name in FACTS if f"`{name}`" not in page] == []
    assert [prefix for prefix in PREFIXES if f"`{prefix}" not in page] == ["tune."]  # a script only plays it
