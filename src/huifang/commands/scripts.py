"""``huifang script check`` and ``huifang script explain``: scripts looked at before anybody is called with them."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from huifang.commands.rehearsing import document_of
from huifang.errors import N_, HuifangError
from huifang.logic.script_check import check
from huifang.logic.script_document import Script, script_from_json
from huifang.logic.script_explain import explain
from huifang.logic.script_lint import lint
from huifang.logic.script_reader import Reader
from huifang.logic.script_reading import Fault
from huifang.voice.tunes.library import tune_names
from huifang.wording import in_words, language, translator


def check_scripts(names: Sequence[str]) -> int:
    """Print what should be mended in each script (a JSON file, or the name of a shipped one).

    0 when there is nothing, else 1.
    """
    tr = translator()
    faults = 0
    for name in names:
        try:
            script = Reader(document_of(name)).script()
        except (HuifangError, Fault) as error:
            faults += 1
            words = in_words(error) if isinstance(error, HuifangError) else error.clause.in_words(tr)
            typer.echo(f"✗ {name}: {words}")
            continue
        if refused := list(check(script)):
            faults += len(refused)
            for fault in refused:
                typer.echo(f"✗ {name}: {fault.in_words(tr)} [unusable]")
            continue
        found = lint(script, tune_names())
        faults += len(found)
        for each in found:
            typer.echo(f"✗ {name}: {each.in_words().in_words(tr)} [{each.rule}]")
        if not found:
            typer.echo(f"✓ {name}: {tr(N_('nothing to mend'))}")
    return 1 if faults else 0


def explain_script(name: str) -> None:
    """Print the script ``name`` step by step in plain words."""
    script = script_from_json(document_of(name))
    tr = translator()
    for line in explain(script, _language(script), tr):
        typer.echo(line)


def _language(script: Script) -> str:
    """The language of the script that the person reads, else its first."""
    return next((x for x in script.languages if x[:2] == language()[:2]), script.languages[0])
