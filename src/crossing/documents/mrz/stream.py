"""Documents out of a stream of text, one after the other; however long a line or a document is, little is kept."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from crossing.documents.mrz.intake import LONGEST_LINE, MOST_LINES

# UTF-8 has at most four bytes for a character: what is cut here, the parser reports as too long.
_MOST_BYTES: Final = 4 * (LONGEST_LINE + 1)


def documents(stream: BinaryIO) -> Iterator[list[str]]:
    """The lines of each document, blank lines standing between two; each comes as soon as its blank line is read.

    Bytes that are no UTF-8 become a character that no MRZ has. Of a document that is too long for the parser, one
    line (or one character of a line) more is kept than the parser looks at, so that it says so.
    """
    lines: list[str] = []
    for line in _lines(stream):
        if line.strip():
            lines += [line] if len(lines) <= MOST_LINES else []
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


def _lines(stream: BinaryIO) -> Iterator[str]:
    while head := stream.readline(_MOST_BYTES):
        rest = head
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(_MOST_BYTES)
        yield head.decode("utf-8", errors="replace").rstrip("\r\n")
