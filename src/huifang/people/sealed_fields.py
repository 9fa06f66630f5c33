"""Columns that nobody can read without the key file: what customers said, in the database and in its backups.

A sealed column is read and written like any other; it cannot be searched, ordered or compared in SQL, except for
being empty.  Each value is bound to its table and column (``Keyring.seal``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact

from huifang.people.encryption import keyring

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field


class _Sealed(_Field):
    """``context``: table and column, which the value opens in and nowhere else."""

    def __init__(self, *args: Any, context: str, **options: Any) -> None:
        self.context = context
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "context": self.context}

    def get_internal_type(self) -> str:
        return "BinaryField"

    def get_default(self) -> Any:
        return self.to_python(None)

    def to_python(self, value: Any) -> Any:
        return self.plain("") if value is None else value

    def get_prep_value(self, value: Any) -> bytes:
        """An empty value stays empty: that there is nothing is no secret."""
        return keyring().seal(self.written(value), self.context) if value else b""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return connection.Database.Binary(value if prepared else self.get_prep_value(value))

    def from_db_value(self, value: Any, _expression: object, _connection: object) -> Any:
        sealed = bytes(value) if value is not None else b""
        return self.plain(keyring().unseal(sealed, self.context) if sealed else "")

    def get_lookup(self, lookup_name: str) -> Any:
        return SealedIsEmpty if lookup_name == "exact" else None

    def written(self, value: Any) -> str:
        raise NotImplementedError

    def plain(self, text: str) -> Any:
        raise NotImplementedError


class SealedIsEmpty(Exact):
    """The one thing that may be asked of a sealed column in SQL."""

    def get_prep_lookup(self) -> Any:
        if self.rhs:
            raise FieldError("a sealed column can only be compared with nothing")
        return b""


class SealedText(_Sealed):
    """A text, "" where there is none."""

    def written(self, value: Any) -> str:
        return str(value)

    def plain(self, text: str) -> str:
        return text


class SealedJson(_Sealed):
    """JSON-safe data, {} where there are none."""

    def written(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def plain(self, text: str) -> Any:
        return json.loads(text) if text else {}
