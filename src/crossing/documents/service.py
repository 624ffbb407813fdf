"""The door of this room: a page or typed lines in, what the document says and what speaks against it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crossing.documents.mrz import Mrz, parse
from crossing.documents.reading import PageReader, PageReading
from crossing.documents.validity import Finding, assess
from crossing.documents.visible.zone import VisibleReader, VisibleZone
from crossing.platform.images import BgrImage, decode_image


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """A page as read, and the findings on the document. ``visible`` is None where the print was not looked at."""

    page: PageReading
    findings: tuple[Finding, ...]
    visible: VisibleZone | None = None

    @property
    def mrz(self) -> Mrz | None:
        return self.page.mrz


@dataclass(frozen=True, slots=True)
class LinesReading:
    """Lines that a person typed or a swipe reader sent, and the findings on the document."""

    mrz: Mrz
    findings: tuple[Finding, ...]


class DocumentReader:
    """Reads documents with whichever page reader the post is built with, and the print where it has a reader for it.

    :meth:`read_image` does it all; a lane takes the three steps one by one, for there is other work to do beside.
    """

    def __init__(self, reader: PageReader, *, visible: VisibleReader | None = None) -> None:
        self._reader = reader
        self._visible = visible

    def read_page(self, content: bytes, *, declared_media_type: str | None, today: date) -> DocumentReading:
        """Decodes and reads an untrusted picture. Raises the errors of :func:`platform.images.decode_image`."""
        return self.read_image(decode_image(content, declared=declared_media_type), today=today)

    def read_image(self, image: BgrImage, *, today: date) -> DocumentReading:
        """Reads a picture that is decoded already. Never raises for what the picture shows."""
        page = self.page_in(image, today=today)
        return self.judge(page, self.print_on(page), today=today)

    def page_in(self, image: BgrImage, *, today: date) -> PageReading:
        """First the MRZ."""
        return self._reader.read(image, today=today)

    def print_on(self, page: PageReading) -> VisibleZone | None:
        """Then the visible zone, on the page that the MRZ turned upright."""
        return self._visible.read(page) if self._visible is not None else None

    def judge(self, page: PageReading, visible: VisibleZone | None, *, today: date) -> DocumentReading:
        """At last what is to be said of both."""
        return DocumentReading(page, assess(page.mrz, today=today, visible=visible), visible)

    def read_lines(self, lines: Sequence[str], *, today: date) -> LinesReading:
        """Reads MRZ lines. Never raises for what they say."""
        mrz = parse(lines, today=today)
        return LinesReading(mrz, assess(mrz, today=today))
