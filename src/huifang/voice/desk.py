"""The conversation of a customer with an agent, whom an expert may join."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from huifang.logic.dialogue import Parting
from huifang.logic.feature_codes import PATIENCE_S, CodeReader, FeatureCode
from huifang.logic.voice_line import EventKind
from huifang.voice.agent_phone import AgentPhone, Gone, Held, PhoneEvent
from huifang.voice.director import Timer, drop
from huifang.voice.exchange import Exchange
from huifang.voice.ringing import Ringing
from huifang.voice.rtp.port import KeyPressed, MediaSession
from huifang.voice.telling import Telling

FetchExpert = Callable[[Callable[[], None], Callable[[str, str], None]], Ringing]
"""Begin to ring experts; told when one is ready, or who was tried last and why nobody came."""


@dataclass(eq=False, slots=True)
class _Seat:
    """Somebody of ours in the conversation."""

    phone: AgentPhone
    codes: CodeReader = field(default_factory=CodeReader)
    star: Timer | None = None
    is_muted: bool = False


class Desk:
    """Lets the customer and the people of ours hear each other, and obeys their feature codes.

    On hold, by code or by a button of the telephone, the customer hears the tune, while an agent and an
    expert may talk among themselves.  An agent who hangs up beside an expert leaves the customer to the
    expert.  Keys that are no codes go to the customer; the customer's go to our people.

    :param tune: A-law, for a customer on hold
    :param sorry: says to the agent that no expert could be reached
    :param over: told once how the last of our people and the customer parted
    """

    def __init__(
        self,
        exchange: Exchange,
        telling: Telling,
        customer: MediaSession,
        phone: AgentPhone,
        *,
        tune: bytes,
        fetch_expert: FetchExpert,
        sorry: Callable[[MediaSession], None],
        over: Callable[[Parting], None],
    ) -> None:
        self._exchange = exchange
        self._telling = telling
        self._customer = customer
        self._tune = tune
        self._fetch_expert = fetch_expert
        self._sorry = sorry
        self._over = over
        self._seats: list[_Seat] = []
        self._is_held = False
        self._ringing: Ringing | None = None
        self._sit_down(phone)

    @property
    def is_held(self) -> bool:
        """The customer hears the tune and none of our people."""
        return self._is_held

    def press(self, key: str) -> None:
        """A key of the customer's."""
        for seat in self._seats:
            seat.phone.session.send_keys(key)

    def close(self) -> None:
        """Hang up on our people; the customer hears nobody any more."""
        self._stop_ringing()
        self._customer.hear()
        if self._is_held:
            self._customer.stop_playing()
        for seat in self._seats:
            drop(seat.star)
            seat.phone.close()
        self._seats.clear()

    def _sit_down(self, phone: AgentPhone) -> None:
        seat = _Seat(phone)
        phone.take = partial(self._take, seat)
        self._seats.append(seat)
        self._connect()

    def _connect(self) -> None:
        """Let everybody hear whom they are to hear."""
        heard = [seat for seat in self._seats if not seat.is_muted]
        customer = [] if self._is_held else [self._customer]
        for seat in self._seats:
            seat.phone.session.hear(*customer, *(other.phone.session for other in heard if other is not seat))
        self._customer.hear(*(seat.phone.session for seat in heard if not self._is_held))

    def _take(self, seat: _Seat, event: PhoneEvent) -> None:
        if isinstance(event, Gone):
            self._leave(seat)
        elif isinstance(event, Held):
            if len(self._seats) == 1 and event.is_held != self._is_held:
                self._hold(event.is_held, seat.phone.agent)
        elif isinstance(event, KeyPressed):
            drop(seat.star)
            keys, code = seat.codes.press(event.key)
            self._hand_on(keys)
            if seat.codes.is_waiting:
                seat.star = self._exchange.after(PATIENCE_S, lambda: self._hand_on(seat.codes.give_up()))
            if code is not None:
                self._do(seat, code)

    def _hand_on(self, keys: str) -> None:
        if keys:
            self._customer.send_keys(keys)

    def _do(self, seat: _Seat, code: FeatureCode) -> None:
        match code:
            case FeatureCode.END:
                self._part(Parting.ALL_SAID)
            case FeatureCode.ROBOT:
                self._telling.tell(EventKind.BACK_TO_ROBOT, {"agent": seat.phone.agent})
                self._part(Parting.SENT_BACK)
            case FeatureCode.HOLD:
                self._hold(not self._is_held, seat.phone.agent)
            case FeatureCode.MUTE:
                seat.is_muted = not seat.is_muted
                self._connect()
                muting = EventKind.MUTED if seat.is_muted else EventKind.UNMUTED
                self._telling.tell(muting, {"agent": seat.phone.agent})
            case FeatureCode.EXPERT if self._ringing is not None:
                self._stop_ringing()
            case FeatureCode.EXPERT if len(self._seats) == 1:
                self._ringing = self._fetch_expert(self._expert_comes, self._nobody_comes)
                self._ringing.start()

    def _hold(self, is_held: bool, agent: str) -> None:
        self._is_held = is_held
        if is_held:
            self._customer.play(self._tune, self, loop=True)
        else:
            self._customer.stop_playing()
        self._connect()
        self._telling.tell(EventKind.HELD if is_held else EventKind.RESUMED, {"agent": agent})

    def _expert_comes(self) -> None:
        assert self._ringing is not None
        phone, self._ringing = self._ringing.hand_out(), None
        self._sit_down(phone)
        self._telling.tell(EventKind.EXPERT_JOINED, {"agent": phone.agent})

    def _nobody_comes(self, agent: str, cause: str) -> None:
        self._ringing = None
        self._telling.tell(EventKind.EXPERT_MISSED, {"agent": agent, "cause": cause})
        for seat in self._seats:
            self._sorry(seat.phone.session)

    def _leave(self, seat: _Seat) -> None:
        drop(seat.star)
        self._seats.remove(seat)
        self._telling.tell(EventKind.AGENT_LEFT, {"agent": seat.phone.agent})
        if not self._seats:
            self._part(Parting.LEFT)
        elif self._is_held:
            self._hold(False, self._seats[0].phone.agent)  # who stays may not know that somebody waits
        else:
            self._connect()

    def _part(self, parting: Parting) -> None:
        self.close()
        self._over(parting)

    def _stop_ringing(self) -> None:
        if self._ringing is not None:
            self._ringing.stop()
            self._ringing = None
