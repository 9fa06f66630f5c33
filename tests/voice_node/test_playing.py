"""What becomes of our words when the customer may be speaking."""

from __future__ import annotations

from typing import Any

from huifang.logic.dialogue import PlayTune, Say, SayPart
from huifang.voice.playing import Playing, TuneHeard
from huifang.voice.rtp.port import Played


class Session:
    """A media session that writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.tokens: list[object] = []

    def play(self, clip: bytes, token: object, *, loop: bool = False) -> None:
        self.asked.append("play")
        self.tokens.append(token)

    def __getattr__(self, name: str) -> Any:
        return lambda: self.asked.append(name)


class Exchange:
    def tune(self, tune_id: str) -> bytes:
        return b"t" * 24_000  # three seconds


def words(text: str, *, interruptible: bool = True) -> Say:
    return Say("step", (SayPart(text, True),), interruptible)


def playing(*what: Say | PlayTune) -> tuple[Playing, Session, list[bool]]:
    session, cut = Session(), []
    clips = {part.text: b"clip" for one in what if isinstance(one, Say) for part in one.parts}
    play = Playing(
        session, Exchange(), clips, "zh-CN", lambda _say, off, _a, _b: cut.append(off), lambda: None
    )  # type: ignore[arg-type]
    for one in what:
        play.add(one)
    return play, session, cut


def test_words_pause_and_go_on() -> None:
    play, session, _ = playing(words("请打分"))
    play.pause()
    assert play.is_paused
    play.resume()
    play.resume()
    assert session.asked == ["play", "pause_playing", "resume_playing"]


def test_words_that_were_paused_are_dropped_when_something_was_said() -> None:
    play, session, cut = playing(words("请打分"), words("谢谢"))
    play.pause()
    play.interrupt()
    assert session.asked == ["play", "play", "pause_playing", "stop_playing"]
    for token in session.tokens:
        play.played(Played(session, token, False, 0, 100))  # type: ignore[arg-type]
    assert cut == [True, True]
    assert play.is_idle
    play.interrupt()  # nothing is paused any more
    assert session.asked.count("stop_playing") == 1


def test_the_disclosure_and_a_tune_are_never_paused() -> None:
    for what in (words("我是机器人", interruptible=False), PlayTune("rain")):
        play, session, _ = playing(what)
        play.pause()
        assert not play.is_paused
        assert session.asked == ["play"]


def test_other_words_instead_end_the_pause() -> None:
    play, _, _ = playing(words("请打分"))
    play.pause()
    play.replace()
    assert not play.is_paused


def test_a_tune_that_was_played_to_its_end_was_heard_for_its_length_however_late_packets_were() -> None:
    play, session, _ = playing(PlayTune("rain"))
    play.played(Played(session, session.tokens[0], True, 500, 3640))  # type: ignore[arg-type]
    assert play.tunes["rain"] == TuneHeard(3000, True)


def test_of_a_tune_that_was_stopped_what_passed_was_heard_and_all_of_it_once_it_has_gone_round() -> None:
    for passed, heard_all in ((1200, False), (3100, True)):
        play, session, _ = playing(PlayTune("rain"))
        play.played(Played(session, session.tokens[0], False, 500, 500 + passed))  # type: ignore[arg-type]
        assert play.tunes["rain"] == TuneHeard(passed, heard_all)
