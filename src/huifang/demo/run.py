"""``huifang demo``: the whole road on one machine, really dialled over loopback."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rich.console import Console

from huifang.commands.startup import check_writable
from huifang.commands.supervise import SUPERVISED_BY, Supervisor
from huifang.demo.text_gateway import TextGateway, text_gateway
from huifang.demo.world import DemoWorld, free_udp_port, fresh_environment, people_the_world
from huifang.errors import N_, FileUnusable

if TYPE_CHECKING:  # it needs Django, which is not ready when this is imported
    from huifang.demo.figures import Summary

PATIENCE_S = 180.0
"""Nothing has moved for so long: longer than any conversation of the sample population lasts."""
AGENTS = ("agent1", "agent2", "agent3", "agent4")
"""One per store; the telephone network knows who of them never answers and who uses which feature codes."""
EXPERT = "supervisor"
"""Whom agents fetch into a call; the name on the telephone network begins as that of all staff does."""


def run_demo(*, once: bool, json_file: Path | None, port: int, seed: int, calls: int, database: str) -> int:
    """Make a fresh world, dial everyone who is due, show it live, print what came of it.

    With ``once`` it ends after the run; otherwise it serves the pages until Ctrl-C.  Exit code 1
    where a customer was called twice or a follow-up was lost.
    """
    if json_file is not None:
        check_writable(json_file)  # now, not after four minutes
    console = Console()
    for number in (signal.SIGINT, signal.SIGTERM):  # also where whoever started us ignores Ctrl-C
        signal.signal(number, _as_interrupt)
    with text_gateway() as gateway:
        return _run(console, gateway, once, json_file, port, seed, calls, database)


def _run(
    console: Console,
    gateway: TextGateway,
    once: bool,
    json_file: Path | None,
    port: int,
    seed: int,
    calls: int,
    database: str,
) -> int:
    trunk_port = free_udp_port()
    os.environ.update(gateway.settings(f"http://127.0.0.1:{port}"))
    environment = fresh_environment(
        web_port=port, trunk_port=trunk_port, sip_port=free_udp_port(), database_url=database
    )
    gateway.log = environment.home / "text-messages.jsonl"

    from django.utils.translation import gettext as _

    from huifang.demo.screen import print_summary, watch

    console.print(_("Importing the sample chain and working out who is due …"))
    agents = {name: f"sip:{name}@127.0.0.1:{trunk_port}" for name in AGENTS}
    expert = f"sip:agent-{EXPERT}@127.0.0.1:{trunk_port}"
    world = people_the_world(environment, agents, expert, most_calls=calls)
    console.print(
        _("%(rows)d rows imported, %(errors)d bad rows, %(due)d customers due, %(skipped)d skipped.")
        % {"rows": world.imported, "errors": world.error_rows, "due": world.due, "skipped": world.skipped}
    )
    log_path = environment.home / "telephone-network.jsonl"
    with (
        (environment.home / "processes.log").open("ab") as output,  # not into the live picture
        telephone_network(trunk_port, seed, log_path, output),
        _centre_and_node(output),
    ):
        url = f"http://127.0.0.1:{port}/"
        login = _("Live board: %(url)s  login: %(user)s  password: %(password)s") % {
            "url": url,
            "user": world.login,
            "password": world.password,
        }
        console.print(login, highlight=False)
        started = time.monotonic()
        watch(console, total=world.due, patience_s=PATIENCE_S)
        summary = _summary(world, log_path, gateway.count, time.monotonic() - started)
        print_summary(console, summary)
        if json_file is not None:
            json_file.write_text(json.dumps(summary.as_json(), indent=1) + "\n")
        if not once:
            console.print(login, highlight=False)
            console.print(_("Serving on; Ctrl-C ends it."))
            with contextlib.suppress(KeyboardInterrupt):
                threading.Event().wait()
    return 1 if summary.doubled or summary.lost else 0


def _as_interrupt(*_arguments: object) -> None:
    raise KeyboardInterrupt


def _summary(world: DemoWorld, log_path: Path, text_messages: int, seconds: float) -> Summary:
    from huifang.demo.figures import summarise
    from huifang.voice.pstn.log import read_far_side

    return summarise(
        imported=world.imported,
        error_rows=world.error_rows,
        due=world.due,
        far_side=read_far_side(log_path),
        text_messages=text_messages,
        seconds=seconds,
    )


@contextlib.contextmanager
def telephone_network(
    port: int, seed: int, log_path: Path, output: IO[bytes], *options: str
) -> Iterator[None]:
    """The virtual telephone network as a process of its own, ready when this returns.

    ``options`` are those of ``huifang pstn``."""
    command = [sys.executable, "-m", "huifang", "pstn"]
    command += ["--port", str(port), "--seed", str(seed), "--log", str(log_path), *options]
    watched = {**os.environ, SUPERVISED_BY: str(os.getpid())}
    process = subprocess.Popen(
        command, env=watched, stdout=subprocess.PIPE, stderr=output, start_new_session=True
    )
    try:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise FileUnusable(path=log_path, reason=N_("the virtual telephone network did not start."))
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def _centre_and_node(output: IO[bytes]) -> Iterator[None]:
    """Web, work and voice, supervised on a thread of their own."""
    from huifang.commands.up import child_environment, note_process, process_commands

    supervisor = Supervisor(
        process_commands(), child_environment(**os.environ), on_change=note_process, output=output
    )
    thread = threading.Thread(target=supervisor.run, name="supervisor")
    thread.start()
    try:
        yield
    finally:
        supervisor.stop()
        thread.join()
