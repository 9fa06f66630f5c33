"""From a datagram to text that sippy can digest, or a refusal.  Pure.

sippy trusts what it receives: it decodes outside any ``try``, splits lines at every character that
Unicode calls a line end, counts a body in characters where Content-Length counts bytes, and
compares ``transport=UDP`` case-sensitively (SIPp writes capitals, and its BYE would then fail).
"""

from __future__ import annotations

import re

LONGEST = 16_384
"""Bytes.  A larger datagram is no telephone call."""

_SHORTEST = 32  # sippy's own limit
_HEAD_END = re.compile(rb"\r\n\r\n|\n\n")
_METHOD = r"[A-Za-z0-9.!%*_+`'~-]{1,32}"
_START_LINE = re.compile(rf"SIP/2\.0 [1-6]\d\d( [^\r\n]*)?\r?\n|{_METHOD} \S+ SIP/2\.0\r?\n", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNICODE_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_TRANSPORT = re.compile(r";transport=[A-Za-z0-9-]+", re.IGNORECASE)


class Malformed(ValueError):
    """Not a SIP message.  The text names the fault and never quotes the message."""


def is_keep_alive(data: bytes) -> bool:
    """Whether this is one of the fillers that keep a NAT open (RFC 5626, and four zero bytes)."""
    return len(data) <= 4 and not data.strip(b"\r\n\0")


def readable(data: bytes) -> str:
    """The message as text: one-byte-per-character body, transports as ``udp``, no foreign line ends.

    Raises ``Malformed``.  We speak UDP only, so a peer that names another transport on a message
    that came by UDP is answered by UDP.
    """
    if not _SHORTEST <= len(data) <= LONGEST:
        raise Malformed(f"{len(data)} bytes are not the size of a SIP message")
    end = _HEAD_END.search(data)
    if end is None:
        raise Malformed("the headers do not end")
    try:
        head = data[: end.end()].decode()
    except UnicodeDecodeError:
        raise Malformed("the headers are not UTF-8") from None
    if not _START_LINE.match(head):
        raise Malformed("the first line is neither a request nor a status")
    if _CONTROL.search(head):
        raise Malformed("the headers hold control characters")
    head = _TRANSPORT.sub(";transport=udp", _UNICODE_LINE_ENDS.sub(" ", head))
    return head + data[end.end() :].decode("ascii", errors="replace")
