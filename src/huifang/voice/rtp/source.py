"""Whose packets count: symmetric RTP with a latch (RFC 4961, RFC 7362, RFC 3550 appendix A.1)."""

from __future__ import annotations

Address = tuple[str, int]

_REBOUND_AFTER_S = 0.1  # the same SSRC from elsewhere: a NAT has moved the port
_REPLACED_AFTER_S = 2.0  # a stranger: only once the latched source is gone


class SourceGate:
    """Latches on the first source and guards against injected packets.

    Afterwards another address or SSRC needs two packets in sequence, and an address that signalling did
    not name also needs the latched source to be silent: a moment when it knows the 32-bit SSRC, two
    seconds when it does not.
    """

    def __init__(self, signalled: Address) -> None:
        self.address = signalled
        """Where to send: the latched source, before that the address from signalling."""
        self.signalled = signalled
        self._ssrc: int | None = None
        self._heard_at = 0.0
        self._candidate: tuple[Address, int, int] | None = None  # with the sequence number that must follow

    def admit(self, source: Address, ssrc: int, sequence: int, now: float) -> bool:
        """True where the packet belongs to the call.  ``now`` is a monotonic clock in seconds."""
        if ssrc == self._ssrc and source == self.address:
            self._heard_at = now
            return True
        if self._ssrc is not None and not self._may_take_over(source, ssrc, sequence, now):
            return False
        self.address, self._ssrc, self._heard_at = source, ssrc, now
        self._candidate = None
        return True

    def _may_take_over(self, source: Address, ssrc: int, sequence: int, now: float) -> bool:
        expected = self._candidate
        self._candidate = (source, ssrc, (sequence + 1) & 0xFFFF)
        if expected != (source, ssrc, sequence):
            return False
        if source in (self.address, self.signalled):
            return True
        silent_s = now - self._heard_at
        return silent_s >= (_REBOUND_AFTER_S if ssrc == self._ssrc else _REPLACED_AFTER_S)
