"""Tesseract as a page reader, with the MRZ model of Doubango (``mrz.traineddata``, BSD-3).

A peer for the benchmarks and a second, wholly different reader; the product does not need it. Tesseract comes from
the distribution (Debian: tesseract-ocr), the model is a file in the wheel icij-passport-core 0.11.8. The MRZ is
found by the product's own texture search, which costs little: what is compared is the reading.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from typing import Final

import cv2
import numpy as np

from crossing.documents.mrz import ALPHABET, CheckOutcome, Mrz, parse
from crossing.documents.reading import Box, Confidence, PageReading, ReadingProblem
from crossing.documents.reading.locate import Band, locate
from crossing.documents.reading.rectify import quarter_turned, rectify
from crossing.platform.images import BgrImage

_LETTERS_PX: Final = 32
"""Height of the letters in the picture that Tesseract gets; it was trained on about 30 pixels."""
_MARGIN: Final = 0.9
"""Air around the lines, in heights of a line."""
_LONGEST_ANSWER: Final = 4096
_LEAST_LINE: Final = 24
_MOST_BANDS: Final = 6
_FEWEST_HOLDING: Final = 2
"""Check digits that hold in what is taken for an MRZ though it is not valid; one holds by chance in any text."""


class TesseractReader:
    """A PageReader. ``model`` is the file ``mrz.traineddata``; each place looked at takes ``timeout_s`` at most.

    Raises FileNotFoundError where the program or the model is missing.
    """

    def __init__(self, model: Path, *, program: str = "tesseract", timeout_s: float = 10.0) -> None:
        if not model.is_file():
            raise FileNotFoundError(model)
        self._model = model
        self._program = program
        self._timeout_s = timeout_s
        subprocess.run([program, "--version"], check=True, capture_output=True, timeout=timeout_s)

    def read(self, image: BgrImage, *, today: date | None = None) -> PageReading:
        started = perf_counter()
        today = today or datetime.now(UTC).date()
        best: tuple[BgrImage, tuple[Box, ...], list[str], Mrz] | None = None
        for page, boxes in _places(image):
            lines = self._lines(_cut(page, boxes))
            mrz = parse(lines, today=today)
            if best is None or _merit(mrz) > _merit(best[3]):
                best = page, boxes, lines, mrz
            if mrz.valid:
                break
        elapsed = {"total": (perf_counter() - started) * 1000}
        if best is None or not (best[3].valid or _merit(best[3])[1] >= _FEWEST_HOLDING):
            return PageReading((), None, Confidence.LOW, 0.0, (ReadingProblem.NO_MRZ,), image, (), elapsed)
        page, boxes, lines, mrz = best
        problems = () if mrz.valid else (ReadingProblem.NOT_VALID,)
        # Tesseract's certainties say little with this model: a valid reading is all the confidence there is.
        confidence = Confidence.HIGH if mrz.valid else Confidence.LOW
        return PageReading(tuple(lines), mrz, confidence, float(mrz.valid), problems, page, boxes, elapsed)

    def _lines(self, picture: BgrImage) -> list[str]:
        """The lines of text in ``picture``; none where Tesseract fails or takes too long."""
        encoded, content = cv2.imencode(".png", picture)
        if not encoded:
            return []
        command = [self._program, "stdin", "stdout", "--psm", "6", "--dpi", "300", "-l", self._model.stem]
        with tempfile.TemporaryFile() as answer:
            try:
                subprocess.run(
                    [*command, "--tessdata-dir", str(self._model.parent)],
                    input=content.tobytes(),
                    stdout=answer,
                    stderr=subprocess.DEVNULL,
                    timeout=self._timeout_s,
                    check=True,
                    env={**os.environ, "OMP_THREAD_LIMIT": "1"},
                )
            except subprocess.SubprocessError:
                return []
            answer.seek(0)
            text = answer.read(_LONGEST_ANSWER).decode("utf-8", errors="replace")
        rows = ("".join(c for c in row.upper() if c in ALPHABET) for row in text.splitlines())
        return [row for row in rows if len(row) >= _LEAST_LINE][:3]


def _places(image: BgrImage) -> Iterator[tuple[BgrImage, tuple[Box, ...]]]:
    """Pages turned level by each likely band, and the boxes of its lines."""
    for quarters in (0, 1):
        frame = quarter_turned(image, quarters)
        for band in locate(frame)[:_MOST_BANDS]:
            for way in (band, band.turned()):
                yield rectify(frame, Band(way.lines))


def _cut(page: BgrImage, boxes: tuple[Box, ...]) -> BgrImage:
    """The lines with some air, their letters brought to Tesseract's size."""
    height = float(np.median([box.height for box in boxes]))
    margin = int(_MARGIN * height)
    top = max(min(box.top for box in boxes) - margin, 0)
    bottom = max(box.top + box.height for box in boxes) + margin
    left = max(min(box.left for box in boxes) - margin, 0)
    right = max(box.left + box.width for box in boxes) + margin
    scale = _LETTERS_PX / height
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(
        cv2.resize(page[top:bottom, left:right], None, fx=scale, fy=scale, interpolation=method), np.uint8
    )


def _merit(mrz: Mrz) -> tuple[bool, int]:
    return mrz.valid, sum(outcome is CheckOutcome.HOLDS for outcome in mrz.checks.values())
