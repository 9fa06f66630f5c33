"""Phone numbers are unreadable without the key file, and the key file guards itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.errors import KeyFileUnusable
from huifang.people.encryption import Keyring, create_key_file, read_key_file

KEYS = Keyring(b"e" * 32, b"i" * 32, "secret", "token")
OTHER = Keyring(b"f" * 32, b"j" * 32, "secret", "token")


@given(st.text(max_size=60), st.text(max_size=30))
def test_what_is_sealed_opens_again(text: str, context: str) -> None:
    assert KEYS.unseal(KEYS.seal(text, context), context) == text


def test_same_number_is_sealed_differently_each_time_but_found_by_its_index() -> None:
    number = "+8613812345678"
    assert KEYS.seal(number, "c") != KEYS.seal(number, "c")
    assert number.encode() not in KEYS.seal(number, "c")
    assert KEYS.blind_index(number) == KEYS.blind_index(number)
    assert KEYS.blind_index(number) != KEYS.blind_index("+8613812345679")
    assert KEYS.blind_index(number) != OTHER.blind_index(number)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(KeyFileUnusable):
        OTHER.unseal(KEYS.seal("+8613812345678", "c"), "c")


def test_value_moved_to_another_column_does_not_open() -> None:
    with pytest.raises(KeyFileUnusable):
        KEYS.unseal(KEYS.seal("+8613812345678", "customers.phone"), "people.phone")


@given(st.binary(max_size=80))
def test_garbage_is_refused_with_a_sentence(garbage: bytes) -> None:
    with pytest.raises(KeyFileUnusable):
        KEYS.unseal(garbage, "c")


def test_key_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys"
    create_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    first = read_key_file(path)
    with pytest.raises(FileExistsError):
        create_key_file(path)
    assert read_key_file(path) == first


def test_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileUnusable, match="it is missing"):
        read_key_file(tmp_path / "keys")


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o666])
def test_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys"
    create_key_file(path)
    path.chmod(mode)
    with pytest.raises(KeyFileUnusable, match="chmod 600"):
        read_key_file(path)


@pytest.mark.parametrize(
    "content", ["", "no json", "[]", "{}", json.dumps({"encryption": "AAAA", "index": "AAAA"})]
)
def test_damaged_key_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys"
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(KeyFileUnusable, match="damaged"):
        read_key_file(path)
