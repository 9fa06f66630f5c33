"""Whatever a file holds, every row is counted once, and the second time nothing is new."""

from __future__ import annotations

import csv
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huifang.customers.importing import import_file
from huifang.customers.models import (
    Consent,
    ContactPoint,
    Customer,
    CustomerEvent,
    CustomerFacts,
    ImportRun,
    Order,
)
from huifang.people.audit import system_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
# Each example is rolled back, so examples do not see one another.
ROWS = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

junk = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
customer_rows = st.lists(
    st.tuples(
        st.sampled_from(["", "HY1", "HY2", "HY3"]),
        st.sampled_from(["", "王芳", "李敏", "=1+1"]),
        st.sampled_from(["女", "男", "", "?"]),
        st.sampled_from(["", "13812345678", "+86 138-1234-5678", "13912345678", "137 1234 5678", "12"])
        | junk,
        st.sampled_from(["", "1990-05-01", "1990年5月2日", "1990-02-30"]),
        st.sampled_from(["", "万达店", "滨江店"]),
        st.sampled_from(["", "是", "否", "看情况"]),
        st.sampled_from(["", "是", "否"]),
    ),
    min_size=1,
    max_size=12,
)
order_rows = st.lists(
    st.tuples(
        st.sampled_from(["", "D1", "D2", "D3"]),
        st.sampled_from(["", "HY1", "HY2", "HY9"]),
        st.sampled_from(["", "13812345678", "13912345678", "x"]),
        st.sampled_from(["2026-09-01", "2026/9/2 12:30", "2027-01-01", ""]) | junk,
        st.sampled_from(["128", "¥1,280.00", "面议", "-3"]) | junk,
        st.sampled_from(["面霜", "精华", ""]) | junk,
        st.sampled_from(["", "1", "2", "0"]),
        st.sampled_from(["", "万达店"]),
    ),
    min_size=1,
    max_size=12,
)
CUSTOMER_HEADER = ["会员号", "姓名", "性别", "手机号", "生日", "门店", "免打扰", "同意营销"]
ORDER_HEADER = ["订单号", "会员号", "手机号", "下单时间", "金额", "商品", "数量", "门店"]
WRITTEN = (Customer, ContactPoint, Consent, CustomerEvent, CustomerFacts, Order)


def bring(folder: Path, header: list[str], rows: list[tuple[str, ...]]) -> ImportRun:
    path = folder / "file.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return import_file(path, acting_user=system_user(), now=NOW)


def check(header: list[str], rows: list[tuple[str, ...]]) -> None:
    filled = sum(1 for row in rows if any(cell.strip() for cell in row))
    with tempfile.TemporaryDirectory() as folder:
        first = bring(Path(folder), header, rows)
        assert first.imported + first.updated + first.skipped + first.failed == first.total == filled
        before = [list(model.objects.order_by("pk").values()) for model in WRITTEN]
        second = bring(Path(folder), header, rows)
    assert (second.imported, second.updated) == (0, 0)
    assert second.skipped + second.failed == second.total == filled
    assert [list(model.objects.order_by("pk").values()) for model in WRITTEN] == before
    for run in (first, second):
        if run.failed:
            with open(run.error_file, encoding="utf-8-sig", newline="") as file:
                assert len(list(csv.reader(file))) == run.failed + 1


@ROWS
@given(customer_rows)
def test_every_customer_row_is_counted_once_and_a_second_import_changes_nothing(db, rows):
    if not any(cell.strip() for row in rows for cell in row):
        return
    with transaction.atomic():
        check(CUSTOMER_HEADER, rows)
        numbers = [n for n in Customer.objects.values_list("member_number", flat=True) if n]
        assert len(numbers) == len(set(numbers))
        transaction.set_rollback(True)


@ROWS
@given(order_rows)
def test_every_order_row_is_counted_once_and_a_second_import_changes_nothing(db, rows):
    with transaction.atomic(), tempfile.TemporaryDirectory() as folder:
        people = [
            ("HY1", "王芳", "女", "13812345678", "", "", "", ""),
            ("HY2", "李敏", "", "13912345678", "", "", "", ""),
        ]
        bring(Path(folder), CUSTOMER_HEADER, people)
        check(ORDER_HEADER, rows)
        for facts in CustomerFacts.objects.all():
            amounts = list(Order.objects.filter(customer_id=facts.pk).values_list("amount_cents", flat=True))
            assert (facts.order_count, facts.total_cents) == (len(amounts), sum(amounts))
        transaction.set_rollback(True)
