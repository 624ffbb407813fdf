"""The bearer token that a post and its device agent share through a file that only their user can read."""

import hmac
import os
import secrets
from pathlib import Path
from typing import Final

MIN_LENGTH: Final = 32


class TokenError(RuntimeError):
    """The token file cannot be used; the message says why and never holds the token."""


def read_or_create(path: Path) -> str:
    """The token in ``path``; a new one is written there where the file is absent, readable by its owner alone.

    Raises :class:`TokenError` for a short token or a file that others can read.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read(path)
    except OSError as broken:
        raise TokenError(f"The token file {path} cannot be written: {broken.strerror}.") from broken
    with os.fdopen(handle, "w", encoding="ascii") as file:
        token = secrets.token_urlsafe(32)
        file.write(token + "\n")
    return token


def read(path: Path) -> str:
    """The token in ``path``. Raises :class:`TokenError`."""
    try:
        if path.stat().st_mode & 0o077:
            raise TokenError(f"The token file {path} can be read by others: run 'chmod 600 {path}'.")
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as broken:
        raise TokenError(f"The token file {path} cannot be read.") from broken
    if len(token) < MIN_LENGTH:
        raise TokenError(f"The token in {path} is shorter than {MIN_LENGTH} characters.")
    return token


def is_authorised(authorization: str | None, token: str) -> bool:
    """Whether a request's ``Authorization`` carries the token, compared in constant time."""
    scheme, _, given = (authorization or "").partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), token.encode("ascii"))
    return same and scheme.lower() == "bearer"
