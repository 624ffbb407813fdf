"""The bridge's one secret, and the keys made from it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from interpol_bridge.errors import ConfigurationError

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Keys of 32 bytes: of the database file, of the audit chain's hashes, of the hashes of asked data, and of the
    index of an offline copy's names that is kept between starts."""

    database: bytes
    audit: bytes
    asked: bytes
    copy_index: bytes

    @classmethod
    def of(cls, secret: bytes) -> Self:
        def derive(purpose: bytes) -> bytes:
            return HKDF(SHA256(), 32, salt=None, info=b"interpol-bridge/1/" + purpose).derive(secret)

        return cls(
            database=derive(b"database"),
            audit=derive(b"audit"),
            asked=derive(b"asked"),
            copy_index=derive(b"copy index"),
        )


def read_keys(path: Path) -> Keys:
    """The keys of the secret in a file.

    :raises ConfigurationError: there is no such file, or it doesn't hold 32 bytes
    """
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"The secret {path} can't be read: {error.strerror}.") from error
    if len(secret) != SECRET_BYTES:
        raise ConfigurationError(f"The secret {path} must hold exactly {SECRET_BYTES} bytes.")
    return Keys.of(secret)


def make_secret(path: Path) -> None:
    """Write a new random secret that only its owner may read; an existing one stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(file, "wb") as out:
        out.write(os.urandom(SECRET_BYTES))
        out.flush()
        os.fsync(out.fileno())
