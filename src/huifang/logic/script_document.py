"""The script document: what a conversation says, asks and does, as data.

``script_from_json`` turns the versioned JSON of a script into frozen dataclasses and checks it, so
that a conversation cannot meet a fault of its script: every path ends, every ask knows what to do
with silence and with words that it does not understand, and the first words disclose the machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from huifang.errors import N_, HuifangError
from huifang.logic.script_text import Text, When, text_from_json, when_from_json

SCHEMA = 1
PURPOSES = ("service", "care", "marketing")
DUTIES = ("transfer", "ticket", "callback")
REPLIES = (
    "robot",  # the truthful answer to 你是机器人吗
    "refused",  # the apology after 别再打电话
    "callback",  # the customer is busy or names a better time; slot {callback.when}
    "wrong_number",
    "declined",  # the customer does not want to go on, or says goodbye early
    "transfer",  # the customer asked for a person
    "transfer_failed",  # nobody could take over; slot {callback.when}
    "confirm",  # slot {answer.label}
    "undone",  # the last answer is taken back
)
ENGINE_SLOTS = ("callback.when", "answer.label")
ENGINE_KEYS = "0*#"  # a person, repeat, undo: free in every script


class ScriptInvalid(HuifangError):
    template = N_("The script %(script)s cannot be used: %(fault)s.")


@dataclass(frozen=True, slots=True)
class Way:
    """Where to go on if ``when`` holds (None = always)."""

    when: When | None
    go: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of an ask.  ``code`` is stored; ``score`` is canonical (higher is better)."""

    code: str
    label: Mapping[str, str]
    score: int | None
    key: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """What is asked: ``scale`` (exactly one of the choices) or ``text`` (choices or free words)."""

    id: str
    type: str
    choices: tuple[Choice, ...]

    def by_key(self, key: str) -> Choice | None:
        return next((c for c in self.choices if c.key == key), None)

    def by_code(self, code: str) -> Choice | None:
        return next((c for c in self.choices if c.code == code), None)

    def by_score(self, score: int) -> Choice | None:
        return next((c for c in self.choices if c.score == score), None)


@dataclass(frozen=True, slots=True)
class Fallback:
    """What to do without a usable answer: one prompt per further try, then go on or end with words."""

    prompts: tuple[Text, ...]
    go: str
    words: Text | None


@dataclass(frozen=True, slots=True)
class Say:
    id: str
    text: Text
    ways: tuple[Way, ...]
    disclosure: bool


@dataclass(frozen=True, slots=True)
class Ask:
    id: str
    text: Text
    item: Item
    ways: tuple[Way, ...]
    silence_s: float
    no_input: Fallback
    no_match: Fallback


@dataclass(frozen=True, slots=True)
class Branch:
    id: str
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class End:
    id: str


Step = Say | Ask | Branch | End


@dataclass(frozen=True, slots=True)
class Ending:
    """How a conversation closes: the first ending that applies is taken."""

    id: str
    when: When | None
    words: Text
    tune: str
    seconds: float
    do: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AfterTransfer:
    """What follows when a person has talked to the customer: the step to ``go`` on with, and the ``words``
    that close the call in place of those of its ending, which promise a person."""

    go: str
    words: Text


@dataclass(frozen=True, slots=True)
class Script:
    """A checked script.  ``confirm_below``: a spoken choice with less confidence is confirmed first."""

    id: str
    version: int
    name: str
    purpose: str
    languages: tuple[str, ...]
    start: str
    steps: Mapping[str, Step]
    endings: tuple[Ending, ...]
    replies: Mapping[str, Text]
    defaults: Mapping[str, Mapping[str, str]]  # language → slot → words
    waiting_tune: str
    callback_after_minutes: int
    confirm_below: float
    after_transfer: AfterTransfer | None  # None: a person has the last word

    def texts(self) -> Iterator[tuple[str, Text]]:
        """Every text of the script with its place in words, in the order of a conversation."""
        for step in self.steps.values():
            where = f"step “{step.id}”"
            if isinstance(step, Say | Ask):
                yield where, step.text
            if isinstance(step, Ask):
                for fallback in (step.no_input, step.no_match):
                    yield from ((where, prompt) for prompt in fallback.prompts)
                    if fallback.words is not None:
                        yield where, fallback.words
        for ending in self.endings:
            yield f"ending “{ending.id}”", ending.words
        if self.after_transfer is not None:
            yield "“after_transfer”", self.after_transfer.words
        for key, text in self.replies.items():
            yield f"the reply “{key}”", text


def options_in_words(item: Item, language: str) -> str:
    """Which key means what, in the order of the keys: 非常满意请按1，满意请按2."""
    keyed = sorted((c for c in item.choices if c.key), key=lambda c: c.key)
    if language.startswith("zh"):
        return "，".join(f"{c.label[language]}请按{c.key}" for c in keyed)
    return ", ".join(f"for {c.label[language]} press {c.key}" for c in keyed)


def script_from_json(data: Mapping[str, Any]) -> Script:
    """The checked script in ``data``.  ``ScriptInvalid`` names the step and the fault."""
    from huifang.logic.script_check import check  # the check knows the document, not the other way round

    name = str(data.get("id") or "?") if isinstance(data, Mapping) else "?"
    try:
        script = _Reader(data).script()
    except _Fault as fault:
        raise ScriptInvalid(script=name, fault=str(fault)) from None
    for found in check(script):
        raise ScriptInvalid(script=name, fault=found)
    return script


class _Fault(Exception):
    pass


class _Reader:
    """Reads the JSON of one script; a fault names the place it was found in."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        if not isinstance(data, Mapping):
            raise _Fault("it is not a JSON object")
        self.data = data
        languages = data.get("languages")
        if not isinstance(languages, list) or not languages or not all(isinstance(x, str) for x in languages):
            raise _Fault('“languages” must be a list such as ["zh-CN"]')
        self.languages = tuple(languages)

    def script(self) -> Script:
        data = self.data
        if data.get("schema") != SCHEMA:
            raise _Fault(f"its schema is {data.get('schema')!r}, and this program reads schema {SCHEMA}")
        purpose = self._string(data, "purpose", "the script")
        if purpose not in PURPOSES:
            raise _Fault(f"the purpose “{purpose}” is not one of {', '.join(PURPOSES)}")
        steps: dict[str, Step] = {}
        for raw in self._list(data, "steps", "the script"):
            step = self._step(raw)
            if step.id in steps:
                raise _Fault(f"two steps are called “{step.id}”")
            steps[step.id] = step
        replies = data.get("replies")
        if not isinstance(replies, Mapping):
            raise _Fault("“replies” is missing")
        unknown = sorted(set(replies) - set(REPLIES))
        if unknown:
            raise _Fault(f"the reply “{unknown[0]}” is unknown")
        return Script(
            id=self._string(data, "id", "the script"),
            version=self._whole(data, "version", "the script", 1, 1_000_000),
            name=self._string(data, "name", "the script"),
            purpose=purpose,
            languages=self.languages,
            start=self._string(data, "start", "the script"),
            steps=steps,
            endings=tuple(self._ending(e) for e in self._list(data, "endings", "the script")),
            replies={key: self._text(replies, key, "the replies") for key in REPLIES},
            defaults=self._defaults(),
            waiting_tune=self._string(data, "waiting_tune", "the script"),
            callback_after_minutes=self._whole(data, "callback_after_minutes", "the script", 1, 10_080),
            confirm_below=self._number(data, "confirm_below", "the script", 0.0, 1.0),
            after_transfer=self._after_transfer(),
        )

    def _after_transfer(self) -> AfterTransfer | None:
        if "after_transfer" not in self.data:
            return None
        raw, where = self.data["after_transfer"], "“after_transfer”"
        if not isinstance(raw, Mapping):
            raise _Fault(f"{where} is not an object")
        return AfterTransfer(self._string(raw, "go", where), self._text(raw, "words", where))

    def _step(self, raw: Any) -> Step:
        if not isinstance(raw, Mapping):
            raise _Fault("a step is not an object")
        step_id = self._string(raw, "id", "a step")
        where = f"step “{step_id}”"
        kind = self._string(raw, "kind", where)
        if kind == "end":
            return End(step_id)
        if kind not in ("say", "ask", "branch"):
            raise _Fault(f"{where} has the unknown kind “{kind}”")
        ways = tuple(self._way(w, where) for w in self._list(raw, "next", where))
        if kind == "branch":
            return Branch(step_id, ways)
        if kind == "say":
            return Say(
                step_id, self._text(raw, "text", where), ways, disclosure=raw.get("disclosure") is True
            )
        item = self._item(raw.get("item"), where)
        options = {language: options_in_words(item, language) for language in self.languages}
        return Ask(
            step_id,
            self._text(raw, "text", where, options),
            item,
            ways,
            silence_s=self._number(raw, "silence_s", where, 1.0, 60.0),
            no_input=self._fallback(raw, "no_input", where, options),
            no_match=self._fallback(raw, "no_match", where, options),
        )

    def _item(self, raw: Any, where: str) -> Item:
        if not isinstance(raw, Mapping):
            raise _Fault(f"{where} asks nothing: “item” is missing")
        kind = self._string(raw, "type", where)
        if kind not in ("scale", "text"):
            raise _Fault(f"{where} has an item of the unknown type “{kind}”")
        choices = tuple(
            self._choice(c, where) for c in self._list(raw, "choices", where, may_be_empty=kind == "text")
        )
        return Item(self._string(raw, "id", where), kind, choices)

    def _choice(self, raw: Any, where: str) -> Choice:
        if not isinstance(raw, Mapping):
            raise _Fault(f"{where} has a choice that is not an object")
        code = self._string(raw, "code", where)
        label = raw.get("label")
        if not isinstance(label, Mapping) or not all(label.get(x) for x in self.languages):
            raise _Fault(f"{where}: the choice “{code}” has no label in every language")
        score = (
            self._whole(raw, "score", f"{where}, choice “{code}”", -1000, 1000) if "score" in raw else None
        )
        key = raw.get("key", "")
        if not isinstance(key, str) or (key and (len(key) != 1 or key not in "123456789")):
            raise _Fault(
                f"{where}: the key of the choice “{code}” must be one of 1-9, because 0, * and # are taken"
            )
        keywords = raw.get("keywords", [])
        if not isinstance(keywords, list) or not all(isinstance(k, str) and k for k in keywords):
            raise _Fault(f"{where}: the keywords of the choice “{code}” must be a list of words")
        return Choice(code, {x: str(label[x]) for x in self.languages}, score, key, tuple(keywords))

    def _fallback(self, raw: Mapping[str, Any], key: str, where: str, options: Mapping[str, str]) -> Fallback:
        data = raw.get(key)
        if not isinstance(data, Mapping):
            raise _Fault(f"{where} has no “{key}” path")
        prompts = tuple(
            self._text({"p": p}, "p", where, options)
            for p in self._list(data, "prompts", where, may_be_empty=True)
        )
        go = data.get("go", "")
        words = self._text(data, "words", f"{where}, {key}") if "words" in data else None
        if not isinstance(go, str) or bool(go) == (words is not None):
            raise _Fault(f"{where}: “{key}” needs either “go” (a step) or “words” (said before ending)")
        return Fallback(prompts, go, words)

    def _ending(self, raw: Any) -> Ending:
        if not isinstance(raw, Mapping):
            raise _Fault("an ending is not an object")
        ending_id = self._string(raw, "id", "an ending")
        where = f"ending “{ending_id}”"
        do = raw.get("do", [])
        if not isinstance(do, list) or any(d not in DUTIES for d in do):
            raise _Fault(f"{where}: “do” may hold {', '.join(DUTIES)} only")
        return Ending(
            ending_id,
            self._when(raw, where),
            self._text(raw, "words", where),
            self._string(raw, "tune", where),
            self._number(raw, "seconds", where, 1.0, 60.0),
            tuple(do),
        )

    def _defaults(self) -> dict[str, dict[str, str]]:
        raw = self.data.get("slots", {})
        if not isinstance(raw, Mapping):
            raise _Fault("“slots” must be an object")
        defaults: dict[str, dict[str, str]] = {language: {} for language in self.languages}
        for slot, words in raw.items():
            for language in self.languages:
                value = words.get(language) if isinstance(words, Mapping) else None
                if not isinstance(value, str):
                    raise _Fault(f"the slot “{slot}” has no default in {language}")
                defaults[language][slot] = value
        return defaults

    def _way(self, raw: Any, where: str) -> Way:
        if not isinstance(raw, Mapping):
            raise _Fault(f"{where}: an entry of “next” is not an object")
        return Way(self._when(raw, where), self._string(raw, "go", where))

    def _when(self, raw: Mapping[str, Any], where: str) -> When | None:
        if "if" not in raw:
            return None
        try:
            return when_from_json(raw["if"])
        except (HuifangError, ValueError, TypeError, KeyError) as fault:
            raise _Fault(f"{where} has an unusable condition: {fault}") from None

    def _text(
        self, raw: Mapping[str, Any], key: str, where: str, options: Mapping[str, str] | None = None
    ) -> Text:
        if key not in raw:
            raise _Fault(f"{where} has no “{key}”")
        try:
            return text_from_json(raw[key], self.languages, options)
        except (HuifangError, ValueError, TypeError, KeyError) as fault:
            raise _Fault(f"{where}, “{key}”: {fault}") from None

    def _string(self, raw: Mapping[str, Any], key: str, where: str) -> str:
        value = raw.get(key)
        if not isinstance(value, str) or not value:
            raise _Fault(f"{where} has no “{key}”")
        return value

    def _list(self, raw: Mapping[str, Any], key: str, where: str, *, may_be_empty: bool = False) -> list[Any]:
        value = raw.get(key, [] if may_be_empty else None)
        if not isinstance(value, list) or not (value or may_be_empty):
            raise _Fault(f"{where} has no “{key}”")
        return value

    def _whole(self, raw: Mapping[str, Any], key: str, where: str, low: int, high: int) -> int:
        value = raw.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _Fault(f"{where}: “{key}” must be a whole number from {low} to {high}")
        return value

    def _number(self, raw: Mapping[str, Any], key: str, where: str, low: float, high: float) -> float:
        value = raw.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise _Fault(f"{where}: “{key}” must be a number from {low:g} to {high:g}")
        return float(value)
