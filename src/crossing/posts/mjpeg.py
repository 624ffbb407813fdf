"""Reading a ``multipart/x-mixed-replace`` stream (RFC 2046 section 5.1), as cameras send JPEG frames."""

from collections.abc import Iterable, Iterator
from email.message import Message
from typing import Final

from crossing.platform.images import MAX_BYTES

_MAX_HEADER_BYTES: Final = 4096


class MalformedStream(ValueError):
    """The sender does not keep to the form."""


def boundary_of(content_type: str) -> bytes:
    """The boundary between parts, without its dashes. Raises :class:`MalformedStream` for any other media type."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/x-mixed-replace" or not isinstance(boundary, str) or not boundary:
        raise MalformedStream("not a multipart/x-mixed-replace stream")
    # Some cameras put the dashes into the parameter already.
    return boundary.removeprefix("--").encode("latin-1", "replace")


def jpeg_parts(chunks: Iterable[bytes], boundary: bytes) -> Iterator[bytes]:
    """The body of each part, in whatever pieces the network delivers them, until the stream ends.

    A part with ``Content-Length`` is taken by its length, another up to the next boundary. Raises
    :class:`MalformedStream` for a part without end (over 20 MB) or a head that is none.
    """
    reader = _Reader(chunks)
    delimiter = b"--" + boundary
    if reader.until(delimiter, MAX_BYTES) is None:
        return
    while True:
        head = reader.until(b"\r\n\r\n", _MAX_HEADER_BYTES)
        if head is None or head.startswith(b"--"):
            return
        length = _length(head)
        body = reader.exactly(length) if length is not None else reader.until(b"\r\n" + delimiter, MAX_BYTES)
        if body is None:
            return
        yield body
        if length is not None and reader.until(delimiter, _MAX_HEADER_BYTES) is None:
            return


def _length(head: bytes) -> int | None:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            digits = value.strip()
            if not digits.isdigit() or len(digits) > 9 or int(digits) > MAX_BYTES:
                raise MalformedStream("a part's length is not a sane number")
            return int(digits)
    return None


class _Reader:
    """Chunks of any size, read by separator or length. None where the stream ends first."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._buffer = bytearray()

    def until(self, separator: bytes, most: int) -> bytes | None:
        searched = 0
        while (at := self._buffer.find(separator, searched)) < 0:
            searched = max(0, len(self._buffer) - len(separator) + 1)
            if searched > most:
                raise MalformedStream("a part has no end")
            if not self._more():
                return None
        if at > most:
            raise MalformedStream("a part is too long")
        found = bytes(self._buffer[:at])
        del self._buffer[: at + len(separator)]
        return found

    def exactly(self, length: int) -> bytes | None:
        while len(self._buffer) < length:
            if not self._more():
                return None
        found = bytes(self._buffer[:length])
        del self._buffer[:length]
        return found

    def _more(self) -> bool:
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._buffer += chunk
        return True
