"""Whether two logins are two people, and whether a text says anything: what every four-eyes rule comes down to.

A login counts by its letters and digits alone. Spellings that look alike or mean the same (capitals, blanks of every
kind, signs without width, an accent as a letter of its own) make no second person.
"""

import re
import unicodedata
from typing import Final

SAYS_SOMETHING: Final = r"[A-Za-z0-9]"
"""What a login or a reference has at least one of."""

_SOMETHING: Final = re.compile(SAYS_SOMETHING)


def says_something(text: str) -> bool:
    """Whether a login or a reference is more than blanks and signs."""
    return _SOMETHING.search(text) is not None


def are_two_people(one: str, other: str) -> bool:
    """Whether two logins each say something and are of two people."""
    return says_something(one) and says_something(other) and _bare(one) != _bare(other)


def _bare(login: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", login).casefold())
    return "".join(sign for sign in folded if sign.isalnum())
