"""Fetching a model from a server of the test's own, in good and bad weather."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from huifang.logic.model_catalogue import MODELS, checksum_in, named
from huifang.voice.ears.fetching import ModelNotFetched, fetch

NAME = "sherpa-onnx-streaming-zipformer-zh-14M-2023-02-23"
ARCHIVE = f"{NAME}.tar.bz2"


def packed(files: dict[str, bytes], *, links: dict[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:bz2") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return out.getvalue()


GOOD = packed({f"{NAME}/tokens.txt": b"a 0", f"{NAME}/encoder.onnx": bytes(range(256)) * 400})


class Releases:
    """What a test wants of the server."""

    def __init__(self) -> None:
        self.archive = GOOD
        self.checksum: str | None = hashlib.sha256(GOOD).hexdigest()
        self.breaks_after: list[int] = []
        """Bytes after which the line breaks, for the next answers in turn."""
        self.knows_ranges = True
        self.status = 0
        self.ranges: list[str] = []
        releases = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.endswith("/checksum.txt"):
                    self.send_response(200 if releases.checksum else 404)
                    self.end_headers()
                    self.wfile.write(f"{ARCHIVE}\t{releases.checksum}\n".encode())
                    return
                wanted = self.headers.get("Range", "")
                releases.ranges.append(wanted)
                begin = int(wanted[6:-1]) if wanted and releases.knows_ranges else 0
                body = releases.archive[begin:]
                self.send_response(releases.status or (206 if begin else 200))
                if begin:
                    self.send_header(
                        "Content-Range", f"bytes {begin}-{len(releases.archive) - 1}/{len(releases.archive)}"
                    )
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: releases.breaks_after.pop(0)] if releases.breaks_after else body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/asr-models/{ARCHIVE}"


@pytest.fixture
def releases() -> Iterator[Releases]:
    releases = Releases()
    thread = threading.Thread(target=releases.server.serve_forever, args=(0.02,))
    thread.start()
    yield releases
    releases.server.shutdown()
    thread.join()
    releases.server.server_close()


def nothing(_have: int, _total: int | None) -> None:
    pass


def test_a_model_is_fetched_checked_and_unpacked(releases: Releases, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    place = fetch(releases.url, tmp_path, lambda have, total: told.append((have, total)))
    assert place == tmp_path / NAME
    assert (place / "tokens.txt").read_bytes() == b"a 0"
    assert told[-1] == (len(GOOD), len(GOOD))
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_line_that_breaks_twice_costs_nothing_that_came(releases: Releases, tmp_path: Path) -> None:
    releases.breaks_after = [200, 300]
    assert (fetch(releases.url, tmp_path, nothing) / "encoder.onnx").stat().st_size == 256 * 400
    assert releases.ranges == ["", "bytes=200-", "bytes=500-"]


def test_what_an_earlier_run_left_is_gone_on_with(releases: Releases, tmp_path: Path) -> None:
    (tmp_path / f".{ARCHIVE}.part").write_bytes(GOOD[:333])
    fetch(releases.url, tmp_path, nothing)
    assert releases.ranges == ["bytes=333-"]


def test_a_server_without_ranges_is_asked_for_all_of_it(releases: Releases, tmp_path: Path) -> None:
    releases.knows_ranges, releases.breaks_after = False, [200]
    assert (fetch(releases.url, tmp_path, nothing) / "tokens.txt").exists()


def test_a_model_that_does_not_hear_leaves_the_good_one_in_its_place(
    releases: Releases, tmp_path: Path
) -> None:
    place = fetch(releases.url, tmp_path, nothing)
    releases.archive = packed({f"{NAME}/tokens.txt": b"b 0"})
    releases.checksum = hashlib.sha256(releases.archive).hexdigest()
    with pytest.raises(ModelNotFetched, match="no encoder"):
        fetch(releases.url, tmp_path, nothing, lambda folder: "no encoder")
    assert (place / "tokens.txt").read_bytes() == b"a 0"
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize("mirror", ["http://[::1", "foo", "ftp://example.org"])
def test_an_address_that_is_none_is_named(mirror: str, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFetched, match="is no address to fetch from"):
        fetch(f"{mirror}/{ARCHIVE}", tmp_path, nothing)


def test_a_wrong_checksum_is_refused_and_nothing_of_it_kept(releases: Releases, tmp_path: Path) -> None:
    releases.checksum = "0" * 64
    with pytest.raises(ModelNotFetched, match="checksum is wrong"):
        fetch(releases.url, tmp_path, nothing)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "evil",
    [
        packed({"../outside.txt": b"x"}),
        packed({f"{NAME}/../../outside.txt": b"x"}),
        packed({"/tmp/huifang-outside.txt": b"x", f"{NAME}/../../../outside.txt": b"x"}),
        packed({f"{NAME}/tokens.txt": b"a 0"}, links={f"{NAME}/link": "/etc/passwd"}),
        packed({f"{NAME}/tokens.txt": b"a 0"}, links={f"{NAME}/link": "../../outside"}),
    ],
)
def test_an_archive_that_reaches_out_of_its_folder_is_refused(
    releases: Releases, tmp_path: Path, evil: bytes
) -> None:
    releases.archive, releases.checksum = evil, None
    home = tmp_path / "deep" / "models"
    with pytest.raises(ModelNotFetched, match="outside"):
        fetch(releases.url, home, nothing)
    assert list(home.iterdir()) == []
    assert not (tmp_path / "outside.txt").exists()
    assert not (tmp_path / "deep" / "outside.txt").exists()


def test_what_is_no_archive_is_refused(releases: Releases, tmp_path: Path) -> None:
    releases.archive, releases.checksum = b"<html>not found</html>", None
    with pytest.raises(ModelNotFetched, match="no archive"):
        fetch(releases.url, tmp_path, nothing)


def test_a_refusal_of_the_server_is_told(releases: Releases, tmp_path: Path) -> None:
    releases.status = 404
    with pytest.raises(ModelNotFetched, match="HTTP 404"):
        fetch(releases.url, tmp_path, nothing)


def test_a_full_disk_is_told_before_it_is_full(
    releases: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=100))
    with pytest.raises(ModelNotFetched, match="disk is full"):
        fetch(releases.url, tmp_path, nothing)


def test_without_a_network_one_sentence_says_what_else_helps(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ModelNotFetched, match="copy a model folder here") as raised:
        fetch(f"http://127.0.0.1:{port}/{ARCHIVE}", tmp_path, nothing)
    assert "\n" not in str(raised.value)


def test_models_are_named_by_an_unambiguous_part() -> None:
    assert named("zh-14M") == MODELS[1]
    assert named("zipformer") is None
    assert named("") is None
    assert len({model.name for model in MODELS}) == len(MODELS)


def test_only_the_kind_that_is_proven_is_named() -> None:
    assert all("zipformer" in m.name and "ctc" not in m.name for m in MODELS)
    assert {m.yields for m in MODELS} == {"text", "sounds"}
    assert named("wenetspeech-3.3M") is MODELS[0]
    assert MODELS[0].folder.endswith("/kws-models")


@pytest.mark.parametrize(
    "line", [f"{ARCHIVE}\t{'A' * 64}", f"{'a' * 64}  {ARCHIVE}", f"{'a' * 64} *{ARCHIVE}"]
)
def test_checksums_are_found_whichever_way_round(line: str) -> None:
    assert checksum_in(f"{'b' * 64} other.tar.bz2\n{line}\n", ARCHIVE) == "a" * 64
    assert checksum_in("", ARCHIVE) is None
    assert checksum_in(f"nonsense {ARCHIVE}", ARCHIVE) is None


def run(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HUIFANG_LANGUAGE": "en", "HUIFANG_HOME": str(home), "HUIFANG_ASR_MODEL": ""}
    command = [sys.executable, "-m", "huifang", "models", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_the_command_takes_a_folder_and_names_what_is_wrong_with_another(tmp_path: Path) -> None:
    incomplete = run("add", str(tmp_path), home=tmp_path)
    assert incomplete.returncode == 1
    assert incomplete.stderr.count("\n") == 1
    assert "encoder" in incomplete.stderr
    unknown = run("add", "no-such-model", home=tmp_path)
    assert "models list" in unknown.stderr
    model = Path(__file__).resolve().parents[2].parent / "shared" / "speech" / "model"
    if not model.is_dir():
        pytest.skip("the recogniser model of ../shared/speech is not here")
    pytest.importorskip("sherpa_onnx")
    taken = run("add", str(model), home=tmp_path)
    assert taken.returncode == 0, taken.stderr
    assert f"HUIFANG_ASR_MODEL={model}" in taken.stdout
