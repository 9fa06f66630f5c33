"""The voice node: a process that claims orders, makes the calls, and reports what happened."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huifang.env import Environment
from huifang.errors import HuifangError
from huifang.logic.dialogue import Found, SayPart
from huifang.logic.prosody import Prosody
from huifang.logic.script_document import Script, script_from_json
from huifang.logic.sealed_number import NONCE_BYTES, seal
from huifang.logic.understanding import Asked, understand
from huifang.logic.voice_line import ClaimAnswer, ClaimRequest, EndCause, Event, EventKind, Order
from huifang.nlu.model import shipped
from huifang.voice.call import Call
from huifang.voice.contract import Centre
from huifang.voice.cores import pin
from huifang.voice.delivery import Puller, Reporter
from huifang.voice.director import Director, Timer
from huifang.voice.disk_room import DiskRoom
from huifang.voice.ears.choosing import ears_of
from huifang.voice.ears.port import NOTHING, Heard, Take
from huifang.voice.ears.recognition import Recognition
from huifang.voice.ears.whole import recognise
from huifang.voice.exchange import Clips
from huifang.voice.journal import Journal
from huifang.voice.knowing import Shelf
from huifang.voice.language_model import LanguageModel
from huifang.voice.leftovers import settle
from huifang.voice.measuring import Measurer
from huifang.voice.mouths.voices import voices_of
from huifang.voice.peers import Peers
from huifang.voice.reception import Reception
from huifang.voice.recordings import Recordings
from huifang.voice.registrations import Registrations
from huifang.voice.rendering import Renderer
from huifang.voice.rtp import port as media
from huifang.voice.rtp.loop import BatchedMediaLoop
from huifang.voice.sip import port as sip
from huifang.voice.sip.agent import SippyAgent
from huifang.voice.stage import Stage
from huifang.voice.switchboard import Switchboard
from huifang.voice.tunes.fetching import TuneFetcher, tunes_in
from huifang.voice.tunes.library import TuneLibrary
from huifang.voice.weighing import AskModel

log = logging.getLogger(__name__)

_NICENESS = -10  # audio goes first, where the system lets us
_MOST_PER_CLAIM = 24
"""Orders asked for at once: INVITEs come in a stream, and a claim stays small.  With four claims per second
this is also the most that a node begins."""


class Node:
    """Implements ``exchange.Exchange`` for its calls.  ``start`` raises the errors of its parts:
    ``PortInUse``, ``ModelMissing``, ``MouthMissing``, ``JournalUnusable``, ``FileUnusable``."""

    def __init__(self, environment: Environment) -> None:
        self._env = environment
        self._director = Director()
        self._calls: dict[str, Call] = {}
        self._scripts: dict[tuple[str, int], Script] = {}
        self._lock = threading.Lock()  # guards _active, which the puller reads
        self._active: set[str] = set()
        self._wrong_since: dict[str, str] = {}
        self._stopping = False

    # ---- life

    def start(self) -> None:
        """Open everything; nothing is left open where a part fails."""
        env = self._env
        undo: list[Callable[[], object]] = []
        try:
            self._journal = Journal(env.journal)
            undo.append(self._journal.close)
            spool = env.home / f"node-{env.node_name}.spool"
            self._recordings = Recordings(
                spool, self._journal, self._centre(), self._director, self.report, self.now
            )
            self._ears = ears_of(env)
            if self._ears is not None:
                undo.append(self._ears.close)
                for heard in (shipped().heard("好"), shipped().heard("", ("hao",))):
                    understand(heard, Asked("rating"))  # lexicons and model are loaded now: no answer waits
            self._language_model = (
                LanguageModel(env.llm_url, env.llm_key, env.llm_model, self._director)
                if env.llm_url
                else None
            )
            if self._language_model is not None:
                undo.append(self._language_model.close)
            self._voices = voices_of(env)
            undo.append(self._voices.close)
            self._tunes = TuneLibrary()
            self._renderer = Renderer(self._voices, self._director)
            undo.append(self._renderer.close)
            self._measurer = Measurer(self._director)
            undo.append(self._measurer.close)
            self._loop = BatchedMediaLoop(
                self._take_media, env.sip_host, range(env.rtp_first_port, env.rtp_last_port + 1)
            )
            self._room = DiskRoom(spool, env.disk_reserve, lambda: int(self._loop.stats()["disk_faults"]))
            self._agent = SippyAgent(env.sip_host, env.sip_port, self._take_sip)
            self._switchboard = Switchboard(self._agent, self._loop)
            self._agent.start()
            undo.append(self._agent.stop)
            self._loop.start()
        except Exception:
            for close in reversed(undo):
                close()
            raise
        self._errands()

    def _errands(self) -> None:
        env = self._env
        self._reporter = Reporter(self._centre(), env.node_name, self._journal, self._delivered)
        self._puller = Puller(self._centre(), self._offer, self._take_orders, self._heed)
        self._registrations = Registrations(self._agent, self.now)
        self._peers = Peers([env.trunk_host, *env.sip_peers])
        self._reception = Reception(
            env.node_name, self._director, self._centre, self._peers, self._has_seat, self._take_caller
        )
        settle(self._journal, self._recordings, self.now)
        self._tune_fetcher = TuneFetcher(
            self._centre(), env.home / f"node-{env.node_name}.tunes", self._tunes
        )
        self._shelf = Shelf(self._centre(), env.home / f"node-{env.node_name}.knowledge")
        for errand in (self._recordings, self._reporter, self._tune_fetcher, self._shelf, self._puller):
            errand.start()

    def run(self) -> None:
        """Make calls until ``stop``."""
        self._director.run()

    def stop(self, patience_s: float = 8.0) -> None:
        """Claim nothing more, drop what has not been dialled, let calls end for ``patience_s``, then end
        them; ``run`` returns after that.  From any thread or a signal handler."""
        self._director.post(lambda: self._begin_to_stop(patience_s))

    def close(self) -> None:
        """Release everything, after ``run`` has returned.  What could not be reported waits in the journal."""
        self._puller.stop(0.5)
        self._tune_fetcher.stop(0.5)
        self._shelf.stop(0.5)
        self._reception.close()
        self._agent.stop()
        self._loop.stop()
        self._director.stop()  # once more, for recordings that closing the media has completed
        self._director.run()
        self._journal.sync()
        self._reporter.flush(3.0)
        self._reporter.stop(2.0)
        self._recordings.stop()
        self._renderer.close()
        self._measurer.close()
        if self._ears is not None:
            self._ears.close()
        if self._language_model is not None:
            self._language_model.close()
        self._voices.close()
        self._journal.close()

    def _centre(self) -> Centre:
        return Centre(self._env.centre_url, self._env.voice_token)

    def _begin_to_stop(self, patience_s: float) -> None:
        if self._stopping:
            return
        self._stopping = True
        for call in list(self._calls.values()):
            if call.stage < Stage.DIALLING:
                call.stop()
        self._director.after(patience_s, self._end_all)
        self._look_whether_done()

    def _look_whether_done(self) -> None:
        if not self._calls:
            self._director.stop()
        else:
            self._director.after(0.1, self._look_whether_done)

    def _end_all(self) -> None:
        for call in list(self._calls.values()):
            call.stop()

    # ---- errands (their threads)

    def _offer(self) -> ClaimRequest:
        with self._lock:
            active = sorted(self._active)
        free = max(0, self._env.node_seats - len(active)) if self._has_seat() else 0
        return ClaimRequest(self._env.node_name, min(free, _MOST_PER_CLAIM), active, self.stats())

    def _has_seat(self) -> bool:
        return not (self._stopping or self._journal.is_stuck) and len(self._active) < self._env.node_seats

    def _take_orders(self, orders: Sequence[Order]) -> None:
        with self._lock:
            self._active.update(order.attempt_id for order in orders)
        self._director.post(lambda: self._on_orders(orders))

    def _heed(self, answer: ClaimAnswer) -> None:
        self._peers.also(answer.peers)
        if not self._stopping:
            self._registrations.heed(answer.trunks)

    def _delivered(self, events: Sequence[Event], disowned: Collection[str]) -> None:
        self._director.post(lambda: self._on_delivered(events, disowned))

    def stats(self) -> dict[str, Any]:
        """What the centre's board shows of this node."""
        loop = self._loop.stats()
        return {
            "active": len(self._active),
            "seats": self._env.node_seats,
            "sip_host": self._env.sip_host,
            "late_share": round(loop["late_share"], 5),
            "busy_share": round(loop["busy_share"], 4),
            "packets_sent": int(loop["packets_sent"]),
            "malformed": int(loop["malformed"]) + self._agent.stats()["malformed"],
            "hears": self.can_hear,
            "faults": self._director.failures,
            "events_dropped": self._reporter.unreadable,
            "trunks": self._registrations.stats(),
            "alerts": self._alerts(),
        }

    def _alerts(self) -> list[dict[str, str]]:
        """What is wrong just now, and since when; for the claim's thread alone."""
        wrong = {
            "disk_full": self._room.is_full,
            "journal": self._journal.is_stuck,
            "ears": self._ears is not None and not self._ears.is_available,
            "mouth": not self._voices.is_whole,
        }
        at = self.now().isoformat()
        self._wrong_since = {code: self._wrong_since.get(code, at) for code, is_so in wrong.items() if is_so}
        return [{"code": code, "since": since} for code, since in self._wrong_since.items()]

    # ---- orders and their fate (the director's thread, from here on)

    def _on_orders(self, orders: Sequence[Order]) -> None:
        for order in orders:
            self._make(order, None)

    def _make(self, order: Order, caller: sip.Incoming | None) -> Call | None:
        """Begin the call of ``order``; with a ``caller`` it is theirs.  None where there can be none."""
        if order.attempt_id in self._calls:
            log.error("The centre has handed out the attempt %s twice; it is made once", order.attempt_id)
            return None
        self._journal.claimed(order.attempt_id, order.fence)
        self._tune_fetcher.want(tunes_in(order.facts))
        self._shelf.want(order.knowledge)
        try:
            call = Call(order, self._script(order), self, caller)
        except HuifangError as error:
            log.error("The attempt %s cannot be made: %s", order.attempt_id, error)
            data = {"cause": EndCause.STOPPED, "outcome": "script_unusable", "dialled": False}
            at = self.now().isoformat()
            self.report(Event(order.attempt_id, order.fence, 1, EventKind.ENDED, at, data))
            self.over(order.attempt_id)
            return None
        self._calls[order.attempt_id] = call
        if self._stopping:
            call.stop()
        else:
            call.prepare()
        return call

    def _take_caller(self, caller: sip.Incoming, order: Order) -> None:
        with self._lock:
            self._active.add(order.attempt_id)
        call = self._make(order, caller)
        if call is None:
            caller.leg.reject(480, "Temporarily Unavailable")
        else:
            self._switchboard.connect(caller.leg, call.take_sip)

    def _script(self, order: Order) -> Script:
        """The order's script, checked once per version."""
        key = (str(order.script.get("id")), int(order.script.get("version") or 0))
        if key not in self._scripts:
            self._scripts[key] = script_from_json(order.script)
        return self._scripts[key]

    def _on_delivered(self, events: Sequence[Event], disowned: Collection[str]) -> None:
        for attempt_id in disowned:
            call = self._calls.get(attempt_id)
            if call is not None:
                call.disowned()
            else:
                self.over(attempt_id)
            if not self._recordings.is_owed(attempt_id):
                self._journal.forget(attempt_id)
        for event in events:
            call = self._calls.get(event.attempt_id)
            if event.kind is EventKind.DIALLING and call is not None and event.attempt_id not in disowned:
                call.accepted()

    # ---- routes

    def _take_sip(self, event: sip.SipEvent) -> None:
        self._director.post(lambda: self._on_sip(event))

    def _on_sip(self, event: sip.SipEvent) -> None:
        if isinstance(event, sip.Incoming):
            self._reception.receive(event)
            return
        over = isinstance(event, sip.Failed | sip.HungUp | sip.Cancelled)
        if over and self._reception.gave_up(event.leg.call_id):
            return
        self._switchboard.route_sip(event)

    def _take_media(self, event: media.MediaEvent) -> None:
        self._director.post(lambda: self._on_media(event))

    def _on_media(self, event: media.MediaEvent) -> None:
        if isinstance(event, media.Recorded):
            self._recordings.take(event)
            return
        self._switchboard.route_media(event)

    # ---- the exchange, for calls

    @property
    def can_hear(self) -> bool:
        return self._ears is not None and self._ears.is_available

    @property
    def second_opinion(self) -> AskModel | None:
        return None if self._language_model is None else self._language_model.ask

    @property
    def can_record(self) -> bool:
        return not self._room.is_full

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._env.clock_offset_s)

    def after(self, seconds: float, work: Callable[[], None]) -> Timer:
        return self._director.after(seconds, work)

    def open_media(self, take: Callable[[media.MediaEvent], None]) -> media.MediaSession:
        return self._switchboard.open_media(take)

    def close_media(self, session: media.MediaSession) -> None:
        self._switchboard.close_media(session)

    def dial(self, take: Callable[[sip.SipEvent], None], **wanted: Any) -> sip.Leg:
        return self._switchboard.dial(take, **wanted)

    def pick_up(self, leg: sip.Leg, offered: str | None, session: media.MediaSession) -> None:
        self._switchboard.pick_up(leg, offered, session)

    def render(self, parts: Collection[SayPart], language: str, then: Callable[[Clips], None]) -> None:
        self._renderer.render(parts, language, then)

    def look_up(self, edition: str, question: str) -> Found | None:
        return self._shelf.look_up(edition, question, self.now())

    def tune(self, tune_id: str) -> bytes:
        return self._tunes.clip(tune_id)

    def recognise(self, pcm: NDArray[np.int16], then: Callable[[Heard], None]) -> None:
        if self._ears is None:
            self._director.post(lambda: then(NOTHING))
        else:
            recognise(self._ears, pcm, lambda heard: self._director.post(lambda: then(heard)))

    def listen(self, take: Take) -> Recognition:
        assert self._ears is not None
        return self._ears.start(lambda told: self._director.post(lambda: take(told)))

    def measure(self, pcm: NDArray[np.int16], then: Callable[[Prosody | None], None]) -> None:
        self._measurer.measure(pcm, then)

    def seal(self, number: str, attempt_id: str) -> str:
        return seal(number, attempt_id, self._env.voice_token, os.urandom(NONCE_BYTES))

    def report(self, event: Event, *, recording: str | None = None) -> None:
        if recording:
            self._recordings.expect(event.attempt_id, event.fence, event.seq)
        self._journal.record(event, recording=recording, then=self._reporter.wake)

    def spool(self, attempt_id: str) -> Path:
        return self._recordings.path(attempt_id)

    def over(self, attempt_id: str) -> None:
        self._calls.pop(attempt_id, None)
        with self._lock:
            self._active.discard(attempt_id)
        if not self._stopping:
            self._puller.wake()


def run_node(environment: Environment) -> int:
    """Run a voice node until SIGTERM or SIGINT; the exit code.  Raises what ``Node.start`` raises."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    pin(environment.cpus)
    node = Node(environment)
    node.start()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: node.stop())
    log.info("The voice node %s is ready: %d seats", environment.node_name, environment.node_seats)
    node.run()
    node.close()
    return 0
