"""Texts with labels from a user's own file: tab-separated, UTF-8 or GB18030, with or without a head line.

Columns behind the label (the question that was asked, a remark) are for people and passed over, where there is a head line
that names them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from huifang.errors import N_, Clause, FileUnusable, why

_HEADS = (("text", "label"), ("text", "instant"))


def read_labelled(path: Path, labels: Collection[str] | None) -> list[tuple[str, str]]:
    """(text, label) of every line; empty lines are passed over.

    :param labels: what a label may be; None for ``none`` or an instant such as 2026-11-26T15:00
    :raises FileUnusable: with one sentence naming the line and what is wrong with it
    """
    rows: list[tuple[str, str]] = []
    columns = 2
    for number, line in enumerate(_text_of(path).splitlines(), 1):
        cells = [cell.strip() for cell in line.rstrip("\r\n").split("\t")]
        if not any(cells):
            continue
        if not rows and tuple(c.lower() for c in cells[:2]) in _HEADS:
            columns = len(cells)
            continue
        if not 2 <= len(cells) <= columns or not cells[0]:
            raise FileUnusable(
                path=path,
                reason=Clause(
                    N_("line %(line)d needs two columns, text and label, with one tab between them."),
                    line=number,
                ),
            )
        if labels is None and not _is_instant(cells[1]):
            raise FileUnusable(
                path=path,
                reason=Clause(
                    N_(
                        "the label “%(label)s” in line %(line)d is no time such as 2026-11-26T15:00, nor none."
                    ),
                    label=cells[1][:40],
                    line=number,
                ),
            )
        if labels is not None and cells[1] not in labels:
            raise FileUnusable(
                path=path,
                reason=Clause(
                    N_("the label “%(label)s” in line %(line)d is none of: %(labels)s."),
                    label=cells[1][:40],
                    line=number,
                    labels=", ".join(labels),
                ),
            )
        rows.append((cells[0], cells[1]))
    if not rows:
        raise FileUnusable(path=path, reason=N_("it has no line with text and label."))
    return rows


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
