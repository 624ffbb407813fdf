"""Blobs: images and other large things, encrypted, content-addressed, durable before the record that names them.

A blob is known by the SHA-256 of its content. Its file is a header with a data key of its own (wrapped with the
store's key, RFC 3394) and frames, each sealed with AES-256-GCM under a nonce that counts them; a closing frame
marks the end, so that cutting a file short is noticed. Frames make a blob appendable: the capital receives one in
pieces over days and what it has is encrypted from the first byte on.

File names are a keyed hash of the address, so that a stolen disk does not even tell whether it holds a known image.
"""

import errno
import hashlib
import hmac
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from crossing.platform.errors import DomainError, Kind
from crossing.platform.files import sync_folder, write_durably

_MAGIC: Final = b"XBLOB1\n"
_WRAPPED_BYTES: Final = 40
_HEADER_BYTES: Final = len(_MAGIC) + _WRAPPED_BYTES
_FRAME_BYTES: Final = 256 * 1024
_LENGTH: Final = struct.Struct(">I")
_TAG_BYTES: Final = 16
_CLOSING: Final = b"end"
_PLAIN: Final = b"data"


class BlobMissing(DomainError):
    kind = Kind.NOT_FOUND
    code = "blob_missing"
    message = "The image is not in the store."


class BlobDamaged(DomainError):
    kind = Kind.UNAVAILABLE
    code = "blob_damaged"
    message = "The image in the store is damaged."


class BlobMismatch(DomainError):
    kind = Kind.CONFLICT
    code = "blob_mismatch"
    message = "What arrived is not what was announced."


class StoreFull(DomainError):
    kind = Kind.STORAGE_FULL
    code = "storage_full"
    message = "The disk is full: the image could not be kept. The traveller's data are safe; call the supervisor."


class OffsetMismatch(DomainError):
    kind = Kind.CONFLICT
    code = "offset_mismatch"
    message = "The upload goes on at byte {offset}."


@dataclass(frozen=True, slots=True)
class BlobRef:
    """``sha256`` of the content in hex, and its ``size`` in bytes."""

    sha256: str
    size: int


class BlobStore:
    """A folder of blobs. Safe for use from several threads; one process owns the folder."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._wrapping_key = key
        self._naming_key = hashlib.sha256(b"names" + key).digest()
        self._appending = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, content: bytes) -> BlobRef:
        """Keep ``content``: when this returns, it is on disk. Raises :class:`StoreFull`; then nothing is kept."""
        reference = BlobRef(hashlib.sha256(content).hexdigest(), len(content))
        path = self._path(reference.sha256)
        if not path.exists():
            with _full_disk_is_said():
                self._make_shelf(path)
                write_durably(path, self._seal(content))
        return reference

    def get(self, sha256: str) -> bytes:
        """The content. Raises :class:`BlobMissing` or :class:`BlobDamaged`."""
        try:
            sealed = self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise BlobMissing from None
        content = b"".join(self._open(sealed, closed=True))
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BlobDamaged
        return content

    def has(self, sha256: str) -> bool:
        return self._path(sha256).exists()

    def delete(self, sha256: str) -> None:
        """Forget the blob; its data key goes with it. No error where there is none."""
        self._path(sha256).unlink(missing_ok=True)

    # Resumable receiving: offset() says where to go on, append() takes the next piece, complete() closes.

    def offset(self, sha256: str) -> int:
        """How many bytes of an incomplete blob are durably here."""
        with self._appending:
            return sum(len(piece) for piece in self._partial_frames(sha256))

    def append(self, sha256: str, offset: int, piece: bytes) -> int:
        """Add ``piece`` at ``offset``; returns the new offset, on disk. Raises :class:`OffsetMismatch`."""
        with self._appending, _full_disk_is_said():
            frames = list(self._partial_frames(sha256))
            have = sum(len(frame) for frame in frames)
            if offset != have:
                raise OffsetMismatch(offset=have)
            path = self._partial_path(sha256)
            if not path.exists():
                self._make_shelf(path)
                write_durably(path, self._new_header()[0])
            key = self._data_key(path.read_bytes()[:_HEADER_BYTES])
            self._write_at_end(path, _frame(key, len(frames), piece, _PLAIN))
            return have + len(piece)

    def complete(self, sha256: str, size: int) -> BlobRef:
        """Verify an incomplete blob and keep it. Raises :class:`BlobMismatch`, and then starts from nothing."""
        with self._appending:
            content = b"".join(self._partial_frames(sha256))
            if len(content) != size or hashlib.sha256(content).hexdigest() != sha256:
                self._partial_path(sha256).unlink(missing_ok=True)
                raise BlobMismatch
        reference = self.put(content)
        self._partial_path(sha256).unlink(missing_ok=True)
        return reference

    def _path(self, sha256: str) -> Path:
        name = hmac.new(self._naming_key, bytes.fromhex(sha256), hashlib.sha256).hexdigest()
        return self._folder / name[:2] / name[2:]

    def _partial_path(self, sha256: str) -> Path:
        return self._path(sha256).with_suffix(".partial")

    def _make_shelf(self, path: Path) -> None:
        if not path.parent.exists():
            path.parent.mkdir(exist_ok=True, mode=0o700)
            sync_folder(self._folder)

    def _new_header(self) -> tuple[bytes, bytes]:
        key = os.urandom(32)
        return _MAGIC + aes_key_wrap(self._wrapping_key, key), key

    def _data_key(self, header: bytes) -> bytes:
        if len(header) != _HEADER_BYTES or not header.startswith(_MAGIC):
            raise BlobDamaged
        try:
            return aes_key_unwrap(self._wrapping_key, header[len(_MAGIC) :])
        except InvalidUnwrap:
            raise BlobDamaged from None

    def _seal(self, content: bytes) -> bytes:
        header, key = self._new_header()
        pieces = [content[at : at + _FRAME_BYTES] for at in range(0, len(content), _FRAME_BYTES)]
        frames = [_frame(key, index, piece, _PLAIN) for index, piece in enumerate(pieces)]
        return b"".join([header, *frames, _frame(key, len(pieces), b"", _CLOSING)])

    def _open(self, sealed: bytes, *, closed: bool) -> Iterator[bytes]:
        """The content frame by frame. A whole blob must be closed; a partial one ends at its last whole frame."""
        cipher = AESGCM(self._data_key(sealed[:_HEADER_BYTES]))
        at, index = _HEADER_BYTES, 0
        while at + _LENGTH.size <= len(sealed):
            (length,) = _LENGTH.unpack_from(sealed, at)
            body = sealed[at + _LENGTH.size : at + _LENGTH.size + length]
            role = _CLOSING if closed and length == _TAG_BYTES else _PLAIN
            try:
                piece = cipher.decrypt(_nonce(index), body, role)
            except InvalidTag:
                break
            if role == _CLOSING:
                return
            yield piece
            at, index = at + _LENGTH.size + length, index + 1
        if closed:
            raise BlobDamaged

    def _partial_frames(self, sha256: str) -> Iterator[bytes]:
        path = self._partial_path(sha256)
        if not path.exists():
            return
        sealed = path.read_bytes()
        whole = _HEADER_BYTES
        for piece in self._open(sealed, closed=False):
            whole += _LENGTH.size + len(piece) + _TAG_BYTES
            yield piece
        if whole < len(sealed):
            # A power cut tore the last frame: what was acknowledged ends before it.
            os.truncate(path, whole)

    def _write_at_end(self, path: Path, frame: bytes) -> None:
        before = path.stat().st_size
        try:
            with path.open("ab") as file:
                file.write(frame)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            os.truncate(path, before)
            raise


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")


def _frame(key: bytes, index: int, piece: bytes, role: bytes) -> bytes:
    body = AESGCM(key).encrypt(_nonce(index), piece, role)
    return _LENGTH.pack(len(body)) + body


@contextmanager
def _full_disk_is_said() -> Iterator[None]:
    """Turns the kernel's "no space left" into the domain's word for it."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StoreFull from error
        raise
