"""``huifang nlu evaluate`` and the files it takes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huifang.__main__ import app
from huifang.errors import FileUnusable
from huifang.nlu.evaluating import evaluate
from huifang.nlu.labels import CATEGORIES, EMOTIONS, LABELS, every_name, names_of
from huifang.nlu.model import shipped
from huifang.nlu.tables import read_labelled
from huifang.nlu.training import own_texts

ROWS = [("东西很好，下次还来", "positive"), ("太差了，再也不来了", "negative")]
TABLE = "".join(f"{text}\t{label}\n" for text, label in ROWS)


@pytest.mark.parametrize("head", ["", "text\tlabel\n", "Text\tLabel\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_is_read_in_any_usual_encoding_with_or_without_a_head(
    tmp_path: Path, head: str, encoding: str
) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes((head + TABLE + "\n\n").encode(encoding))
    assert read_labelled(path, names_of("polarity")) == ROWS


@pytest.mark.parametrize(
    "content",
    [
        "text\tlabel\n东西很好，下次还来\t1\n太差了，再也不来了\t0\n",
        "label\treview\n1\t东西很好，下次还来\n0\t太差了，再也不来了\n",
        "label,review\n1,东西很好，下次还来\n0,太差了，再也不来了\n",
        'cat,label,review\n书籍,1,"东西很好，下次还来"\n书籍,0,"太差了，再也不来了"\n',
        "评论\t标签\n东西很好，下次还来\t好评\n太差了，再也不来了\t差评\n",
        "东西很好，下次还来\tPositive\n太差了，再也不来了\tNEG\n",
    ],
)
def test_a_collection_of_reviews_is_taken_as_it_is_published(tmp_path: Path, content: str) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(content, encoding="utf-8")
    assert read_labelled(path, names_of("polarity")) == ROWS


def test_a_review_keeps_its_commas_quotation_marks_and_odd_line_signs(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('label,review\n1,"很好, 说""赞""\n还来"\n0,差\n', encoding="utf-8")
    assert read_labelled(path, names_of("polarity")) == [
        ('很好, 说"赞"\n还来', "positive"),
        ("差", "negative"),
    ]
    path.write_text('text\tlabel\n他说"还行\u2028吧\t1\n差\t0\n', encoding="utf-8")
    assert [label for _, label in read_labelled(path, names_of("polarity"))] == ["positive", "negative"]


@pytest.mark.parametrize(
    ("task", "written", "meant"),
    [
        ("category", "质量 物流 服务态度 价格 门店环境 售后 使用方法 其他", CATEGORIES),
        ("emotion", "平静 愤怒 失望 焦虑 怀疑 高兴", EMOTIONS),
        ("intent", "拒绝 转人工 打错了 感兴趣", ("refusal", "human", "wrong_number", "interest")),
        ("rating", "1星 5分 3", ("1", "5", "3")),
    ],
)
def test_labels_may_be_chinese(tmp_path: Path, task: str, written: str, meant: tuple[str, ...]) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("".join(f"话\t{label}\n" for label in written.split()), encoding="utf-8")
    assert tuple(label for _, label in read_labelled(path, names_of(task))) == meant


def test_no_name_of_a_label_belongs_to_two_tasks() -> None:
    named = [name for task in LABELS for name in names_of(task) if not (task == "polarity" and name in "01")]
    assert len(named) == len(set(named))
    assert {task: every_name()[LABELS[task][0]] for task in LABELS} == {t: LABELS[t][0] for t in LABELS}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no line"),
        ("东西很好\n".encode(), "line 1 needs two columns"),
        ("东西很好\tpositive\tmore\n".encode(), "line 1 needs two columns"),
        ("好\tpositive\n差\tbad\n".encode(), "“bad” in line 2 is none of: positive, negative"),
        ("text\tlabel\n好\n".encode(), "line 2 needs two columns"),
        (b'text,label\n"' + b"x" * 200_000 + b",1\n", "a quotation mark may never be closed"),
        (b"\xff\x00\xff\x81\x30", "neither in UTF-8 nor in GB18030"),
    ],
)
def test_a_faulty_table_is_refused_in_one_sentence(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(content)
    with pytest.raises(FileUnusable) as refused:
        read_labelled(path, names_of("polarity"))
    assert reason in str(refused.value)
    assert str(refused.value).count(". ") == 0


def test_the_command_writes_its_figures(tmp_path: Path) -> None:
    table, figures = tmp_path / "t.tsv", tmp_path / "f.json"
    table.write_text(TABLE, encoding="utf-8")
    ran = CliRunner().invoke(
        app, ["nlu", "evaluate", "--file", str(table), "--task", "polarity", "--json", str(figures)]
    )
    assert ran.exit_code == 0, ran.output
    read = json.loads(figures.read_text())
    assert (read["n"], read["accuracy"], read["macro_f1"], read["abstained"]) == (2, 1.0, 1.0, 0)
    assert 0 < read["ms_per_item"] < 1000


def test_intents_and_ratings_are_read_as_a_call_reads_them() -> None:
    intents = [("别再打电话了", "refusal"), ("转人工", "human"), ("你们几点关门", "question")]
    assert evaluate(shipped(), "intent", intents)["accuracy"] == 1.0
    assert evaluate(shipped(), "rating", [("非常满意", "5"), ("不满意", "2")])["accuracy"] == 1.0


def test_an_abstention_is_counted_and_no_success() -> None:
    figures = evaluate(shipped(), "polarity", [("👍", "positive"), ("", "positive"), *ROWS])
    assert figures["abstained"] >= 1
    assert figures["accuracy"] < 1.0


def test_a_file_of_ones_own_teaches_the_task_of_its_labels(tmp_path: Path) -> None:
    (tmp_path / "p.tsv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "c.tsv").write_text("太贵\tprice\n", encoding="utf-8")
    assert {k: len(v) for k, v in own_texts([tmp_path / "p.tsv", tmp_path / "c.tsv"]).items()} == {
        "polarity": 2,
        "category": 1,
    }
    (tmp_path / "m.tsv").write_text("太贵\tprice\n好\tpositive\n", encoding="utf-8")
    with pytest.raises(FileUnusable, match="more than one task"):
        own_texts([tmp_path / "m.tsv"])
