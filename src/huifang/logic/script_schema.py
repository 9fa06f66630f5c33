"""The JSON Schema of a script document, for editors; docs/script.schema.json is this one, written out.

It says what a schema can: which keys, of which kinds, within which bounds.  That ways lead somewhere, that every
language has its words, that a condition is not too deep, only the loader knows.
"""

from __future__ import annotations

from typing import Any

from huifang.logic.condition import MAX_CHOICES, MAX_NODES, MAX_NUMBER, MAX_TEXT, ORDERED_OPS
from huifang.logic.script_document import (
    DUTIES,
    EMPATHY,
    OWN_REPLIES,
    PROMISES,
    PURPOSES,
    REPLIES,
    RESCUES,
    SCHEMAS,
)
from huifang.logic.script_items import ITEM_TYPES, MOST_DIGITS, TYPED
from huifang.logic.script_reader import KINDS
from huifang.logic.script_validate import LIMITS, MOST_CHARACTERS, MOST_DAYS, MOST_PATTERN

_NAME = {"type": "string", "minLength": 1}
_TEXT = {"$ref": "#/$defs/text"}
_WHEN = {"$ref": "#/$defs/condition"}
_SLOT = r"\{[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*\}"
_DATE = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_NUMBER = {"type": "number", "minimum": -MAX_NUMBER, "maximum": MAX_NUMBER}
_WORDS = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
_QUESTIONS = ("ask", "probe", "offer", "answer")
_OLD_KINDS, _OLD_ITEMS = ("say", "ask", "branch", "end"), ("scale", "text")


def schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Huifang script",
        **_object(
            schema={"enum": list(SCHEMAS)},
            id=_NAME,
            version=_whole(1, 1_000_000),
            name=_NAME,
            purpose={"enum": list(PURPOSES)},
            languages={"type": "array", "minItems": 1, "items": {"type": "string"}},
            start=_NAME,
            steps={"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
            endings={"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/ending"}},
            replies=_object(
                _optional=dict.fromkeys(OWN_REPLIES, _TEXT),
                additionalProperties=False,
                **dict.fromkeys(REPLIES, _TEXT),
            ),
            waiting_tune=_NAME,
            callback_after_minutes=_whole(1, 10_080),
            confirm_below={"type": "number", "minimum": 0, "maximum": 1},
            _optional={
                "slots": {"type": "object", "additionalProperties": {"type": "object"}},
                "after_transfer": _object(go=_NAME, words=_TEXT),
                "voicemail": _object(text=_TEXT),
                "assistant": _object(text=_TEXT),
                "pace": _object(
                    speed={"type": "number", "minimum": 0.5, "maximum": 2},
                    patience={"type": "number", "minimum": 0.5, "maximum": 4},
                    _optional={"if": _WHEN},
                ),
                "empathy": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {emotion: {"type": "array", "items": _TEXT} for emotion in EMPATHY},
                },
            },
        ),
        **_if({"schema": {"const": 1}}, {"steps": {"items": _old_step()}}),
        "$defs": {
            "text": _text(),
            "condition": _condition(),
            "way": _object(go=_NAME, _optional={"if": _WHEN}),
            "step": _step(),
            "item": _item(),
            "choice": _choice(),
            "fallback": _fallback(),
            "ending": _object(
                id=_NAME,
                words=_TEXT,
                tune=_NAME,
                seconds={"type": "number", "minimum": 1, "maximum": 60},
                _optional={"if": _WHEN, "do": {"type": "array", "items": {"enum": list(DUTIES)}}},
            ),
        },
    }


def _object(
    *, _optional: dict[str, Any] | None = None, additionalProperties: bool = True, **required: Any
) -> dict[str, Any]:
    found = {"type": "object", "required": list(required), "properties": {**required, **(_optional or {})}}
    return found if additionalProperties else {**found, "additionalProperties": False}


def _whole(low: int, high: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high}


def _if(this: dict[str, Any], then: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Where the properties are like ``this``, the others must be like ``then``."""
    return {
        "if": {"properties": this, "required": list(this)},
        "then": {"properties": then, "required": list(required)},
    }


def _text() -> dict[str, Any]:
    words = {"type": "string", "allOf": [{"pattern": r"\S"}, {"pattern": rf"^(?:[^{{}}]|{_SLOT})*$"}]}
    piece = {
        "type": "object",
        "properties": {"if": _WHEN},
        "additionalProperties": words,
        "minProperties": 1,
        **{"if": {"required": ["if"]}, "then": {"minProperties": 2}},
    }
    return {"anyOf": [piece, {"type": "array", "minItems": 1, "items": piece}]}


def _condition() -> dict[str, Any]:
    field = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_.-]{0,63}$"}
    parts = {"type": "array", "maxItems": MAX_NODES, "items": _WHEN}

    def test(ops: tuple[str, ...], value: dict[str, Any]) -> dict[str, Any]:
        return _object(field=field, op={"enum": list(ops)}, value=value, additionalProperties=False)

    def lists(kinds: tuple[dict[str, Any], ...], least: int, most: int) -> dict[str, Any]:
        """Of one kind each."""
        return {
            "anyOf": [{"type": "array", "minItems": least, "maxItems": most, "items": kind} for kind in kinds]
        }

    ordered = tuple(op for op in ORDERED_OPS if op != "between")
    return {
        "anyOf": [
            _object(all=parts, additionalProperties=False),
            _object(any=parts, additionalProperties=False),
            {**_object(additionalProperties=False), "required": ["not"], "properties": {"not": _WHEN}},
            _object(known=field, additionalProperties=False),
            test(("eq", "ne"), {"anyOf": [{"type": "boolean"}, _NUMBER, _WORDS]}),
            test(("contains",), _WORDS),
            test(ordered, {"anyOf": [_NUMBER, _DATE]}),
            test(("between",), lists((_NUMBER, _DATE), 2, 2)),
            test(("in",), lists(({"type": "boolean"}, _NUMBER, _WORDS), 1, MAX_CHOICES)),
        ]
    }


def _step() -> dict[str, Any]:
    ways = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/way"}}
    fallback = {"$ref": "#/$defs/fallback"}
    asked = {
        "text": _TEXT, "item": {"$ref": "#/$defs/item"}, "silence_s": {"type": "number", "minimum": 1, "maximum": 60},
        "no_input": fallback, "no_match": fallback,
    }  # fmt: skip
    pledge = {"text": _TEXT, "promise": {"enum": list(PROMISES)}, "due_minutes": _whole(1, 43_200)}
    only_text = {"item": {"properties": {"type": {"const": "text"}, "choices": {"maxItems": 0}}}}
    only_yes_no = {"item": {"properties": {"type": {"const": "yes_no"}}}}

    def kind(names: tuple[str, ...], has: dict[str, Any]) -> dict[str, Any]:
        return _if({"kind": {"enum": list(names)}}, has, tuple(has))

    return {
        **_object(id=_NAME, kind={"enum": list(KINDS)}),
        "allOf": [
            kind(tuple(k for k in KINDS if k != "end"), {"next": ways}),
            kind(("say", "transfer"), {"text": _TEXT}),
            kind(_QUESTIONS, asked),
            kind(("probe",), {"probes": _NAME}),
            kind(("offer",), {"promotion": _NAME, "accepted": _TEXT, **only_yes_no}),
            kind(("answer",), only_text),
            kind(("promise",), pledge),
        ],
    }


def _old_step() -> dict[str, Any]:
    return {
        "properties": {
            "kind": {"enum": list(_OLD_KINDS)},
        },
        **_if(
            {"kind": {"const": "ask"}},
            {"item": {"properties": {"type": {"enum": list(_OLD_ITEMS)}, "validate": False}}},
        ),
    }


def _item() -> dict[str, Any]:
    choices = {"type": "array", "items": {"$ref": "#/$defs/choice"}}
    must_choose = ("scale", "single", "multi")
    bounds = {name: _whole(0, 10**MOST_DIGITS - 1) for name in ("low", "high")}
    yes_no = [{"properties": {"code": {"const": code}}} for code in ("yes", "no")]
    return {
        **_object(id=_NAME, type={"enum": list(ITEM_TYPES)}, _optional={"choices": choices}),
        "allOf": [
            _if({"type": {"enum": list(must_choose)}}, {"choices": {"minItems": 1}}, ("choices",)),
            _if({"type": {"enum": [*TYPED, "info"]}}, {"choices": {"maxItems": 0}}),
            *_limits(),
            _if({"type": {"const": "number"}}, bounds, tuple(bounds)),
            _if({"type": {"const": "yes_no"}}, {"choices": {"anyOf": [
                {"maxItems": 0}, {"minItems": 2, "maxItems": 2, "prefixItems": yes_no},
            ]}}),
        ],
    }  # fmt: skip


def _limits() -> list[dict[str, Any]]:
    """Which limits the answers of each kind of item may have."""
    number, length = _whole(0, 10**MOST_DIGITS - 1), _whole(1, MOST_CHARACTERS)
    kinds = {
        "min": number, "max": number, "min_length": length, "max_length": length,
        "pattern": {"type": "string", "minLength": 1, "maxLength": MOST_PATTERN, "not": {"pattern": r"\)[*+{]|\\[1-9]"}},
    }  # fmt: skip
    found = []
    for kind, names in LIMITS.items():
        has = {name: kinds[name] for name in names}
        if kind == "date":
            has = dict.fromkeys(names, _whole(-MOST_DAYS, MOST_DAYS))
        validate = {
            **_object(words=_TEXT, _optional=has, additionalProperties=False),
            "anyOf": [{"required": [name]} for name in names],
        }
        found.append(_if({"type": {"const": kind}}, {"validate": validate}))
    others = [kind for kind in ITEM_TYPES if kind not in LIMITS]
    return [*found, _if({"type": {"enum": others}}, {"validate": False})]


def _choice() -> dict[str, Any]:
    return _object(
        code=_NAME,
        label={"type": "object", "minProperties": 1, "additionalProperties": _NAME},
        _optional={
            "score": _whole(-1000, 1000),
            "key": {"type": "string", "pattern": "^[1-9]?$"},
            "keywords": {"type": "array", "items": _NAME},
        },
    )


def _fallback() -> dict[str, Any]:
    prompts = {"type": "array", "items": _TEXT}
    going = {
        **_object(go=_NAME, _optional={"prompts": prompts, "do": {"const": ""}}),
        "not": {"required": ["words"]},
    }
    rescue = {"enum": list(RESCUES)}
    closing = _object(words=_TEXT, _optional={"prompts": prompts, "go": {"const": ""}, "do": rescue})
    return {"anyOf": [going, closing]}
