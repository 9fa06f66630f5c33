"""Rows out of a CSV or XLSX file, whatever its encoding, and one clear sentence for anything else.

Nothing here trusts the file: lines, cells, rows and unpacked sizes are bounded before they are read.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeVar

from django.utils.translation import gettext as _

from huifang.customers.importing.cells import Cell
from huifang.customers.importing.columns import Columns, recognise
from huifang.errors import FileUnusable, why

MAX_BYTES = 1 << 30
MAX_UNPACKED_BYTES = 400 << 20  # of an XLSX; a million rows of ten columns are about 300 MB of XML
MAX_LINE = 100_000
MAX_ROWS = 1_000_000
HEADER_WITHIN = 10  # lines that may stand above the header: a title, a date
_CHUNK = 1 << 20

Header = TypeVar("Header")
Row = tuple[int, list[Cell]]
"""Line number in the file (1 = first) and cells."""


def open_table(path: Path, kind: str | None = None) -> tuple[Columns, Iterator[Row]]:
    """The columns of the file and an iterator over its data rows; blank rows are left out.

    ``kind`` ("customers" or "orders") is found from the header unless given.
    ``FileUnusable`` where there is nothing to import, also while the rows are read.
    """
    found = open_rows(path, lambda cells: recognise(cells, kind))
    if found is not None:
        return found
    raise FileUnusable(
        path=path.name,
        reason=_(
            "its header is not recognised; a customer file needs 姓名 and 会员号 or 手机号, "
            "an order file needs 订单号, 下单时间, 金额 and 会员号 or 手机号."
        ),
    )


def open_rows(
    path: Path, header: Callable[[list[Cell]], Header | None]
) -> tuple[Header, Iterator[Row]] | None:
    """What ``header`` makes of the file's header, and the rows below it; None where no row is one.

    ``FileUnusable`` for a file that is no table or has nothing in it, also while the rows are read.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as fault:
        raise FileUnusable(path=path.name, reason=why(fault)) from None
    if not size:
        raise FileUnusable(path=path.name, reason=_("it is empty."))
    if size > MAX_BYTES:
        raise FileUnusable(path=path.name, reason=_("it is larger than 1 GB; split it."))
    is_sheet = head.startswith(b"PK\x03\x04")
    rows = _blank_left_out(_sheet_rows(path, header) if is_sheet else _text_rows(path, head))
    above: list[list[Cell]] = []
    for _line, cells in rows:
        columns = header(cells)
        if columns is not None:
            return columns, _counted(path, rows)
        above.append(cells)
        if len(above) == HEADER_WITHIN:
            break
    if not above:
        raise FileUnusable(path=path.name, reason=_("it is empty."))
    return None


def _blank_left_out(rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if any(cell is not None and str(cell).strip() for cell in row[1]))


def _counted(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number == MAX_ROWS:
            raise FileUnusable(
                path=path.name, reason=_("it has more than %(rows)d rows; split it.") % {"rows": MAX_ROWS}
            )
        yield row


# ---- text


def _text_rows(path: Path, head: bytes) -> Iterator[Row]:
    if head.startswith(b"%PDF"):
        raise FileUnusable(path=path.name, reason=_("it is a PDF; export a CSV or XLSX file instead."))
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileUnusable(
            path=path.name, reason=_("it is an old Excel file (.xls); save it as .xlsx or CSV.")
        )
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):  # many a till names its HTML export .xls
        raise FileUnusable(
            path=path.name,
            reason=_("it is a web page; open it in a spreadsheet and save it as .xlsx or CSV."),
        )
    encoding = _encoding(path, head)
    with path.open(encoding=encoding, newline="") as file:
        lines = _bounded_lines(path, file)
        try:
            first = next(lines)
        except StopIteration:
            return
        delimiter = max(",;\t", key=_outside_quotes(first).count)
        reader = csv.reader(_prepended(first, lines), delimiter=delimiter, strict=False)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise FileUnusable(
                    path=path.name,
                    reason=_(
                        "a cell that starts in line %(line)d has no end; look for a lone quotation mark."
                    )
                    % {"line": line},
                ) from None
            yield line, list(cells)


def _encoding(path: Path, head: bytes) -> str:
    """UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030, whichever the whole file is."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif b"\0" in head:
        raise FileUnusable(path=path.name, reason=_("it is neither a CSV nor an XLSX file."))
    else:
        candidates = ["utf-8-sig", "gb18030"]
    for encoding in candidates:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise FileUnusable(path=path.name, reason=_("its encoding is unknown; save it as UTF-8."))


def _bounded_lines(path: Path, file: IO[str]) -> Iterator[str]:
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE and not line.endswith("\n"):
            raise FileUnusable(
                path=path.name,
                reason=_("line %(line)d is longer than %(limit)d characters.")
                % {"line": number, "limit": MAX_LINE},
            )
        if "\0" in line:
            raise FileUnusable(
                path=path.name, reason=_("line %(line)d holds a NUL character.") % {"line": number}
            )
        yield line


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _prepended(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


# ---- spreadsheets


def _has_header(sheet: Any, header: Callable[[list[Cell]], object]) -> bool:
    sheet.reset_dimensions()
    rows = islice(sheet.iter_rows(values_only=True), 2 * HEADER_WITHIN)  # blank ones among them
    return any(header(list(cells[:200])) is not None for cells in rows)


def _sheet_rows(path: Path, header: Callable[[list[Cell]], object]) -> Iterator[Row]:
    """The rows of the first sheet that has a header; many files begin with a sheet of instructions."""
    import openpyxl  # here, because it is slow to load and CSV does not need it

    unusable = FileUnusable(path=path.name, reason=_("it is not a readable XLSX file."))
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise FileUnusable(path=path.name, reason=_("it unpacks to more than 400 MB; split it."))
            if "xl/workbook.xml" not in archive.namelist():
                raise unusable
        # Opened here, so that it is closed again whatever the parser meets.
        with path.open("rb") as file:
            book = openpyxl.load_workbook(io.BufferedReader(file), read_only=True, data_only=True)
            with_header = (sheet for sheet in book.worksheets if _has_header(sheet, header))
            sheet = next(with_header, book.worksheets[0])
            sheet.reset_dimensions()  # many programs write a wrong size
            for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                yield line, list(cells[:200])
    except FileUnusable:
        raise
    except Exception:  # openpyxl meets a damaged file with errors of every kind
        raise unusable from None
