"""Who lives behind which number: decided by the seed and the number alone, so that a run can be repeated.  Pure."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from huifang.errors import N_, Clause, SettingInvalid
from huifang.logic.feature_codes import FeatureCode
from huifang.voice.pstn.persona import (
    Deed,
    HangUp,
    Line,
    Persona,
    Press,
    Sound,
    Speak,
    StaySilent,
    Turn,
)  # fmt: skip
from huifang.voice.pstn.phrases import PHRASES

SHARES: Mapping[str, float] = {
    "presses_key": 26,
    "presses_during": 10,
    "speaks": 16,
    "miskeys": 5,
    "asks_again": 4,
    "silent_first": 4,
    "never_answers_question": 1,
    "dissatisfied": 8,
    "angry": 3,
    "asks_robot": 3,
    "refuses": 3,
    "in_a_meeting": 3,
    "hangs_up": 4,
    "busy": 3,
    "declines": 1,
    "no_answer": 3,
    "empty": 1,
    "empty_announced": 1,
    "powered_off": 2,
    "suspended": 1,
    "voicemail": 2,
    "phone_assistant": 1,
}
"""Behaviour → share of the numbers (any scale)."""

_RATINGS = (("1", 5), ("2", 3), ("3", 2))  # key → weight among those who are not dissatisfied
_SPOKEN = (("very_satisfied", 4, "1"), ("satisfied", 4, "2"), ("neutral", 2, "3"))  # phrases, weight, the key

NEVER_ANSWERING_AGENT = "agent3"
"""This agent's phone rings until the caller gives up; all others answer."""

_MAILBOX_S = 90.0  # a voicemail greets, beeps, and records a message
_HEARD_OUT_S = 7.0  # so long one sentence and the answer to it take
_MANNERS: Mapping[str, tuple[Turn, ...]] = {
    "agent2": (Turn(Press(FeatureCode.ROBOT), after_s=_HEARD_OUT_S),),
    "agent1": (  # looks something up while the customer hears music
        Turn(Press(FeatureCode.HOLD), after_s=_HEARD_OUT_S),
        Turn(Press(FeatureCode.HOLD), after_s=4.0),
        Turn(Speak(PHRASES["agent_returns"][0]), after_s=0.5),
        Turn(Press(FeatureCode.ROBOT), after_s=_HEARD_OUT_S),
    ),
    "agent4": (  # leaves the customer to an expert
        Turn(Press(FeatureCode.EXPERT), after_s=_HEARD_OUT_S),
        Turn(HangUp(), after_s=14.0),
    ),
}
"""What agents do when they have said what they had to say; the others hang up."""


def number_id(seed: int, number: str) -> str:
    """A number as it stands in the network's log: 16 hex digits that tell numbers apart and do not give
    them away at a glance (a log for tests, not a protection of real numbers)."""
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Population:
    """The callers of one seed.  ``shares`` says how common each behaviour is, ``SHARES`` unless given."""

    seed: int
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)

    def persona(self, number: str) -> Persona:
        """Who answers ``number``; a user part that begins with ``agent`` is a member of staff.

        ``KeyError`` where ``shares`` names a behaviour that does not exist.
        """
        chance = random.Random(f"{self.seed}:{number}")
        if number.startswith("agent"):
            return _agent(number, chance)
        behaviour = chance.choices(list(self.shares), list(self.shares.values()))[0]
        return _MAKERS[behaviour](behaviour, chance)


# ---- makers: behaviour → persona


def _after(deed: Deed, chance: random.Random) -> Turn:
    return Turn(deed, think_s=round(chance.uniform(0.2, 0.9), 2))


def _says(kind: str, chance: random.Random) -> Speak:
    return Speak(chance.choice(PHRASES[kind]))


def _person(behaviour: str, chance: random.Random, *turns: Turn, stays_s: float = 90.0) -> Persona:
    greeting = chance.choice(PHRASES["greeting"]) if chance.random() < 0.4 else ""
    return Persona(
        behaviour,
        Line.ANSWERS,
        ring_s=round(chance.uniform(1.0, 4.0), 2),
        sound=_sound(chance),
        greeting=greeting,
        turns=turns,
        fillers=tuple(chance.sample(PHRASES["filler"], 2)),
        stays_s=stays_s,
    )


def _sound(chance: random.Random) -> Sound:
    return Sound(round(chance.uniform(0.92, 1.08), 3), round(chance.uniform(0.5, 0.95), 2))


def _rating_key(chance: random.Random) -> str:
    return chance.choices([k for k, _ in _RATINGS], [w for _, w in _RATINGS])[0]


def _presses_key(behaviour: str, chance: random.Random) -> Persona:
    return _person(behaviour, chance, _after(Press(_rating_key(chance)), chance))


def _presses_during(behaviour: str, chance: random.Random) -> Persona:
    into_s = round(chance.uniform(6.0, 14.0), 1)
    return _person(behaviour, chance, Turn(Press(_rating_key(chance)), into_s=into_s))


def _speaks(behaviour: str, chance: random.Random) -> Persona:
    """Says it, says it again if asked again, and in the end uses the keys."""
    kind, _, key = chance.choices(_SPOKEN, [w for _, w, _ in _SPOKEN])[0]
    words = [_after(_says(kind, chance), chance) for _ in range(2)]
    return _person(behaviour, chance, *words, _after(Press(key), chance))


def _miskeys(behaviour: str, chance: random.Random) -> Persona:
    """Presses 5 by mistake, notices at once, takes it back with # and presses the right key."""
    return _person(
        behaviour,
        chance,
        _after(Press("5"), chance),
        Turn(Press("#"), into_s=1.2),
        _after(Press(_rating_key(chance)), chance),
    )


def _asks_again(behaviour: str, chance: random.Random) -> Persona:
    again: Deed = Press("*") if chance.random() < 0.5 else _says("repeat", chance)
    return _person(behaviour, chance, _after(again, chance), _after(Press(_rating_key(chance)), chance))


def _silent_first(behaviour: str, chance: random.Random) -> Persona:
    return _person(behaviour, chance, Turn(StaySilent()), _after(Press(_rating_key(chance)), chance))


def _never_answers_question(behaviour: str, chance: random.Random) -> Persona:
    return _person(behaviour, chance, *[Turn(StaySilent())] * 6)


def _dissatisfied(behaviour: str, chance: random.Random) -> Persona:
    by_speech = chance.random() < 0.3
    rating: tuple[Turn, ...]
    if by_speech:
        rating = tuple(_after(_says("dissatisfied", chance), chance) for _ in range(2))
    else:
        rating = (_after(Press(chance.choice("45")), chance),)
    reason = (_after(_says("reason", chance), chance),) if by_speech else ()
    key = _after(Press(chance.choice("1234") if not by_speech else "4"), chance)
    return _with_agent(_person(behaviour, chance, *rating, *reason, key, stays_s=120.0), chance)


def _angry(behaviour: str, chance: random.Random) -> Persona:
    return _with_agent(
        _person(
            behaviour,
            chance,
            Turn(Press("5"), into_s=round(chance.uniform(3.0, 8.0), 1)),
            _after(Press("0") if chance.random() < 0.5 else _says("human", chance), chance),
            stays_s=120.0,
        ),
        chance,
    )


def _with_agent(person: Persona, chance: random.Random) -> Persona:
    """The same person with something to say to a member of staff."""
    words = tuple(chance.sample(PHRASES["to_agent"], 2))
    return replace(person, greeting="", fillers=words)


def _asks_robot(behaviour: str, chance: random.Random) -> Persona:
    return _person(
        behaviour, chance, _after(_says("robot", chance), chance), _after(Press(_rating_key(chance)), chance)
    )


def _refuses(behaviour: str, chance: random.Random) -> Persona:
    """Says it, briskly, until it is understood."""
    words = _says("refusal", chance)
    person = _person(behaviour, chance, Turn(words, into_s=3.0), *[_after(words, chance) for _ in range(3)])
    return replace(person, sound=Sound(round(chance.uniform(1.02, 1.08), 3), person.sound.gain))


def _in_a_meeting(behaviour: str, chance: random.Random) -> Persona:
    words = _says("busy", chance)
    return _person(behaviour, chance, Turn(words, into_s=2.5), _after(words, chance), stays_s=25.0)


def _hangs_up(behaviour: str, chance: random.Random) -> Persona:
    return _person(behaviour, chance, Turn(HangUp(), into_s=round(chance.uniform(0.5, 7.0), 1)))


def _brief(behaviour: str, chance: random.Random) -> Persona:
    """Picks up at once and is gone a moment later: somebody to be called by the thousand."""
    return Persona(
        behaviour,
        Line.ANSWERS,
        ring_s=round(chance.uniform(0.1, 0.4), 2),
        stays_s=round(chance.uniform(0.4, 1.2), 2),
    )


def _on_the_line(behaviour: str, chance: random.Random) -> Persona:
    line = Line(behaviour)
    words = (
        PHRASES[{"empty_announced": "empty"}.get(behaviour, behaviour)][0] if behaviour in _ANNOUNCED else ""
    )
    return Persona(
        behaviour,
        line,
        ring_s=round(chance.uniform(0.5, 3.0), 2),
        sound=Sound(),
        announcement=words,
        stays_s=_MAILBOX_S if line is Line.VOICEMAIL else 15.0,
    )


def _phone_assistant(behaviour: str, chance: random.Random) -> Persona:
    """The owner does not answer, the phone does: asks what it is about, listens, and promises to pass it on."""
    return Persona(
        behaviour,
        Line.ANSWERS,
        ring_s=round(chance.uniform(1.0, 4.0), 2),
        sound=Sound(),
        greeting=chance.choice(PHRASES["phone_assistant"]),
        turns=(_after(_says("phone_assistant_closing", chance), chance),),
        stays_s=60.0,
    )


def _agent(number: str, chance: random.Random) -> Persona:
    return Persona(
        "agent",
        Line.NO_ANSWER if number == NEVER_ANSWERING_AGENT else Line.ANSWERS,
        ring_s=round(chance.uniform(2.0, 4.0), 2),
        sound=_sound(chance),
        # The first to speak to them is the whisper; who greets sooner greets nobody.
        turns=(
            _after(_says("agent", chance), chance),
            Turn(_says("agent_closing", chance), after_s=10.0),
            *_MANNERS.get(number, (Turn(HangUp(), after_s=_HEARD_OUT_S),)),
        ),
        stays_s=round(chance.uniform(14.0, 18.0), 1),
    )


_ANNOUNCED = ("empty_announced", "powered_off", "suspended", "voicemail")
_MAKERS: dict[str, Callable[[str, random.Random], Persona]] = {
    "presses_key": _presses_key,
    "presses_during": _presses_during,
    "speaks": _speaks,
    "miskeys": _miskeys,
    "asks_again": _asks_again,
    "silent_first": _silent_first,
    "never_answers_question": _never_answers_question,
    "dissatisfied": _dissatisfied,
    "angry": _angry,
    "asks_robot": _asks_robot,
    "refuses": _refuses,
    "in_a_meeting": _in_a_meeting,
    "hangs_up": _hangs_up,
    "brief": _brief,
    "phone_assistant": _phone_assistant,
    **dict.fromkeys(
        (
            "busy",
            "declines",
            "no_answer",
            "empty",
            "empty_announced",
            "powered_off",
            "suspended",
            "voicemail",
        ),
        _on_the_line,
    ),
}


def shares_of(only: str) -> Mapping[str, float]:
    """``SHARES``, or everybody like ``only``.  ``SettingInvalid`` where nobody behaves like that."""
    if only and only not in _MAKERS:
        mend = Clause(N_("give one of %(names)s."), names=", ".join(sorted(_MAKERS)))
        raise SettingInvalid(name="--only", value=only, mend=mend)
    return {only: 1.0} if only else SHARES
