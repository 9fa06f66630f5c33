"""From a datagram to text that sippy can digest, or a refusal.  Pure.

sippy trusts what it receives: it decodes outside any ``try``, splits lines at every character that
Unicode calls a line end, counts a body in characters where Content-Length counts bytes, cuts it where
that is negative, and compares ``transport=UDP`` case-sensitively (SIPp writes capitals, and its BYE
would then fail).
"""

from __future__ import annotations

import re
from contextlib import suppress

from huifang.voice.sip.bodies import SDP, media_type, sdp_among
from huifang.voice.sip.headers import Unbalanced, plain

LONGEST = 16_384
"""Bytes.  A larger datagram is no telephone call."""

_SHORTEST = 32  # sippy's own limit
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_LINE_END = re.compile(rb"\r?\n")
_METHOD = r"[A-Za-z0-9.!%*_+`'~-]{1,64}"
_START_LINE = re.compile(rf"SIP/2\.0 [1-6]\d\d( .*)?|{_METHOD} \S+ SIP/2\.0", re.ASCII)
_LENGTH = re.compile(r"(?:content-length|l): (.*)", re.IGNORECASE)
_TYPE = re.compile(r"(?:content-type|c): (.*)", re.IGNORECASE)
_ESCAPED_CONTROL = re.compile(r"\\[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_UNICODE_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_TRANSPORT = re.compile(r";transport=[A-Za-z0-9-]+", re.IGNORECASE)


class Malformed(ValueError):
    """Not a SIP message.  The text names the fault and never quotes the message."""


def is_keep_alive(data: bytes) -> bool:
    """Whether this is one of the fillers that keep a NAT open (RFC 5626, and four zero bytes)."""
    return len(data) <= 4 and not data.strip(b"\r\n\0")


def readable(data: bytes) -> str:
    """The message as text: one line per header in its plain spelling, one-byte-per-character body,
    transports as ``udp``, no foreign line ends; of a multipart body the session description.

    Raises ``Malformed``.  We speak UDP only, so a peer that names another transport on a message
    that came by UDP is answered by UDP.
    """
    if not _SHORTEST <= len(data) <= LONGEST:
        raise Malformed(f"{len(data)} bytes are not the size of a SIP message")
    end = _HEAD_END.search(data)
    if end is None:
        raise Malformed("the headers do not end")
    lines = _LINE_END.split(_FOLD.sub(b" ", data[: end.start()]))
    text = _UNICODE_LINE_ENDS.sub(" ", _ESCAPED_CONTROL.sub(" ", "\n".join(map(_decode, lines))))
    if _CONTROL.search(text):
        raise Malformed("the headers hold control characters")
    start, *rest = text.split("\n")
    if not _START_LINE.fullmatch(start):
        raise Malformed("the first line is neither a request nor a status")
    try:
        headers = [plain(line) for line in rest]
    except Unbalanced as error:
        raise Malformed(str(error)) from None
    lengths = {found[1] for header in headers if (found := _LENGTH.fullmatch(header))}
    if len(lengths) > 1 or not all(re.fullmatch(r"[0-9]{1,9}", length) for length in lengths):
        raise Malformed("the Content-Length is no number, or several")
    headers, body = _described(headers, data[end.end() :], lengths)
    head = _TRANSPORT.sub(";transport=udp", "\r\n".join([start, *headers]))
    return head + "\r\n\r\n" + body.decode("ascii", errors="replace")


def _described(headers: list[str], body: bytes, lengths: set[str]) -> tuple[list[str], bytes]:
    """Of several bodies the session description alone; everything else as it is."""
    kinds = [found[1] for header in headers if (found := _TYPE.fullmatch(header))]
    if len(kinds) != 1 or not media_type(kinds[0]).startswith("multipart/"):
        return headers, body
    if any(int(length) > len(body) for length in lengths):
        return headers, body  # cut off on its way, as sippy will find
    whole = body[: int(length)] if (length := next(iter(lengths), None)) is not None else body
    description = sdp_among(kinds[0], whole)
    if description is None:
        return headers, body
    kept = [header for header in headers if not _TYPE.fullmatch(header) and not _LENGTH.fullmatch(header)]
    return [*kept, f"Content-Type: {SDP}", f"Content-Length: {len(description)}"], description


def _decode(line: bytes) -> str:
    """UTF-8 as it must be, or the names in GB18030 that exchanges write; what is neither stays readable."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        with suppress(UnicodeDecodeError):
            return line.decode("gb18030")
    return line.decode(errors="replace")
