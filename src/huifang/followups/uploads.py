"""Storing the recordings that voice nodes upload: files below the home folder, named by attempt."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction

from huifang.errors import N_, Conflict, HuifangError, NotFound
from huifang.followups.models import Attempt, Conversation

MOST_BYTES = 116 * 1024 * 1024  # an hour of two channels of 16-bit sound at 8 kHz


class RecordingUnusable(HuifangError):
    template = N_("The recording of the call cannot be stored: %(reason)s")


def store_recording(attempt_id: UUID, chunks: Iterable[bytes]) -> str:
    """Keep the WAV file that comes in ``chunks`` as the recording of an attempt; its path below the
    recordings folder, ``YYYY/MM/<attempt>.wav``.

    The file is complete under its name or not there at all; storing again replaces it.
    """
    attempt = Attempt.objects.filter(pk=attempt_id).first()
    if attempt is None:
        raise NotFound(thing=N_("call"))
    if attempt.dialled_at is None:
        raise Conflict(reason=N_("the call has not been dialled, so there is nothing to record."))
    relative = f"{attempt.claimed_at:%Y/%m}/{attempt_id.hex}.wav"
    path = settings.HUIFANG.recordings / relative
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, partial = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            _write(file, chunks)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    # The file may overtake the events of its call; ANSWERED then puts the start right.
    with transaction.atomic():
        # The attempt first, as where events are taken: the other way round the two would lock crosswise.
        Attempt.objects.select_for_update().get(pk=attempt_id)
        Conversation.objects.update_or_create(
            attempt=attempt,
            defaults={"recording": relative},
            create_defaults={"recording": relative, "started_at": attempt.dialled_at},
        )
    return relative


def _write(file: BinaryIO, chunks: Iterable[bytes]) -> None:
    size = 0
    for chunk in chunks:
        if size == 0 and (chunk[:4] != b"RIFF" or chunk[8:12] != b"WAVE"):
            raise RecordingUnusable(reason=N_("it is not a WAV file."))
        size += len(chunk)
        if size > MOST_BYTES:
            raise RecordingUnusable(reason=N_("it is longer than an hour."))
        file.write(chunk)
    if size == 0:
        raise RecordingUnusable(reason=N_("it is empty."))
    file.flush()
    os.fsync(file.fileno())
