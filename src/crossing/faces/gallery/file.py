"""A gallery on disk: encrypted, written in place, and never the truth.

The rows of ``face_templates`` are the truth. The file only spares a start the reading of every row, so it may lose
anything at any moment: a segment that was torn by a power cut, or changed by anybody, fails its check and is made
again from the rows.

Layout: a header of one page, then segments of :data:`SEGMENT_ROWS` slots, each padded to whole pages. The header
holds the format, the dimension, a random file id, and the file's own key, wrapped with the store's key (RFC 3394).
A segment is a random nonce of 96 bits, then AES-256-GCM over the count of rows, their ids and their vectors. Header,
gallery, engine and the segment's number are authenticated with it, so that no segment can be moved or lent to another
file. Each write draws its nonce: a key may serve 2**32 writes (NIST SP 800-38D, 8.3), a file sees far fewer.

A segment is overwritten where it lies: what a removed template was stored in is gone with the same write, as ISO/IEC
24745 asks of biometric references. What a disk keeps of overwritten sectors is out of its reach; ADR 16 says so.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from crossing.faces.gallery.private_memory import private_array
from crossing.faces.gallery.rows import KEY_BYTES, Floats, Keys
from crossing.platform.files import sync_folder, write_durably

SEGMENT_ROWS: Final = 64
"""Divides a block of memory, so that a segment's rows lie together there too."""

_PAGE: Final = 4096
_HEADER: Final = struct.Struct(">8sII16s40s")
_MAGIC: Final = b"XGALLERY"
_VERSION: Final = 1
_COUNT: Final = struct.Struct("<Q")
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16


class GalleryUnusable(Exception):
    """The file is of another format, gallery, engine or key: a new one has to be made from the rows."""


class GalleryFile:
    """One open file. Not for several threads at once."""

    def __init__(self, path: Path, header: bytes, key: bytes, context: bytes) -> None:
        self.path = path
        self._about = header + context
        self._cipher = AESGCM(key)
        self._dimension = int(_HEADER.unpack(header)[2])
        self._plain = private_array((self._plain_bytes,), np.uint8)
        self._sealed = bytearray(self._segment_bytes)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)

    @classmethod
    def create(cls, path: Path, key: bytes, context: bytes, dimension: int) -> Self:
        """An empty file in place of whatever was at ``path``. ``context`` names the gallery and the engine."""
        own = AESGCM.generate_key(256)
        header = _HEADER.pack(_MAGIC, _VERSION, dimension, os.urandom(16), aes_key_wrap(key, own))
        write_durably(path, header.ljust(_PAGE, b"\0"))
        return cls(path, header, own, context)

    @classmethod
    def open(cls, path: Path, key: bytes, context: bytes, dimension: int) -> Self:
        """Raises ``FileNotFoundError``, and :class:`GalleryUnusable` where the header is not this gallery's."""
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            raise GalleryUnusable
        magic, version, numbers, _, wrapped = _HEADER.unpack(header)
        if (magic, version, numbers) != (_MAGIC, _VERSION, dimension):
            raise GalleryUnusable
        try:
            own = aes_key_unwrap(key, wrapped)
        except InvalidUnwrap as wrong:
            raise GalleryUnusable from wrong
        return cls(path, header, own, context)

    @property
    def segments(self) -> int:
        """How many segments the file has room for; the last may be cut short."""
        return max(0, -(-(os.fstat(self._descriptor).st_size - _PAGE) // self._segment_bytes))

    def read(self) -> Iterator[tuple[Keys, Floats] | None]:
        """Each segment's keys and vectors, in order; None for one that is damaged. Valid until the next is asked."""
        for number in range(self.segments):
            yield self._opened(number)
        self._plain[:] = 0

    def write(self, number: int, keys: Keys, vectors: Floats) -> None:
        """Put up to SEGMENT_ROWS rows into a segment. Raises ``OSError``."""
        self._plain[:] = 0
        self._plain[: _COUNT.size] = np.frombuffer(_COUNT.pack(len(keys)), np.uint8)
        held_keys, held_vectors = self._parts()
        held_keys[: len(keys)] = keys
        held_vectors[: len(vectors)] = vectors
        nonce = os.urandom(_NONCE_BYTES)
        sealed = memoryview(self._sealed)
        sealed[:_NONCE_BYTES] = nonce
        end = _NONCE_BYTES + self._plain_bytes + _TAG_BYTES
        self._cipher.encrypt_into(nonce, self._plain.data, self._role(number), sealed[_NONCE_BYTES:end])
        self._plain[:] = 0
        self._put(sealed, self._place(number))

    def cut(self, segments: int) -> None:
        """Leave only the first ``segments``; what follows is overwritten, on disk, before it is let go."""
        end, size = self._place(segments), os.fstat(self._descriptor).st_size
        if size <= end:
            return
        for at in range(end, size, self._segment_bytes):
            self._put(memoryview(bytes(min(self._segment_bytes, size - at))), at)
        os.fdatasync(self._descriptor)
        os.ftruncate(self._descriptor, end)

    def sync(self) -> None:
        """What was written is on disk when this returns."""
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)

    def destroy(self) -> None:
        """Close and delete the file; its key goes first, without which nothing in it can be read."""
        self.close()
        destroy(self.path)

    def _opened(self, number: int) -> tuple[Keys, Floats] | None:
        sealed = memoryview(self._sealed)
        end = _NONCE_BYTES + self._plain_bytes + _TAG_BYTES
        if os.preadv(self._descriptor, [sealed], self._place(number)) < end:
            return None
        try:
            self._cipher.decrypt_into(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:end], self._role(number), self._plain.data
            )
        except InvalidTag:
            return None
        (count,) = _COUNT.unpack(self._plain[: _COUNT.size].tobytes())
        keys, vectors = self._parts()
        return keys[:count], vectors[:count]

    def _parts(self) -> tuple[Keys, Floats]:
        """The keys and the vectors within the plain segment."""
        start = _COUNT.size + SEGMENT_ROWS * KEY_BYTES
        keys: Keys = self._plain[_COUNT.size : start].reshape(SEGMENT_ROWS, KEY_BYTES)
        vectors: Floats = self._plain[start:].view("<f4").reshape(SEGMENT_ROWS, self._dimension)
        return keys, vectors

    def _role(self, number: int) -> bytes:
        return self._about + number.to_bytes(8, "big")

    def _place(self, number: int) -> int:
        return _PAGE + number * self._segment_bytes

    @property
    def _plain_bytes(self) -> int:
        return _COUNT.size + SEGMENT_ROWS * (KEY_BYTES + 4 * self._dimension)

    @property
    def _segment_bytes(self) -> int:
        return -(-(_NONCE_BYTES + self._plain_bytes + _TAG_BYTES) // _PAGE) * _PAGE

    def _put(self, content: memoryview, at: int) -> None:
        done = 0
        while done < len(content):
            done += os.pwrite(self._descriptor, content[done:], at + done)


def destroy(path: Path) -> None:
    """Delete a gallery's file, open or not: first the key in its header, then its name. Raises ``OSError``."""
    with path.open("r+b") as file:
        file.write(bytes(_PAGE))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)
