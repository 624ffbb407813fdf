"""One-time codes for a first sign-in: read out or written on paper, so no character has a look-alike."""

import secrets
from typing import Final

ALPHABET: Final = "ABCDEFGHJKMNPQRTUVWXYZ2346789"
"""Without I, L, O, S, 0, 1 and 5. Twelve characters of 29 are 58 bits, which last a day behind the throttle."""
_GROUPS: Final = 3
_GROUP_LENGTH: Final = 4


def new_code() -> str:
    """For example ``K7RM-29XA-TQ4H``."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))


def bare(code: str) -> str:
    """What counts of a code as someone typed it: neither case nor hyphens nor spaces."""
    return "".join(one for one in code.upper() if one.isalnum())
