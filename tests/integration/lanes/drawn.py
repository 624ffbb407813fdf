"""Pictures whose meaning is drawn into them, and a page reader and a face engine that read exactly that.

They stand behind the real ports, so that a test can say who is in a picture and nothing is left to chance.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from PIL import Image

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import CorrectionReason, Mrz, MrzData, MrzFormat, Sex, compose, parse
from crossing.documents.reading.port import Confidence, PageReading, ReadingProblem
from crossing.faces.engines.base import Box, Face, Landmarks, Template, similarity
from crossing.faces.quality.measuring import measure
from crossing.faces.schemas import Quality
from crossing.faces.thresholds import Thresholds
from crossing.lanes.examination import Picture
from crossing.platform.images import BgrImage

WIDTH, HEIGHT = 320, 240
NOBODY: Final = 0
GREY_STEP: Final = 40
_DIMENSION: Final = 128
_MEASURED: Final = next(row for row in Thresholds.load().rows if row.engine == "sface")


_BORN: Final = PartialDate(1987, 5, 14)
_EXPIRES: Final = PartialDate(2034, 1, 31)


@dataclass(frozen=True, slots=True)
class Traveller:
    """``face`` is 1 to 6; two travellers of one face look the same."""

    surname: str
    given_names: str
    number: str
    face: int
    birth: PartialDate = _BORN
    nationality: str = "MLI"
    expires: PartialDate = _EXPIRES

    def mrz(self) -> tuple[str, ...]:
        data = MrzData(
            document_code="P",
            issuing_state=self.nationality,
            surname=self.surname,
            given_names=self.given_names,
            document_number=self.number,
            nationality=self.nationality,
            birth_date=self.birth,
            sex=Sex.FEMALE,
            expiry_date=self.expires,
        )
        return compose(data, MrzFormat.TD3)

    def page(self) -> Picture:
        return page(self.mrz(), self.face)

    def live(self) -> Picture:
        return page((), self.face)


AMINATA = Traveller("TRAORE", "AMINATA", "A4G7K29B1", face=1)
MOUSSA = Traveller("DIALLO", "MOUSSA", "B5H8L30C2", face=2, birth=PartialDate(1979, 3, 21), nationality="NER")


def page(lines: tuple[str, ...], face: int = NOBODY) -> Picture:
    """A PNG that says ``lines`` in its first row and shows ``face`` in its middle; no two are the same."""
    image = np.random.default_rng().integers(0, 30, (HEIGHT, WIDTH), dtype=np.uint8)
    text = "\n".join(lines).encode()
    image[0, : len(text) + 1] = np.frombuffer(bytes([len(text)]) + text, np.uint8)
    image[HEIGHT // 2 - 40 : HEIGHT // 2 + 40, WIDTH // 2 - 40 : WIDTH // 2 + 40] = face * GREY_STEP
    out = io.BytesIO()
    Image.fromarray(image).save(out, "PNG")
    return Picture(out.getvalue(), "image/png")


class DrawnPageReader:
    """Reads the lines that :func:`page` drew, and is sure where nothing had to be chosen and every digit holds."""

    def read(self, image: BgrImage, *, today: date | None = None) -> PageReading:
        length = int(image[0, 0, 0])
        text = bytes(image[0, 1 : length + 1, 0]).decode("ascii", "replace")
        lines = tuple(text.split("\n")) if text else ()
        mrz = parse(lines, today=today or date(2031, 3, 1)) if lines else None
        problems = tuple(_problems(mrz))
        return PageReading(
            lines=lines,
            mrz=mrz,
            confidence=Confidence.LOW if problems else Confidence.HIGH,
            certainty=1.0,
            problems=problems,
            image=image,
            line_boxes=(),
            elapsed_ms={"total": 1.0},
        )


def _problems(mrz: Mrz | None) -> Iterator[ReadingProblem]:
    if mrz is None:
        yield ReadingProblem.NO_MRZ
        return
    if not mrz.valid:
        yield ReadingProblem.NOT_VALID
    if any(one.reason is CorrectionReason.CHECK_DIGIT for one in mrz.corrections):
        yield ReadingProblem.REPAIRED


class DrawnFaceEngine:
    """Sees the face that :func:`page` drew. It goes by a measured engine's name, whose thresholds then hold."""

    name, version, calibration = _MEASURED.engine, _MEASURED.version, _MEASURED.calibration
    dimension = _DIMENSION

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        if _face_in(image) == NOBODY:
            return ()
        y, x = image.shape[0] / 2, image.shape[1] / 2
        points = Landmarks((x - 20, y - 15), (x + 20, y - 15), (x, y + 5), (x - 15, y + 25), (x + 15, y + 25))
        return (Face(Box(x - 40, y - 40, 80, 80), points, 1.0),)

    def align(self, image: BgrImage, face: Face) -> BgrImage:
        return np.full((112, 112, 3), _face_in(image) * GREY_STEP, np.uint8)

    def quality(self, image: BgrImage, faces: Sequence[Face], *, printed: bool = False) -> Quality:
        return measure(image, faces, self.align(image, faces[0]), printed=printed)

    def template(self, image: BgrImage, face: Face) -> Template:
        vector = np.zeros(_DIMENSION, np.float32)
        vector[_face_in(image)] = 1
        return Template(self.name, self.version, self.calibration, vector)

    def compare(self, first: Template, second: Template) -> float:
        return similarity(first, second)


def _face_in(image: BgrImage) -> int:
    middle = image[
        image.shape[0] // 2 - 8 : image.shape[0] // 2 + 8, image.shape[1] // 2 - 8 : image.shape[1] // 2 + 8
    ]
    return round(float(middle.mean()) / GREY_STEP)
