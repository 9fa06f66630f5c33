"""The family of errors that Huifang shows to people.

Each error is one clear sentence that names the thing and the mend.  The sentence is an English
template in ``template``; screens and the command line translate it, then fill in ``data``.
"""

from __future__ import annotations

import errno
from collections.abc import Callable


def N_(message: str) -> str:
    """Mark a text for translation without translating it here."""
    return message


class Clause:
    """A part of an error's sentence with slots of its own: ``reason=Clause(N_("%(file)s is empty"), file=…)``.

    ``str`` gives it in English; the error that carries it translates it along.
    """

    def __init__(self, template: str, **data: object) -> None:
        self.template = template
        self.data = data

    def __str__(self) -> str:
        return self.template % self.data

    def in_words(self, translate: Callable[[str], str]) -> str:
        """The part in another language, with the clauses that it holds itself."""
        return translate(self.template) % {
            k: v.in_words(translate) if isinstance(v, Clause) else v for k, v in self.data.items()
        }


class HuifangError(Exception):
    """Something a person can mend.

    Subclasses set ``template`` (English, ``%(name)s`` slots), ``http_status`` and ``exit_code``.
    Keyword arguments fill the slots; a missing slot is a programming error and raises ``KeyError``.
    """

    template: str = N_("Something went wrong: %(detail)s")
    http_status: int = 400
    exit_code: int = 1

    def __init__(self, **data: object) -> None:
        self.data = data
        super().__init__(self.template % data)

    def in_words(self, translate: Callable[[str], str]) -> str:
        """The sentence in another language; ``translate`` is a gettext function.  Texts and clauses among
        the data (reasons, mends) are translated too."""
        return translate(self.template) % {k: _translated(v, translate) for k, v in self.data.items()}

    @property
    def code(self) -> str:
        """A stable name for API clients, for example ``SettingInvalid``."""
        return type(self).__name__


def _translated(value: object, translate: Callable[[str], str]) -> object:
    if isinstance(value, Clause):
        return value.in_words(translate)
    return translate(value) if isinstance(value, str) and value else value


def why(error: OSError) -> str:
    """Why the system would not open or write a file, as a reason for the person who named it."""
    return _SYSTEM_REASONS.get(error.errno or 0) or f"{error.strerror or error}."


_SYSTEM_REASONS = {
    errno.ENOENT: N_("it does not exist."),
    errno.EISDIR: N_("it is a folder, not a file."),
    errno.ENOTDIR: N_("a part of its path is not a folder."),
    errno.EACCES: N_("you may not open it; look at its owner and mode."),
    errno.EPERM: N_("you may not open it; look at its owner and mode."),
    errno.EROFS: N_("it is on a file system that cannot be written to."),
    errno.ENOSPC: N_("the disk is full."),
}


class SettingInvalid(HuifangError):
    template = N_("The setting %(name)s has the value “%(value)s”, which is not usable: %(mend)s")


class PortInUse(HuifangError):
    template = N_(
        "Port %(port)s on %(host)s is already in use: stop the other program or choose another port with %(mend)s."
    )


class FileUnusable(HuifangError):
    template = N_("The file %(path)s cannot be used: %(reason)s")


class DatabaseUnusable(HuifangError):
    template = N_("The database %(database)s cannot be used: %(mend)s (%(reason)s)")


class KeyFileUnusable(HuifangError):
    template = N_("The key file %(path)s cannot be used: %(mend)s")


class ModelMissing(HuifangError):
    template = N_(
        "The recogniser model folder %(path)s cannot be used: %(reason)s; set HUIFANG_ASR_MODEL to a complete folder or leave it unset."
    )


class EarsGone(HuifangError):
    template = N_(
        "The recogniser %(engine)s does not answer (%(reason)s): look whether it runs and is reached at this address; until then answers are given by keys."
    )


class ExtraMissing(HuifangError):
    template = N_("This needs the extra “%(extra)s”: install it with pip install huifang[%(extra)s].")


class NotAllowed(HuifangError):
    template = N_("You are not allowed to do this: %(reason)s")
    http_status = 403


class NotFound(HuifangError):
    template = N_("There is no %(thing)s here.")
    http_status = 404


class Conflict(HuifangError):
    template = N_("This cannot be done now: %(reason)s")
    http_status = 409
