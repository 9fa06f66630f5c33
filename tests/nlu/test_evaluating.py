"""``huifang nlu evaluate`` and the files it takes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huifang.__main__ import app
from huifang.errors import FileUnusable
from huifang.nlu.evaluating import LABELS, evaluate
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
    assert read_labelled(path, LABELS["polarity"]) == ROWS


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no line"),
        ("东西很好\n".encode(), "line 1 needs two columns"),
        ("东西很好\tpositive\tmore\n".encode(), "line 1 needs two columns"),
        ("好\tpositive\n差\tbad\n".encode(), "“bad” in line 2 is none of: positive, negative"),
        (b"\xff\x00\xff\x81\x30", "neither in UTF-8 nor in GB18030"),
    ],
)
def test_a_faulty_table_is_refused_in_one_sentence(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(content)
    with pytest.raises(FileUnusable) as refused:
        read_labelled(path, LABELS["polarity"])
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
