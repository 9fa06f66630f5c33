"""What must be true of a whole script before anyone is called with it."""

from __future__ import annotations

from collections.abc import Iterator

from huifang.logic.condition import fields_of
from huifang.logic.script_document import CALL_SLOTS, ENGINE_SLOTS, Ask, End, Say, Script, Step, Way
from huifang.logic.script_text import Text, When

_LONGEST_CODE = 60


def check(script: Script) -> Iterator[str]:
    """The faults of ``script``, each as a clause that names the step."""
    yield from _ways(script)
    yield from _reachability(script)
    yield from _disclosure(script)
    yield from _voicemail(script)
    yield from _asks(script)
    yield from _probes(script)
    yield from _progress(script)
    yield from _endings(script)
    yield from _slots(script)
    yield from _conditions(script)


def targets(step: Step) -> Iterator[str]:
    """Every step that may follow ``step``."""
    if not isinstance(step, End):
        yield from (way.go for way in step.ways)
    if isinstance(step, Ask):
        yield from (f.go for f in (step.no_input, step.no_match) if f.go)


def conditions_of(script: Script) -> Iterator[When]:
    """Every condition of ``script``."""
    yield from (when for _where, when in _whens(script))


def _ways(script: Script) -> Iterator[str]:
    if script.start not in script.steps:
        yield f"it starts at the step “{script.start}”, which does not exist"
    after = script.after_transfer
    if after is not None and after.go not in script.steps:
        yield f"“after_transfer” goes to “{after.go}”, which does not exist"
    for step in script.steps.values():
        for go in targets(step):
            if go not in script.steps:
                yield f"step “{step.id}” goes to “{go}”, which does not exist"
        if not isinstance(step, End):
            yield from _last_is_open(f"step “{step.id}”", step.ways)


def _last_is_open(where: str, ways: tuple[Way, ...]) -> Iterator[str]:
    if ways[-1].when is not None:
        yield f"{where} has no way on when none of its conditions holds"
    if any(way.when is None for way in ways[:-1]):
        yield f"{where} has ways behind one that is always taken"


def _reachability(script: Script) -> Iterator[str]:
    if script.start not in script.steps:
        return
    waiting = [script.start]
    if script.after_transfer is not None and script.after_transfer.go in script.steps:
        waiting.append(script.after_transfer.go)
    seen = set(waiting)
    while waiting:
        for go in targets(script.steps[waiting.pop()]):
            if go in script.steps and go not in seen:
                seen.add(go)
                waiting.append(go)
    for step_id in script.steps:
        if step_id not in seen:
            yield f"step “{step_id}” can never be reached"


def _disclosure(script: Script) -> Iterator[str]:
    """The first words must say that a machine speaks (标识办法; EU AI Act, article 50)."""
    first = script.steps.get(script.start)
    if first is None:
        return
    if not isinstance(first, Say) or not first.disclosure:
        yield f"step “{script.start}” is said first but is not a say step with “disclosure”: true"
        return
    yield from _says_machine(script, f"step “{first.id}”", first.text)


def _says_machine(script: Script, where: str, text: Text) -> Iterator[str]:
    for language in script.languages:
        always = "".join(
            "".join(str(f) for f in piece.fragments[language]) for piece in text.pieces if piece.when is None
        )
        marks = ("智能", "机器人", "人工智能", "AI", "automated", "robot")
        if not any(mark in always for mark in marks):
            yield f"{where} does not always say in {language} that a machine speaks (for example 智能语音助手)"


def _voicemail(script: Script) -> Iterator[str]:
    """Anybody may listen to a voicemail: it names us and our number, and nothing of the customer."""
    text = script.voicemail
    if text is None:
        return
    yield from _says_machine(script, "“voicemail”", text)
    for slot in sorted(set(text.slots())):
        if slot not in CALL_SLOTS and not slot.startswith("store."):
            yield (
                f"“voicemail” uses the slot “{slot}”, but somebody else may listen to it; only slots of the store "
                "and {callback.number} may stand there"
            )
    if "callback.number" not in text.slots():
        yield "“voicemail” does not say {callback.number}, so nobody could call back"


def _asks(script: Script) -> Iterator[str]:
    items: dict[str, str] = {}
    for step in script.steps.values():
        if not isinstance(step, Ask):
            continue
        if step.item.id in items:
            yield f"steps “{items[step.item.id]}” and “{step.id}” both ask the item “{step.item.id}”"
        items[step.item.id] = step.id
        keys = [c.key for c in step.item.choices if c.key]
        codes = [c.code for c in step.item.choices]
        for key in sorted({k for k in keys if keys.count(k) > 1}):
            yield f"step “{step.id}” gives the key {key} to two choices"
        for code in sorted({c for c in codes if codes.count(c) > 1}):
            yield f"step “{step.id}” has two choices with the code “{code}”"
        if step.item.type == "multi" and len(",".join(codes)) > _LONGEST_CODE:
            yield f"step “{step.id}” has choices whose codes together are longer than {_LONGEST_CODE} characters"
        for code in codes:
            if "," in code:
                yield f"step “{step.id}” has a choice whose code “{code}” holds a comma"
        if step.item.type in ("single", "multi") and len(keys) < len(codes):
            yield f"step “{step.id}” is answered by keys too, so every choice needs a key"
        if step.item.type == "scale":
            scores = [c.score for c in step.item.choices]
            if any(s is None for s in scores) or len(set(scores)) < len(scores):
                yield f"step “{step.id}” is a scale, so every choice needs a score of its own"
            if len(keys) < len(codes):
                yield f"step “{step.id}” is a scale, so every choice needs a key"


def _probes(script: Script) -> Iterator[str]:
    """A probe looks into an answer that was given before it."""
    items = {s.item.id for s in script.steps.values() if isinstance(s, Ask)}
    for step in script.steps.values():
        if isinstance(step, Ask) and step.probes:
            if step.probes not in items or step.probes == step.item.id:
                yield f"step “{step.id}” probes the item “{step.probes}”, which no other step asks"
            if step.item.type not in ("single", "text") or not step.item.choices:
                yield f"step “{step.id}” is a probe, so its item must be “single” or “text” with choices"


def _progress(script: Script) -> Iterator[str]:
    """Silence must lead to an end: no circle of steps without an answer of the customer in it."""
    done: set[str] = set()

    def edges(step: Step) -> list[str]:
        if isinstance(step, Ask):
            return [f.go for f in (step.no_input, step.no_match) if f.go]
        return [] if isinstance(step, End) else [way.go for way in step.ways]

    def circle(step_id: str, path: tuple[str, ...]) -> str | None:
        if step_id in path:
            return step_id
        if step_id in done or step_id not in script.steps:
            return None
        for go in edges(script.steps[step_id]):
            found = circle(go, (*path, step_id))
            if found:
                return found
        done.add(step_id)
        return None

    for step_id in script.steps:
        found = circle(step_id, ())
        if found:
            yield f"step “{found}” comes back to itself without an answer of the customer"
            return


def _endings(script: Script) -> Iterator[str]:
    if not any(isinstance(s, End) for s in script.steps.values()):
        yield "it has no step of the kind “end”"
    ids = [e.id for e in script.endings]
    for ending_id in sorted({i for i in ids if ids.count(i) > 1}):
        yield f"two endings are called “{ending_id}”"
    if script.endings[-1].when is not None:
        yield "its last ending has a condition, so some conversations would have no ending"
    for ending in script.endings[:-1]:
        if ending.when is None:
            yield f"ending “{ending.id}” is always taken, so the ones behind it never are"


def _slots(script: Script) -> Iterator[str]:
    for language in script.languages:
        for where, text in script.texts():
            for slot in text.slots():
                if slot not in (*ENGINE_SLOTS, *CALL_SLOTS) and slot not in script.defaults[language]:
                    yield f"{where} uses the slot “{slot}”, which has no default in “slots”"
    shuffled = [text for step in script.steps.values() for text in _shuffled_texts(step)]
    for where, text in script.texts():
        if "options" in text.slots() and not any(text is known for known in shuffled):
            yield f"{where} uses the slot “options”, but asks nothing"


def _shuffled_texts(step: Step) -> list[Text]:
    if not isinstance(step, Ask) or not step.item.shuffle:
        return []
    return [step.text, *step.no_input.prompts, *step.no_match.prompts]


def _conditions(script: Script) -> Iterator[str]:
    """A condition on an answer that is never asked would be false for ever."""
    items = {s.item.id for s in script.steps.values() if isinstance(s, Ask)}
    for where, when in _whens(script):
        for name in sorted(fields_of(when.tree)):
            kind, _, rest = name.partition(".")
            item = rest.partition(".")[0]
            if kind in ("answer", "score", "number") and item not in items:
                yield f"{where} asks about “{name}”, but no step asks the item “{item}”"


def _whens(script: Script) -> Iterator[tuple[str, When]]:
    for step in script.steps.values():
        if not isinstance(step, End):
            yield from ((f"step “{step.id}”", way.when) for way in step.ways if way.when)
    yield from ((f"ending “{e.id}”", e.when) for e in script.endings if e.when)
    for where, text in script.texts():
        yield from ((where, piece.when) for piece in text.pieces if piece.when)
