"""``huifang rehearse``: a script talks with a thousand made-up callers, and nothing is dialled."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from huifang.env import Ears, read_environment
from huifang.errors import N_, Clause, FileUnusable, HuifangError, why
from huifang.logic.rehearsal import Tally, rehearse
from huifang.logic.script_document import script_from_json
from huifang.machine import this_machine
from huifang.nlu.model import weighed
from huifang.voice.rehearsal_audio import rehearse_audio

_SHIPPED = Path(__file__).parents[1] / "followups" / "scripts"
_WHEN = datetime(2026, 9, 15, 10, 7, tzinfo=timezone(timedelta(hours=8)))
"""A Tuesday morning: the same for every rehearsal, so that one seed is one result."""


class ScriptUnknown(HuifangError):
    template = N_("There is no script “%(name)s”: give the path of a JSON file, or one of %(known)s.")


def document_of(name: str) -> dict[str, Any]:
    """The script document in a JSON file, or the one that comes with the program under this name.
    ``ScriptUnknown``, ``FileUnusable``."""
    path = Path(name)
    if path.suffix != ".json":
        known = sorted(file.stem for file in _SHIPPED.glob("*.json"))
        if name not in known:
            raise ScriptUnknown(name=name, known=", ".join(known))
        path = _SHIPPED / f"{name}.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise FileUnusable(path=path, reason=why(error)) from None
    except UnicodeDecodeError:
        raise FileUnusable(path=path, reason=N_("it is not UTF-8 text: save it as UTF-8.")) from None
    except RecursionError:
        raise FileUnusable(path=path, reason=N_("it is no script: it is nested too deeply.")) from None
    except ValueError as error:
        raise FileUnusable(path=path, reason=Clause(N_("it is no JSON (%(fault)s)."), fault=error)) from None
    return document  # type: ignore[no-any-return]


def run_rehearsal(
    name: str, *, callers: int, seed: int, by: str, audio: int, console: Console
) -> dict[str, Any]:
    """The figures of a rehearsal of the script ``name``, with its speed on one core; ``audio`` calls are made
    aloud as well, on loopback."""
    document = document_of(name)
    script = script_from_json(document)
    tally = Tally()
    begun = time.process_time()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(script.name, total=callers)
        for one in rehearse(script, document, callers, seed, _WHEN, by=by, hear=weighed):
            tally.add(one)
            progress.advance(task)
    used_s = time.process_time() - begun
    heard = {}
    if audio:
        environment = read_environment()
        model = str(environment.asr_model) if environment.ears is Ears.SHERPA else ""
        with console.status(f"{audio} ☎"):
            heard = {"audio": rehearse_audio(document, audio, seed, model)}
    return {
        **tally.figures(script),
        "seed": seed,
        "by": by,
        **heard,
        "conversations_per_s": round(callers / used_s) if used_s else 0,
        **this_machine(),
    }
