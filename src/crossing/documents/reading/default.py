"""The page reader that a post and the command line use, put together in one place."""

from crossing.documents.reading.port import PageReader
from crossing.documents.reading.rapid import RapidOcrReader


def page_reader(*, threads: int) -> PageReader:
    """What measured best. ``threads`` bounds the processor cores that one page takes.

    Raises ``ModelMissing`` where a network is not installed.
    """
    return RapidOcrReader(threads=threads)
