"""A rehearsal that is heard: a script's calls through a real node, its media and the virtual telephone network."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from huifang.logic.disclosure import names_machine
from huifang.logic.rehearsal import DrawnFacts
from huifang.logic.script_document import script_from_json
from huifang.logic.voice_line import EventKind
from huifang.voice.pstn.log import read_far_side
from huifang.voice.rig import LeanCentre, node, serving, telephone_network, wait_for

_START_S = 60.0
_LONGEST_CALL_S = 240.0
_PER_S = 2.0
"""Calls begun per second."""


def rehearse_audio(document: Mapping[str, Any], calls: int, seed: int, asr_model: str) -> dict[str, Any]:
    """Dial ``calls`` made-up telephones with the script in ``document``, on loopback.

    ``violations`` counts calls whose first words were not the whole disclosure, or that went on after a refusal;
    ``unfinished`` those of whose end the node told nothing; ``doubled`` telephones that rang twice.
    ``asr_model``: the folder of a recogniser's model; "" = everybody is understood by keys only.
    """
    drawn = DrawnFacts(script_from_json(document))

    def facts(number: int) -> dict[str, Any]:
        return {name: value for name, value in drawn.draw(f"{seed}/{number}").items() if _is_told(name)}

    with tempfile.TemporaryDirectory(prefix="huifang-rehearsal-") as name:
        folder = Path(name)
        log = folder / "telephone-network.jsonl"
        with (
            (folder / "processes.log").open("ab") as output,
            telephone_network(log, output, seed=seed) as port,
            serving(centre := LeanCentre(port, _PER_S, calls, document, facts)) as url,
            node(folder, url, calls=calls, output=output, asr_model=asr_model),
        ):
            wait_for(lambda: centre.claims > 0, _START_S)
            centre.begin()
            wait_for(lambda: centre.over >= calls, calls / _PER_S + _LONGEST_CALL_S)
        far = read_far_side(log)
    ends = centre.ends()
    stories = [sorted(events, key=lambda event: event["seq"]) for events in centre.events.values()]
    answered = [story for story in stories if any(e["kind"] == EventKind.ANSWERED for e in story)]
    return {
        "calls": calls,
        "answered": len(answered),
        "unfinished": calls - len(ends),
        "doubled": far.doubled,
        "causes": dict(Counter(str(end.get("cause")) for end in ends.values())),
        "outcomes": dict(Counter(str(end["outcome"]) for end in ends.values() if end.get("outcome"))),
        "endings": dict(Counter(str(end["ending"]) for end in ends.values() if end.get("ending"))),
        "tunes": dict(Counter(str(end["tune"]) for end in ends.values() if end.get("tune"))),
        "answers": _answers(answered),
        "heard_s": far.heard_s,
        "violations": sum(not _is_lawful(story) for story in answered),
        "callers": dict(far.behaviours),
    }


def _is_told(name: str) -> bool:
    """The node knows itself what belongs to the call."""
    return not name.startswith("call.")


def _answers(stories: Sequence[Sequence[Mapping[str, Any]]]) -> dict[str, int]:
    """Item → how many calls answered it, what was taken back not counted."""
    count: Counter[str] = Counter()
    for story in stories:
        standing: set[str] = set()
        for event in story:
            if event["kind"] == EventKind.ANSWER:
                item = str(event["data"]["item"])
                standing.discard(item) if event["data"].get("undone") else standing.add(item)
        count.update(standing)
    return dict(count)


def _is_lawful(story: Sequence[Mapping[str, Any]]) -> bool:
    """The disclosure was said first and whole (unless they hung up in it), and a refusal ended the call."""
    said = [event["data"] for event in story if event["kind"] == EventKind.SAID]
    end: Mapping[str, Any] = next((e["data"] for e in story if e["kind"] == EventKind.ENDED), {})
    gone_early = end.get("cause") in ("hung_up", "machine") or len(said) <= 1
    discloses = bool(said) and names_machine(str(said[0]["text"])) and not said[0]["interrupted"]
    refused = any(event["kind"] == EventKind.REFUSED for event in story)
    return (discloses or gone_early) and (not refused or end.get("outcome") == "refused")
