"""``huifang nlu``: make the models behind the grammar, and measure them."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Understanding: train and measure the models.")


class Task(StrEnum):
    POLARITY = "polarity"
    INTENT = "intent"
    CATEGORY = "category"
    EMOTION = "emotion"
    RATING = "rating"


@app.command("train")
def train(
    out: Annotated[Path | None, typer.Option(help="Write the model here; else where it is used.")] = None,
    own: Annotated[
        list[Path] | None,
        typer.Option("--with", help="Learn from your own texts, too (tab-separated text, label)."),
    ] = None,
) -> None:
    """Make the model from our own texts, and yours; takes about a minute."""
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
    file: Annotated[Path, typer.Option("--file", help="Tab-separated: text, label.")],
    task: Annotated[Task, typer.Option("--task")] = Task.POLARITY,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    model_file: Annotated[Path | None, typer.Option("--model", help="Another model than ours.")] = None,
) -> None:
    """Measure understanding on texts with labels; ratings and intents as a call would understand them."""
    from huifang.commands.startup import check_writable
    from huifang.nlu.evaluating import LABELS
    from huifang.nlu.evaluating import evaluate as figures_of
    from huifang.nlu.model import load, shipped
    from huifang.nlu.tables import read_labelled

    if json_file:
        check_writable(json_file)
    rows = read_labelled(file, LABELS[task])
    figures = figures_of(load(model_file) if model_file else shipped(), task, rows)
    text = json.dumps(figures, indent=1)
    if json_file:
        json_file.write_text(text + "\n")
    typer.echo(text)
