"""The published schema and the loader agree, as far as a schema can."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from everything import PARTS, RATING, ask, choices, document, say
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from shipped import DOCUMENTS

from huifang.logic.script_reader import Reader
from huifang.logic.script_reading import Fault
from huifang.logic.script_schema import schema

VALIDATOR = Draft202012Validator(schema())
EVERYTHING = document(
    ask("several", {"type": "multi", "choices": choices("甲", "乙")}, "nps"),
    ask("nps", {"type": "nps"}, "age"),
    ask("age", {"type": "number", "low": 1, "high": 99}, "day"),
    ask("day", {"type": "date", "past": True}, "phone"),
    ask("phone", {"type": "phone", "validate": {"pattern": "1.*", "words": {"zh-CN": "手机号。"}}}, "news"),
    ask("news", {"type": "info"}, "years"),
    ask(
        "years",
        {
            "type": "number",
            "low": 1,
            "high": 9,
            "validate": {"min": 2, "max": 5, "words": {"zh-CN": "二到五。"}},
        },
        "within",
    ),
    ask(
        "within",
        {"type": "date", "validate": {"min": -3, "max": 30, "words": {"zh-CN": "一个月内。"}}},
        "code",
    ),
    ask(
        "code",
        {
            "type": "text",
            "validate": {
                "pattern": "[0-9]{6}",
                "min_length": 6,
                "max_length": 6,
                "words": {"zh-CN": "六位。"},
            },
        },
        "ok",
    ),
    ask("ok", {"type": "yes_no"}, "why", no_input={"words": {"zh-CN": "再见。"}, "do": "callback"}),
    ask("why", {"type": "text"}, "part"),
    ask("part", {"type": "single", "choices": PARTS["choices"]}, "offer", kind="probe", probes="why"),
    ask("offer", {"type": "yes_no"}, "more", kind="offer", promotion="p", accepted={"zh-CN": "好。"}),
    ask("more", {"type": "text"}, "pledge", kind="answer"),
    say("pledge", "换货。", "fetch", kind="promise", promise="exchange", due_minutes=9),
    say("fetch", "转接。", "rating", kind="transfer"),
    ask("rating", {**RATING, "shuffle": True}, "finish"),
    empathy={"angry": [{"zh-CN": "抱歉。"}]},
    after_transfer={"go": "rating", "words": {"zh-CN": "再见。"}},
)
ALL = [EVERYTHING, *DOCUMENTS.values()]
JUNK = st.sampled_from(
    [
        None,
        True,
        -1,
        10**9,
        0.5,
        "",
        " ",
        "x",
        "{",
        "{a b}",
        "2026-01-01",
        [],
        ["x"],
        [[]],
        {},
        {"x": 1},
        {"zh-CN": ""},
    ]
)


def reads(data: Any) -> bool:
    try:
        Reader(data).script()
    except Fault:
        return False
    return True


def spots(data: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in ``data``."""
    if way:
        yield way
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, child in children:
        yield from spots(child, (*way, key))


SPOTS = [(n, way) for n, data in enumerate(ALL) for way in spots(data)]


def changed(data: Any, way: tuple[Any, ...], junk: Any, *, leave_out: bool) -> Any:
    data = copy.deepcopy(data)
    at = data
    for key in way[:-1]:
        at = at[key]
    if leave_out:
        del at[way[-1]]
    else:
        at[way[-1]] = copy.deepcopy(junk)
    return data


def test_it_is_a_schema_and_is_published_as_it_is() -> None:
    Draft202012Validator.check_schema(schema())
    page = Path(__file__).parents[2] / "docs" / "script.schema.json"
    assert json.loads(page.read_text("utf-8")) == schema(), "huifang script schema > docs/script.schema.json"


@pytest.mark.parametrize("data", ALL, ids=lambda data: data["id"])
def test_every_script_is_valid(data: dict[str, Any]) -> None:
    assert [e.json_path for e in VALIDATOR.iter_errors(data)] == []
    assert reads(data)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(SPOTS), JUNK, st.booleans())
def test_a_changed_document_is_read_only_where_it_is_valid(
    spot: tuple[int, tuple[Any, ...]], junk: Any, leave_out: bool
) -> None:
    number, way = spot
    data = changed(ALL[number], way, junk, leave_out=leave_out)
    if reads(data):
        assert [e.json_path for e in VALIDATOR.iter_errors(data)] == []


# What a schema cannot know: which languages a script has, and what keys of free objects mean.
FREE = ("zh-CN", "languages", "slots")


@settings(max_examples=250, deadline=None)
@given(st.sampled_from([s for s in SPOTS if not set(s[1]) & set(FREE)]), JUNK, st.booleans())
def test_a_valid_document_is_read(spot: tuple[int, tuple[Any, ...]], junk: Any, leave_out: bool) -> None:
    number, way = spot
    data = changed(ALL[number], way, junk, leave_out=leave_out)
    if VALIDATOR.is_valid(data) and not _is_beyond(data):
        assert reads(data)


def _is_beyond(data: Any) -> bool:
    """A fault that no schema sees: words in other languages than the script's, two steps of one name, low above high,
    a date that the calendar has not."""
    texts = json.dumps(data)
    ids = [step.get("id") for step in data["steps"]]
    bounds = [step["item"] for step in data["steps"] if step.get("item", {}).get("type") == "number"]
    limits = [step.get("item", {}).get("validate", {}) for step in data["steps"]]
    return (
        '"x": ' in texts
        or len(set(ids)) < len(ids)
        or any(item["low"] > item["high"] for item in bounds)
        or any(one.get("min", -9999) > one.get("max", 10**9) for one in limits)
        or any(one.get("min_length", 1) > one.get("max_length", 10**9) for one in limits)
    )
