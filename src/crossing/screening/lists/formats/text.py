"""Text files: their encoding where it is certain, and their lines, each of bounded length."""

import codecs
import io
from collections.abc import Iterator
from typing import Final

from crossing.screening.errors import ListHasNul, ListMalformed, ListNotUtf8

MAX_LINE: Final = 1_000_000
"""Characters of one line, and of one record over several lines. The longest entry of a real list has 200,000."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def encoding_of(content: bytes) -> tuple[str, int]:
    """The encoding, and how many bytes its mark has.

    Only a byte order mark tells UTF-16 and UTF-32; without one a file is UTF-8 or refused, for Windows-1252 and
    Windows-1256 read each other's bytes without complaint, as other names.
    """
    return next(((name, len(mark)) for mark, name in _MARKS if content.startswith(mark)), ("utf-8", 0))


def whole_text(content: bytes) -> str:
    """Raises ListNotUtf8, and ListMalformed for NUL characters, each with its line."""
    encoding, mark = encoding_of(content)
    try:
        text = content[mark:].decode(encoding)
    except UnicodeDecodeError as broken:
        raise ListNotUtf8(line=content.count(b"\n", 0, mark + broken.start) + 1) from broken
    if "\0" in text:
        raise ListHasNul(line=text.count("\n", 0, text.index("\0")) + 1)
    return text


class Lines:
    """The lines of a text with their ends, decoded as they are read; ``number`` is the last one's, from 1.

    ``begin_record`` is called when a record is complete: the text since the last call is bounded. Raises
    ListNotUtf8, and ListMalformed for NUL characters and what is too long, each with its line.
    """

    def __init__(self, content: bytes) -> None:
        encoding, mark = encoding_of(content)
        raw = io.BytesIO(content)
        raw.seek(mark)
        self._text = io.TextIOWrapper(raw, encoding=encoding, newline="")
        self.number = 0
        self._spent = 0

    def begin_record(self) -> None:
        self._spent = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._next():
            yield line

    def _next(self) -> str:
        try:
            line = self._text.readline(MAX_LINE + 1)
        except UnicodeDecodeError as broken:
            raise ListNotUtf8(line=self.number + 1) from broken
        self.number += 1
        self._spent += len(line)
        if "\0" in line:
            raise ListHasNul(line=self.number)
        if self._spent > MAX_LINE:
            raise ListMalformed(line=self.number)
        return line
