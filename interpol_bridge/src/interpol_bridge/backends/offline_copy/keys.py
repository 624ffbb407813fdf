"""The two keys of copies: with one they are made, with the other they are checked and read.

Whoever makes copies has an Ed25519 key (RFC 8032) that signs them, and a content secret of 32 bytes under which
document numbers are hashed and persons encrypted. A bridge has the public half and the same content secret: it can
read a copy, and can't make one that another bridge would take for the bureau's.
"""

import hmac
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crossing.platform.files import sync_folder
from crossing.ports.document_set import Keys
from interpol_bridge.errors import ConfigurationError

KEY_BYTES: Final = 32
REFERENCE_BYTES: Final = 8

_SIGNED: Final = b"interpol-bridge offline copy 1\n"
"""Goes before what is signed, so that the signature is good for nothing else."""


@dataclass(frozen=True, slots=True, repr=False)
class ReferenceKey:
    """Names records that have no name but their number, which is a person's, while a hit's reference stays in the
    audit for ever. Under one key the name is the same in every copy; who lacks it can't go through the numbers."""

    secret: bytes

    def of(self, *parts: str) -> str:
        """16 hexadecimal digits for what tells one record from all others."""
        return hmac.digest(self.secret, "\x1f".join(parts).encode(), "sha256")[:REFERENCE_BYTES].hex()


@dataclass(frozen=True, slots=True, repr=False)
class ReadingKey:
    """What a bridge needs to check and read copies."""

    public: bytes
    content: bytes

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises :class:`ConfigurationError` where the file can't be read or is no reading key."""
        public, content = _fields(path, "public_key", "content_secret")
        return cls(public, content)

    def write(self, path: Path) -> None:
        """For its owner alone; raises ``FileExistsError``."""
        _write(
            path,
            "# Checks and reads offline copies. Keep it secret: who has it can read the copies.",
            public_key=self.public,
            content_secret=self.content,
        )

    @property
    def documents(self) -> Keys:
        """Under which the numbers of documents and vehicles are hashed."""
        return Keys(_derived(self.content, b"documents"))

    @property
    def persons(self) -> bytes:
        """32 bytes of which the keys of files of persons are made."""
        return _derived(self.content, b"persons")

    @property
    def references(self) -> ReferenceKey:
        return ReferenceKey(_derived(self.content, b"references"))

    @property
    def check(self) -> str:
        """Tells another content secret, and nothing of the secret."""
        return _derived(self.content, b"check").hex()

    def has_signed(self, content: bytes, signature: bytes) -> bool:
        """Whether the maker's key signed ``content``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, _SIGNED + content)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class MakingKey:
    """What the maker of copies keeps to itself."""

    private: bytes
    content: bytes

    @classmethod
    def new(cls) -> Self:
        return cls(Ed25519PrivateKey.generate().private_bytes_raw(), os.urandom(KEY_BYTES))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises :class:`ConfigurationError` where the file can't be read or is no making key."""
        private, content = _fields(path, "private_key", "content_secret")
        return cls(private, content)

    def write(self, path: Path) -> None:
        """For its owner alone; raises ``FileExistsError``."""
        _write(
            path,
            "# Makes and signs offline copies. It stays where they are made.",
            private_key=self.private,
            content_secret=self.content,
        )

    @property
    def reading(self) -> ReadingKey:
        public = Ed25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw()
        return ReadingKey(public, self.content)

    def sign(self, content: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.private).sign(_SIGNED + content)


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"interpol-bridge/copy/1/" + purpose).derive(secret)


def _fields(path: Path, *names: str) -> list[bytes]:
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        found = [bytes.fromhex(said[name]) for name in names]
    except OSError as error:
        raise ConfigurationError(f"The key of copies {path} can't be read: {error.strerror}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{path} is no such key: it has to hold {' and '.join(names)}.") from error
    if any(len(one) != KEY_BYTES for one in found):
        raise ConfigurationError(f"{path} is no such key: {' and '.join(names)} have {KEY_BYTES} bytes each.")
    return found


def _write(path: Path, heading: str, **fields: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [heading, *(f'{name} = "{value.hex()}"' for name, value in fields.items())]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
