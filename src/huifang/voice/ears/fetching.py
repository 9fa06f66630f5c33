"""Fetching a model: over a line that breaks, checked before it is unpacked, and unpacked with suspicion."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx

from huifang.errors import N_, Clause, HuifangError, why
from huifang.logic.model_catalogue import CHECKSUMS, checksum_in

_TRIES = 5
_LARGEST_MODEL = 4 * 1024**3  # unpacked
_MOST_FILES = 2_000

Progress = Callable[[int, int | None], None]
"""Bytes that are here, and of how many where the server tells."""
FaultOf = Callable[[Path], str | Clause | None]
"""Why the model in a folder cannot be used, if so."""


class ModelNotFetched(HuifangError):
    template = N_("The model %(name)s was not fetched: %(reason)s")


class _Interrupted(Exception):
    """The line broke; what is here is kept."""


def fetch(url: str, folder: Path, progress: Progress, fault_of: FaultOf = lambda _: None) -> Path:
    """Download the archive at ``url``, check and unpack it into ``folder``; the model's folder.

    What a broken line has left is gone on with.  A model of the same name that is there already stays until the new
    one is whole and ``fault_of`` finds none in it.  ``ModelNotFetched`` in one sentence.
    """
    archive = url.rsplit("/", 1)[-1]
    name = archive.removesuffix(".tar.bz2")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{archive}.part"
        with httpx.Client(follow_redirects=True, timeout=httpx.Timeout(30.0, connect=10.0)) as client:
            wanted = _checksum(client, url.rsplit("/", 1)[0], archive)
            _download(client, url, part, name, progress)
        if wanted is not None and _sha256(part) != wanted:
            part.unlink()
            raise ModelNotFetched(
                name=name, reason=N_("its checksum is wrong; what came was deleted, try again.")
            )
        place = _unpack(part, folder, name, fault_of)
        part.unlink()
    except OSError as error:
        raise ModelNotFetched(name=name, reason=why(error)) from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        mend = N_("%(url)s is no address to fetch from; give one that begins with https:// or http://.")
        raise ModelNotFetched(name=name, reason=Clause(mend, url=url)) from None
    return place


def _checksum(client: httpx.Client, releases: str, archive: str) -> str | None:
    """None where the place of the archive names none."""
    try:
        answer = client.get(f"{releases}/{CHECKSUMS}")
    except httpx.UnsupportedProtocol:
        raise
    except httpx.HTTPError:
        return None
    return checksum_in(answer.text, archive) if answer.status_code == 200 else None


def _download(client: httpx.Client, url: str, part: Path, name: str, progress: Progress) -> None:
    reason = ""
    for _ in range(_TRIES):
        before = part.stat().st_size if part.exists() else 0
        try:
            _go_on(client, url, part, name, progress)
            return
        except (httpx.HTTPError, _Interrupted) as fault:
            reason = str(fault) or type(fault).__name__
            is_here = part.stat().st_size if part.exists() else 0
            if is_here <= before and isinstance(fault, httpx.ConnectError):
                break  # nobody is there: trying again at once is no use
    mend = N_(
        "the server cannot be reached (%(reason)s); without a network copy a model folder here and name it."
    )
    raise ModelNotFetched(name=name, reason=Clause(mend, reason=reason))


def _go_on(client: httpx.Client, url: str, part: Path, name: str, progress: Progress) -> None:
    """Fetch what is missing.  A server that cannot begin in the middle is asked for all of it."""
    have = part.stat().st_size if part.exists() else 0
    with client.stream("GET", url, headers={"Range": f"bytes={have}-"} if have else {}) as answer:
        if answer.status_code == 416:  # all of it is here, or what is here is not of it
            total = answer.headers.get("Content-Range", "").rpartition("/")[2]
            if total == str(have):
                return
            part.unlink()
            raise _Interrupted("what was here did not fit")
        if answer.status_code not in (200, 206):
            reason = Clause(N_("the server answers with HTTP %(status)d."), status=answer.status_code)
            raise ModelNotFetched(name=name, reason=reason)
        goes_on = answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(
            f"bytes {have}-"
        )
        have = have if goes_on else 0
        length = answer.headers.get("Content-Length", "")
        total_bytes = have + int(length) if length.isdigit() else None
        if total_bytes is not None and total_bytes - have > shutil.disk_usage(part.parent).free:
            raise ModelNotFetched(name=name, reason=N_("the disk is full."))
        with part.open("ab" if goes_on else "wb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
                have += len(chunk)
                progress(have, total_bytes)
    if total_bytes is not None and have < total_bytes:
        raise _Interrupted("the line broke")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(archive: Path, folder: Path, name: str, fault_of: FaultOf) -> Path:
    """Into a folder beside the others, which appears only when it is whole."""
    scratch = Path(tempfile.mkdtemp(dir=folder, prefix=f".{name}."))
    try:
        with tarfile.open(archive, "r:*") as tar:
            size = 0
            for files, member in enumerate(tar, 1):
                size += member.size
                if size > _LARGEST_MODEL or files > _MOST_FILES:
                    raise ModelNotFetched(name=name, reason=N_("its archive is larger than any model."))
                tar.extract(member, scratch, filter="data")
        inside = scratch / name if (scratch / name).is_dir() else scratch
        fault = fault_of(inside)
        if fault:
            archive.unlink(missing_ok=True)
            raise ModelNotFetched(name=name, reason=fault)
        place = folder / name
        if place.exists():
            shutil.rmtree(place)
        os.replace(inside, place)
        return place
    except (tarfile.TarError, EOFError) as error:
        if isinstance(error, tarfile.FilterError):
            reason = N_("its archive would write outside of its folder; nothing was unpacked.")
        else:
            reason = N_("what came is no archive of a model.")
        archive.unlink(missing_ok=True)
        raise ModelNotFetched(name=name, reason=reason) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
