"""Recordings of calls: where they lie, and sending any part of one, so that a player can seek."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from huifang.followups.models import Conversation

_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def recording_path(conversation: Conversation) -> Path | None:
    """The conversation's stereo WAV file (customer left, us right); None where there is none (yet)."""
    if not conversation.recording:
        return None
    folder = settings.HUIFANG.recordings.resolve()
    path = (folder / conversation.recording).resolve()
    return path if path.is_relative_to(folder) and path.is_file() else None


def send_part(request: HttpRequest, path: Path) -> HttpResponseBase:
    """The whole file, or the one part that the ``Range`` header asks for (RFC 9110, section 14)."""
    size = path.stat().st_size
    start, stop, status = 0, size, 200
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if asked and any(asked.groups()):
        first, last = asked.groups()
        if first:
            start, stop = int(first), min(int(last) + 1, size) if last else size
        else:
            start = max(0, size - int(last))
        status = 206
        if start >= stop:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    body: list[bytes] | AsyncIterator[bytes] = [] if request.method == "HEAD" else _read(path, start, stop)
    response = StreamingHttpResponse(body, status=status, content_type="audio/wav")
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(stop - start)
    if status == 206:
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return response


async def _read(path: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        file.seek(start)
        while start < stop:
            chunk = await asyncio.to_thread(file.read, min(_CHUNK, stop - start))
            if not chunk:
                return
            start += len(chunk)
            yield chunk
