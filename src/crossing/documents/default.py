"""The reader of documents that a post uses, put together in one place; only a post has its networks installed."""

from crossing.documents.reading.default import page_reader
from crossing.documents.service import DocumentReader
from crossing.documents.visible.reader import VisibleZoneReader


def document_reader(*, threads: int) -> DocumentReader:
    """Reads the MRZ and the print. ``threads`` bounds the processor cores that one page takes.

    Raises ``ModelMissing`` or ``WeightsDamaged`` where a network is not installed as it was measured.
    """
    return DocumentReader(page_reader(threads=threads), visible=VisibleZoneReader(threads=threads))
