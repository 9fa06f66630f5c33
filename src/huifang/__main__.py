"""The one command: ``huifang up | demo | import | plan | rehearse | script | web | work | voice | softphone | pstn | user | models | nlu | knowledge | bench | check``.

Every error that a person can mend ends as one sentence on standard error and an exit code ≠ 0.
"""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from huifang.commands.knowledge import app as knowledge_app
from huifang.commands.models import app as models_app
from huifang.commands.nlu import app as nlu_app
from huifang.commands.supervise import end_with_supervisor
from huifang.env import Environment
from huifang.errors import HuifangError
from huifang.wording import in_words

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Huifang 回访"
)
bench_app = typer.Typer(no_args_is_help=True, help="Measure; figures go to a JSON file.")
user_app = typer.Typer(no_args_is_help=True, help="Members of staff.")
app.add_typer(bench_app, name="bench")
script_app = typer.Typer(no_args_is_help=True, help="Scripts, looked at before anybody is called with them.")
app.add_typer(user_app, name="user")
app.add_typer(nlu_app, name="nlu")
app.add_typer(models_app, name="models")
app.add_typer(knowledge_app, name="knowledge")
app.add_typer(script_app, name="script")


@app.command()
def demo(
    once: Annotated[bool, typer.Option(help="Exit after the run instead of serving on.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the summary to this file.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the web page.")] = 8000,
    seed: Annotated[int, typer.Option(help="Seed of the callers: the same seed, the same people.")] = 279,
    calls: Annotated[int, typer.Option(min=1, help="Dial at most so many; the others wait.")] = 500,
    database: Annotated[
        str, typer.Option(help="An empty PostgreSQL database (postgres://…) instead of SQLite.")
    ] = "",
) -> None:
    """The whole road on one machine: import a sample chain, dial it, and show what came of it."""
    from huifang.demo.run import run_demo

    raise typer.Exit(
        run_demo(once=once, json_file=json_file, port=port, seed=seed, calls=calls, database=database)
    )


@app.command()
def up() -> None:
    """Run web, work and voice for real use.  A SIP trunk: HUIFANG_TRUNK, _USER and _PASSWORD."""
    from huifang.commands.up import run_up

    raise typer.Exit(run_up())


@app.command("import")
def import_files(files: Annotated[list[Path], typer.Argument(help="CSV or XLSX files.")]) -> None:
    """Import customers and orders from one's own files (CSV or XLSX; customers before their orders).

    Bad rows are left out and written to a file with line and reason; the good ones are imported.

    Exit code 0: every file gave at least one usable row; 1: a file gave none, or cannot be used at all.
    """
    from huifang.commands.startup import start

    start(migrate=True)
    from huifang.commands.importing import import_with_report

    raise typer.Exit(import_with_report(files))


@app.command()
def plan() -> None:
    """Work out who is due for which follow-up now; the page 回访任务 says why."""
    from huifang.commands.startup import start

    start(migrate=True)
    from huifang.clock import now
    from huifang.people.audit import system_user
    from huifang.plans.planning import plan_due
    from huifang.plans.shipped import publish_shipped

    publish_shipped(now=now())
    from django.utils.translation import gettext as _

    found = plan_due(now=now(), acting_user=system_user())
    for slug, counts in found["plans"].items():
        typer.echo(_("%(plan)s: %(due)d newly due, %(skipped)d skipped") % {"plan": slug, **counts})


@app.command()
def web() -> None:
    """Serve the pages and the voice line's HTTP interface."""
    from huifang.commands.serve import serve_web

    serve_web()


@app.command()
def work() -> None:
    """Do what is due: planning, leases, reminders."""
    from huifang.commands.serve import run_work

    run_work()


@app.command()
def voice() -> None:
    """Run a voice node: it pulls call orders from the centre and dials."""
    from huifang.voice.node import run_node

    raise typer.Exit(run_node(_environment_with_token()))


@app.command()
def softphone() -> None:
    """Run a softphone gateway: members of staff take calls in their browser."""
    from huifang.commands.up import has_softphone
    from huifang.errors import ExtraMissing

    if not has_softphone():
        raise ExtraMissing(extra="softphone")
    from huifang.voice.softphone.gateway import run_gateway

    raise typer.Exit(run_gateway(_environment_with_token()))


def _environment_with_token() -> Environment:
    """The settings of a process that speaks to the centre over the voice line."""
    from huifang.env import read_environment

    if not os.environ.get("HUIFANG_VOICE_TOKEN"):
        from huifang.people.encryption import read_key_file  # this machine is the centre too

        os.environ["HUIFANG_VOICE_TOKEN"] = read_key_file(read_environment().key_file).voice_token
    return read_environment()


@app.command()
def pstn(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="SIP port on loopback; 0 = any free one.")
    ] = 5090,
    seed: Annotated[int, typer.Option(help="Seed of the callers.")] = 279,
    log: Annotated[Path | None, typer.Option(help="What happened, as JSON lines.")] = None,
    only: Annotated[str, typer.Option(help="Let everybody behave like this: angry, busy, brief …")] = "",
) -> None:
    """Run the virtual telephone network: a Chinese caller population behind one SIP port on loopback."""
    from huifang.voice.pstn.network import run_network
    from huifang.voice.pstn.population import shares_of

    shares = shares_of(only)
    raise typer.Exit(run_network(host="127.0.0.1", port=port, seed=seed, log_path=log, shares=shares))


class RehearsedBy(StrEnum):
    """How the callers of a rehearsal answer."""

    BOTH = "both"
    KEYS = "keys"
    WORDS = "words"


@app.command()
def rehearse(
    script: Annotated[
        str, typer.Argument(help="A JSON file, or the name of a script that comes with the program.")
    ],
    callers: Annotated[int, typer.Option(min=1, max=1_000_000)] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed, the same callers.")] = 7,
    by: Annotated[RehearsedBy, typer.Option(help="How they answer.")] = RehearsedBy.BOTH,
    audio: Annotated[
        int, typer.Option(min=0, max=500, help="So many calls are made aloud, too, on loopback.")
    ] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
) -> None:
    """Let a script talk with made-up callers: what comes of it, and is any law broken?  Nothing is dialled.

    Exit code 1 where a law was broken or a conversation found no end.
    """
    from rich.console import Console

    from huifang.commands.rehearsing import run_rehearsal
    from huifang.commands.startup import check_writable

    if json_file:
        check_writable(json_file)
    figures = run_rehearsal(
        script, callers=callers, seed=seed, by=by.value, audio=audio, console=Console(stderr=True)
    )
    text = json.dumps(figures, indent=1, ensure_ascii=False)
    if json_file:
        json_file.write_text(text + "\n", encoding="utf-8")
    typer.echo(text)
    heard = figures.get("audio", {})
    raise typer.Exit(1 if figures["violations"] or heard.get("violations") or heard.get("unfinished") else 0)


@user_app.command("add")
def user_add(
    username: str,
    name: Annotated[str, typer.Option(help="The name people see.")] = "",
    role: Annotated[str, typer.Option(help="admin, supervisor or agent")] = "agent",
    store: Annotated[str, typer.Option(help="Code of the store; empty = all stores.")] = "",
    sip: Annotated[str, typer.Option(help="SIP address of the phone: sip:user@host:port")] = "",
) -> None:
    """Add a member of staff; the password is made up and printed once."""
    from huifang.commands.startup import start

    start(migrate=True)
    from huifang.people.actions import add_user_from_command_line

    typer.echo(add_user_from_command_line(username, name=name, role=role, store_code=store, sip_uri=sip))


@script_app.command("check")
def script_check(
    scripts: Annotated[
        list[str], typer.Argument(help="JSON files, or names of scripts that come with the program.")
    ],
) -> None:
    """Say what should be mended in scripts: too long for a phone, a dead way, a word that no voice can read.

    Exit code 0: nothing to mend.
    """
    from huifang.commands.scripts import check_scripts

    raise typer.Exit(check_scripts(scripts))


@script_app.command("schema")
def script_schema() -> None:
    """Print the JSON Schema of a script, for editors that check while one types."""
    from huifang.logic.script_schema import schema

    typer.echo(json.dumps(schema(), indent=1, ensure_ascii=False))


@script_app.command("explain")
def script_explain(
    script: Annotated[
        str, typer.Argument(help="A JSON file, or the name of one that comes with the program.")
    ],
) -> None:
    """Tell a script step by step in plain words."""
    from huifang.commands.scripts import explain_script

    explain_script(script)


@bench_app.command("voice")
def bench_voice(
    calls: Annotated[int, typer.Option(min=1, max=5000)] = 100,
    seconds: Annotated[int, typer.Option(min=5, max=3600)] = 30,
    media_only: Annotated[
        bool, typer.Option("--media-only", help="No conversation, no voice detection.")
    ] = False,
    record: Annotated[bool, typer.Option("--record", help="Record every call.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Scripted calls against a load generator in another process that keeps its own clock.

    HUIFANG_CPU names the core that they run on.  Half an hour (--seconds 1800) shows whether memory grows.
    """
    from huifang.commands.startup import check_writable
    from huifang.voice.bench import run_bench

    if json_file:
        check_writable(json_file)
    figures = run_bench(calls=calls, seconds=seconds, media_only=media_only, record=record)
    text = json.dumps(figures, indent=1)
    if json_file:
        json_file.write_text(text + "\n")
    typer.echo(text)


@bench_app.command("talk")
def bench_talk(
    calls: Annotated[int, typer.Option(min=1, max=500)] = 50,
    seconds: Annotated[int, typer.Option(min=10, max=3600)] = 60,
    json_file: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """How long customers wait for the answer to what they said, and for what, with the model HUIFANG_ASR_MODEL."""
    from huifang.commands.startup import check_writable
    from huifang.env import read_environment
    from huifang.errors import N_, SettingInvalid
    from huifang.voice.bench_talk import run_talk

    model = read_environment().asr_model
    if model is None:
        mend = N_("name a model folder with HUIFANG_ASR_MODEL; “huifang models list” shows where to get one.")
        raise SettingInvalid(name="HUIFANG_ASR_MODEL", value="", mend=mend)
    if json_file:
        check_writable(json_file)
    text = json.dumps(run_talk(model, calls, seconds), indent=1)
    if json_file:
        json_file.write_text(text + "\n")
    typer.echo(text)


@bench_app.command("setup")
def bench_setup(
    rate: Annotated[float, typer.Option(min=0.1, max=1000, help="New calls per second.")] = 50,
    seconds: Annotated[int, typer.Option(min=5, max=36_000)] = 60,
    json_file: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Begin calls at a steady rate through a real node on one core; a long run shows whether it grows.

    Exit code 1 where a call failed.
    """
    from huifang.commands.startup import check_writable
    from huifang.voice.bench_setup import run_setup

    if json_file:
        check_writable(json_file)
    figures = run_setup(rate=rate, seconds=seconds)
    text = json.dumps(figures, indent=1)
    if json_file:
        json_file.write_text(text + "\n")
    typer.echo(text)
    raise typer.Exit(1 if figures["failed"] else 0)


@bench_app.command("crash")
def bench_crash(
    calls: Annotated[int, typer.Option(min=10, max=100_000)] = 300,
    kills: Annotated[int, typer.Option(min=0, max=10_000, help="kill -9 of nodes, workers and web.")] = 9,
    json_file: Annotated[Path | None, typer.Option("--json")] = None,
    nodes: Annotated[int, typer.Option(min=1, max=20)] = 2,
    workers: Annotated[int, typer.Option(min=1, max=20)] = 2,
    freezes: Annotated[int, typer.Option(min=0, help="How often a node is frozen beyond its leases.")] = 0,
    seed: Annotated[int, typer.Option(help="Draws who is killed when.")] = 1,
    database: Annotated[
        str, typer.Option(help="auto (a private PostgreSQL if there is one), sqlite, or postgres://…")
    ] = "auto",
) -> None:
    """Kill everything all the time; was anybody rung twice, or forgotten?  The far end's log decides.

    Exit code 1 where a telephone was rung twice or a follow-up was lost.
    """
    from huifang.commands.startup import check_writable
    from huifang.crash.run import run_crash

    if json_file:
        check_writable(json_file)
    figures, is_clean = run_crash(
        calls=calls,
        kills=kills,
        seed=seed,
        nodes=nodes,
        workers=workers,
        freezes=freezes,
        database=database,
    )
    text = json.dumps(figures, indent=1)
    if json_file:
        json_file.write_text(text + "\n")
    typer.echo(text)
    raise typer.Exit(0 if is_clean else 1)


@app.command()
def check() -> None:
    """Look at settings, keys, database, speech and ports, and say what is not in order."""
    from huifang.commands.checking import run_checks

    raise typer.Exit(run_checks())


def main() -> None:
    """Run the command; a HuifangError becomes one sentence in the person's language."""
    end_with_supervisor()
    try:
        app()
    except HuifangError as error:
        print(in_words(error), file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from huifang.database import fault_of_database
        from huifang.env import read_environment

        fault = fault_of_database(error, read_environment())
        if fault is None:
            raise
        print(in_words(fault), file=sys.stderr)
        sys.exit(fault.exit_code)


if __name__ == "__main__":
    main()
