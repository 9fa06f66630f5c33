"""The codes by which an agent, with any telephone, steers the call they are talking in.  Pure.

A code is the star and one digit, as telephone networks have their service codes (ETS 300 738).  Every
other key belongs to the far end of the call: a star that begins no code is handed on late, but it is
handed on.
"""

from __future__ import annotations

from enum import StrEnum

STAR = "*"
PATIENCE_S = 2.0
"""How long a star may wait for its digit; keys of one thought follow each other within a second."""


class FeatureCode(StrEnum):
    """What an agent may ask for; the value is what they press."""

    END = "*0"
    """Hang up on the customer and the agent: everything has been said."""
    ROBOT = "*1"
    """The agent leaves and the robot goes on, with the rating and the ending."""
    HOLD = "*2"
    """The customer hears a tune instead of the agent; the same code brings them back together."""
    EXPERT = "*3"
    """Fetch an expert into the call, or stop ringing one; an agent who hangs up leaves the customer to them."""
    MUTE = "*4"
    """The others do not hear this phone any more; the same code lets them hear it again."""


class CodeReader:
    """Tells the codes in a stream of keys from the keys that are to be handed on.

    Nothing is lost and nothing invented: what came out so far, with the star that may be ``waiting``, is
    what came in.
    """

    def __init__(self) -> None:
        self.is_waiting = False
        """A star has come that may begin a code; whoever waits ``PATIENCE_S`` for the next key calls
        ``give_up``."""

    def press(self, key: str) -> tuple[str, FeatureCode | None]:
        """The keys to hand on now, and the code that ``key`` completes."""
        if not self.is_waiting:
            self.is_waiting = key == STAR
            return ("" if self.is_waiting else key), None
        if key == STAR:
            return STAR, None  # the first was only a star; this one may begin a code
        self.is_waiting = False
        try:
            return "", FeatureCode(STAR + key)
        except ValueError:
            return STAR + key, None

    def give_up(self) -> str:
        """No further key came in time: the keys to hand on."""
        waited, self.is_waiting = self.is_waiting, False
        return STAR if waited else ""
