"""A script as a picture: its steps in layers from the first word to the endings, and the ways between them.  Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from huifang.logic.script_document import Ask, Branch, End, Fetch, Pledge, Say, Script, Step
from huifang.logic.script_text import Fragment, Text

WIDTH, HEIGHT = 176, 58
_BETWEEN, _BELOW = 26, 52
_LABEL = 11  # characters that fit beside each other in a box


@dataclass(frozen=True, slots=True)
class Box:
    """A step or an ending.  ``x`` and ``y``: of its upper left corner, in pixels."""

    id: str
    kind: str  # say | ask | probe | offer | answer | promise | transfer | branch | end | ending
    label: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from one box to another.  ``kind``: way | fallback (taken without an answer) | back."""

    source: str
    target: str
    kind: str
    path: str  # an SVG path


@dataclass(frozen=True, slots=True)
class Map:
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int


def map_of(script: Script, language: str) -> Map:
    """The picture of ``script``, its words in ``language``."""
    ways = list(dict.fromkeys(_ways(script)))
    layers = _layers(script, [(source, target) for source, target, _ in ways])
    widest = max(len(layer) for layer in layers)
    width = widest * (WIDTH + _BETWEEN) + 2 * _BETWEEN
    boxes: dict[str, Box] = {}
    for depth, layer in enumerate(layers):
        left = (width - len(layer) * (WIDTH + _BETWEEN) + _BETWEEN) // 2
        for place, name in enumerate(layer):
            x, y = left + place * (WIDTH + _BETWEEN), _BELOW // 2 + depth * (HEIGHT + _BELOW)
            boxes[name] = Box(name, _kind(script, name), _label(script, name, language), x, y)
    height = len(layers) * (HEIGHT + _BELOW)
    arrows = tuple(_arrow(boxes[source], boxes[target], kind) for source, target, kind in ways)
    return Map(tuple(boxes.values()), arrows, width, height)


def _ways(script: Script) -> Iterator[tuple[str, str, str]]:
    for step in script.steps.values():
        if isinstance(step, End):
            yield from ((step.id, _ending(ending.id), "way") for ending in script.endings)
            continue
        yield from ((step.id, way.go, "way") for way in step.ways)
        if isinstance(step, Ask):
            taken = {way.go for way in step.ways}
            for fallback in (step.no_input, step.no_match):
                if fallback.go and fallback.go not in taken:
                    yield step.id, fallback.go, "fallback"


def _ending(name: str) -> str:
    return f"ending {name}"


def _layers(script: Script, ways: list[tuple[str, str]]) -> list[list[str]]:
    """The boxes by depth: each below all that lead to it, ways that go back left aside."""
    onward: dict[str, list[str]] = {}
    for source, target in ways:
        onward.setdefault(source, []).append(target)
    order = _finished_last_first(script, onward)
    place = {name: n for n, name in enumerate(order)}
    depth = dict.fromkeys(order, 0)
    for name in order:
        for target in onward.get(name, ()):
            if place[target] > place[name]:
                depth[target] = max(depth[target], depth[name] + 1)
    layers: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name in order:
        layers[depth[name]].append(name)
    return [_untangled(layer, layers[at - 1] if at else [], ways) for at, layer in enumerate(layers)]


def _finished_last_first(script: Script, onward: Mapping[str, list[str]]) -> list[str]:
    """Every box, a step before those that it leads to (but for ways that go back)."""
    done: list[str] = []
    seen: set[str] = set()
    starts = [script.start, *([script.after_transfer.go] if script.after_transfer else []), *script.steps]
    for start in starts:
        stack = [(start, False)]
        while stack:
            name, is_left = stack.pop()
            if is_left:
                done.append(name)
            elif name not in seen:
                seen.add(name)
                stack.append((name, True))
                stack += [(target, False) for target in reversed(onward.get(name, [])) if target not in seen]
    return done[::-1]


def _untangled(layer: list[str], above: list[str], ways: list[tuple[str, str]]) -> list[str]:
    """``layer`` in the order of what leads to it."""
    place = {name: n for n, name in enumerate(above)}

    def middle(name: str) -> float:
        sources = [place[source] for source, target in ways if target == name and source in place]
        return sum(sources) / len(sources) if sources else len(above) / 2

    return sorted(layer, key=middle)


def _kind(script: Script, name: str) -> str:
    step = script.steps.get(name)
    if step is None:
        return "ending"
    if isinstance(step, Ask):
        extras = (("probe", step.probes), ("offer", step.offer), ("answer", step.answers))
        return next((kind for kind, has in extras if has), "ask")
    kinds: dict[type[Step], str] = {
        Say: "say", Branch: "branch", Pledge: "promise", Fetch: "transfer", End: "end",
    }  # fmt: skip
    return kinds[type(step)]


def _label(script: Script, name: str, language: str) -> str:
    step = script.steps.get(name)
    if step is None:
        ending = next(e for e in script.endings if _ending(e.id) == name)
        return _short(ending.words, language)
    return "" if isinstance(step, Branch | End) else _short(step.text, language)


def _short(text: Text, language: str) -> str:
    said = [_plain(piece.fragments[language]) for piece in text.pieces]
    words = max(said, key=len)
    return words if len(words) <= _LABEL else words[:_LABEL] + "…"


def _plain(fragments: tuple[Fragment, ...]) -> str:
    """Words with … for what is filled in."""
    return "".join(
        part if isinstance(part, str) else "".join(f if isinstance(f, str) else "…" for f in part)
        for part in fragments
    )


def _arrow(source: Box, target: Box, kind: str) -> Arrow:
    x1, y1 = source.x + WIDTH // 2, source.y + HEIGHT
    x2, y2 = target.x + WIDTH // 2, target.y
    if y2 > y1:
        bend = max(24, (y2 - y1) // 2)
        return Arrow(source.id, target.id, kind, f"M{x1} {y1} C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2}")
    side = min(source.x, target.x) - _BETWEEN // 2
    left, y1, y2 = source.x, source.y + HEIGHT // 2, target.y + HEIGHT // 2
    return Arrow(source.id, target.id, "back", f"M{left} {y1} C{side} {y1} {side} {y2} {target.x} {y2}")
