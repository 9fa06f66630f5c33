"""The training text as it is written: ``corpus/*.txt``, see the head of each file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
_HEAD = re.compile(r"\[(.+)\]")
_DEV_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of text and what it says.  ``good``: 1 praises, -1 blames, 0 neither; ``pattern``: what it was
    made from, so that nothing made from the same is both learnt from and tested on."""

    text: str
    category: str
    good: int
    emotion: str
    rating: int
    pattern: str

    @property
    def is_held_out(self) -> bool:
        return is_held_out(self.pattern)


@dataclass(frozen=True, slots=True)
class Aspect:
    """What is judged (``of``) and what is said of it."""

    category: str
    of: tuple[str, ...]
    good: tuple[str, ...]
    bad: tuple[str, ...]
    mild: tuple[str, ...]


def is_held_out(pattern: str) -> bool:
    """Whether a pattern is kept for testing; drawn from its own letters, so that a new line moves no other."""
    drawn = int.from_bytes(hashlib.sha256(pattern.encode()).digest()[:4], "big")
    return drawn < _DEV_SHARE * 2**32


def digest(folder: Path = CORPUS) -> str:
    """The hash of the whole corpus; the model keeps the one that it was trained on."""
    whole = hashlib.sha256()
    for path in sorted(folder.glob("*.txt")):
        whole.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return whole.hexdigest()


def clauses() -> list[Clause]:
    """Everything written clause by clause."""
    found = []
    for name in ("complaints", "praises", "neutral", "hotel", "takeaway", "online", "visits", "implied"):
        for (category, emotion, score), words in _sections(name):
            rating = int(score)
            good = (rating > 3) - (rating < 3 or emotion not in ("calm", "pleased"))
            found += [Clause(w, category, good, emotion, rating, w) for w in words]
    return found


def utterances() -> list[tuple[str, str]]:
    """(text, intent)."""
    return [(w, intent) for (intent,), words in _sections("intents") for w in words]


def topics() -> list[tuple[str, str]]:
    """(word, category) of what names a category, whatever is said of it."""
    return [(w, category) for (category,), words in _sections("topics") for w in words]


def moods() -> list[tuple[str, str]]:
    """(text, emotion) of utterances whose mood is plain."""
    return [(w, emotion) for (emotion,), words in _sections("moods") for w in words]


def strengths() -> list[tuple[str, float]]:
    """(word, how strongly it praises or blames: 3 to -3)."""
    return [(w, float(strength)) for (strength,), words in _sections("words") for w in words]


def feelings() -> list[tuple[str, str]]:
    """(word, emotion) of what names or shows a mood, whatever else is said."""
    return [(w, emotion) for (emotion,), words in _sections("feelings") for w in words]


def stories() -> list[tuple[str, str]]:
    """(whole review, polarity)."""
    return [(w, polarity) for (polarity,), words in _sections("stories") for w in words]


def aspects() -> list[Aspect]:
    found = []
    for (category,), words in _sections("aspects"):
        parts: dict[str, list[str]] = {}
        part: list[str] = []
        for word in words:
            if word in ("of:", "good:", "bad:", "mild:"):
                part = parts.setdefault(word[:-1], [])
            else:
                part.append(word)
        of, good, bad, mild = (tuple(parts.get(key, ())) for key in ("of", "good", "bad", "mild"))
        found.append(Aspect(category, of, good, bad, mild))
    return found


def named_words(name: str) -> dict[str, tuple[str, ...]]:
    """A file of lines ``name: words``; ∅ is no word."""
    lines = (line.partition(":") for line in _lines(name))
    return {key.strip(): tuple(w.replace("∅", "") for w in rest.split()) for key, _, rest in lines}


def _sections(name: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    head: tuple[str, ...] = ()
    words: list[str] = []
    for line in _lines(name):
        found = _HEAD.fullmatch(line)
        if found:
            if words:
                yield head, words
            head, words = tuple(found.group(1).split()), []
        else:
            words += line.split()
    if words:
        yield head, words


def _lines(name: str) -> Iterator[str]:
    for line in (CORPUS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()
