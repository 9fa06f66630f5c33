"""``huifang knowledge``: bring in what customers ask, and ask it oneself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The knowledge base: what the robot answers questions from.")

_SHOWN = 100


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX (标题, 答案, 问法 …) or Markdown.")],
) -> None:
    """Import articles: all of the file, or, where a row is faulty, nothing of it.

    Exit code 1: nothing was imported; every faulty row has been named with its reason.
    """
    from huifang.commands.startup import start

    start(migrate=True)
    from django.utils.translation import gettext as _

    from huifang.clock import now
    from huifang.knowledge.importing import import_articles
    from huifang.people.audit import system_user

    done = import_articles(file, acting_user=system_user(), now=now())
    for fault in done.faults[:_SHOWN]:
        typer.echo(fault.sentence, err=True)
    if done.faults:
        nothing = _("Nothing of %(file)s was imported: %(rows)d rows have to be mended.")
        typer.echo(nothing % {"file": file.name, "rows": len(done.faults)}, err=True)
        raise typer.Exit(1)
    sums = _("%(created)s new, %(changed)s changed, %(unchanged)s as before.")
    typer.echo(sums % {"created": done.created, "changed": done.changed, "unchanged": done.unchanged})


@app.command("ask")
def ask(
    question: Annotated[str, typer.Argument(help="As a customer asks it.")],
    store: Annotated[str, typer.Option(help="Code of the store that is asked; else the whole chain.")] = "",
) -> None:
    """What the robot would answer in a call now, and what else comes near.

    → is told; exit code 0.  ? is asked back (“do you mean …?”) before it is told; exit code 3.
    Exit code 1: the question is passed on to a colleague.
    """
    from huifang.commands.startup import start

    start(migrate=True)
    from django.utils import timezone

    from huifang.clock import now
    from huifang.errors import N_, NotFound
    from huifang.knowledge.editions import index_for
    from huifang.people.models import Store

    asked = Store.objects.filter(code=store).first() if store else None
    if store and asked is None:
        raise NotFound(thing=N_("store of this code"))
    found = index_for(asked).search(question, timezone.localdate(now()))
    is_told, is_asked = (found[0].is_certain, found[0].is_likely) if found else (False, False)
    best = "→" if is_told else "?" if is_asked else " "
    for number, match in enumerate(found):
        typer.echo(
            f"{best if number == 0 else ' '} {match.score:.2f}  {match.article.title}: {match.article.answer}  ({match.article.source})"
        )
    raise typer.Exit(0 if is_told else 3 if is_asked else 1)
