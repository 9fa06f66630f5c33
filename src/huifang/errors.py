"""The family of errors that Huifang shows to people.

Each error is one clear sentence that names the thing and the mend.  The sentence is an English
template in ``template``; screens and the command line translate it, then fill in ``data``.
"""

from __future__ import annotations

from collections.abc import Callable


def N_(message: str) -> str:
    """Mark a text for translation without translating it here."""
    return message


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
        """The sentence in another language; ``translate`` is a gettext function.  Texts among the data
        (reasons, mends) are translated too."""
        data = {k: translate(v) if isinstance(v, str) and v else v for k, v in self.data.items()}
        return translate(self.template) % data

    @property
    def code(self) -> str:
        """A stable name for API clients, for example ``SettingInvalid``."""
        return type(self).__name__


class SettingInvalid(HuifangError):
    template = N_("The setting %(name)s has the value “%(value)s”, which is not usable: %(mend)s")


class PortInUse(HuifangError):
    template = N_(
        "Port %(port)s on %(host)s is already in use: stop the other program or choose another port with %(mend)s."
    )


class FileUnusable(HuifangError):
    template = N_("The file %(path)s cannot be used: %(reason)s")


class KeyFileUnusable(HuifangError):
    template = N_("The key file %(path)s cannot be used: %(mend)s")


class ModelMissing(HuifangError):
    template = N_(
        "The recogniser model folder %(path)s cannot be used: %(reason)s; set HUIFANG_ASR_MODEL to a complete folder or leave it unset."
    )


class NotAllowed(HuifangError):
    template = N_("You are not allowed to do this: %(reason)s")
    http_status = 403


class NotFound(HuifangError):
    template = N_("There is no %(thing)s here.")
    http_status = 404


class Conflict(HuifangError):
    template = N_("This cannot be done now: %(reason)s")
    http_status = 409
