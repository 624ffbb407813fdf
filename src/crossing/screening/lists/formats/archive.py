"""ZIP files, with bounds on what they may unpack to: for lists of several files, and for workbooks.

A member's sizes in the directory are the sender's word. So what is really unpacked is counted too.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Final

from crossing.screening.errors import ListArchiveRefused, ListMalformed
from crossing.screening.lists.contents import MAX_BYTES

MAX_MEMBERS: Final = 10_000
MAX_RATIO: Final = 200
"""Honest lists of repeated words reach some 30."""

_RATIO_FREE: Final = 1024 * 1024
_CHUNK: Final = 64 * 1024
_MAGIC: Final = b"PK\x03\x04"
_ENCRYPTED: Final = 0x1
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


def is_archive(content: bytes) -> bool:
    return content.startswith(_MAGIC)


class Archive:
    """The members of a ZIP file by name. Nothing is ever written to the disk.

    Raises :class:`ListArchiveRefused` for one with encrypted members or over the bounds, :class:`ListMalformed` for
    a damaged one. Members that are archives themselves are refused when read.
    """

    def __init__(self, content: bytes, *, max_bytes: int = MAX_BYTES) -> None:
        self._left = max_bytes
        self._max_bytes = max_bytes
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as broken:
            raise ListMalformed(line=1) from broken
        members = [one for one in self._zip.infolist() if not one.is_dir()]
        self._members = {one.filename: one for one in members}
        if len(members) > MAX_MEMBERS or len(self._members) != len(members):
            raise self._refusal()
        for one in members:
            too_dense = one.file_size > max(_RATIO_FREE, one.compress_size * MAX_RATIO)
            if one.flag_bits & _ENCRYPTED or one.compress_type not in _METHODS or too_dense:
                raise self._refusal()
        if sum(one.file_size for one in members) > max_bytes:
            raise self._refusal()

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def read(self, name: str) -> bytes:
        """All of a member. Raises as the class says, and KeyError where there is none of this name."""
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """A member piece by piece, at most 64 KiB each. Raises as ``read`` does."""
        member = self._members[name]
        try:
            with self._zip.open(member) as stream:
                yield from self._counted(stream, max(_RATIO_FREE, member.compress_size * MAX_RATIO))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as broken:
            raise ListMalformed(line=1) from broken

    def _counted(self, stream: IO[bytes], allowed: int) -> Iterator[bytes]:
        first = True
        while chunk := stream.read(_CHUNK):
            if first and is_archive(chunk):
                raise self._refusal()
            first = False
            self._left -= len(chunk)
            allowed -= len(chunk)
            if self._left < 0 or allowed < 0:
                raise self._refusal()
            yield chunk

    def _refusal(self) -> ListArchiveRefused:
        return ListArchiveRefused(max_megabytes=self._max_bytes // (1024 * 1024), max_ratio=MAX_RATIO)
