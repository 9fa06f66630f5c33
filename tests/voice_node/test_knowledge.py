"""A customer asks in mid-call and hears the answer; then the script goes on where it stopped."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from huifang.logic.knowledge import Article, edition_of, to_json
from huifang.logic.understanding.sounds import syllables
from huifang.logic.voice_line import Event, EventKind
from huifang.voice.contract import Centre
from huifang.voice.ears.port import Capabilities, Heard, Take, Yields
from huifang.voice.ears.recognition import Recognition
from huifang.voice.knowing import Shelf
from huifang.voice.node import Node
from huifang.voice.pstn.persona import Line, Persona, Press, Speak, Turn

from .centre import TOKEN, FakeCentre
from .orders import order, short_script
from .stage import Street, environment, network, running, serving, wait_until

HOURS = Article(
    "hours", 4, "营业时间", "早上十点到晚上九点半。", ("几点开门", "几点关门"), source="手册 第2页"
)
OVER = Article("sale", 1, "店庆活动", "打八折。", ("店庆打几折",), valid_until="2020-01-01")
ARTICLES = [to_json(HOURS), to_json(OVER)]
EDITION = edition_of(ARTICLES)
NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
KNOWN, LIKELY, UNKNOWN = "你们晚上几点关门", "九点半之后能来吗", "你们什么时候发货"
GREETS = "喂，你好。"


def asks(*questions: str) -> Persona:
    """Somebody who greets, asks one question after the other, and then presses 1, and once more."""
    turns = (
        *(Turn(Speak(question), think_s=1.2) for question in questions),
        Turn(Press("1")),
        Turn(Press("1"), think_s=1.2),
    )
    return Persona("test", Line.ANSWERS, 0.3, greeting=GREETS, turns=turns, stays_s=30.0)


class Ears:
    """A recogniser that writes ``texts``, one for each utterance, then nothing."""

    name = "scripted"
    capabilities = Capabilities(partials=False, yields=Yields.TEXT, hot_words=False, hz=8000)
    is_available = True

    def __init__(self, *texts: str) -> None:
        self._left = list(texts)

    def start(self, take: Take) -> Recognition:
        way = Way(self._left)
        way.recognition = Recognition(take, way)
        return way.recognition

    def close(self) -> None: ...


class Way:
    """One utterance on its way to its text."""

    recognition: Recognition

    def __init__(self, left: list[str]) -> None:
        self._left = left

    def feed(self, pcm: NDArray[np.int16]) -> None: ...

    def finish(self) -> None:
        words = self._left.pop(0) if self._left else ""
        heard = Heard(words, syllables(words), 0.95)
        threading.Thread(target=self.recognition.final, args=(heard,)).start()  # an engine has its own

    def cancel(self) -> None: ...


def call(monkeypatch: pytest.MonkeyPatch, home: Path, *questions: str) -> list[Event]:
    """What one call reported in which the customer asks ``questions``, which are answered from EDITION."""
    centre = FakeCentre(knowledge={EDITION: ARTICLES})
    with (
        network(Street({"+8613800000001": asks(*questions)}), home / "log") as phones,
        serving(centre) as url,
    ):
        script = short_script()
        next(step for step in script["steps"] if step["id"] == "rating")["silence_s"] = 8.0
        script["replies"]["noted"] = {"zh-CN": "好的，记下了。"}
        one = order("+8613800000001", phones.port, knowledge=EDITION, script=script)
        centre.orders.append(one)
        # Beginnings of utterances, in case they are a machine's, would use up the texts.
        monkeypatch.setattr(Node, "recognise", lambda node, pcm, then: None)
        monkeypatch.setattr("huifang.voice.node.ears_of", lambda env: Ears(GREETS, *questions))
        with running(environment(home, url)):
            assert wait_until(lambda: centre.is_settled(one.attempt_id), 60)
    return centre.of(one.attempt_id)


def told(events: list[Event]) -> list[str]:
    """The conversation in short: what was said to its end by step, heard by intent or key."""
    words = []
    for event in events:
        if event.kind is EventKind.SAID and not event.data["interrupted"]:
            words.append(event.data["step"])
        elif event.kind is EventKind.HEARD:
            words.append(event.data["key"] or event.data["intent"])
    return words


def test_a_question_is_answered_from_its_source_and_the_script_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    events = call(monkeypatch, tmp_path, KNOWN, UNKNOWN, LIKELY)
    words = told(events)
    talk = words[words.index("question") :]  # each time on from where it stopped
    assert talk[:6] == ["question", "knowledge", "rating", "question", "noted", "rating"], words
    assert talk[6:12] == ["question", "meant", "1", "knowledge", "rating", "1"], (
        words
    )  # 1: yes, and then a rating
    answer, confirmed = [e.data for e in events if e.kind is EventKind.SAID and e.data["step"] == "knowledge"]
    assert (confirmed["article"], confirmed["text"]) == (answer["article"], HOURS.answer)
    assert answer["text"] == HOURS.answer
    assert not answer["interrupted"]
    assert answer["end_ms"] - answer["start_ms"] > 800  # it was heard
    assert (answer["article"], answer["article_version"]) == ("hours", 4)
    others = [e.data for e in events if e.kind is EventKind.SAID and e.data["step"] != "knowledge"]
    assert not any("article" in said for said in others)
    [promise] = [e.data for e in events if e.kind is EventKind.PROMISE]
    assert (promise["kind"], promise["data"]) == ("question", {"question": UNKNOWN})
    assert [e.data["score"] for e in events if e.kind is EventKind.ANSWER and e.data["item"] == "rating"] == [
        5
    ]


# ---- the shelf alone


@contextmanager
def shelf(centre: FakeCentre, folder: Path) -> Iterator[Shelf]:
    with serving(centre) as url:
        one = Shelf(Centre(url, TOKEN), folder)
        one.start()
        try:
            yield one
        finally:
            one.stop(5.0)


def answers(one: Shelf, question: str = KNOWN, edition: str = EDITION) -> bool:
    return one.look_up(edition, question, NOW) is not None


def test_an_edition_is_fetched_once_and_lasts_over_a_restart(tmp_path: Path) -> None:
    centre = FakeCentre(knowledge={EDITION: ARTICLES})
    with shelf(centre, tmp_path / "kept") as one:
        assert not answers(one)
        one.want(EDITION)
        assert wait_until(lambda: answers(one))
        one.want(EDITION)
    assert centre.asked_knowledge == [EDITION]
    with shelf(FakeCentre(), tmp_path / "kept") as again:  # this centre knows nothing
        again.want(EDITION)
        assert wait_until(lambda: answers(again))


def test_while_the_centre_is_away_there_is_no_answer_and_afterwards_there_is(tmp_path: Path) -> None:
    centre = FakeCentre(knowledge={EDITION: ARTICLES}, is_away=True)
    with shelf(centre, tmp_path) as one:
        one.want(EDITION)
        assert wait_until(lambda: centre.turned_away > 0)
        assert not answers(one)
        centre.is_away = False
        assert wait_until(lambda: answers(one))


def test_a_damaged_file_is_fetched_anew(tmp_path: Path) -> None:
    (tmp_path / f"{EDITION}.json").write_text(json.dumps(ARTICLES[:1]), "utf-8")
    centre = FakeCentre(knowledge={EDITION: ARTICLES})
    with shelf(centre, tmp_path) as one:
        one.want(EDITION)
        assert wait_until(lambda: answers(one))
    assert centre.asked_knowledge == [EDITION]
    assert json.loads((tmp_path / f"{EDITION}.json").read_text("utf-8")) == ARTICLES


def test_an_edition_that_the_centre_does_not_have_or_that_came_damaged_gives_no_answer(
    tmp_path: Path,
) -> None:
    missing, damaged = "f" * 32, "e" * 32
    centre = FakeCentre(knowledge={EDITION: ARTICLES, damaged: ARTICLES})
    with shelf(centre, tmp_path) as one:
        for edition in (missing, damaged, EDITION):
            one.want(edition)
        assert wait_until(lambda: answers(one))  # the others were tried before it
        assert not answers(one, edition=missing)
        assert not answers(one, edition=damaged)
    assert [path.stem for path in tmp_path.glob("*.json")] == [EDITION]


def test_what_is_likely_is_found_with_doubt(tmp_path: Path) -> None:
    with shelf(FakeCentre(knowledge={EDITION: ARTICLES}), tmp_path) as one:
        one.want(EDITION)
        assert wait_until(lambda: answers(one))
        found = [one.look_up(EDITION, question, NOW) for question in (KNOWN, LIKELY)]
        assert [(f.article, f.doubtful) for f in found if f] == [("hours", False), ("hours", True)]


def test_what_does_not_hold_today_and_what_is_uncertain_is_not_told(tmp_path: Path) -> None:
    with shelf(FakeCentre(knowledge={EDITION: ARTICLES}), tmp_path) as one:
        one.want(EDITION)
        assert wait_until(lambda: answers(one))
        assert not answers(one, "店庆打几折")
        assert not answers(one, "你们老板叫什么")


def test_a_newer_centres_articles_are_read_and_unreadable_ones_are_left(tmp_path: Path) -> None:
    newer = [{**article, "colour": "red"} for article in ARTICLES]
    strange = [{"kind": "poem"}]
    centre = FakeCentre(knowledge={edition_of(newer): newer, edition_of(strange): strange})
    with shelf(centre, tmp_path) as one:
        one.want(edition_of(strange))
        one.want(edition_of(newer))
        assert wait_until(lambda: answers(one, edition=edition_of(newer)))
        assert not answers(one, edition=edition_of(strange))
        assert not answers(one, edition="../../etc/passwd")
