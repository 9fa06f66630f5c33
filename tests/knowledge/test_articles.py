"""Writing articles, the editions that nodes fetch, and importing files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from huifang.errors import FileUnusable, NotFound
from huifang.knowledge.actions import ArticleUnusable, Content, save_article
from huifang.knowledge.editions import edition, edition_for, index_for
from huifang.knowledge.importing import import_articles
from huifang.knowledge.models import Article, Edition
from huifang.logic.knowledge import from_json
from huifang.people.audit import system_user
from huifang.people.models import AuditEntry, Store, User

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
HOURS = {
    "title": "营业时间",
    "answer": "早上十点到晚上九点半。",
    "questions": ["几点关门"],
    "source": "手册 第2页",
}


@pytest.fixture
def user() -> User:
    return system_user()


@pytest.fixture
def store() -> Store:
    return Store.objects.create(code="S1", name="静安店", brand="花颜")


@pytest.fixture
def write(user):
    def save(article=None, **content) -> Article:
        return save_article(Content(**{**HOURS, **content}), acting_user=user, now=NOW, article=article)[0]

    return save


def told(store: Store | None, question: str = "几点关门") -> str:
    found = index_for(store).search(question, NOW.date())
    return found[0].article.answer if found and found[0].is_certain else ""


def test_every_change_is_a_version_that_stays(write, user) -> None:
    article = write()
    write(article, answer="早上九点到晚上九点。")
    assert [v.content["answer"] for v in article.versions.order_by("number")] == [
        "早上十点到晚上九点半。",
        "早上九点到晚上九点。",
    ]
    entries = AuditEntry.objects.filter(object_type="Article").order_by("id")
    assert [(e.action, e.acting_user, e.data["version"]) for e in entries] == [
        ("knowledge.create", user, 1),
        ("knowledge.change", user, 2),
    ]


def test_saving_without_a_change_makes_no_version(write) -> None:
    article = write()
    assert write(article).version == 1
    assert article.versions.count() == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"title": " "}, "no title"),
        ({"answer": "。。。"}, "no answer"),
        ({"answer": "长" * 121}, "121 characters"),
        ({"questions": ["问"] * 31}, "more than 30"),
        ({"questions": ["问" * 61]}, "too long"),
        ({"valid_from": date(2026, 9, 2), "valid_until": date(2026, 9, 1)}, "end before it begins"),
        ({"source": "源" * 121}, "source"),
    ],
)
def test_what_cannot_be_told_is_refused_and_nothing_is_written(write, fault, words) -> None:
    with pytest.raises(ArticleUnusable, match=words):
        write(**fault)
    assert not Article.objects.exists()


def test_an_article_holds_for_one_store_or_one_brand_but_not_both(write, store) -> None:
    with pytest.raises(ArticleUnusable, match="not for both"):
        write(store=store, brand="花颜")


def test_a_change_is_known_at_once(write, store) -> None:
    article = write()
    assert told(store) == "早上十点到晚上九点半。"
    write(article, answer="早上九点到晚上九点。")
    assert told(store) == "早上九点到晚上九点。"
    write(article, is_published=False)
    assert told(store) == ""


def test_each_store_is_answered_from_its_own_its_brands_and_the_chains(write, store) -> None:
    other = Store.objects.create(code="S2", name="西湖店")
    write()
    write(title="静安店营业时间", store=store, answer="静安店十点到十点。")
    write(title="香水", questions=["香水留香多久"], brand="花颜", answer="大约六小时。")
    assert (told(store), told(other)) == ("静安店十点到十点。", "早上十点到晚上九点半。")
    assert (told(store, "香水留香多久"), told(other, "香水留香多久")) == ("大约六小时。", "")
    assert edition_for(store, NOW) != edition_for(other, NOW)
    Store.objects.filter(pk=other.pk).update(brand="花颜")
    other.refresh_from_db()
    assert told(other, "香水留香多久") == "大约六小时。"


def test_an_edition_stays_as_it_was_whatever_is_changed(write, store) -> None:
    article = write()
    name = edition_for(store, NOW)
    assert name == edition_for(store, NOW) == edition_for(None, NOW)
    write(article, answer="早上九点到晚上九点。")
    assert [from_json(a).answer for a in edition(name)] == ["早上十点到晚上九点半。"]
    assert edition_for(store, NOW) != name


def test_without_an_article_there_is_no_edition(store) -> None:
    assert edition_for(store, NOW) == ""
    with pytest.raises(NotFound):
        edition("0" * 32)


def test_editions_that_no_call_can_want_any_more_go(write, store) -> None:
    article = write()
    old = edition_for(store, NOW)
    write(article, answer="早上九点到晚上九点。")
    later = NOW + timedelta(days=8)
    assert list(Edition.objects.values_list("pk", flat=True)) == [old]
    assert edition_for(store, later)
    assert not Edition.objects.filter(pk=old).exists()


# ---- files

TABLE = """花颜美妆知识库,,,,
标题,问法,答案,门店,失效日期
营业时间,几点开门；几点关门,早上十点到晚上九点半。,,
静安店停车,停车方便吗,地下有停车场。,静安店,
中秋活动,打几折,满三百减五十。,,2026-10-08
"""


def put(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def sums(path: Path, user: User) -> tuple[int, int, int]:
    done = import_articles(path, acting_user=user, now=NOW)
    assert not done.faults, [fault.sentence for fault in done.faults]
    return done.created, done.changed, done.unchanged


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_imported_and_again_without_a_change(tmp_path, user, store, encoding) -> None:
    file = put(tmp_path / "问答.csv", TABLE, encoding)
    assert sums(file, user) == (3, 0, 0)
    assert sums(file, user) == (0, 0, 3)
    parking = Article.objects.get(title="静安店停车")
    assert (parking.store, parking.questions) == (store, ["停车方便吗"])
    assert "问答.csv" in parking.source
    assert Article.objects.get(title="中秋活动").valid_until == date(2026, 10, 8)
    changed = put(tmp_path / "问答.csv", TABLE.replace("满三百减五十", "满三百减六十"), encoding)
    assert sums(changed, user) == (0, 1, 2)


def test_a_spreadsheet_is_imported_from_the_sheet_with_the_header(tmp_path, user) -> None:
    book = openpyxl.Workbook()
    book.active.append(["填写说明"])
    sheet = book.create_sheet("问答")
    sheet.append(["标题", "答案", "生效日期"])
    sheet.append(["营业时间", "早上十点到晚上九点半。", datetime(2026, 9, 1)])  # noqa: DTZ001
    book.save(tmp_path / "问答.xlsx")
    assert sums(tmp_path / "问答.xlsx", user) == (1, 0, 0)
    assert Article.objects.get().valid_from == date(2026, 9, 1)


def test_a_markdown_text_is_one_article_for_each_heading(tmp_path, user, store) -> None:
    text = """# 知识库
这一行不属于任何条目。

## 退货规则
问：几天内可以退货；开封了还能退吗
- 门店：静安店
没有开封的产品，七天内可以退货。
开封后只有质量问题可以退。

## 发票
答案：可以开电子发票。
"""
    assert sums(put(tmp_path / "a.md", text), user) == (2, 0, 0)
    returns = Article.objects.get(title="退货规则")
    assert returns.questions == ["几天内可以退货", "开封了还能退吗"]
    assert returns.answer == "没有开封的产品，七天内可以退货。开封后只有质量问题可以退。"
    assert returns.store == store
    assert Article.objects.get(title="发票").answer == "可以开电子发票。"


def test_every_faulty_row_is_named_and_nothing_is_written(tmp_path, user, store) -> None:
    text = (
        TABLE
        + "没有答案,,,,\n停车,,有车位。,南山店,\n中秋活动,,再来一次。,,\n日子,,有。,,下周\n"
        + "长,"
        + ","
        + "长" * 130
        + ",,\n"
    )
    done = import_articles(put(tmp_path / "a.csv", text), acting_user=user, now=NOW)
    named = [fault.sentence for fault in done.faults]
    assert [fault.line for fault in done.faults] == [6, 7, 8, 9, 10]
    assert all(str(fault.line) in sentence for fault, sentence in zip(done.faults, named, strict=True))
    assert "南山店" in named[1]
    assert "5" in named[2]
    assert "130" in named[4]
    assert not Article.objects.exists()


@pytest.mark.parametrize("name", ["a.csv", "a.md"])
def test_a_file_without_an_article_is_refused_with_a_sentence(tmp_path, user, name) -> None:
    with pytest.raises(FileUnusable):
        import_articles(
            put(tmp_path / name, "标题,答案\n" if name == "a.csv" else "# 只有标题\n"),
            acting_user=user,
            now=NOW,
        )
    with pytest.raises(FileUnusable):
        import_articles(tmp_path / ("missing" + name), acting_user=user, now=NOW)
    with pytest.raises(FileUnusable):
        import_articles(put(tmp_path / name, "姓名,手机\n李,1\n"), acting_user=user, now=NOW)


def test_the_sample_chains_articles_are_all_usable(user) -> None:
    from huifang.demo.sample import DATA
    from huifang.demo.sample_words import PRODUCTS, STORES

    for number, name in enumerate(STORES):
        Store.objects.create(code=f"S{number}", name=name)
    created, changed, unchanged = sums(DATA / "knowledge.csv", user)
    assert (changed, unchanged) == (0, 0)
    assert created >= 25
    known = {product for product, _category, _yuan in PRODUCTS}
    assert {article.product for article in Article.objects.exclude(product="")} <= known
    for article in Article.objects.all():
        assert article.source
        own = article.store or Store.objects.order_by("code").first()
        for question in article.questions:
            best = index_for(own).search(question, date(2026, 9, 15), store=own.code)[0]
            assert best.is_certain, (question, best)
            if article.store or not best.article.store:
                assert best.article.answer == article.answer, (question, best)
