"""Articles out of somebody's file: a table (CSV, XLSX) or a Markdown text.

A Markdown file is one article for each second-level heading::

    ## 退货规则
    问：几天内可以退货；开封了还能退吗
    标签：售后
    没有开封的产品，七天内凭小票可以退货。
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from huifang.customers.importing.cells import Cell, CellFault, day, text, yes_no
from huifang.customers.importing.tables import open_rows
from huifang.errors import N_, FileUnusable, why
from huifang.knowledge.actions import Content
from huifang.people.models import Store

_NAMES = {
    "code": "编号 代码 code id",
    "title": "标题 题目 主题 title",
    "questions": "问法 问题 常见问法 问 questions question",
    "answer": "答案 回答 答 话术 answer",
    "tags": "标签 分类 tags",
    "product": "商品 产品 product",
    "brand": "品牌 brand",
    "store": "门店 店铺 store",
    "source": "来源 出处 source",
    "valid_from": "生效日期 生效 开始日期 valid_from",
    "valid_until": "失效日期 失效 截止日期 结束日期 valid_until",
    "is_published": "发布 已发布 上架 published",
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split()}
_BETWEEN = re.compile(r"[;；|\n]+")
_LINE = re.compile(r"\s*[-*]?\s*(\w+)\s*[:：]\s*(.*)")
_MOST_BYTES = 4 << 20
_LATEST = date(2100, 1, 1)
_LONGEST = 4000

Raw = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row: its line in the file, and an English sentence to translate."""

    line: int
    template: str
    data: dict[str, object] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        reason = {
            key: _(value) if isinstance(value, str) and value else value for key, value in self.data.items()
        }
        return _("Line %(line)s: %(what)s") % {"line": self.line, "what": _(self.template) % reason}


def read_articles(path: Path) -> tuple[list[tuple[int, Content]], list[Fault]]:
    """(line, article) of every usable row, and what is wrong with the others.  ``FileUnusable``."""
    raw = _markdown(path) if path.suffix.lower() in (".md", ".markdown") else _table(path)
    stores = {key: store for store in Store.objects.all() for key in (store.code, store.name)}
    good: list[tuple[int, Content]] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for line, values in raw:
        try:
            content = _content(values, stores, f"{path.name} {_place(line)}")
        except CellFault as fault:
            faults.append(Fault(line, fault.template, fault.data))
            continue
        objection = content.objection()
        if objection is not None:
            faults.append(Fault(line, "%(what)s", {"what": objection.in_words(_)}))
        elif content.name in seen:
            data: dict[str, object] = {"title": content.title, "first": seen[content.name]}
            faults.append(Fault(line, N_("“%(title)s” stands in line %(first)s already."), data))
        else:
            seen[content.name] = line
            good.append((line, content))
    if not good and not faults:
        raise FileUnusable(path=path.name, reason=_("it has no article in it."))
    return good, faults


def _place(line: int) -> str:
    return _("line %(line)s") % {"line": line}


def _content(values: Raw, stores: dict[str, Store], place: str) -> Content:
    def words(name: str) -> str:
        return text(values.get(name), _LONGEST) or ""

    def several(name: str) -> list[str]:
        parts = _BETWEEN.split(str(values.get(name) or ""))
        return list(dict.fromkeys(filter(None, (text(part, _LONGEST) for part in parts))))

    store = words("store")
    if store and store not in stores:
        raise CellFault(
            N_("there is no store “%(store)s”; write its name or code as on the screen."), store=store
        )
    published = yes_no(values.get("is_published"))
    code = words("code")
    if code and not re.fullmatch(r"[A-Za-z0-9_-]+", code):
        raise CellFault(N_("the code “%(code)s” may have letters, digits, - and _ only."), code=code)
    return Content(
        code=code,
        title=words("title"),
        answer=words("answer"),
        questions=several("questions"),
        tags=several("tags"),
        product=words("product"),
        brand=words("brand"),
        store=stores.get(store),
        source=words("source") or place,
        valid_from=day(values.get("valid_from"), latest=_LATEST),
        valid_until=day(values.get("valid_until"), latest=_LATEST),
        is_published=True if published is None else published,
    )


def _table(path: Path) -> Iterator[tuple[int, Raw]]:
    found = open_rows(path, _columns)
    if found is None:
        raise FileUnusable(
            path=path.name, reason=_("its header is not recognised; a knowledge file needs 标题 and 答案.")
        )
    columns, rows = found
    for line, cells in rows:
        yield line, {name: cells[place] for name, place in columns.items() if place < len(cells)}


def _columns(header: Sequence[Cell]) -> dict[str, int] | None:
    columns: dict[str, int] = {}
    for place, title in enumerate(header):
        name = _FIELD_OF.get(unicodedata.normalize("NFKC", str(title or "")).strip().lower())
        if name:
            columns.setdefault(name, place)
    return columns if {"title", "answer"} <= columns.keys() else None


def _markdown(path: Path) -> Iterator[tuple[int, Raw]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise FileUnusable(path=path.name, reason=_("it is larger than 4 MB; split it."))
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise FileUnusable(path=path.name, reason=_("its encoding is unknown; save it as UTF-8.")) from None
    except OSError as fault:
        raise FileUnusable(path=path.name, reason=why(fault)) from None
    at = 0
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if line.startswith("## "):
            if at:
                yield at, {**found}
            at, found = number, {"title": line[3:].strip()}
        elif at and line.strip() and not line.startswith("#"):
            _take(line, found)
    if at:
        yield at, {**found}


def _take(line: str, found: dict[str, str]) -> None:
    """A line below a heading: a named value, or a part of the answer."""
    named = _LINE.fullmatch(line)
    name = _FIELD_OF.get(named[1].lower()) if named else None
    if named and name and name != "title":
        between = "\n" if name == "questions" else ""
        found[name] = f"{found[name]}{between}{named[2].strip()}" if name in found else named[2].strip()
    else:
        found["answer"] = found.get("answer", "") + line.strip()
