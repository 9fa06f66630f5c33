"""Texts with labels from a user's own file: text and label with a tab between them, in UTF-8, UTF-16 or GB18030.

A head line is optional; with one, the columns may stand in any order among others, and commas may part them as
spreadsheets and public collections of reviews have it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from huifang.errors import N_, Clause, FileUnusable, why

_TEXTS = frozenset(("text", "review", "sentence", "content", "文本", "内容", "评论", "句子"))
_LABELS = frozenset(("label", "instant", "标签", "类别"))
_QUESTIONS = frozenset(("asked", "question", "问题"))
_LINES = re.compile(r"\r\n|\n|\r")
_Row = tuple[int, str, str, str]  # number of the line, text, label, question
_SHOWN = 40  # characters of an unknown label


def read_labelled(path: Path, names: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """(text, label) of every line; see ``read_replies``."""
    return [(text, label) for text, label, _ in read_replies(path, names)]


def read_replies(path: Path, names: Mapping[str, str] | None) -> list[tuple[str, str, str]]:
    """(text, label, question) of every line, the question empty where no column ``asked`` has it; empty lines are
    passed over.

    :param names: the label that each name in the file, in small letters, stands for; None where a label is
        ``none`` or an instant such as 2026-11-26T15:00
    :raises FileUnusable: with one sentence naming the line and what is wrong with it
    """
    rows: list[tuple[str, str, str]] = []
    try:
        parted = list(_rows(path))
    except csv.Error as error:
        raise FileUnusable(
            path=path, reason=N_("a cell in it is far too long; a quotation mark may never be closed.")
        ) from error
    for line, text, name, question in parted:
        if not text or not name:
            raise FileUnusable(
                path=path,
                reason=Clause(
                    N_("line %(line)d needs two columns, text and label, with one tab between them."),
                    line=line,
                ),
            )
        if names is None and not _is_instant(name):
            raise FileUnusable(
                path=path,
                reason=Clause(
                    N_(
                        "the label “%(label)s” in line %(line)d is no time such as 2026-11-26T15:00, nor none."
                    ),
                    label=name[:_SHOWN],
                    line=line,
                ),
            )
        if names is not None and name.lower() not in names:
            raise FileUnusable(
                path=path,
                reason=Clause(
                    N_("the label “%(label)s” in line %(line)d is none of: %(labels)s."),
                    label=name[:_SHOWN],
                    line=line,
                    labels=", ".join(dict.fromkeys(names.values())),
                ),
            )
        rows.append((text, name if names is None else names[name.lower()], question))
    if not rows:
        raise FileUnusable(path=path, reason=N_("it has no line with text and label."))
    return rows


def _rows(path: Path) -> Iterator[_Row]:
    """Every line that is not empty; text and label are ``""`` where it has no two columns."""
    lines = [(number, line) for number, line in enumerate(_LINES.split(_text_of(path)), 1) if line.strip()]
    head = lines[0][1] if lines else ""
    for mark in "\t,":
        columns = _columns(head.split(mark))
        if columns is not None:
            yield from _named(lines[1:], mark, columns)
            return
    for number, line in lines:
        cells = [cell.strip() for cell in line.split("\t")]
        yield (number, cells[0], cells[1], "") if len(cells) == 2 else (number, "", "", "")


def _columns(head: list[str]) -> tuple[int, int, int | None] | None:
    """Where text, label and question stand, if ``head`` names the first two."""
    cells = [cell.strip().strip('"').lower() for cell in head]
    text, label, question = (
        next((at for at, cell in enumerate(cells) if cell in names), None)
        for names in (_TEXTS, _LABELS, _QUESTIONS)
    )
    return None if text is None or label is None else (text, label, question)


def _named(lines: list[tuple[int, str]], mark: str, columns: tuple[int, int, int | None]) -> Iterator[_Row]:
    text, label, asked = columns
    if mark == ",":  # a cell may hold commas and line ends between quotation marks
        reader = csv.reader((line + "\n" for _, line in lines), delimiter=mark)
        parted = ((lines[min(reader.line_num, len(lines)) - 1][0], cells) for cells in reader)
    else:  # a tab parts in any case, so a lone quotation mark in a review swallows nothing
        parted = ((number, line.split(mark)) for number, line in lines)
    for number, cells in parted:
        if max(text, label) >= len(cells):
            yield number, "", "", ""
            continue
        question = cells[asked].strip() if asked is not None and asked < len(cells) else ""
        yield number, cells[text].strip(), cells[label].strip(), question


def _is_instant(label: str) -> bool:
    if label == "none":
        return True
    try:
        return f"{datetime.fromisoformat(label):%Y-%m-%dT%H:%M}" == label
    except ValueError:
        return False


def _text_of(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileUnusable(path=path, reason=why(error)) from error
    is_wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileUnusable(
        path=path, reason=N_("it is written neither in UTF-8 nor in GB18030; save it as UTF-8.")
    )
