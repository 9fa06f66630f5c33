"""The terminal's picture of a run: live while it lasts, a table at the end."""

from __future__ import annotations

import math
import time

from django.db import connection
from django.utils.translation import gettext as _
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from huifang.clock import now
from huifang.demo.figures import Progress, Summary, progress
from huifang.errors import N_

PLAIN_EVERY_S = 5.0
LONGEST_BAR = 36  # letters
_OUTCOMES = {
    "completed": N_("completed"),
    "transferred": N_("handed to an agent"),
    "refused": N_("does not want calls"),
    "callback": N_("asked to be called later"),
    "no_input": N_("said nothing"),
    "wrong_number": N_("wrong number"),
    "hung_up": N_("hung up"),
    "busy": N_("busy"),
    "no_answer": N_("no answer"),
    "declined": N_("declined"),
    "empty_number": N_("empty number"),
    "powered_off": N_("powered off"),
    "suspended": N_("suspended"),
    "machine": N_("voicemail"),
    "network": N_("network fault"),
    "trunk_refused": N_("trunk refused"),
}


def watch(console: Console, *, total: int, patience_s: float) -> None:
    """Show the run until nothing is due and no call is going on, or nothing moves for ``patience_s`` seconds.

    On a terminal a live picture; elsewhere a line every five seconds.
    """
    started = moved_at = time.monotonic()
    before: Progress | None = None
    last_line = -PLAIN_EVERY_S
    with Live(console=console, refresh_per_second=4, transient=False, auto_refresh=False) as live:
        while True:
            state = progress(now())
            connection.close()  # no transaction of ours may keep the write-ahead log from being tidied
            elapsed = time.monotonic() - started
            if state != before:
                before, moved_at = state, time.monotonic()
            if console.is_terminal:
                live.update(_picture(state, total, elapsed), refresh=True)
            elif elapsed - last_line >= PLAIN_EVERY_S or state.is_over:
                last_line = elapsed
                console.print(_line(state, total, elapsed), highlight=False)
            if state.is_over or time.monotonic() - moved_at > patience_s:
                return
            time.sleep(0.5)


def _line(state: Progress, total: int, elapsed: float) -> str:
    return _(
        "%(seconds)3d s  due %(due)d  dialling %(calling)d  ringing %(ringing)d  "
        "talking %(talking)d  done %(done)d/%(total)d"
    ) % {
        "seconds": elapsed,
        "due": state.due,
        "calling": state.calling,
        "ringing": state.ringing,
        "talking": state.talking,
        "done": state.done,
        "total": total,
    }


def _picture(state: Progress, total: int, elapsed: float) -> RenderableType:
    outcomes = Table.grid(padding=(0, 2))
    most = max(state.outcomes.values(), default=1)
    for outcome, count in sorted(state.outcomes.items(), key=lambda item: -item[1]):
        bar = Text("█" * math.ceil(count * LONGEST_BAR / most), style="cyan")
        outcomes.add_row(Text(_(_OUTCOMES.get(outcome, outcome))), bar, str(count))
    done = Table.grid()  # a row of its own: the bar alone ends no line
    done.add_row(ProgressBar(total=max(total, 1), completed=state.done, width=60))
    return Group(Text(_line(state, total, elapsed), style="bold"), done, outcomes)


def print_summary(console: Console, summary: Summary) -> None:
    """The result as a table; what must be zero is red when it is not."""
    table = Table(title=_("What came of it"), show_header=False)
    endings = "  ".join(f"{score}★ × {count}" for score, count in summary.endings.items())
    rows: list[tuple[str, object]] = [
        (_("rows imported"), summary.imported),
        (_("bad rows"), summary.error_rows),
        (_("due"), summary.due),
        (_("dialled"), summary.dialled),
        (_("answered"), summary.answered),
        (_("completed"), summary.completed),
        (_("rated"), f"{summary.rated}   {endings}"),
        (_("handed to an agent"), summary.transferred),
        (_("callbacks promised"), summary.callbacks_promised),
        (_("tickets"), summary.tickets),
        (_("text messages"), summary.text_messages),
        (_("to be verified"), summary.in_doubt),
        (_("seconds"), summary.seconds),
    ]
    for label, value in rows:
        table.add_row(label, str(value))
    for label, count in ((_("called twice"), summary.doubled), (_("lost calls"), summary.lost)):
        table.add_row(label, Text(str(count), style="green" if count == 0 else "bold red"))
    console.print(table)
