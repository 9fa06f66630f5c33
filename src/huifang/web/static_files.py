"""Static files, served by the web process itself straight from the installed package.

There is no collecting step and no extra dependency: the files are few, lie in the package, and a
content hash in the address (``/static/web/app.css?v=1f0c…``) lets browsers keep them for a year.
An address without the right hash is answered too, but must be asked again each time.
"""

from __future__ import annotations

import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import Http404, HttpRequest, HttpResponse

from huifang.people.permissions import PUBLIC, page

# Not left to the machine's table: a module with the wrong type does not run under nosniff.
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class HashedAddresses(StaticFilesStorage):
    """``{% static %}`` addresses that change with the file's content."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        version = _version(name or "")
        return f"{address}?v={version}" if version else address


@page(PUBLIC)
def static_file(request: HttpRequest, path: str) -> HttpResponse:
    """The file at ``path`` of any app's static folder."""
    found = _find(path)
    if found is None:
        raise Http404
    kind = _TYPES.get(found.suffix) or mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    version = _version(path)
    response = HttpResponse(content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
    response["ETag"] = f'"{version}"'
    fresh = request.GET.get("v") == version
    response["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "no-cache"
    if request.headers.get("If-None-Match") == response["ETag"]:
        response.status_code = 304
        return response
    response.content = found.read_bytes()
    return response


def _find(name: str) -> Path | None:
    found = finders.find(name)  # refuses paths that leave the static folders
    return Path(found) if isinstance(found, str) and Path(found).is_file() else None


def _version(name: str) -> str:
    return _hash(name, _mark(name)) if settings.DEBUG else _hash(name, 0)


def _mark(name: str) -> int:
    found = _find(name)
    return found.stat().st_mtime_ns if found else 0


@lru_cache(maxsize=512)
def _hash(name: str, mark: int) -> str:
    """The first 12 hex digits of the file's SHA-256, ``""`` where there is none.  ``mark`` makes a
    developer's edit a new entry."""
    found = _find(name)
    return hashlib.sha256(found.read_bytes()).hexdigest()[:12] if found else ""
