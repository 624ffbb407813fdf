"""Keys and what is made with them. Every primitive is the ``cryptography`` package's; nothing is invented here.

One master key opens a machine's data. The keys for single purposes are derived from it (HKDF-SHA256, RFC 5869),
so that the database key tells nothing about the blob key.
"""

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crossing.platform.files import write_durably

KEY_BYTES: Final = 32


class MasterKey:
    """The secret that opens one machine's data; it never leaves this object, only keys derived from it do."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a master key is {KEY_BYTES} bytes")
        self._secret = secret

    @classmethod
    def load_or_create(cls, path: Path) -> "MasterKey":
        """The key in ``path`` (32 raw bytes, mode 0600), made on the first start.

        In production the file is on a volume that is not the data's: a TPM-sealed credential, a smart card, or a
        stick that the officer in charge keeps. docs/operations says how.
        """
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(path, os.urandom(KEY_BYTES), mode=0o600)
        return cls(path.read_bytes())

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same each time."""
        return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"crossing/" + purpose.encode()).derive(self._secret)


class SigningKey:
    """A machine's Ed25519 key (RFC 8032): what it signs, it cannot later deny."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def load_or_create(cls, path: Path) -> "SigningKey":
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(path, Ed25519PrivateKey.generate().private_bytes_raw(), mode=0o600)
        return cls(Ed25519PrivateKey.from_private_bytes(path.read_bytes()))

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return self._private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._private.sign(message)


def signature_holds(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
