"""Recordings: any part of one, to those who may hear it."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import RequestFactory

from huifang.followups.models import Conversation
from huifang.followups.playback import recording_path, send_part

pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume asynchronous")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.wav"
    path.write_bytes(bytes(range(256)) * 4000)  # more than one chunk
    return path


def ask(file, value: str | None = None, method: str = "get"):
    headers = {"range": value} if value else {}
    reply = send_part(getattr(RequestFactory(), method)("/", headers=headers), file)
    return reply, b"".join(reply) if reply.streaming else reply.content


def test_without_a_range_the_whole_file_comes_and_says_that_parts_are_possible(file):
    reply, body = ask(file)
    assert reply.status_code == 200
    assert reply["Accept-Ranges"] == "bytes"
    assert body == file.read_bytes()


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("bytes=0-", slice(0, None)),
        ("bytes=0-0", slice(0, 1)),
        ("bytes=500-999", slice(500, 1000)),
        ("bytes=-100", slice(-100, None)),
        ("bytes=300000-900000", slice(300000, 900001)),
        ("bytes=1000000-99999999", slice(1000000, None)),
        ("bytes=-99999999", slice(0, None)),
    ],
)
def test_a_range_gets_exactly_its_bytes(file, value, part):
    whole = file.read_bytes()
    reply, body = ask(file, value)
    start = part.indices(len(whole))[0]
    assert reply.status_code == 206
    assert body == whole[part]
    assert reply["Content-Length"] == str(len(body))
    assert reply["Content-Range"] == f"bytes {start}-{start + len(body) - 1}/{len(whole)}"


@pytest.mark.parametrize("value", ["bytes=1024000-", "bytes=9-3", "bytes=-0"])
def test_a_range_outside_the_file_is_not_satisfiable(file, value):
    reply, _ = ask(file, value)
    assert reply.status_code == 416
    assert reply["Content-Range"] == "bytes */1024000"


@pytest.mark.parametrize("value", ["bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=x-y"])
def test_a_range_that_we_do_not_understand_gets_the_whole(file, value):
    assert ask(file, value)[0].status_code == 200


def test_head_tells_the_length_without_the_sound(file):
    reply, body = ask(file, method="head")
    assert (reply["Content-Length"], body) == ("1024000", b"")


def test_a_recording_outside_the_folder_is_not_played(world):
    outside = settings.HUIFANG.home / "outside.wav"
    outside.write_bytes(b"RIFF")
    for name in ("../outside.wav", str(outside), "missing.wav", ""):
        assert recording_path(Conversation(attempt=world.call, recording=name)) is None, name


def test_a_call_without_recording_is_not_found(world, client_of):
    assert client_of("agent").get(f"/calls/{world.doubtful.pk}/recording/").status_code == 404
    (settings.HUIFANG.recordings / world.call.conversation.recording).unlink()
    assert client_of("agent").get(f"/calls/{world.call.pk}/recording/").status_code == 404
    assert "<audio" not in client_of("agent").get(f"/calls/{world.call.pk}/").content.decode()
