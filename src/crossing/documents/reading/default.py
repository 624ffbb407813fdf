"""The page reader that a post and the command line use, put together in one place."""

from crossing.documents.reading.agreement import AgreeingReader
from crossing.documents.reading.own.reader import OwnReader
from crossing.documents.reading.port import PageReader
from crossing.documents.reading.rapid import RapidOcrReader


def page_reader(*, threads: int) -> PageReader:
    """What measured best: our own networks first, RapidOCR's to agree or to differ.

    ``threads`` bounds the processor cores that one page takes. Raises ``ModelMissing`` or ``WeightsDamaged`` where a
    network is not installed as it was measured.
    """
    return AgreeingReader(OwnReader(threads=threads), RapidOcrReader(threads=threads))
