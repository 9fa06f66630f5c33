"""The tunes that endings may play: those that every node makes, and those that were uploaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
from django.db import transaction

from huifang.customers.call_words import TUNES
from huifang.endings.models import Assignment, EndingRule, Tune
from huifang.endings.preparing import HZ, Prepared, peaks_of, prepare
from huifang.endings.wav import TuneUnusable
from huifang.errors import N_, Clause, Conflict, NotFound
from huifang.people.audit import record
from huifang.people.models import User
from huifang.voice.rtp.g711 import Codec, decode
from huifang.voice.tunes.library import render, tune_names


@dataclass(frozen=True, slots=True)
class Listed:
    """One tune as the library shows it; ``id`` None: shipped, so it is neither renamed nor removed."""

    key: str
    name: str
    brand: str
    seconds: float
    id: int | None = None
    file_name: str = ""
    is_retired: bool = False


def shipped() -> list[Listed]:
    """The tunes that come with the program."""
    return [Listed(key, str(TUNES[key]), "", 12.0) for key in tune_names()]


def library(*, retired: bool = False) -> list[Listed]:
    """Every tune, the uploaded ones first by brand; those out of use only where they are asked for."""
    rows = Tune.objects.defer("alaw", "peaks").order_by("is_retired", "brand", "name")
    if not retired:
        rows = rows.filter(is_retired=False)
    uploaded = [
        Listed(row.key, row.name, row.brand, row.seconds, row.pk, row.file_name, row.is_retired)
        for row in rows
    ]
    return uploaded + shipped()


def names_of(keys: Sequence[str]) -> dict[str, str]:
    """Key → name, for as many of ``keys`` as there are, those out of use among them."""
    found = dict(Tune.objects.filter(key__in=keys).values_list("key", "name"))
    return {**{key: str(TUNES[key]) for key in keys if key in TUNES}, **found}


def playable() -> dict[str, str]:
    """The keys that may be drawn now, each with the brand that it belongs to ("" = every brand)."""
    uploaded = Tune.objects.filter(is_retired=False).values_list("key", "brand")
    return {**dict.fromkeys(tune_names(), ""), **dict(uploaded)}


@transaction.atomic
def upload(
    data: bytes, *, file_name: str, name: str, brand: str, acting_user: User, now: datetime
) -> tuple[Tune, Prepared]:
    """The tune in an uploaded file.  ``TuneUnusable`` where it is none, or is here already."""
    made = prepare(data, file_name)
    there = Tune.objects.filter(key=made.key).first()
    if there is not None:
        words = Clause(N_("it is in the library already, as “%(name)s”."), name=there.name)
        raise TuneUnusable(file=file_name, reason=words)
    row = Tune.objects.create(
        key=made.key,
        name=name,
        brand=brand,
        alaw=made.alaw,
        seconds=made.seconds,
        peaks=made.peaks,
        file_name=file_name[:200],
        uploaded_by=acting_user,
        uploaded_at=now,
    )
    record(
        acting_user=acting_user, action="endings.upload_tune", thing=row, key=row.key, name=name, brand=brand
    )
    return row, made


@transaction.atomic
def change(key: str, *, name: str, brand: str, acting_user: User) -> Tune:
    """Give an uploaded tune another name or brand."""
    row = _uploaded(key)
    row.name, row.brand = name, brand
    row.save(update_fields=["name", "brand"])
    record(acting_user=acting_user, action="endings.change_tune", thing=row, name=name, brand=brand)
    return row


@transaction.atomic
def put_aside(key: str, *, acting_user: User) -> Tune | None:
    """Take a tune out of use.  One that was given to a call is kept, so that what customers heard can be heard
    again; one that never was is deleted (None).  ``Conflict`` while a rule plays it."""
    row = _uploaded(key)
    for rule in EndingRule.objects.order_by("position", "id"):
        if key in rule.tunes:
            raise Conflict(
                reason=Clause(N_("the rule “%(rule)s” plays it; take it out there first."), rule=rule.name)
            )
    if Assignment.objects.filter(tune=key).exists() or _was_drawn(key):
        row.is_retired = True
        row.save(update_fields=["is_retired"])
        record(acting_user=acting_user, action="endings.retire_tune", thing=row)
        return row
    record(acting_user=acting_user, action="endings.delete_tune", thing=row, name=row.name)
    row.delete()
    return None


@transaction.atomic
def take_back(key: str, *, acting_user: User) -> Tune:
    """Put a tune that was taken out of use back into the library."""
    row = _uploaded(key)
    row.is_retired = False
    row.save(update_fields=["is_retired"])
    record(acting_user=acting_user, action="endings.restore_tune", thing=row)
    return row


def _was_drawn(key: str) -> bool:
    """A call that is not over yet may still play it."""
    running = Assignment.objects.filter(ended_at=None).values_list("draws", flat=True)
    return any(draw.get("tune") == key for draws in running.iterator() for draw in draws.values())


def _uploaded(key: str) -> Tune:
    row = Tune.objects.select_for_update().filter(key=key).first()
    if row is None:
        raise NotFound(thing=N_("tune"))
    return row


# ---- hearing and seeing them


def wav_of(key: str) -> bytes:
    """A tune as a WAV file (8 kHz, 16 bits), as customers hear it.  ``NotFound``."""
    samples = _samples(key).tobytes()
    size = len(samples)
    return (
        b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
        + (1).to_bytes(2, "little") + (1).to_bytes(2, "little") + HZ.to_bytes(4, "little")
        + (2 * HZ).to_bytes(4, "little") + (2).to_bytes(2, "little") + (16).to_bytes(2, "little")
        + b"data" + size.to_bytes(4, "little") + samples
    )  # fmt: skip


def picture_of(key: str) -> list[int]:
    """The loudness of a tune from left to right, 0-100.  ``NotFound``."""
    if key in tune_names():
        return _shipped_peaks(key)
    found = Tune.objects.filter(key=key).values_list("peaks", flat=True).first()
    if found is None:
        raise NotFound(thing=N_("tune"))
    return list(found)


def alaw_of(key: str) -> bytes:
    """An uploaded tune as nodes play it.  ``NotFound``."""
    found = Tune.objects.filter(key=key).values_list("alaw", flat=True).first()
    if found is None:
        raise NotFound(thing=N_("tune"))
    return bytes(found)


def _samples(key: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    if key in tune_names():
        return render(key)
    return decode(np.frombuffer(alaw_of(key), np.uint8), Codec.PCMA)


@lru_cache(maxsize=16)
def _shipped_peaks(key: str) -> list[int]:
    return peaks_of(render(key).astype(np.float32))
