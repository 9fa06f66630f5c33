"""``huifang up``: web, work, voice and (where it is installed) softphone as supervised processes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from importlib.util import find_spec

import typer

from huifang.commands.startup import start
from huifang.commands.supervise import ProcessReport, Supervisor
from huifang.env import Environment


def run_up() -> int:
    """Bring the database up to date, then keep the processes alive until a signal comes."""
    environment = start(migrate=True)
    from django.utils.translation import gettext as _

    from huifang.commands.serve import check_port_free

    check_port_free(environment.web_host, environment.web_port, "HUIFANG_WEB_PORT")
    prepare_centre(environment)
    supervisor = Supervisor(
        commands=process_commands(environment.voice_processes),
        environment=child_environment(),
        on_change=note_process,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    typer.echo(f"Huifang 回访  http://{environment.web_host}:{environment.web_port}/")
    if not environment.has_trunk:
        typer.echo(_("No trunk: nothing is dialled until HUIFANG_TRUNK (and _USER, _PASSWORD) are set."))
    supervisor.run()
    return 0


def process_commands(voice_processes: int = 1) -> dict[str, list[str]]:
    """The argv of each supervised process."""
    # They are ended the last first: nodes let their calls end, and agents are talking in some of them.
    names = ["web", "work", *(["softphone"] if has_softphone() else []), "voice"]
    commands = {name: [sys.executable, "-m", "huifang", name] for name in names}
    for number in range(2, voice_processes + 1):
        commands[f"voice-{number}"] = [*commands["voice"], "--number", str(number)]
    return commands


def has_softphone() -> bool:
    """The extra ``softphone`` is installed."""
    return find_spec("aiortc") is not None


def child_environment(**more: str) -> Mapping[str, str]:
    """This process's environment for its children, with the voice node's token and ``more``."""
    from huifang.people.encryption import keyring

    return {**os.environ, "HUIFANG_VOICE_TOKEN": keyring().voice_token, **more}


def prepare_centre(environment: Environment) -> None:
    """Publish the shipped scripts and plans, take the trunk from the settings, make a first login."""
    from django.utils.translation import gettext as _

    from huifang.clock import now
    from huifang.followups.trunks import take_trunk_from_settings
    from huifang.people.actions import ensure_first_admin
    from huifang.plans.shipped import publish_shipped
    from huifang.work.schedule import ensure_recurring

    publish_shipped(now=now())
    take_trunk_from_settings(environment)
    ensure_recurring(now=now())
    password = ensure_first_admin()
    if password:
        typer.echo(
            _("Login: admin / %(password)s (made for this first start; it is not shown again)")
            % {"password": password}
        )


def note_process(report: ProcessReport) -> None:
    """Write the state of a process where the board sees it; never let that stop the supervision."""
    from django.db import DatabaseError, connection

    from huifang.clock import now
    from huifang.work.models import ProcessState

    try:
        ProcessState.objects.update_or_create(
            name=report.name,
            defaults={
                "state": report.state,
                "pid": report.pid,
                "restarts": report.restarts,
                "last_exit": report.last_exit,
                "changed_at": now(),
            },
        )
    except DatabaseError as error:
        print(f"could not note that {report.name} is {report.state}: {error}", file=sys.stderr)
        connection.close()
