"""Files of customers and orders come in whole, are counted, and change nothing the second time."""

from __future__ import annotations

import csv
import io
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.utils import translation

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
from huifang.customers.phones import unseal
from huifang.demo.sample import BAD_CUSTOMER_ROWS, BAD_ORDER_ROWS, CUSTOMERS, DATA, DEMO_START, ORDERS
from huifang.errors import FileUnusable
from huifang.people.audit import system_user
from huifang.people.models import AuditEntry, Store

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def bring(tmp_path):
    """Import ``content`` (text or bytes) as a file; returns the run."""

    def bring(content: str | bytes, name: str = "file.csv", **options) -> ImportRun:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_file(path, acting_user=system_user(), now=NOW, **options)

    return bring


def sums(run: ImportRun) -> tuple[int, int, int, int]:
    assert run.imported + run.updated + run.skipped + run.failed == run.total
    return run.imported, run.updated, run.skipped, run.failed


def cells_of(run: ImportRun) -> list[list[str]]:
    return list(csv.reader(io.StringIO(Path(run.error_file).read_text("utf-8-sig"))))[1:]


HEADER = "会员号,姓名,性别,手机号,生日,门店,免打扰,同意营销\n"
ORDER_HEADER = "订单号,会员号,下单时间,金额(元),商品,品类,数量,门店\n"


def test_the_sample_chain_comes_in_and_a_second_time_changes_nothing(db):
    system = system_user()
    first = [
        import_file(DATA / n, acting_user=system, now=DEMO_START) for n in ("customers.csv", "orders.csv")
    ]
    assert (first[0].kind, first[0].imported, first[0].failed) == ("customers", CUSTOMERS, BAD_CUSTOMER_ROWS)
    assert first[0].updated + first[0].skipped == 5
    assert (first[1].kind, *sums(first[1])) == ("orders", ORDERS, 0, 1, BAD_ORDER_ROWS)
    assert Customer.objects.count() == CUSTOMERS
    assert CustomerFacts.objects.count() == CUSTOMERS
    assert ContactPoint.objects.count() == CUSTOMERS - 3
    assert Store.objects.count() == 4
    assert CustomerEvent.objects.filter(kind="order.placed").count() == ORDERS
    written = [model.objects.count() for model in (Consent, ContactPoint, CustomerEvent, Order)]
    second = [
        import_file(DATA / n, acting_user=system, now=DEMO_START) for n in ("customers.csv", "orders.csv")
    ]
    for run, before in zip(second, first, strict=True):
        assert sums(run) == (0, 0, before.total - before.failed, before.failed)
    assert [model.objects.count() for model in (Consent, ContactPoint, CustomerEvent, Order)] == written
    assert AuditEntry.objects.filter(action="customers.import").count() == 4


def test_a_row_becomes_a_customer_with_a_sealed_number_and_consent(bring):
    run = bring(HEADER + "HY1,王芳,女,138 1234 5678,1990年5月1日,万达店,是,否\n")
    assert sums(run) == (1, 0, 0, 0)
    customer = Customer.objects.get()
    assert (customer.member_number, customer.name, customer.gender) == ("HY1", "王芳", "female")
    assert customer.birthday == date(1990, 5, 1)
    assert customer.store.name == "万达店"
    point = customer.contact_points.get()
    assert point.masked == "138****5678"
    assert unseal(point.sealed) == "+8613812345678"
    assert set(customer.consents.values_list("purpose", "granted", "source")) == {
        ("", False, "import"),
        ("marketing", False, "import"),
    }
    assert run.error_file == ""


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("gb18030"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace(",", ";").encode("gb18030"),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: ("花颜美妆会员表,,,,,,,\n\n" + text + "\n,,,\n").encode(),
    ],
)
def test_encodings_delimiters_and_titles_are_found(bring, encode):
    run = bring(encode(HEADER + "HY1,王芳,女,13812345678,,万达店,,\nHY2,䶮敏,女,13912345678,,万达店,,\n"))
    assert sums(run) == (2, 0, 0, 0)
    assert list(Customer.objects.order_by("id").values_list("name", flat=True)) == ["王芳", "䶮敏"]


def test_english_headers_and_a_kind_found_from_them(bring):
    assert (
        bring(
            "Member No.,Full Name,Mobile,Birth Date,Opt-out\nA1,Li Lei,13812345678,1990-01-02,no\n"
        ).imported
        == 1
    )
    run = bring(
        "order_id,member_id,order date,amount_cents,product name\nO1,A1,2026-09-01 12:00,12800,Serum\n"
    )
    assert (run.kind, run.imported) == ("orders", 1)
    assert Order.objects.get().amount_cents == 12_800


def test_headers_that_tills_and_member_systems_write_are_understood(bring):
    run = bring(
        "会员编码,会员名称,会员手机号码,开卡门店,会员性别,会员生日,注册时间,积分\n"
        "00012,刘洋,139 0000 0012,中山路店,女,1990.5.6,2024-01-01,10\n"
    )
    assert sums(run) == (1, 0, 0, 0)
    run = bring(
        "销售单号,会员编码,销售时间,应收金额,实收金额,商品名称,销售数量,销售门店,收银员\n"
        "S1,00012,2026/9/1 10:30:00,128.00,118.00,精华,2,中山路店,小王\n"
    )
    assert sums(run) == (1, 0, 0, 0)
    order = Order.objects.get()
    assert (order.amount_cents, order.product, order.customer.name) == (11_800, "精华", "刘洋")


def test_a_header_that_asks_whether_is_understood(bring):
    bring("姓名,手机号,是否免打扰,是否同意营销\n王芳,13812345678,是,否\n")
    assert set(Consent.objects.values_list("purpose", "granted")) == {("", False), ("marketing", False)}


def test_a_spreadsheet_keeps_its_dates_numbers_and_line_numbers(bring):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["会员号", "姓名", "手机号", "生日"])
    sheet.append([10001, "王芳", 13812345678.0, datetime(1990, 5, 1)])  # noqa: DTZ001
    sheet.append([None, None, None, None])
    sheet.append(["10002", "李敏", "1381234", 32994])
    file = io.BytesIO()
    book.save(file)
    run = bring(file.getvalue(), "members.xlsx")
    assert sums(run) == (1, 0, 0, 1)
    customer = Customer.objects.get()
    assert (customer.member_number, customer.birthday) == ("10001", date(1990, 5, 1))
    assert cells_of(run)[0][0:2] == ["4", "手机号"]


def test_a_sheet_of_instructions_before_the_table_is_passed_over(bring):
    book = openpyxl.Workbook()
    book.active.append(["填写说明", "请勿修改表头"])
    members = book.create_sheet("会员")
    members.append(["姓名", "手机号"])
    members.append(["王芳", 13812345678])
    file = io.BytesIO()
    book.save(file)
    assert sums(bring(file.getvalue(), "members.xlsx")) == (1, 0, 0, 0)


def test_duplicates_are_merged_and_empty_cells_overwrite_nothing(bring):
    run = bring(
        HEADER
        + "HY1,王芳,女,13812345678,1990-05-01,万达店,,\n"
        + "HY1,王芳芳,,,,,,\n"  # same card: the name changes, the rest stays
        + ",王芳芳,,+86 138-1234-5678,,,,\n"  # same phone, nothing new
        + "HY2,李敏,,,,,,\n"
        + "HY2,,,13912345678,,,,\n"  # adds a phone
    )
    assert sums(run) == (2, 2, 1, 0)
    wang = Customer.objects.get(member_number="HY1")
    assert (wang.name, wang.gender, wang.birthday) == ("王芳芳", "female", date(1990, 5, 1))
    assert Customer.objects.get(member_number="HY2").contact_points.get().masked == "139****5678"


def test_a_row_without_a_name_waits_for_one_that_tells_it(bring):
    run = bring(HEADER + "HY1,,女,13812345678,,,,\nHY2,,女,,,,,\nHY1,王芳,,,,,,\n")
    assert sums(run) == (1, 1, 0, 1)
    assert cells_of(run)[0][:2] == ["3", "姓名"]
    wang = Customer.objects.get()
    assert (wang.name, wang.gender, wang.contact_points.count()) == ("王芳", "female", 1)


def test_a_later_file_fills_and_updates_existing_customers(bring):
    bring(HEADER + ",王芳,,13812345678,,,,\nHY2,李敏,女,,,,,\n")
    run = bring(HEADER + "HY1,王芳,女,13812345678,,滨江店,,\nHY2,李敏,,,,,,\nHY3,赵静,女,,,,,\n")
    assert sums(run) == (1, 1, 1, 0)
    wang = Customer.objects.get(name="王芳")
    assert (wang.member_number, wang.gender, wang.store.name) == ("HY1", "female", "滨江店")


def test_two_cards_on_one_phone_are_not_merged(bring):
    run = bring(HEADER + "HY1,王芳,,13812345678,,,,\nHY2,王父,,13812345678,,,,\n")
    assert sums(run) == (1, 0, 0, 1)
    assert cells_of(run)[0][:2] == ["3", "手机号"]


def test_a_permission_in_a_file_does_not_overturn_a_spoken_refusal(bring):
    text = HEADER + "HY1,王芳,,13812345678,,,,是\n"
    bring(text)
    customer = Customer.objects.get()
    Consent.objects.create(customer=customer, purpose="marketing", granted=False, source="call", at=NOW)
    assert sums(bring(text)) == (0, 0, 1, 0)
    assert Consent.objects.filter(customer=customer, granted=True).count() == 1
    bring(HEADER + "HY1,王芳,,13812345678,,,是,\n")
    assert Consent.objects.filter(customer=customer, purpose="", granted=False).exists()


def test_a_refusal_on_any_row_of_a_customer_counts(bring):
    text = HEADER + "HY1,王芳,,,,,是,否\nHY1,王芳,,,,,否,是\n"
    bring(text)
    assert set(Consent.objects.values_list("purpose", "granted")) == {("", False), ("marketing", False)}
    assert sums(bring(text)) == (0, 0, 2, 0)


def test_bad_rows_go_to_a_private_error_file_with_line_column_and_reason(bring):
    run = bring(
        HEADER
        + "HY1,王芳,女,1381234,,,,\n"
        + "HY2,,女,13812345678,,,,\n"
        + "HY3,李敏,女,13912345678,1992-13-40,,,\n"
        + "HY4,赵静,什么,,,,,\n"
        + "HY5,周洁,女,,,,看情况,\n"
        + ",石磊,男,,,,,\n"
        + "HY7,吴霞,女,,2030-01-01,,,\n"
        + f"HY8,{'长' * 81},女,,,,,\n"
        + "HY9,=HYPERLINK(1),女,@SUM(1),,,,\n"
        + "HY10,好人,女,13712345678,,,,\n"
    )
    assert sums(run) == (1, 0, 0, 9)
    rows = cells_of(run)
    assert [(row[0], row[1]) for row in rows] == [
        ("2", "手机号"),
        ("3", "姓名"),
        ("4", "生日"),
        ("5", "性别"),
        ("6", "免打扰"),
        ("7", "手机号"),
        ("8", "生日"),
        ("9", "姓名"),
        ("10", "手机号"),
    ]
    assert all(row[2] for row in rows)
    assert rows[0][3:5] == ["HY1", "王芳"]
    assert rows[8][4] == "'=HYPERLINK(1)"
    assert rows[8][6] == "'@SUM(1)"
    path = Path(run.error_file)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.parent == Path(settings.HUIFANG.home) / "imports"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_row_of_totals_becomes_neither_a_customer_nor_an_order(bring):
    run = bring(HEADER + "HY1,王芳,女,13812345678,,,,\n总 计：,1,,,,,,\n")
    assert sums(run) == (1, 0, 0, 1)
    assert cells_of(run)[0][0] == "3"
    assert Customer.objects.get().member_number == "HY1"
    run = bring("订单号,会员号,下单时间,金额\nD1,HY1,2026-09-01,99\n合计,HY1,2026-09-01,99\n")
    assert (run.imported, run.failed) == (1, 1)


def test_orders_find_their_customers_by_card_or_phone(bring):
    bring(HEADER + "HY1,王芳,,13812345678,,,,\n,李敏,,13912345678,,,,\n")
    run = bring(
        "订单号,会员号,手机号,下单时间,金额(元),商品,数量,门店\n"
        'D1,HY1,,2026/9/1 12:30,"1,280.00",精华,2,万达店\n'
        "D2,,139 1234 5678,2026年9月2日,¥128,面霜,,滨江店\n"
        "D3,HY9,13812345678,20260903 101500,99元,面膜,1,\n"
        "D4,HY9,,2026-09-04,99,面膜,1,\n"
        "D5,,13712345678,2026-09-04,99,面膜,1,\n"
        "D6,HY1,,2026-09-31,99,面膜,1,\n"
        "D7,HY1,,2026-09-30,99,面膜,1,\n"
        "D8,HY1,,2026-09-01,-99,面膜,1,\n"
        "D9,HY1,,2026-09-01,,面膜,1,\n"
        "D10,HY1,,,99,面膜,1,\n"
        "D11,HY1,,2026-09-01,99,面膜,0,\n"
        "D1,HY1,,2026/9/1 12:30,1280,精华,2,万达店\n"
        "D1,HY1,,2026/9/1 12:30,1281,精华,2,万达店\n"
    )
    assert sums(run) == (3, 0, 1, 9)
    orders = {order.number: order for order in Order.objects.select_related("customer", "store")}
    assert orders["D1"].amount_cents == 128_000
    assert orders["D1"].quantity == 2
    assert orders["D1"].ordered_at == datetime(2026, 9, 1, 4, 30, tzinfo=UTC)
    assert (orders["D2"].customer.name, orders["D2"].amount_cents) == ("李敏", 12_800)
    assert (orders["D3"].customer.name, orders["D3"].amount_cents) == ("王芳", 9_900)
    facts = CustomerFacts.objects.get(customer__name="王芳")
    assert (facts.order_count, facts.total_cents, facts.last_product) == (2, 137_900, "面膜")
    event = CustomerEvent.objects.get(source="order:D1")
    assert event.data == {"number": "D1", "amount_cents": 128_000, "product": "精华"}


def test_a_corrected_order_updates_the_facts_of_both_customers(bring):
    bring(HEADER + "HY1,王芳,,,,,,\nHY2,李敏,,,,,,\n")
    bring(ORDER_HEADER + "D1,HY1,2026-09-01,100,精华,护肤,1,万达店\n")
    run = bring(ORDER_HEADER + "D1,HY2,2026-09-01,90,,,,\n")
    assert sums(run) == (0, 1, 0, 0)
    order = Order.objects.get()
    assert (order.customer.name, order.amount_cents, order.product) == ("李敏", 9_000, "精华")
    counts = dict(CustomerFacts.objects.values_list("customer__name", "order_count"))
    assert counts == {"王芳": 0, "李敏": 1}


def test_progress_ends_with_all_rows(bring):
    seen: list[tuple[int, int | None]] = []
    bring(
        HEADER + "HY1,王芳,,,,,,\nHY2,李敏,,,,,,\n", progress=lambda done, total: seen.append((done, total))
    )
    assert seen[-1] == (2, 2)


def zip_bomb() -> bytes:
    import zipfile

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(401):
                part.write(b"\0" * (1 << 20))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n\n", "empty"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "xlsx"),
        ("<html><table><tr><td>姓名</td><td>手机号</td></tr></table></html>".encode(), "web page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "neither"),
        (HEADER.encode(), "no rows"),
        ("甲,乙,丙\n1,2,3\n".encode(), "header"),
        ("姓名,备注\n王芳,好\n".encode(), "header"),
        (HEADER.encode() + "HY1,王芳\n".encode() * 600 + b"HY2,a\0b\n", "NUL"),
        (HEADER.encode() + b"H" * 200_000, "longer than"),
        (HEADER.encode() + b'"' + b"HY1,a,b\n" * 30_000, "no end"),
        ("姓名,手机号\n".encode() + b"\xff\xfe\xff\xff,1\n", "encoding"),
        (b"PK\x03\x04 not a zip", "XLSX"),
        (zip_bomb, "400 MB"),
    ],
)
def test_a_wrong_file_is_one_clear_sentence_and_nothing_is_written(bring, content, words):
    with pytest.raises(FileUnusable, match=words):
        bring(content() if callable(content) else content)
    assert not Customer.objects.exists()
    assert not ImportRun.objects.exists()


def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(FileUnusable):
            import_file(path, acting_user=system_user(), now=NOW)


def test_a_file_of_the_other_kind_is_refused(bring):
    with pytest.raises(FileUnusable, match="header"):
        bring(HEADER + "HY1,王芳,,,,,,\n", kind="orders")


def test_nothing_stays_when_writing_fails_half_way(bring, monkeypatch):
    def fail(now):
        raise RuntimeError("power cut")

    monkeypatch.setattr("huifang.customers.importing.run.refresh_facts", fail)
    with pytest.raises(RuntimeError):
        bring(HEADER + "HY1,王芳,,13812345678,,,,\n")
    assert not Customer.objects.exists()
    assert not Store.objects.exists()
