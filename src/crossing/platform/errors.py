"""Domain errors: what went wrong, in the domain's words, with no HTTP in them.

A room derives from :class:`DomainError` and picks a :class:`Kind`; ``platform/problems.py`` alone decides
which HTTP status a kind becomes. ``code`` is stable and documented; ``message`` is an English gettext id with
``{named}`` places, translated when it is shown. Neither may carry a person's data.
"""

from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA = "unsupported_media"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    UPSTREAM = "upstream"
    STORAGE_FULL = "storage_full"


class DomainError(Exception):
    """The base of every error that a person or a machine is told about.

    ``params`` fill the places of ``message`` and travel in the problem as members, so that a client need not
    parse a sentence.
    """

    kind: ClassVar[Kind] = Kind.INVALID
    code: ClassVar[str] = "invalid"
    message: ClassVar[str] = "The request could not be carried out."

    def __init__(self, **params: str | int | float) -> None:
        super().__init__(self.code)
        self.params = params

    def __str__(self) -> str:
        return self.message.format(**self.params)
