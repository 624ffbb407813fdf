"""Writing a set file from records in the order of their keys: whole, on disk, and only then under its name."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

from crossing.ports.document_set.errors import DocumentSetNoRoom
from crossing.ports.document_set.keys import KEY_BYTES
from crossing.ports.document_set.layout import (
    COUNT,
    END,
    MAGIC,
    START,
    TAKEN_OUT,
    VERSION,
    Attributes,
    Header,
    Origin,
    bucket_digest,
    file_bytes,
    remainder_bytes,
)
from crossing.ports.document_set.ranges import NumberRange

Signer = Callable[[bytes], bytes]
"""Makes the signature of a header; Ed25519, or a MAC where builder and reader are one machine."""

_BUILDING: Final = ".building-"
_LOCK: Final = "lock"
_SPARE_BYTES: Final = 64 * 1024 * 1024
_BUFFER_BYTES: Final = 1024 * 1024


class SetWriter:
    """Writes one file. Buckets come in ascending order; those that never come are empty."""

    def __init__(self, file: IO[bytes], bits: int) -> None:
        self._file = file
        self._bits = bits
        self._skipped = KEY_BYTES - remainder_bytes(bits)
        self._counts: list[int] = []
        self._digests = bytearray()
        self._entries_bytes = 0
        self._removed = 0
        file.write(START.pack(MAGIC, VERSION))

    def put(self, bucket: int, records: Sequence[bytes]) -> None:
        """``records``: all of the bucket's, sorted, each a key and its attributes."""
        self._fill_up_to(bucket)
        start = self._skipped
        remainders = b"".join([one[start:KEY_BYTES] for one in records])
        attributes = b"".join([one[KEY_BYTES:] for one in records])
        self._add(len(records), remainders + attributes)
        self._removed += sum(int.from_bytes(one[KEY_BYTES:], "big") >> 7 & 0xFF == TAKEN_OUT for one in records)

    def finish(
        self,
        origin: Origin,
        attributes: Attributes,
        ranges: Sequence[tuple[NumberRange, bool]],
        *,
        key_check: str,
        base: str = "",
        signer: Signer | None = None,
    ) -> Header:
        """Ranges, index, header and signature; afterwards everything is on disk."""
        self._fill_up_to(1 << self._bits)
        ranges_bytes = _encoded_ranges(ranges)
        index = b"".join(COUNT.pack(count) for count in self._counts) + bytes(self._digests)
        header = Header(
            list_code=origin.list_code,
            as_of=origin.as_of.isoformat(),
            source=origin.source,
            base=base,
            key_check=key_check,
            count=sum(self._counts),
            removed=self._removed,
            ranges=len(ranges),
            bits=self._bits,
            issuers=attributes.issuers,
            words=attributes.words,
            entries_bytes=self._entries_bytes,
            ranges_bytes=len(ranges_bytes),
            content_sha256=sha256(ranges_bytes + index).hexdigest(),
        )
        header.require_possible()
        encoded = header.encoded()
        signature = signer(encoded) if signer else b""
        end = END.pack(len(encoded), len(signature), sha256(encoded).digest(), MAGIC)
        self._file.write(ranges_bytes + index + encoded + signature + end)
        self._file.flush()
        os.fsync(self._file.fileno())
        return header

    def _fill_up_to(self, bucket: int) -> None:
        if bucket < len(self._counts):
            raise ValueError("buckets out of order")
        while len(self._counts) < bucket:
            self._add(0, b"")

    def _add(self, count: int, content: bytes) -> None:
        self._counts.append(count)
        self._digests += bucket_digest(content)
        self._entries_bytes += len(content)
        self._file.write(content)


@contextmanager
def building(path: Path, count: int, *, beside: int = 0) -> Iterator[Path]:
    """A folder to build the file at ``path`` in, gone at the end whatever happens.

    ``count`` entries are expected, and ``beside`` more bytes of temporary files. What builds that were killed left
    behind is removed first. Raises :class:`DocumentSetNoRoom`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    remove_leftovers(path.parent)
    needed, free = file_bytes(count) + beside + _SPARE_BYTES, shutil.disk_usage(path.parent).free
    if free < needed:
        raise DocumentSetNoRoom(path.parent, needed, free)
    folder = path.parent / f"{_BUILDING}{os.getpid()}-{os.urandom(4).hex()}"
    folder.mkdir(mode=0o700)
    try:
        with (folder / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_file(folder: Path, path: Path) -> Iterator[IO[bytes]]:
    """The file being written in ``folder``; put at ``path``, durably, once the block has ended well."""
    unfinished = folder / "set"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb", buffering=_BUFFER_BYTES) as file:
        yield file
    unfinished.replace(path)
    _sync_folder(path.parent)


def remove_leftovers(folder: Path) -> None:
    """Delete the folders of builds that were killed. One whose process lives is locked, and stays."""
    for left in folder.glob(f"{_BUILDING}*"):
        with suppress(FileNotFoundError, BlockingIOError), (left / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)


def _encoded_ranges(ranges: Sequence[tuple[NumberRange, bool]]) -> bytes:
    if not ranges:
        return b""
    rows = [[*asdict(one).values(), gone] for one, gone in sorted(ranges, key=repr)]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
