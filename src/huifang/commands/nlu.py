"""``huifang nlu``: make the models behind the grammar, measure them, and hear sound files as a call does."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

app = typer.Typer(no_args_is_help=True, help="Understanding: train and measure the models, hear files.")


class Task(StrEnum):
    POLARITY = "polarity"
    INTENT = "intent"
    CATEGORY = "category"
    EMOTION = "emotion"
    RATING = "rating"
    SCORE = "score"
    YES_NO = "yes_no"
    CLOSED = "closed"
    OPT_OUT = "opt_out"
    CALLBACK = "callback"


class Question(StrEnum):
    RATING = "rating"
    YES_NO = "yes_no"
    FREE = "free"


@app.command("train")
def train(
    out: Annotated[Path | None, typer.Option(help="Write the model here; else where it is used.")] = None,
    own: Annotated[
        list[Path] | None,
        typer.Option("--with", help="Learn from your own texts, too (tab-separated text, label)."),
    ] = None,
) -> None:
    """Make the model from our own texts, and yours; takes a quarter of an hour of processor time."""
    from huifang.commands.startup import check_writable
    from huifang.nlu.model import SHIPPED, save
    from huifang.nlu.training import own_texts, train_model

    path = out or SHIPPED
    check_writable(path)
    extra = own_texts(own or [])
    save(train_model(extra, tell=typer.echo), path)
    typer.echo(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


@app.command("evaluate")
def evaluate(
    file: Annotated[
        Path, typer.Option("--file", help="Tab-separated: text, label; or with a head line naming them.")
    ],
    task: Annotated[Task, typer.Option("--task")] = Task.POLARITY,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    model_file: Annotated[Path | None, typer.Option("--model", help="Another model than ours.")] = None,
    now: Annotated[
        datetime | None, typer.Option(help="When callback times are said; else 2026-11-26 10:00.")
    ] = None,
) -> None:
    """Measure understanding on texts with labels: the models (polarity, category, emotion), both (intent, rating), or closed
    answers as a call takes them, with wrong commits counted apart (score, yes_no, closed, opt_out, callback)."""
    from huifang.commands.startup import check_writable
    from huifang.nlu import closed_answers, evaluating
    from huifang.nlu.labels import names_of
    from huifang.nlu.model import load, shipped
    from huifang.nlu.tables import read_labelled, read_replies

    if json_file:
        check_writable(json_file)
    model = load(model_file) if model_file else shipped()
    if task in closed_answers.LABELS:
        replies = read_replies(file, closed_answers.names_of(task))
        rows, questions = (
            [(text, label) for text, label, _ in replies],
            [question for _, _, question in replies],
        )
        said_at = now.replace(tzinfo=closed_answers.SAID_AT.tzinfo) if now else closed_answers.SAID_AT
        figures = closed_answers.evaluate(model, task, rows, said_at, questions)
    else:
        figures = evaluating.evaluate(model, task, read_labelled(file, names_of(task)))
    text = json.dumps(figures, indent=1)
    if json_file:
        json_file.write_text(text + "\n")
    typer.echo(text)


@app.command("hear")
def hear(
    files: Annotated[list[Path], typer.Argument(help="WAV files: PCM, A-law or µ-law, any rate.")],
    asked: Annotated[Question, typer.Option(help="What the words are an answer to.")] = Question.RATING,
    question: Annotated[str, typer.Option(help="The words of a yes-or-no question.")] = "",
    zone: Annotated[
        str, typer.Option(help="Where the customer is; callback times are meant there.")
    ] = "Asia/Shanghai",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write what was heard to this file.")
    ] = None,
) -> None:
    """Hear sound files as a call does: 8 kHz A-law, turns of speech, recogniser, understanding."""
    from datetime import UTC

    from huifang.commands.startup import check_writable
    from huifang.env import read_environment
    from huifang.errors import N_, SettingInvalid
    from huifang.logic.understanding import Asked
    from huifang.voice.ears.choosing import engine_of
    from huifang.voice.ears.whole import recognised
    from huifang.voice.hear import hear_file, lines_of

    if json_file:
        check_writable(json_file)
    recogniser = engine_of(read_environment())
    if recogniser is None:
        mend = N_("name the folder of a recogniser model.")
        raise SettingInvalid(name="HUIFANG_ASR_MODEL", value="", mend=mend)
    heard = []
    try:
        now = datetime.now(UTC).astimezone(_zone(zone))
        for path in files:
            heard.append(
                hear_file(path, partial(recognised, recogniser), Asked(asked.value, words=question), now)
            )
            for line in lines_of(heard[-1]):
                typer.echo(line)
    finally:
        recogniser.close()
    if json_file:
        json_file.write_text(json.dumps({"files": heard}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        from huifang.errors import N_, SettingInvalid

        mend = N_("give the name of a time zone such as Asia/Shanghai.")
        raise SettingInvalid(name="--zone", value=name, mend=mend) from None
