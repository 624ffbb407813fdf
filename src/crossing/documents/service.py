"""The door of this room: a page or typed lines in, what the document says and what speaks against it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crossing.documents.mrz import Mrz, parse
from crossing.documents.reading import PageReader, PageReading
from crossing.documents.validity import Finding, assess
from crossing.platform.images import BgrImage, decode_image


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """A page as read, and the findings on the document."""

    page: PageReading
    findings: tuple[Finding, ...]

    @property
    def mrz(self) -> Mrz | None:
        return self.page.mrz


@dataclass(frozen=True, slots=True)
class LinesReading:
    """Lines that a person typed or a swipe reader sent, and the findings on the document."""

    mrz: Mrz
    findings: tuple[Finding, ...]


class DocumentReader:
    """Reads documents with whichever page reader the post is built with."""

    def __init__(self, reader: PageReader) -> None:
        self._reader = reader

    def read_page(self, content: bytes, *, declared_media_type: str | None, today: date) -> DocumentReading:
        """Decodes and reads an untrusted picture. Raises the errors of :func:`platform.images.decode_image`."""
        return self.read_image(decode_image(content, declared=declared_media_type), today=today)

    def read_image(self, image: BgrImage, *, today: date) -> DocumentReading:
        """Reads a picture that is decoded already. Never raises for what the picture shows."""
        page = self._reader.read(image, today=today)
        return DocumentReading(page, assess(page.mrz, today=today))

    def read_lines(self, lines: Sequence[str], *, today: date) -> LinesReading:
        """Reads MRZ lines. Never raises for what they say."""
        mrz = parse(lines, today=today)
        return LinesReading(mrz, assess(mrz, today=today))
