"""Reads the print of a page with the networks that the RapidOCR wheel carries (PP-OCR, ONNX).

The detector sees the part of the page that a document's print can stand in, at one scale by the MRZ's letters, and
never more than a bounded number of pixels. How much of what it found is read is the caller's to say.
"""

from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.documents.reading.locate import TextLine, line_of
from crossing.documents.reading.onnx import open_model
from crossing.documents.reading.port import Box, PageReading
from crossing.documents.visible.place import Place, Region
from crossing.documents.visible.zone import Printed
from crossing.platform.images import BgrImage

_DETECTOR: Final = "PP-OCRv6_det_small.onnx"
_RECOGNISER: Final = "PP-OCRv6_rec_small.onnx"
_LONGEST_SIDE: Final = 896
_STRIDE: Final = 32
_THRESHOLD: Final = 0.3
_CORE: Final = 0.5
"""What the detector marks, as a share of the text's height."""
_LETTER: Final = 48
"""Height in pixels of what the recogniser takes."""
_CONDENSED: Final = 0.7
"""Strips are made so much narrower: the recogniser reads them as well, and takes time by their width."""
_LEAST_MM: Final = 0.9
_MOST_MM: Final = 8.0
_LEVEL: Final = 0.97
_NARROW: Final = 2.0
"""Below this ratio of its sides the direction of a mark says nothing."""
_MOST_TEXTS: Final = 64
_BATCH: Final = 6
_TWINS: Final = (("0", "O"), ("1", "I"), ("2", "Z"), ("5", "S"), ("8", "B"))
_BLANK: Final = 0


class TextReader:
    """Finds and reads lines of print. Safe to call from several threads."""

    def __init__(self, *, threads: int) -> None:
        self._detector = open_model(_DETECTOR, threads=threads)
        self._recogniser = open_model(_RECOGNISER, threads=threads)
        listed = self._recogniser.get_modelmeta().custom_metadata_map["character"].splitlines()
        # Output 0 is CTC's blank, the last one a space.
        self._characters = ("", *listed, " ")
        place = {character: number for number, character in enumerate(self._characters)}
        self._twins = {place[one]: place[other] for one, other in (*_TWINS, *((b, a) for a, b in _TWINS))}

    def find(self, page: PageReading, place: Place, *, px_per_mm: float) -> list[TextLine]:
        """The lines of print in ``place`` but for the MRZ, in pixels of the page, top to bottom.

        ``px_per_mm`` is the scale at which the detector looks; the time that it takes grows with its square.
        """
        region = place.region
        part = page.image[region.top : region.bottom, region.left : region.right]
        if min(part.shape[:2]) < _STRIDE:
            return []
        marks, factors = self._marks(part, px_per_mm / place.px_per_mm)
        contours, _ = cv2.findContours(marks, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        lines = (_line(contour, factors, region) for contour in contours)
        size = (_LEAST_MM * place.px_per_mm, _MOST_MM * place.px_per_mm)
        kept = [line for line in lines if size[0] <= line.height <= size[1] and not _in_mrz(line, page.line_boxes)]
        return sorted(kept, key=lambda line: (line.centre[1], line.centre[0]))[:_MOST_TEXTS]

    def read(self, image: BgrImage, lines: Sequence[TextLine]) -> list[Printed]:
        """What ``lines`` say, in their order; those that say nothing are left out.

        Takes about 80 us of one core for each pixel of :func:`strip_length`.
        """
        strips = [_strip(image, line) for line in lines]
        order = sorted(range(len(strips)), key=lambda number: strips[number].shape[1])
        read: dict[int, tuple[str, float]] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            read |= zip(batch, self._recognised([strips[number] for number in batch]), strict=True)
        height, width = image.shape[:2]
        answers = ((line, *read[number]) for number, line in enumerate(lines))
        return [Printed(text, _box(line, width, height), certainty) for line, text, certainty in answers if text]

    def _marks(self, part: BgrImage, wanted: float) -> tuple[npt.NDArray[Any], tuple[float, float]]:
        """The detector's mask at the ``wanted`` scale, and how many pixels of ``part`` one of its pixels is."""
        height, width = part.shape[:2]
        scale = min(wanted, _LONGEST_SIDE / max(height, width))
        size = tuple(max(round(side * scale / _STRIDE), 1) * _STRIDE for side in (width, height))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        picture = cv2.resize(part, size, interpolation=method).astype(np.float32) / 127.5 - 1
        tensor = np.ascontiguousarray(picture.transpose(2, 0, 1)[None])
        marks = self._detector.run(None, {self._detector.get_inputs()[0].name: tensor})[0][0, 0]
        return (marks > _THRESHOLD).astype(np.uint8), (width / size[0], height / size[1])

    def _recognised(self, strips: Sequence[BgrImage]) -> list[tuple[str, float]]:
        width = max(strip.shape[1] for strip in strips)
        batch = np.zeros((len(strips), 3, _LETTER, width), dtype=np.float32)
        for row, strip in zip(batch, strips, strict=True):
            row[:, :, : strip.shape[1]] = strip.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
        scores = self._recogniser.run(None, {self._recogniser.get_inputs()[0].name: batch})[0]
        return [
            self._decoded(frames[: max(round(len(frames) * strip.shape[1] / width), 1)])
            for frames, strip in zip(scores, strips, strict=True)
        ]

    def _decoded(self, frames: npt.NDArray[np.float32]) -> tuple[str, float]:
        """The best CTC path, and the certainty of its least sure letter or digit.

        Signs, spaces and marked letters don't count: whether it is É or E matters to nobody here. Nor does whether it
        is O or 0: what both got is one certainty.
        """
        best = frames.argmax(axis=1)
        text: list[str] = []
        sure: list[float] = []
        for step, chosen in enumerate(best):
            if chosen == _BLANK:
                continue
            certainty = float(frames[step, chosen])
            if chosen in self._twins:
                certainty += float(frames[step, self._twins[chosen]])
            if step and best[step - 1] == chosen:
                sure[-1] = max(sure[-1], certainty)
                continue
            text.append(self._characters[chosen])
            sure.append(certainty)
        telling = (certainty for character, certainty in zip(text, sure, strict=True) if _tells(character))
        return "".join(text).strip(), min(telling, default=0.0)


def _tells(character: str) -> bool:
    return character.isascii() and character.isalnum()


def strip_length(line: TextLine) -> int:
    """Pixels of strip that ``line`` takes in the recogniser."""
    return max(int(line.length * _LETTER / line.height * _CONDENSED), _LETTER // 2)


def _line(contour: npt.NDArray[Any], factors: tuple[float, float], region: Region) -> TextLine:
    """The line of print around one of the detector's marks, in pixels of the page."""
    points = contour[:, 0].astype(np.float32) * np.array(factors, np.float32)
    core = line_of(cv2.minAreaRect(points))
    if core.length < _NARROW * core.height or abs(core.direction[0]) < _LEVEL:
        left, top, width, height = cv2.boundingRect(points)
        core = TextLine(np.array([left + width / 2, top + height / 2]), np.array([1.0, 0.0]), width, height)
    growth = core.height * (1 / _CORE - 1)
    centre = core.centre + np.array([region.left, region.top])
    return TextLine(centre, core.direction, core.length + growth, core.height + growth)


def _in_mrz(line: TextLine, boxes: Sequence[Box]) -> bool:
    x, y = line.centre
    return any(
        box.left <= x <= box.left + box.width and box.top - box.height / 4 <= y <= box.top + box.height * 1.25
        for box in boxes
    )


def _strip(image: BgrImage, line: TextLine) -> BgrImage:
    scale = _LETTER / line.height
    width = strip_length(line)
    along, across = line.direction / (scale * _CONDENSED), line.normal / scale
    origin = line.centre - along * (width / 2) - across * (_LETTER / 2)
    matrix = np.column_stack([along, across, origin])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(image, matrix, (width, _LETTER), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, dtype=np.uint8)


def _box(line: TextLine, width: int, height: int) -> Box:
    corners = line.corners()
    low = np.floor(np.clip(corners.min(axis=0), 0, (width, height))).astype(int)
    high = np.ceil(np.clip(corners.max(axis=0), 0, (width, height))).astype(int)
    return Box(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))
