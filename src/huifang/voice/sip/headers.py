"""One plain spelling for the headers that sippy reads, out of the many that RFC 3261 allows.  Pure.

sippy knows no space around the separators of a Via or an address, no ``\\"`` next to a comma or ``\\\\`` at the end of
a name, no ``Tag=`` in capitals, and no ``tel:`` without brackets.  Meaning and order stay as they were; a character
that was escaped in a name is replaced by a harmless one that looks like it, for nobody compares names.
"""

from __future__ import annotations

import re

_VIA = frozenset({"via", "v"})
_ADDRESSES = frozenset({"from", "f", "to", "t", "contact", "m", "route", "record-route"})
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
# What never ends is a piece too, or every quote in it would be tried as a beginning, in quadratic time.
_PIECES = re.compile(rf'({_QUOTED.pattern}|"(?:[^"\\]|\\.)*\\?$|<[^<>"]*>)')
_ESCAPED = re.compile(r"\\(.)")
_LOOKS_LIKE = {'"': "'", "\\": "/"}
_AROUND_IN_VIA = re.compile(r"\s*([;=,/:])\s*")
_AROUND = re.compile(r"\s*([;=,])\s*")
_SPACES = re.compile(r"\s+")
_BARE = re.compile(r"[^<>,]*")
_PARAMETER = re.compile(r";[^;=,]+")


class Unbalanced(ValueError):
    """A quoted string that does not end."""


def plain(line: str) -> str:
    """One unfolded header line, its spaces and escapes in order.  ``Unbalanced``."""
    name, colon, value = line.partition(":")
    if not colon:
        return line
    name, value = name.strip(), value.strip()
    if name.lower() in _VIA:
        value = _spell(value, _AROUND_IN_VIA)
    elif name.lower() in _ADDRESSES and value != "*":
        value = _spell(value, _AROUND)
        if _BARE.fullmatch(value):
            address, semicolon, parameters = value.partition(";")
            value = f"<{address}>{semicolon}{parameters}"
    return f"{name}: {value}"


def _spell(value: str, around: re.Pattern[str]) -> str:
    """Tidy what stands between quoted strings and bracketed addresses, and each of these by its own rule."""
    pieces = []
    for place, piece in enumerate(_PIECES.split(value)):
        if place % 2 and piece.startswith('"'):
            if not _QUOTED.fullmatch(piece):
                raise Unbalanced("a quoted string does not end")
            pieces.append(_ESCAPED.sub(lambda found: _LOOKS_LIKE.get(found[1], found[1]), piece))
        elif place % 2:
            pieces.append(f"<{piece[1:-1].strip()}>")
        else:
            tidy = around.sub(r"\1", _SPACES.sub(" ", piece))
            pieces.append(_PARAMETER.sub(lambda found: found[0].lower(), tidy))
    return "".join(pieces)
