"""``huifang nlu evaluate`` for closed answers: what is taken for what, and what would be done about it unasked."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huifang.__main__ import app
from huifang.errors import FileUnusable
from huifang.logic.understanding import Intent, Reading
from huifang.nlu.closed_answers import SAID_AT, evaluate, is_acted_on, names_of
from huifang.nlu.model import shipped
from huifang.nlu.tables import read_labelled


@pytest.mark.parametrize(
    ("task", "rows"),
    [
        ("score", [("非常满意", "5"), ("打个二吧", "2"), ("我买了三件", "none")]),
        ("yes_no", [("是的", "yes"), ("没有", "no"), ("不知道", "none")]),
        (
            "closed",
            [("别再打来了", "refusal"), ("他去世了", "deceased_or_moved"), ("打错了", "wrong_number")],
        ),
        ("opt_out", [("别再打来了", "refusal"), ("别打包了", "none")]),
        (
            "callback",
            [("明天上午十点", "2026-11-27T10:00"), ("一刻钟以后", "2026-11-26T10:15"), ("等我通知", "none")],
        ),
    ],
)
def test_right_answers_are_counted(task: str, rows: list[tuple[str, str]]) -> None:
    figures = evaluate(shipped(), task, rows)
    assert (figures["n"], figures["accuracy"], figures["wrong_commits"]) == (len(rows), 1.0, 0)
    assert (figures["abstained"], figures["recall"], figures["false_alarms"]) == (0, 1.0, 0)


def test_a_fact_is_a_yes_or_a_no_by_its_question() -> None:
    rows = [("还在路上呢", "no"), ("昨天就送来了", "yes")]
    figures = evaluate(shipped(), "yes_no", rows, questions=["请问您的包裹收到了吗"] * 2)
    assert (figures["accuracy"], figures["wrong_commits"]) == (1.0, 0)  # they are read back


def test_wrong_commits_are_counted_apart_from_misses() -> None:
    rows = [("别再打来了", "none"), ("今天天气预报说有雨", "refusal"), ("打四分", "3")]
    first = evaluate(shipped(), "opt_out", rows[:2])
    assert (first["wrong_commits"], first["abstained"], first["false_alarms"]) == (1, 1, 1)
    assert evaluate(shipped(), "score", rows[2:])["wrong_commits"] == 0  # a number is read back


def test_callback_times_are_meant_from_the_moment_that_is_given() -> None:
    later = SAID_AT.replace(hour=16)
    assert evaluate(shipped(), "callback", [("过半小时再打", "2026-11-26T16:30")], later)["accuracy"] == 1.0


def test_what_ends_a_call_is_acted_on_only_where_it_was_clearly_heard() -> None:
    assert is_acted_on(Reading(Intent.REFUSAL, "", 0.7))
    assert not is_acted_on(Reading(Intent.REFUSAL, "", 0.3))
    assert is_acted_on(Reading(Intent.BUSY, "", 0.7))
    assert not is_acted_on(Reading(Intent.BUSY, "", 0.65))
    assert not is_acted_on(Reading(Intent.RATING, "5", 0.79))


def test_the_command_reads_a_table_with_the_question_beside_the_label(tmp_path: Path) -> None:
    table, out = tmp_path / "yesno.tsv", tmp_path / "out.json"
    table.write_text(
        "text\tlabel\tasked\n收到了\tyes\t您的包裹收到了吗\n还没有\tno\t您的包裹收到了吗\n", "utf-8"
    )
    ran = CliRunner().invoke(
        app, ["nlu", "evaluate", "--file", str(table), "--task", "yes_no", "--json", str(out)]
    )
    assert ran.exit_code == 0, ran.output
    assert json.loads(out.read_text())["accuracy"] == 1.0


@pytest.mark.parametrize("label", ["tomorrow", "2026-13-01T10:00", "2026-11-26"])
def test_a_label_that_is_no_instant_is_named(tmp_path: Path, label: str) -> None:
    table = tmp_path / "t.tsv"
    table.write_text(f"text\tinstant\n明天\t{label}\n", "utf-8")
    with pytest.raises(FileUnusable, match="line 2 is no time such as"):
        read_labelled(table, names_of("callback"))
