"""``huifang models``: recogniser models for this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from huifang.errors import N_, Clause, ModelMissing, SettingInvalid

app = typer.Typer(no_args_is_help=True, help="Recogniser models.")


@app.command("list")
def list_models() -> None:
    """Name the public Mandarin models that fit, and what is on this machine."""
    from huifang.env import read_environment
    from huifang.logic.model_catalogue import MODELS

    environment = read_environment()
    for model in MODELS:
        mark = "✓" if (environment.models / model.name).is_dir() else " "
        typer.echo(
            f"{mark} {model.name}  ~{model.size_mb} MB  {model.licence}  {model.languages}  {model.yields}"
        )
    typer.echo(f"HUIFANG_ASR_MODEL={environment.asr_model or ''}")


@app.command("add")
def add_model(
    source: Annotated[str, typer.Argument(help="A name of “models list” (a part is enough), or a folder.")],
    mirror: Annotated[
        str, typer.Option(help="Take the archive from this address instead of the releases.")
    ] = "",
) -> None:
    """Fetch a model, or take one from a folder, and check that it hears.

    An interrupted download is gone on with.
    """
    from huifang.env import read_environment
    from huifang.logic.model_catalogue import named
    from huifang.voice.ears.fetching import fetch

    folder = Path(source).expanduser()
    if not folder.is_dir():
        model = named(source)
        if model is None:
            mend = N_("give a folder, or one name of “huifang models list”.")
            raise SettingInvalid(name="SOURCE", value=source, mend=mend)
        url = f"{(mirror or model.folder).rstrip('/')}/{model.archive}"
        folder = fetch(url, read_environment().models, _tell_progress, _fault_of)
        typer.echo("", err=True)
    else:
        _check(folder.absolute())
    typer.echo(f"export HUIFANG_ASR_MODEL={folder.absolute()}")


@app.command("check")
def check_model(
    folder: Annotated[Path | None, typer.Argument(help="A model folder; default: HUIFANG_ASR_MODEL.")] = None,
) -> None:
    """Load a model and let it listen."""
    from huifang.env import read_environment

    place = folder or read_environment().asr_model
    if place is None:
        mend = N_("name a model folder with HUIFANG_ASR_MODEL; “huifang models list” shows where to get one.")
        raise SettingInvalid(name="HUIFANG_ASR_MODEL", value="", mend=mend)
    _check(place.expanduser().absolute())


def _check(folder: Path) -> None:
    fault = _fault_of(folder)
    if fault:
        raise ModelMissing(path=folder, reason=fault)


def _fault_of(folder: Path) -> str | Clause | None:
    """Why the model in ``folder`` does not hear; tells what it is where it does."""
    from huifang.voice.ears.sherpa import SherpaRecogniser
    from huifang.voice.ears.whole import hears

    try:
        engine = SherpaRecogniser(folder)
    except ModelMissing as missing:
        return cast(str | Clause, missing.data["reason"])
    try:
        reason = hears(engine)
    finally:
        engine.close()
    if reason:
        return reason
    capabilities = engine.capabilities
    kind = "streaming" if capabilities.partials else "whole utterances"
    typer.echo(f"✓ {engine.name}: {kind}, {capabilities.yields}")
    return None


def _tell_progress(have: int, total: int | None) -> None:
    mb = have / 1e6
    typer.echo(f"\r{mb:.1f} MB" + (f" / {total / 1e6:.1f} MB" if total else ""), nl=False, err=True)
