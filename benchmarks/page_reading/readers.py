"""Who takes part: our readers by name, and the peers with the environment that each needs."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.peers.tesseract import TesseractReader
from crossing.documents.reading import PageReader
from crossing.documents.reading.default import page_reader
from crossing.documents.reading.own.reader import OwnReader
from crossing.documents.reading.rapid import RapidOcrReader

ROOT: Final = Path(__file__).resolve().parents[2]
PEERS_PYTHON: Final = ROOT / ".venv" / "peers" / "bin" / "python"
TESSDATA: Final = ROOT / "models" / "tessdata"


@dataclass(frozen=True)
class Reader:
    """``command`` starts a process that speaks :mod:`benchmarks.peers.serving`.

    A peer's lines are judged twice: as they come, and after the repair that our parser makes of any lines.
    """

    name: str
    title: str
    command: tuple[str, ...]
    peer: bool = False


def _tesseract() -> PageReader:
    return TesseractReader(TESSDATA / "mrz.traineddata")


OURS: Final[dict[str, tuple[str, Callable[[], PageReader]]]] = {
    "default": ("Crossing (default)", lambda: page_reader(threads=1)),
    "own": ("Crossing, our networks alone", lambda: OwnReader(threads=1)),
    "rapid": ("Crossing, RapidOCR's networks alone", lambda: RapidOcrReader(threads=1)),
    "tesseract": ("Crossing, Tesseract mrz alone", _tesseract),
}
"""Short name to title and constructor; a new reader of ours joins with one line."""

READERS: Final = (
    *(
        Reader(name, title, (sys.executable, "-m", "benchmarks.page_reading.worker", name))
        for name, (title, _) in OURS.items()
    ),
    Reader(
        "passporteye",
        "PassportEye + Tesseract mrz",
        (str(PEERS_PYTHON), "-m", "benchmarks.peers.passport_eye", str(TESSDATA)),
        peer=True,
    ),
    Reader(
        "rapidocr",
        "RapidOCR",
        (str(PEERS_PYTHON), "-m", "benchmarks.peers.plain_rapidocr"),
        peer=True,
    ),
)
