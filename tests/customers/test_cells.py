"""What the cells of people's files mean."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.customers.importing import cells
from huifang.customers.importing.cells import CellFault

TODAY = date(2026, 9, 15)
NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    [
        "13812345678",
        " 138 1234 5678 ",
        "138-1234-5678",
        "+8613812345678",
        "0086 138 1234 5678",
        "１３８１２３４５６７８",
        "'13812345678",
        13812345678,
        13812345678.0,
        "13812345678.0",
        "1.3812345678E+10",
    ],
)
def test_a_phone_number_in_any_dress_is_one_number(cell):
    assert cells.phone(cell) == "+8613812345678"


@pytest.mark.parametrize(
    "cell", ["1381234", "没有", "138abcd5678", "138****5678", "1.38E+10", "0", True, "+1 900 555 1234"]
)
def test_what_is_no_phone_number_is_a_fault(cell):
    with pytest.raises(CellFault):
        cells.phone(cell)


def test_a_landline_is_a_phone_number():
    assert cells.phone("021-61234567") == "+862161234567"


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        ("1,280.00", 128_000),
        ("¥128", 12_800),
        ("￥１２８．５", 12_850),
        ("128元", 12_800),
        ("RMB 1,234,567.89", 123_456_789),
        (128, 12_800),
        (0.1 + 0.2, 30),
        (128.105, 12_811),
        ("0", 0),
        ("1.28e3", 128_000),
        ("", None),
        (None, None),
    ],
)
def test_amounts_become_cents(cell, cents):
    assert cells.cents(cell) == cents


@pytest.mark.parametrize(
    "cell", ["面议", "-5", "1,28", "1.280,00", "¥", "12 34a", "1e99", "nan", "inf", True]
)
def test_what_is_no_amount_is_a_fault(cell):
    with pytest.raises(CellFault):
        cells.cents(cell)


def test_cents_stay_cents():
    assert cells.cents("12800", is_cents=True) == 12_800


@pytest.mark.parametrize(
    "cell",
    [
        "2026-01-31", "2026/1/31", "2026.01.31", "20260131", "2026年1月31日", "2026 年 1 月 31 日", "２０２６-０１-３１",
        "2026-01-31 00:00:00", 46053, 46053.0, "46053", datetime(2026, 1, 31, 9), date(2026, 1, 31),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_a_date_in_any_dress_is_one_date(cell):
    assert cells.day(cell, latest=TODAY) == date(2026, 1, 31)


@pytest.mark.parametrize(
    "cell",
    [
        "1992-13-40",
        "2026-02-30",
        "31/01/2026",
        "昨天",
        "2026",
        "20261345",
        "2030-01-01",
        "1850-01-01",
        5,
        True,
    ],
)
def test_what_is_no_date_is_a_fault(cell):
    with pytest.raises(CellFault):
        cells.day(cell, latest=TODAY)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-01-31 15:30", (2026, 1, 31, 7, 30)),
        ("2026-01-31T15:30:00", (2026, 1, 31, 7, 30)),
        ("2026-01-31T15:30:00+08:00", (2026, 1, 31, 7, 30)),
        ("2026-01-31T07:30:00Z", (2026, 1, 31, 7, 30)),
        ("2026/1/31 15:30:00.000", (2026, 1, 31, 7, 30)),
        ("2026年1月31日 15时30分", (2026, 1, 31, 7, 30)),
        ("20260131153000", (2026, 1, 31, 7, 30)),
        ("20260131 1530", (2026, 1, 31, 7, 30)),
        ("2026-01-31", (2026, 1, 30, 16, 0)),
        (46053.5, (2026, 1, 31, 4, 0)),
    ],
)
def test_a_time_without_a_zone_is_chinese(cell, moment):
    assert cells.moment(cell, latest=NOW) == datetime(*moment, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        ("是", True),
        ("Y", True),
        ("√", True),
        (1.0, True),
        (True, True),
        ("否", False),
        ("no", False),
        (0, False),
        ("", None),
    ],
)
def test_yes_and_no(cell, answer):
    assert cells.yes_no(cell) is answer


ANY_CELL = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.text(alphabet="0123456789０１.,-+eE:/年月日 ¥元TZ'", max_size=24),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.times(),
)


@given(ANY_CELL)
def test_no_cell_is_more_than_a_fault(cell):
    """A reader answers or raises CellFault; nothing else ever leaves it."""
    readers = [
        (cells.phone, str),
        (cells.cents, int),
        (cells.yes_no, bool),
        (cells.gender, str),
        (cells.count, int),
        (lambda c: cells.text(c, 20), str),
        (lambda c: cells.day(c, latest=TODAY), date),
        (lambda c: cells.moment(c, latest=NOW), datetime),
    ]
    for read, kind in readers:
        try:
            answer = read(cell)
        except CellFault:
            answer = None
        assert answer is None or isinstance(answer, kind)
