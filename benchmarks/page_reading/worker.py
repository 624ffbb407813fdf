"""One of our readers in a process of its own, measured as the peers are: from the file to the lines.

python -m benchmarks.page_reading.worker NAME
"""

import sys
from datetime import date
from pathlib import Path
from typing import Final

import cv2

from benchmarks.page_reading.readers import OURS
from benchmarks.peers.serving import Answer, serve
from crossing.documents.reading import Confidence, PageReading
from crossing.platform.images import decode_image

TODAY: Final = date(2026, 3, 1)


def main() -> None:
    cv2.setNumThreads(1)
    _, opened = OURS[sys.argv[1]]
    reader = opened()
    serve(lambda file: _answer(reader.read(decode_image(Path(file).read_bytes()), today=TODAY)))


def _answer(reading: PageReading) -> Answer:
    found = [one.mrz for one in (reading, *reading.others) if one.mrz is not None]
    return {"documents": [list(mrz.lines) for mrz in found], "sure": reading.confidence is Confidence.HIGH}


if __name__ == "__main__":
    main()
