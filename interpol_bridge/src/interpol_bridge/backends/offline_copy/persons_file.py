"""The file of a copy's persons: records as JSON lines, compressed, encrypted, in the order they came.

=========  ==========================================================================================
part       what
=========  ==========================================================================================
start      magic (8 bytes), format version (4), salt (32)
chunks     length (4), then AES-256-GCM of at most 1 MiB of the compressed lines; the nonce is its number
=========  ==========================================================================================

Each file has a key of its own (HKDF of the copies' secret and the salt), so no nonce is used twice; the salt is a
keyed hash of the records, so the same persons make the same file. What the last chunk is, its authenticated data
say. Numbers are big-endian.

Names can't be hashed as document numbers are: they are found by likeness. The index that finds them is made from the
records by whoever opens the file, and is no part of it: a file outlives the version of the program that made it.
"""

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import TypeAdapter, ValidationError

from crossing.screening.lists.contents import ListedPerson
from interpol_bridge.backends.offline_copy.errors import CopyDamaged
from interpol_bridge.backends.offline_copy.manifest import CopyFile

_MAGIC: Final = b"XPERSONS"
_VERSION: Final = 1
_SALT_BYTES: Final = 32
_START: Final = struct.Struct(f">8sI{_SALT_BYTES}s")
_LENGTH: Final = struct.Struct(">I")
_CHUNK_BYTES: Final = 1024 * 1024
_TAG_BYTES: Final = 16
_LONGEST_RECORD: Final = 4 * 1024 * 1024

_RECORD: Final = TypeAdapter(ListedPerson)


def write_persons(path: Path, persons: Iterable[ListedPerson], key: bytes) -> str:
    """Write a new file, durably; its SHA-256, in hexadecimal. Raises ``OSError``."""
    lines = [_RECORD.dump_json(one) + b"\n" for one in persons]
    salt = blake2b(digest_size=_SALT_BYTES, key=key)
    for line in lines:
        salt.update(line)
    start = _START.pack(_MAGIC, _VERSION, salt.digest())
    cipher = _cipher(key, salt.digest())
    digest = sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in (start, *_sealed(cipher, start, _compressed(lines))):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def read_persons(path: Path, said: CopyFile, key: bytes) -> Iterator[ListedPerson]:
    """The persons of the file that a manifest names; the whole file is checked before the first comes.

    Raises ``OSError`` and :class:`CopyDamaged`.
    """
    if _sha256(path) != said.digest:
        raise CopyDamaged(f"{path.name} is not the file that the manifest names.")
    for line in _lines(_opened(path, key), path.name):
        try:
            yield _RECORD.validate_json(line)
        except ValidationError:
            # Without the cause: it would quote the record.
            raise CopyDamaged(f"{path.name} has a record that can't be read.") from None


def _compressed(lines: Iterable[bytes]) -> Iterator[bytes]:
    """In pieces of one chunk; the last may be shorter. At least one."""
    packer = zlib.compressobj(6)
    held = bytearray()
    for line in lines:
        held += packer.compress(line)
        while len(held) > _CHUNK_BYTES:
            yield bytes(held[:_CHUNK_BYTES])
            del held[:_CHUNK_BYTES]
    held += packer.flush()
    yield from (bytes(held[at : at + _CHUNK_BYTES]) for at in range(0, len(held), _CHUNK_BYTES))


def _sealed(cipher: AESGCM, start: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    number, piece = 0, next(pieces)
    while piece:
        following = next(pieces, b"")
        sealed = cipher.encrypt(_nonce(number), piece, _about(start, last=not following))
        yield _LENGTH.pack(len(sealed)) + sealed
        number, piece = number + 1, following


def _opened(path: Path, key: bytes) -> Iterator[bytes]:
    """The chunks in the clear. Raises CopyDamaged."""
    with path.open("rb") as file:
        start = file.read(_START.size)
        if len(start) < _START.size or _START.unpack(start)[:2] != (_MAGIC, _VERSION):
            raise CopyDamaged(f"{path.name} is no file of persons that this program can read.")
        cipher = _cipher(key, _START.unpack(start)[2])
        sizes = file.read(_LENGTH.size)
        number = 0
        while sizes:
            size = _LENGTH.unpack(sizes)[0] if len(sizes) == _LENGTH.size else 0
            if not 0 < size <= _CHUNK_BYTES + _TAG_BYTES:
                raise CopyDamaged(f"{path.name} is cut short or damaged.")
            sealed, sizes = file.read(size), file.read(_LENGTH.size)
            try:
                yield cipher.decrypt(_nonce(number), sealed, _about(start, last=not sizes))
            except InvalidTag as error:
                raise CopyDamaged(f"{path.name} is damaged, or made with another content secret.") from error
            number += 1


def _lines(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    held = b""
    try:
        for chunk in chunks:
            packed = chunk
            while packed:
                *whole, held = (held + unpacker.decompress(packed, _LONGEST_RECORD)).split(b"\n")
                yield from whole
                if len(held) > _LONGEST_RECORD:
                    raise CopyDamaged(f"{name} has a record without an end.")
                packed = unpacker.unconsumed_tail
    except zlib.error as error:
        raise CopyDamaged(f"{name} can't be unpacked.") from error
    if held or not unpacker.eof:
        raise CopyDamaged(f"{name} is cut short.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while some := file.read(_CHUNK_BYTES):
            digest.update(some)
    return digest.hexdigest()


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=salt, info=b"interpol-bridge/copy/1/file of persons").derive(key))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _about(start: bytes, *, last: bool) -> bytes:
    return start + (b"last" if last else b"more")
