"""Which body of a message is the session description, also among several (RFC 5621).  Pure."""

from __future__ import annotations

import re

SDP = "application/sdp"
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_PART_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_DEEPEST = 4


def media_type(content_type: str) -> str:
    """``application/sdp`` of ``Application/SDP; charset=utf-8``."""
    return content_type.partition(";")[0].strip().lower()


def sdp_among(content_type: str, body: bytes, depth: int = 0) -> bytes | None:
    """The first session description in a ``multipart`` body, None where there is none."""
    boundary = _BOUNDARY.search(content_type)
    if not media_type(content_type).startswith("multipart/") or boundary is None or depth > _DEEPEST:
        return None
    mark = b"--" + (boundary[1] or boundary[2]).encode("latin-1", "replace")
    cut = re.compile(rb"(?:\A|\r?\n)" + re.escape(mark) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    pieces = cut.split(body)
    for closing, part in zip(pieces[1::2], pieces[2::2], strict=True):
        if closing:
            return None
        end = _PART_HEAD_END.search(part)
        if end is None:
            continue
        kind = _content_type(part[: end.start()])
        if media_type(kind) == SDP:
            return part[end.end() :]
        inner = sdp_among(kind, part[end.end() :], depth + 1)
        if inner is not None:
            return inner
    return None


def _content_type(head: bytes) -> str:
    for line in _FOLD.sub(" ", head.decode("latin-1")).splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in ("content-type", "c"):
            return value.strip()
    return "text/plain"
