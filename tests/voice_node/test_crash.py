"""kill -9, a centre that goes away, and stale orders: nobody is rung twice, nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from huifang.logic.voice_line import EndCause, EventKind
from huifang.voice.journal import Journal
from huifang.voice.mouths.port import SynthesisFailed
from huifang.voice.pstn.log import read_far_side
from huifang.voice.pstn.persona import Line, Persona, Press, Turn
from huifang.voice.pstn.population import number_id

from .centre import TOKEN, FakeCentre
from .orders import order
from .stage import Street, environment, free_sip_port, network, running, serving, wait_until

QUICK = Persona("test", Line.ANSWERS, 0.4, turns=(Turn(Press("1"), into_s=0.6),))
NUMBERS = [f"+86139{n:08d}" for n in range(40)]


@contextmanager
def node_process(home: Path, url: str):
    """A node as a process of its own; yields a function that starts (another) one."""
    settings = {
        "HUIFANG_HOME": str(home),
        "HUIFANG_CENTRE_URL": url,
        "HUIFANG_VOICE_TOKEN": TOKEN,
        "HUIFANG_SIP_PORT": str(free_sip_port()),
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("HUIFANG_")}
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "huifang", "voice"],
            env={**inherited, **settings},
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    try:
        yield start
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
            process.wait()


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_node_killed_in_the_middle_rings_nobody_twice_and_loses_nobody(tmp_path: Path) -> None:
    """Twenty calls and more at a time, three kills at odd moments; the far end counts."""
    log = tmp_path / "network.jsonl"
    centre = FakeCentre()
    moments = random.Random(20)
    with network(Street(dict.fromkeys(NUMBERS, QUICK)), log) as phones, serving(centre) as url:
        centre.orders.extend(order(number, phones.port) for number in NUMBERS)
        with node_process(tmp_path, url) as start:
            for kills in range(1, 4):
                process = start()
                in_hand = min(20, 8 * kills)
                assert wait_until(lambda n=in_hand: len(_asked(centre)) >= n)
                time.sleep(moments.uniform(0.0, 0.6))  # somewhere between asking, ringing and talking
                kill(process)
            process = start()
            assert wait_until(lambda: set(centre.fates()) == set(NUMBERS) and not centre.orders, 90)
            assert wait_until(lambda: not _running(centre), 60)
            process.terminate()
            assert process.wait(20) == 0
    far = read_far_side(log)
    assert far.doubled == 0, far.invites.most_common(3)
    for number in NUMBERS:
        rung = far.invites[number_id(7, number)]
        fates = centre.fates()[number]
        assert len(fates) == 1, f"{number} has the fates {fates}"
        assert rung == 1 or fates == [EventKind.IN_DOUBT], f"{number} was reported as ended but never rang"
    in_doubt = sum(fates == [EventKind.IN_DOUBT] for fates in centre.fates().values())
    assert 0 < in_doubt <= 3 * 20
    assert centre.conflicts == []


def test_a_centre_that_goes_away_costs_no_event_and_lets_nothing_ring_unasked(tmp_path: Path) -> None:
    log = tmp_path / "network.jsonl"
    centre = FakeCentre()
    numbers = NUMBERS[:12]
    with network(Street(dict.fromkeys(numbers, QUICK)), log) as phones, serving(centre) as url:
        centre.orders.extend(order(number, phones.port) for number in numbers[:6])
        with running(environment(tmp_path, url)):
            assert wait_until(lambda: any(EventKind.ANSWERED in centre.kinds(a) for a in _asked(centre)))
            centre.is_deaf = True
            asked = _asked(centre)
            centre.orders.extend(order(number, phones.port) for number in numbers[6:])
            assert wait_until(lambda: len(centre.handed_out) == 12)
            centre.is_away = True
            time.sleep(3.0)  # calls go on and end while nobody listens
            assert set(read_far_side(log).call_ids) <= asked
            centre.is_deaf = False
            centre.lose_answers = 1  # stored, but the answer is lost: events come again
            centre.is_away = False
            assert wait_until(lambda: all(centre.is_settled(a) for a in centre.handed_out), 60)
            assert wait_until(lambda: len(centre.recordings) == 12, 30)
    assert read_far_side(log).doubled == 0
    assert centre.conflicts == []
    for attempt_id in centre.handed_out:
        seqs = [e.seq for e in centre.of(attempt_id)]
        assert seqs == list(range(1, len(seqs) + 1))
        end = centre.end_of(attempt_id)
        assert end is not None
        assert end.data["cause"] == EndCause.COMPLETED


@dataclass
class OddOrders:
    """One run with a sound order among three that must not ring."""

    centre: FakeCentre
    home: Path
    journal: Path
    sound: str
    refused: str
    late: str
    broken: str


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> OddOrders:
    home = tmp_path_factory.mktemp("odd")
    centre = FakeCentre()
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    with network(Street(dict.fromkeys(NUMBERS, QUICK)), home / "log") as phones, serving(centre) as url:
        refused = order(NUMBERS[0], phones.port)
        late = order(NUMBERS[1], phones.port, dial_before=past)
        broken = order(NUMBERS[2], phones.port, script={"id": "broken", "version": 1})
        sound = order(NUMBERS[3], phones.port)
        centre.refuse_dialling.add(refused.attempt_id)
        centre.gives_out_again = False
        centre.orders.extend([refused, late, broken, sound])
        env = environment(home, url)
        with running(env) as node:
            assert wait_until(lambda: all(centre.end_of(o.attempt_id) for o in (late, broken, sound)))
            assert wait_until(lambda: sound.attempt_id in centre.recordings)
            assert wait_until(lambda: not node.stats()["active"])
    ids = [o.attempt_id for o in (sound, refused, late, broken)]
    return OddOrders(centre, home, env.journal, *ids)


def test_only_the_sound_order_rings(odd: OddOrders) -> None:
    assert set(read_far_side(odd.home / "log").call_ids) == {odd.sound}
    assert odd.centre.of(odd.refused) == []


@pytest.mark.parametrize(("name", "outcome"), [("late", "too_late"), ("broken", "script_unusable")])
def test_an_order_that_cannot_be_made_is_told_as_never_dialled(
    odd: OddOrders, name: str, outcome: str
) -> None:
    end = odd.centre.end_of(getattr(odd, name))
    assert end is not None
    assert (end.data["cause"], end.data["outcome"]) == (EndCause.STOPPED, outcome)
    assert end.data["dialled"] is False


def test_the_journal_is_empty_when_all_is_told_and_holds_no_number(odd: OddOrders) -> None:
    for path in odd.home.glob("node-*"):
        if path.is_file():
            assert not [n for n in NUMBERS[:4] if n.encode()[3:] in path.read_bytes()]
    journal = Journal(odd.journal)
    left = journal.unfinished()
    journal.close()
    assert left == []
    assert list(odd.home.glob("node-*.spool/*")) == []


def test_without_a_voice_nobody_is_rung(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mute(self: object, text: str, language: str, pace: float) -> bytes:
        raise SynthesisFailed(text=text, reason="it is gone")

    monkeypatch.setattr("huifang.voice.mouths.espeak.EspeakSynthesiser.render", mute)
    centre = FakeCentre(gives_out_again=False)
    with network(Street(), tmp_path / "log") as phones, serving(centre) as url:
        one = order(NUMBERS[0], phones.port)
        centre.orders.append(one)
        with running(environment(tmp_path, url)):
            assert wait_until(lambda: centre.end_of(one.attempt_id) is not None)
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert (end.data["cause"], end.data["outcome"]) == (EndCause.STOPPED, "no_voice")
    assert not read_far_side(tmp_path / "log").call_ids


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"HUIFANG_SIP_PORT": "{taken}"}, "already in use"),
        ({"HUIFANG_ASR_MODEL": "{home}/nothing"}, "HUIFANG_ASR_MODEL"),
    ],
)
def test_a_start_that_fails_says_why_in_one_sentence(
    tmp_path: Path, settings: dict[str, str], sentence: str
) -> None:
    with network(Street(), tmp_path / "log") as phones:
        values = {k: v.format(taken=phones.port, home=tmp_path) for k, v in settings.items()}
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("HUIFANG_")}
        ran = subprocess.run(
            [sys.executable, "-m", "huifang", "voice"],
            env={
                **inherited,
                "HUIFANG_HOME": str(tmp_path),
                "HUIFANG_VOICE_TOKEN": TOKEN,
                "HUIFANG_LANGUAGE": "en",
                **values,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ran.returncode != 0
    assert sentence in ran.stderr
    assert "Traceback" not in ran.stderr


def _asked(centre: FakeCentre) -> set[str]:
    """Attempts whose DIALLING the centre has stored."""
    return {a for a in list(centre.handed_out) if EventKind.DIALLING in centre.kinds(a)}


def _running(centre: FakeCentre) -> list[str]:
    settled: Callable[[str], bool] = centre.is_settled
    return [a for a in list(centre.handed_out) if a not in centre.given_back and not settled(a)]
