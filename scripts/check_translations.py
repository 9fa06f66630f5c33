"""Fail when a text of the screens has no Chinese, or the Chinese has no text any more.

The texts are found as Django finds them: calls of the gettext family (and our ``N_``) in Python, and
the translate tags in templates.  ``--update`` adds missing texts with an empty translation and drops
those that nobody uses; the translating is left to a person.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "huifang"
CATALOGUE = SOURCE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"

_PLAIN = {"gettext", "gettext_lazy", "gettext_noop", "_", "N_"}
_PLURAL = {"ngettext", "ngettext_lazy"}
_WITH_CONTEXT = {"pgettext", "pgettext_lazy"}
_SLOT = re.compile(r"%\((\w+)\)[sd]")
_LITERAL = r"""[uU]?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\"\"\"(?:[^\\]|\\.)*?\"\"\")"""
_TEMPLATE_CALL = re.compile(
    rf"\b(_|gettext|ngettext|pgettext|npgettext)\(\s*{_LITERAL}(?:\s*,\s*{_LITERAL})?", re.DOTALL
)


@dataclass(frozen=True, order=True)
class Text:
    """One text of the programme, as gettext knows it."""

    msgid: str
    context: str = ""
    plural: str = ""


def texts_of_python(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if name in _PLAIN and given:
            yield Text(given[0])
        elif name in _PLURAL and len(given) >= 2:
            yield Text(given[0], plural=given[1])
        elif name in _WITH_CONTEXT and len(given) >= 2:
            yield Text(given[1], context=given[0])


def texts_of_template(source: str) -> Iterator[Text]:
    from django.utils.translation.template import templatize

    for name, first, second in _TEMPLATE_CALL.findall(templatize(source)):
        words = ast.literal_eval(first)
        if name == "ngettext":
            yield Text(words, plural=ast.literal_eval(second))
        elif name == "pgettext":
            yield Text(ast.literal_eval(second), context=words)
        else:
            yield Text(words)


def used_texts(source: Path = SOURCE) -> dict[Text, list[str]]:
    """Every text with the files that use it."""
    found: dict[Text, list[str]] = {}
    for path in sorted(source.rglob("*")):
        if path.suffix == ".py" and "migrations" not in path.parts:
            texts = texts_of_python(path.read_text())
        elif path.suffix == ".html":
            texts = texts_of_template(path.read_text())
        else:
            continue
        for text in texts:
            if text.msgid:
                found.setdefault(text, []).append(path.relative_to(source).as_posix())
    return found


def known_texts(catalogue: polib.POFile) -> dict[Text, polib.POEntry]:
    return {
        Text(entry.msgid, entry.msgctxt or "", entry.msgid_plural or ""): entry
        for entry in catalogue
        if not entry.obsolete
    }


def problems(used: dict[Text, list[str]], catalogue: polib.POFile) -> list[str]:
    """One line for each thing that is wrong."""
    known = known_texts(catalogue)
    found = [
        f"missing: {text.msgid!r} ({', '.join(sorted(set(used[text])))})"
        for text in used
        if text not in known
    ]
    for text, entry in known.items():
        said = list(entry.msgstr_plural.values()) if text.plural else [entry.msgstr]
        if text not in used:
            found.append(f"obsolete: {text.msgid!r}")
        elif not all(said):
            found.append(f"not translated: {text.msgid!r}")
        elif entry.fuzzy:
            found.append(f"fuzzy: {text.msgid!r}")
        elif any(set(_SLOT.findall(words)) - set(_SLOT.findall(text.msgid + text.plural)) for words in said):
            found.append(f"unknown slot in the translation of {text.msgid!r}")
        elif not text.plural and set(_SLOT.findall(text.msgid)) != set(_SLOT.findall(entry.msgstr)):
            found.append(f"slots lost in the translation of {text.msgid!r}")
    return sorted(found)


def update(used: dict[Text, list[str]], catalogue: polib.POFile) -> None:
    known = known_texts(catalogue)
    for text in sorted(set(used) - set(known)):
        entry = polib.POEntry(msgid=text.msgid, msgctxt=text.context or None)
        if text.plural:
            entry.msgid_plural, entry.msgstr_plural = text.plural, {0: ""}
        catalogue.append(entry)
    for text, entry in known.items():
        if text not in used:
            catalogue.remove(entry)
    catalogue.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    catalogue.save()


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django.conf.global_settings")
    catalogue = polib.pofile(str(CATALOGUE), wrapwidth=110)
    used = used_texts()
    if "--update" in sys.argv[1:]:
        update(used, catalogue)
    found = problems(used, catalogue)
    print("\n".join(found) if found else f"{len(used)} texts, all in Chinese")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
