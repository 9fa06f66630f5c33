"""What we answer to a request that cannot be worked on, straight from its bytes.  Pure.

sippy never sees such a message, so nothing of sippy's is used: the headers by which the answer finds its way are
copied as they came (RFC 3261, 8.2.6; RFC 4475 asks for an answer wherever one can be routed).  Never answered are
responses, an ACK, and what names no Via.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from hashlib import md5

Address = tuple[str, int]

TAKEN = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "NOTIFY")
"""The methods that we understand."""
_KNOWN_ELSEWHERE = frozenset({"REGISTER", "SUBSCRIBE", "PUBLISH", "MESSAGE", "PRACK", "REFER"})
_SCHEMES = frozenset({"sip", "sips", "tel"})
_START = re.compile(rb"([A-Za-z0-9.!%*_+`'~-]{1,64})[ \t]+(.*?)[ \t]*SIP/(\d{1,4}\.\d{1,4})[ \t]*")
_SCHEME = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*):")
_LINE_END = re.compile(rb"\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_SHORT = {b"v": b"via", b"f": b"from", b"t": b"to", b"i": b"call-id"}
_ECHOED = {b"via": b"Via", b"from": b"From", b"to": b"To", b"call-id": b"Call-ID", b"cseq": b"CSeq"}
_TAG = re.compile(rb";\s*tag\s*=", re.IGNORECASE)
_FIRST_VIA = re.compile(rb'(?:"(?:[^"\\]|\\.)*"|[^",])*')
_SENT_BY_PORT = re.compile(rb"^\s*SIP\s*/[^/]*/\s*[A-Za-z0-9]+\s+[^;:,\s]+\s*:\s*(\d{1,5})\b", re.IGNORECASE)
_SENT_BY = re.compile(rb"^\s*SIP\s*/[^/]*/\s*[A-Za-z0-9]+\s+[^;:,\s]+\s*(?:;|,|$)", re.IGNORECASE)
_RPORT = re.compile(rb";\s*rport\s*(?:=\s*\d*)?\s*(?=;|$)", re.IGNORECASE)
_RECEIVED = re.compile(rb";\s*received\s*=\s*[^;,\s]*", re.IGNORECASE)
_SCANNER = re.compile(
    rb"^(?:user-agent|from|f)[ \t]*:[^\r\n]*(?:friendly-(?:scanner|request)|sip-?vicious|sundayddr|pplsip|siparmyknife)",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST_HEAD = 8_192  # more to copy than a telephone call has to say
_SIP_PORT = 5060


def unknown_method(method: str) -> tuple[int, str]:
    """The refusal of a method that we do not take: known to SIP, or to nobody (RFC 3261, 8.2.1 and 21.5.2)."""
    return (
        (405, "Method Not Allowed") if method in _KNOWN_ELSEWHERE | set(TAKEN) else (501, "Not Implemented")
    )


def is_scanner(data: bytes) -> bool:
    """Whether this says that it looks for open telephone systems; who answers is tried for days."""
    return _SCANNER.search(data, 0, _LONGEST_HEAD) is not None


def answer(data: bytes, fault: str, source: Address) -> tuple[bytes, Address] | None:
    """The answer to a datagram that is no sound message for the reason ``fault``, and where it goes.

    None where there is none to give.  It goes to nobody but the host that has sent the datagram.
    """
    end = _HEAD_END.search(data)
    head = data[: end.start()] if end else data
    start, *lines = _LINE_END.split(_FOLD.sub(b" ", head[:_LONGEST_HEAD]))
    request = _START.fullmatch(start)
    if request is None or request[1] == b"ACK":
        return None
    echoed = _echoed(lines)
    if not echoed.get(b"via"):
        return None
    method = request[1].decode("ascii")
    status, reason = _status(method, request[2], request[3], fault)
    via, reply_to = _marked(echoed[b"via"][0], source)
    out = [f"SIP/2.0 {status} {reason}".encode(), b"Via: " + via]
    out += [b"Via: " + value for value in echoed[b"via"][1:]]
    for name in (b"from", b"to", b"call-id", b"cseq"):
        for value in echoed.get(name, [])[
            :1
        ]:  # of several we believe none; the first is what most would match
            tagged = name != b"to" or _TAG.search(value)
            tag = b"" if tagged else b";tag=" + md5(data, usedforsecurity=False).hexdigest()[:12].encode()
            out.append(_ECHOED[name] + b": " + value + tag)
    if status in (405, 501):
        out.append(b"Allow: " + ", ".join(TAKEN).encode())
    return b"\r\n".join([*out, b"Content-Length: 0", b"", b""]), reply_to


def _status(method: str, uri: bytes, version: bytes, fault: str) -> tuple[int, str]:
    if version != b"2.0":
        return 505, "Version Not Supported"
    if method not in TAKEN:
        return unknown_method(method)
    scheme = _SCHEME.match(uri)
    if scheme is not None and scheme[1].decode("ascii").lower() not in _SCHEMES:
        return 416, "Unsupported URI Scheme"
    return 400, f"Bad Request: {fault}" if fault else "Bad Request"


def _echoed(lines: list[bytes]) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        key = name.strip().lower()
        key = _SHORT.get(key, key)
        if colon and key in _ECHOED:
            found.setdefault(key, []).append(_CONTROL.sub(b" ", value).strip())
    return found


def _marked(via: bytes, source: Address) -> tuple[bytes, Address]:
    """The Via with where the request came from, and where its answer goes (RFC 3261, 18.2.2; RFC 3581)."""
    first = _FIRST_VIA.match(via)
    assert first is not None  # the pattern matches nothing, too
    top, rest = _RECEIVED.sub(b"", first[0]), via[first.end() :]
    host, port = source
    received = b";received=" + host.encode("ascii", "replace")
    if _RPORT.search(top):
        return _RPORT.sub(f";rport={port}".encode(), top, count=1) + received + rest, source
    named = _SENT_BY_PORT.match(top)
    if named and 0 < int(named[1]) < 65536:
        port = int(named[1])
    elif _SENT_BY.match(top):
        port = _SIP_PORT
    return top + received + rest, (host, port)


class Allowance:
    """How often a host gets such an answer: ``burst`` at once, then ``per_s`` each second.

    The hosts are remembered in the order in which they were answered last, ``hosts`` of them at most.
    """

    def __init__(self, burst: int = 20, per_s: float = 5.0, hosts: int = 1_000) -> None:
        self._burst, self._per_s, self._hosts = burst, per_s, hosts
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, host: str, now: float) -> bool:
        """Whether ``host`` may have one more at ``now`` (monotonic seconds)."""
        left, then = self._left.pop(host, (float(self._burst), now))
        left = min(left + (now - then) * self._per_s, float(self._burst))
        allowed = left >= 1.0
        self._left[host] = (left - 1.0 if allowed else left, now)
        if len(self._left) > self._hosts:
            self._left.popitem(last=False)
        return allowed
