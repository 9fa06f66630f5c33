"""Reads the JSON of a script into its document; a fault names the place it was found in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huifang.errors import HuifangError
from huifang.logic.script_document import (
    DUTIES,
    EMPATHY,
    OWN_REPLIES,
    PROMISES,
    PURPOSES,
    REPLIES,
    RESCUES,
    SCHEMAS,
    AfterTransfer,
    Ask,
    Branch,
    End,
    Ending,
    Fallback,
    Fetch,
    Offer,
    Pledge,
    Say,
    Script,
    Step,
    Way,
)
from huifang.logic.script_items import (
    COUNTING,
    ITEM_TYPES,
    MOST_DIGITS,
    Choice,
    Item,
    options_in_words,
    yes_or_no,
)
from huifang.logic.script_text import Text, When, text_from_json, when_from_json

KINDS = ("say", "ask", "probe", "offer", "answer", "promise", "transfer", "branch", "end")


class Fault(Exception):
    """What is wrong with a document, as a clause."""


class Reader:
    """Reads the JSON of one script; a fault names the place it was found in."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        if not isinstance(data, Mapping):
            raise Fault("it is not a JSON object")
        self.data = data
        languages = data.get("languages")
        if not isinstance(languages, list) or not languages or not all(isinstance(x, str) for x in languages):
            raise Fault('“languages” must be a list such as ["zh-CN"]')
        self.languages = tuple(languages)

    def script(self) -> Script:
        data = self.data
        if isinstance(data.get("schema"), bool) or data.get("schema") not in SCHEMAS:
            readable = " and ".join(str(schema) for schema in SCHEMAS)
            raise Fault(f"its schema is {data.get('schema')!r}, and this program reads schema {readable}")
        purpose = self._string(data, "purpose", "the script")
        if purpose not in PURPOSES:
            raise Fault(f"the purpose “{purpose}” is not one of {', '.join(PURPOSES)}")
        steps: dict[str, Step] = {}
        for raw in self._list(data, "steps", "the script"):
            step = self._step(raw)
            if step.id in steps:
                raise Fault(f"two steps are called “{step.id}”")
            steps[step.id] = step
        replies = data.get("replies")
        if not isinstance(replies, Mapping):
            raise Fault("“replies” is missing")
        unknown = sorted(set(replies) - set(REPLIES) - set(OWN_REPLIES))
        if unknown:
            raise Fault(f"the reply “{unknown[0]}” is unknown")
        return Script(
            id=self._string(data, "id", "the script"),
            version=self._whole(data, "version", "the script", 1, 1_000_000),
            name=self._string(data, "name", "the script"),
            purpose=purpose,
            languages=self.languages,
            start=self._string(data, "start", "the script"),
            steps=steps,
            endings=tuple(self._ending(e) for e in self._list(data, "endings", "the script")),
            replies=self._replies(replies),
            defaults=self._defaults(),
            waiting_tune=self._string(data, "waiting_tune", "the script"),
            callback_after_minutes=self._whole(data, "callback_after_minutes", "the script", 1, 10_080),
            confirm_below=self._number(data, "confirm_below", "the script", 0.0, 1.0),
            after_transfer=self._after_transfer(),
            empathy=self._empathy(),
            voicemail=self._voicemail(),
        )

    def _voicemail(self) -> Text | None:
        if "voicemail" not in self.data:
            return None
        raw = self.data["voicemail"]
        if not isinstance(raw, Mapping):
            raise Fault("“voicemail” must be an object with the “text” that is left after the beep")
        return self._text(raw, "text", "“voicemail”")

    def _replies(self, raw: Mapping[str, Any]) -> dict[str, Text]:
        own = {key: self._ours(words) for key, words in OWN_REPLIES.items() if key not in raw}
        return {key: self._text({**own, **raw}, key, "the replies") for key in (*REPLIES, *OWN_REPLIES)}

    def _empathy(self) -> dict[str, tuple[Text, ...]]:
        raw = self.data.get("empathy", {})
        if not isinstance(raw, Mapping):
            raise Fault("“empathy” must be an object with a list of texts by emotion")
        unknown = sorted(set(raw) - set(EMPATHY))
        if unknown:
            raise Fault(f"“empathy” has the unknown emotion “{unknown[0]}”; known are {', '.join(EMPATHY)}")
        found = {}
        for emotion, ours in EMPATHY.items():
            many = min(len(texts) for texts in ours.values())
            own = [self._ours({x: texts[n] for x, texts in ours.items()}) for n in range(many)]
            texts = self._list(
                {"t": raw.get(emotion, own)}, "t", f"the empathy for “{emotion}”", may_be_empty=True
            )
            found[emotion] = tuple(self._text({"t": t}, "t", f"the empathy for “{emotion}”") for t in texts)
        return found

    def _ours(self, words: Mapping[str, str]) -> dict[str, str]:
        """Our own words in the script's languages."""
        return {x: words["zh" if x.startswith("zh") else "en"] for x in self.languages}

    def _after_transfer(self) -> AfterTransfer | None:
        if "after_transfer" not in self.data:
            return None
        raw, where = self.data["after_transfer"], "“after_transfer”"
        if not isinstance(raw, Mapping):
            raise Fault(f"{where} is not an object")
        return AfterTransfer(self._string(raw, "go", where), self._text(raw, "words", where))

    def _step(self, raw: Any) -> Step:
        if not isinstance(raw, Mapping):
            raise Fault("a step is not an object")
        step_id = self._string(raw, "id", "a step")
        where = f"step “{step_id}”"
        kind = self._string(raw, "kind", where)
        if kind == "end":
            return End(step_id)
        if kind not in KINDS:
            raise Fault(f"{where} has the unknown kind “{kind}”; known are {', '.join(KINDS)}")
        if self.data["schema"] == 1 and kind not in ("say", "ask", "branch"):
            raise Fault(f"{where} is of the kind “{kind}”, which needs “schema”: 2")
        ways = tuple(self._way(w, where) for w in self._list(raw, "next", where))
        if kind == "branch":
            return Branch(step_id, ways)
        if kind == "say":
            return Say(
                step_id, self._text(raw, "text", where), ways, disclosure=raw.get("disclosure") is True
            )
        if kind == "promise":
            return self._pledge(raw, step_id, ways, where)
        if kind == "transfer":
            return Fetch(step_id, self._text(raw, "text", where), ways)
        return self._ask(raw, kind, step_id, ways, where)

    def _pledge(self, raw: Mapping[str, Any], step_id: str, ways: tuple[Way, ...], where: str) -> Pledge:
        promise = self._string(raw, "promise", where)
        if promise not in PROMISES:
            raise Fault(f"{where} may promise {' or '.join(PROMISES)} only; a coupon takes a step “offer”")
        due = self._whole(raw, "due_minutes", where, 1, 43_200)
        return Pledge(step_id, self._text(raw, "text", where), promise, due, ways)

    def _ask(self, raw: Mapping[str, Any], kind: str, step_id: str, ways: tuple[Way, ...], where: str) -> Ask:
        item = self._item(raw.get("item"), where)
        options = None
        if not item.shuffle:  # shuffled ones are put into words when they are asked
            options = {language: options_in_words(item, language) for language in self.languages}
        if kind == "offer" and item.type != "yes_no":
            raise Fault(f"{where} is an offer, so its item must be of the type “yes_no”")
        if kind == "answer" and (item.type != "text" or item.choices):
            raise Fault(
                f"{where} takes the customer's questions, so its item must be a “text” without choices"
            )
        return Ask(
            step_id,
            self._text(raw, "text", where, options),
            item,
            ways,
            silence_s=self._number(raw, "silence_s", where, 1.0, 60.0),
            no_input=self._fallback(raw, "no_input", where, options),
            no_match=self._fallback(raw, "no_match", where, options),
            probes=self._string(raw, "probes", where) if kind == "probe" else "",
            offer=Offer(self._string(raw, "promotion", where), self._text(raw, "accepted", where))
            if kind == "offer"
            else None,
            answers=kind == "answer",
        )

    def _item(self, raw: Any, where: str) -> Item:
        if not isinstance(raw, Mapping):
            raise Fault(f"{where} asks nothing: “item” is missing")
        kind = self._string(raw, "type", where)
        if kind not in ITEM_TYPES:
            raise Fault(
                f"{where} has an item of the unknown type “{kind}”; known are {', '.join(ITEM_TYPES)}"
            )
        if self.data["schema"] == 1 and kind not in ("scale", "text"):
            raise Fault(f"{where} has an item of the type “{kind}”, which needs “schema”: 2")
        may_be_empty = kind in ("text", "yes_no", *COUNTING)
        choices = tuple(
            self._choice(c, where) for c in self._list(raw, "choices", where, may_be_empty=may_be_empty)
        )
        if kind in COUNTING and choices:
            raise Fault(f"{where}: an item of the type “{kind}” has no choices")
        if kind == "yes_no":
            choices = choices or yes_or_no(self.languages)
            if [c.code for c in choices] != ["yes", "no"]:
                raise Fault(f"{where}: the choices of a yes_no item have the codes yes and no, in this order")
        low, high = (0, 10) if kind != "number" else self._bounds(raw, where)
        return Item(
            self._string(raw, "id", where),
            kind,
            choices,
            shuffle=raw.get("shuffle") is True,
            low=low,
            high=high,
            past=raw.get("past") is True,
        )

    def _bounds(self, raw: Mapping[str, Any], where: str) -> tuple[int, int]:
        most = 10**MOST_DIGITS - 1
        low, high = self._whole(raw, "low", where, 0, most), self._whole(raw, "high", where, 0, most)
        if low > high:
            raise Fault(f"{where}: “low” is above “high”")
        return low, high

    def _choice(self, raw: Any, where: str) -> Choice:
        if not isinstance(raw, Mapping):
            raise Fault(f"{where} has a choice that is not an object")
        code = self._string(raw, "code", where)
        label = raw.get("label")
        if not isinstance(label, Mapping) or not all(
            isinstance(label.get(x), str) and label.get(x) for x in self.languages
        ):
            raise Fault(f"{where}: the choice “{code}” has no label in every language")
        score = (
            self._whole(raw, "score", f"{where}, choice “{code}”", -1000, 1000) if "score" in raw else None
        )
        key = raw.get("key", "")
        if not isinstance(key, str) or (key and (len(key) != 1 or key not in "123456789")):
            raise Fault(
                f"{where}: the key of the choice “{code}” must be one of 1-9, because 0, * and # are taken"
            )
        keywords = raw.get("keywords", [])
        if not isinstance(keywords, list) or not all(isinstance(k, str) and k for k in keywords):
            raise Fault(f"{where}: the keywords of the choice “{code}” must be a list of words")
        return Choice(code, {x: str(label[x]) for x in self.languages}, score, key, tuple(keywords))

    def _fallback(
        self, raw: Mapping[str, Any], key: str, where: str, options: Mapping[str, str] | None
    ) -> Fallback:
        data = raw.get(key)
        if not isinstance(data, Mapping):
            raise Fault(f"{where} has no “{key}” path")
        prompts = tuple(
            self._text({"p": p}, "p", where, options)
            for p in self._list(data, "prompts", where, may_be_empty=True)
        )
        go = data.get("go", "")
        words = self._text(data, "words", f"{where}, {key}") if "words" in data else None
        if not isinstance(go, str) or bool(go) == (words is not None):
            raise Fault(f"{where}: “{key}” needs either “go” (a step) or “words” (said before ending)")
        rescue = data.get("do", "")
        if rescue not in RESCUES or (rescue and words is None):
            raise Fault(f"{where}: the “do” of “{key}” may be transfer or callback, beside “words”")
        return Fallback(prompts, go, words, rescue)

    def _ending(self, raw: Any) -> Ending:
        if not isinstance(raw, Mapping):
            raise Fault("an ending is not an object")
        ending_id = self._string(raw, "id", "an ending")
        where = f"ending “{ending_id}”"
        do = raw.get("do", [])
        if not isinstance(do, list) or any(d not in DUTIES for d in do):
            raise Fault(f"{where}: “do” may hold {', '.join(DUTIES)} only")
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
            raise Fault("“slots” must be an object")
        defaults: dict[str, dict[str, str]] = {language: {} for language in self.languages}
        for slot, words in raw.items():
            for language in self.languages:
                value = words.get(language) if isinstance(words, Mapping) else None
                if not isinstance(value, str):
                    raise Fault(f"the slot “{slot}” has no default in {language}")
                defaults[language][slot] = value
        return defaults

    def _way(self, raw: Any, where: str) -> Way:
        if not isinstance(raw, Mapping):
            raise Fault(f"{where}: an entry of “next” is not an object")
        return Way(self._when(raw, where), self._string(raw, "go", where))

    def _when(self, raw: Mapping[str, Any], where: str) -> When | None:
        if "if" not in raw:
            return None
        try:
            return when_from_json(raw["if"])
        except (HuifangError, ValueError, TypeError, KeyError) as fault:
            raise Fault(f"{where} has an unusable condition: {fault}") from None

    def _text(
        self, raw: Mapping[str, Any], key: str, where: str, options: Mapping[str, str] | None = None
    ) -> Text:
        if key not in raw:
            raise Fault(f"{where} has no “{key}”")
        try:
            return text_from_json(raw[key], self.languages, options)
        except (HuifangError, ValueError, TypeError, KeyError) as fault:
            raise Fault(f"{where}, “{key}”: {fault}") from None

    def _string(self, raw: Mapping[str, Any], key: str, where: str) -> str:
        value = raw.get(key)
        if not isinstance(value, str) or not value:
            raise Fault(f"{where} has no “{key}”")
        return value

    def _list(self, raw: Mapping[str, Any], key: str, where: str, *, may_be_empty: bool = False) -> list[Any]:
        value = raw.get(key, [] if may_be_empty else None)
        if not isinstance(value, list) or not (value or may_be_empty):
            raise Fault(f"{where} has no “{key}”")
        return value

    def _whole(self, raw: Mapping[str, Any], key: str, where: str, low: int, high: int) -> int:
        value = raw.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Fault(f"{where}: “{key}” must be a whole number from {low} to {high}")
        return value

    def _number(self, raw: Mapping[str, Any], key: str, where: str, low: float, high: float) -> float:
        value = raw.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise Fault(f"{where}: “{key}” must be a number from {low:g} to {high:g}")
        return float(value)
