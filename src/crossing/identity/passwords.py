"""Hashing of passwords and codes (argon2id), in the same time whether there is something to compare or not."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from crossing.identity.errors import PasswordIsLogin, PasswordTooLong, PasswordTooShort, SignInBusy

LEAST: Final = 10
MOST: Final = 200
_AT_ONCE: Final = 2
_WAIT_S: Final = 5.0
_RETRY_AFTER_S: Final = 5


class Passwords:
    """One per process. Without an officer to compare with, a comparison takes as long as with one."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        self._hash, self._nobody = _with_nobody(hasher) if hasher else _usual()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, secret: str) -> str:
        return self._hash.hash(_bytes(secret))

    def matches(self, secret: str, hashed: str | None) -> bool:
        """Whether ``secret`` is behind ``hashed``; False, and no sooner, where that is None."""
        same = self._hash.verify(_bytes(secret), hashed or self._nobody)
        return same and hashed is not None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Two callers at once, since a hash takes 64 MiB: strangers cannot ask for all the machine's memory.

        Raises SignInBusy where no turn comes.
        """
        if not self._turns.acquire(timeout=_WAIT_S):
            raise SignInBusy(retry_after_s=_RETRY_AFTER_S)
        try:
            yield
        finally:
            self._turns.release()


def require_good(password: str, *, login: str) -> None:
    """Raises PasswordTooShort, PasswordTooLong or PasswordIsLogin. Length alone counts, as NIST SP 800-63B says."""
    if len(password) < LEAST:
        raise PasswordTooShort(least=LEAST)
    if len(password) > MOST:
        raise PasswordTooLong(most=MOST)
    if login.casefold() in password.casefold():
        raise PasswordIsLogin


def _with_nobody(hasher: Argon2Hasher) -> tuple[PasswordHash, str]:
    """What hashes, and a hash that no officer has."""
    hashing = PasswordHash((hasher,))
    return hashing, hashing.hash("nobody's password")


@cache
def _usual() -> tuple[PasswordHash, str]:
    """Made once: a hash takes a tenth of a second."""
    return _with_nobody(Argon2Hasher())


def _bytes(secret: str) -> bytes:
    """One spelling for what looks the same: an accent is one character on this keyboard and two on that one."""
    return unicodedata.normalize("NFKC", secret).encode("utf-8", "surrogatepass")
