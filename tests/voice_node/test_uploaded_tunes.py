"""A tune that was uploaded is what the customer hears; one that cannot be had is replaced by the script's own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from huifang.endings.preparing import Prepared, prepare
from huifang.logic.voice_line import EventKind
from huifang.voice.contract import Centre
from huifang.voice.pstn.persona import HangUp, Line, Persona, Press, Turn
from huifang.voice.rtp.g711 import Codec, decode
from huifang.voice.tunes.fetching import TuneFetcher, tunes_in
from huifang.voice.tunes.library import TuneLibrary, render

from .centre import TOKEN, FakeCentre
from .orders import order, short_script
from .stage import Street, environment, network, running, serving, wait_until
from .test_calls import Evening, read_far_side

SECONDS = 3.0


def chirp(rate: int = 44_100) -> Prepared:
    """A tune that resembles no other: a tone that climbs."""
    t = np.arange(round(4 * rate)) / rate
    sound = 0.4 * np.sin(2 * np.pi * (400 * t + 250 * t**2))
    body = (sound * 32767).astype("<i2").tobytes()
    head = b"WAVEfmt \x10\0\0\0\x01\0\x01\0" + rate.to_bytes(4, "little") + (2 * rate).to_bytes(4, "little")
    head += b"\x02\0\x10\0data" + len(body).to_bytes(4, "little")
    return prepare(b"RIFF" + (len(head) + len(body)).to_bytes(4, "little") + head + body, "chirp.wav")


CHIRP = chirp()
MISSING, DAMAGED = "0" * 40, "f" * 40
TUNES = {"has_it": CHIRP.key, "missing": MISSING, "damaged": DAMAGED, "leaves": CHIRP.key, "own": ""}


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    home = tmp_path_factory.mktemp("tunes")
    log = home / "network.jsonl"
    script = short_script()
    for ending in script["endings"]:
        ending["seconds"] = SECONDS
    numbers = {name: f"+86137{n:08d}" for n, name in enumerate(TUNES)}
    people = {
        number: Persona("test", Line.ANSWERS, 0.5, turns=(Turn(Press("1")),)) for number in numbers.values()
    }
    people[numbers["leaves"]] = Persona(
        "test", Line.ANSWERS, 0.5, turns=(Turn(Press("1")), Turn(HangUp(), think_s=1.5)), fillers=("好的。",)
    )
    centre = FakeCentre(tunes={CHIRP.key: CHIRP.alaw, DAMAGED: CHIRP.alaw})
    with network(Street(people), log) as phones, serving(centre) as url:
        orders = {
            name: order(
                number,
                phones.port,
                script=script,
                facts={
                    "order.product": "面霜",
                    **({"tune.very_satisfied": TUNES[name]} if TUNES[name] else {}),
                },
            )
            for name, number in numbers.items()
        }
        centre.orders.extend(orders.values())
        with running(environment(home, url)):
            ids = [o.attempt_id for o in orders.values()]
            assert wait_until(lambda: all(EventKind.RECORDING in centre.kinds(a) for a in ids), 90)
    return Evening(centre, orders, read_far_side(log), log.read_text("utf-8"))


def likeness(recording: NDArray[np.int16], tune: NDArray[np.int16]) -> float:
    """How like ``tune`` the best part of what we sent (the right channel) is: the median, over pieces of 200 ms, of
    the highest correlation.  Pieces, because a busy machine may be a frame late within the tune."""
    sent = recording[:, 1].astype(float)
    pieces = [tune[at : at + 1600].astype(float) for at in range(800, round(SECONDS * 8000) - 1600, 1600)]
    size = 1 << int(np.ceil(np.log2(len(sent) + 1600)))
    spectrum = np.fft.rfft(sent, size)
    energy = np.convolve(sent**2, np.ones(1600))[1599 : len(sent)]
    found = []
    for piece in pieces:
        product = np.fft.irfft(spectrum * np.conj(np.fft.rfft(piece, size)), size)[: len(energy)]
        found.append(float((product / np.sqrt(np.maximum(energy, 1e4) * (piece @ piece))).max()))
    return float(np.median(found))


def uploaded() -> NDArray[np.int16]:
    return decode(CHIRP.alaw, Codec.PCMA)


def test_the_customer_hears_the_uploaded_tune(evening: Evening) -> None:
    assert likeness(evening.recording("has_it"), uploaded()) > 0.97
    assert likeness(evening.recording("has_it"), render("bright_piano")) < 0.4
    assert evening.end("has_it")["tune"] == CHIRP.key


@pytest.mark.parametrize("name", ["missing", "damaged", "own"])
def test_without_it_the_script_s_own_is_heard(evening: Evening, name: str) -> None:
    assert likeness(evening.recording(name), render("bright_piano")) > 0.97
    assert evening.end(name)["tune"] == "bright_piano"


def test_the_centre_is_told_how_much_was_heard(evening: Evening) -> None:
    whole = evening.end("has_it")
    assert whole["tune_heard_all"] is True
    assert whole["tune_ms"] == SECONDS * 1000
    part = evening.end("leaves")
    assert part["tune_heard_all"] is False
    assert 200 < int(str(part["tune_ms"])) < 2900


def test_a_tune_is_fetched_once_however_many_calls_play_it(evening: Evening) -> None:
    assert evening.centre.fetched.count(CHIRP.key) == 1


# ---- the fetcher


@dataclass
class Fetching:
    centre: FakeCentre
    folder: Path
    url: str
    library: TuneLibrary = field(default_factory=TuneLibrary)

    def run(self, key: str, until: str) -> None:
        """Want ``key`` and work until ``until`` is at hand."""
        fetcher = TuneFetcher(Centre(self.url, TOKEN), self.folder, self.library)
        fetcher.start()
        fetcher.want([key])
        assert wait_until(lambda: bool(self.library.clip(until)), 20)
        fetcher.stop(5.0)


@pytest.fixture
def fetching(tmp_path: Path):
    centre = FakeCentre(tunes={CHIRP.key: CHIRP.alaw})
    with serving(centre) as url:
        yield Fetching(centre, tmp_path / "tunes", url)


def test_a_node_that_starts_again_takes_it_from_its_disk(fetching: Fetching) -> None:
    fetching.run(CHIRP.key, CHIRP.key)
    fetching.centre.tunes.clear()
    fetching.library = TuneLibrary()
    fetching.run(CHIRP.key, CHIRP.key)
    assert fetching.library.clip(CHIRP.key) == CHIRP.alaw
    assert fetching.centre.fetched == [CHIRP.key]


def test_a_file_that_was_damaged_on_the_disk_is_fetched_again(fetching: Fetching) -> None:
    fetching.run(CHIRP.key, CHIRP.key)
    (fetching.folder / f"{CHIRP.key}.alaw").write_bytes(CHIRP.alaw[:-1])
    fetching.library = TuneLibrary()
    fetching.run(CHIRP.key, CHIRP.key)
    assert fetching.library.clip(CHIRP.key) == CHIRP.alaw
    assert len(fetching.centre.fetched) == 2


def test_a_centre_that_was_away_is_asked_again(fetching: Fetching) -> None:
    fetching.centre.is_away = True
    back = threading.Timer(0.3, lambda: setattr(fetching.centre, "is_away", False))
    back.start()
    fetching.run(CHIRP.key, CHIRP.key)
    back.join()
    assert fetching.library.clip(CHIRP.key) == CHIRP.alaw


def test_a_tune_that_nobody_has_does_not_keep_others_waiting(fetching: Fetching) -> None:
    fetcher = TuneFetcher(Centre(fetching.url, TOKEN), fetching.folder, fetching.library)
    fetcher.want([MISSING, CHIRP.key])
    fetcher.start()
    assert wait_until(lambda: bool(fetching.library.clip(CHIRP.key)), 20)
    fetcher.stop(5.0)
    assert fetching.library.clip(MISSING) == b""


def test_only_uploaded_tunes_are_fetched() -> None:
    facts = {
        "tune.a": "bright_piano",
        "tune.b": CHIRP.key,
        "tune.c": 7,
        "x": CHIRP.key,
        "tune.d": "../" + "0" * 37,
    }
    assert tunes_in(facts) == [CHIRP.key]
