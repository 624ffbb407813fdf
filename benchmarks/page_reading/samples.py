"""The pages to read: drawn and photographed ones that anyone gets by running this, and real ones where given.

Each page depends on its set and its number alone, so a longer run holds the pages of a shorter one.
"""

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from crossing.platform.images import BgrImage, decode_image, encode_jpeg
from crossing_devices.simulated.specimens import PageFormat, PartialDate, SpecimenTraveller, photograph, render_page
from crossing_devices.simulated.specimens.mrz import compose

CAMERA_SIDE: Final = 1600
"""The longest side of a picture, as a page camera gives it."""
_CONSONANTS, _VOWELS, _SYMBOLS = "BCDFGHJKLMNPRSTVWYZ", "AEIOU", "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"

Lines = tuple[str, ...]


@dataclass(frozen=True)
class Sample:
    """A picture in a file, and the MRZs that it shows; none is an answer too."""

    name: str
    kind: str
    path: Path
    truth: tuple[Lines, ...]


def specimens(folder: Path) -> Iterator[Sample]:
    """``ground_truth.json`` in ``folder`` gives each picture's lines: ``{file: {"lines": [...]}}``."""
    truth = json.loads((folder / "ground_truth.json").read_text(encoding="utf-8"))
    for name, entry in truth.items():
        yield Sample(name, SPECIMENS, folder / name, (tuple(entry["lines"]),))


def generated(pages: int, folder: Path) -> Iterator[Sample]:
    """``pages`` of each format and kind, written to ``folder``."""
    for kind, draw in KINDS.items():
        for page_format in PageFormat:
            for number in range(pages):
                name = f"{kind} {page_format.value} {number}"
                content, truth = draw(page_format, np.random.default_rng(zlib.crc32(name.encode())))
                path = folder / f"{name.replace(' ', '-')}.jpg"
                path.write_bytes(content)
                yield Sample(name, kind, path, truth)


Drawn = tuple[bytes, tuple[Lines, ...]]


def _scan(page_format: PageFormat, rng: np.random.Generator) -> Drawn:
    """A flatbed's page at 300 dpi, in its full size."""
    page, lines = _page(page_format, rng)
    return photograph(page, rng, 0.0), (lines,)


def _small(page_format: PageFormat, rng: np.random.Generator) -> Drawn:
    """300 to 500 px wide, as pictures on web pages are."""
    image, lines = _photographed(page_format, rng, 0.2)
    scale = float(rng.uniform(300, 500)) / image.shape[1]
    return encode_jpeg(_resized(image, scale), quality=int(rng.integers(70, 93))), (lines,)


def _photo(strength: float) -> Callable[[PageFormat, np.random.Generator], Drawn]:
    def draw(page_format: PageFormat, rng: np.random.Generator) -> Drawn:
        image, lines = _photographed(page_format, rng, strength)
        return encode_jpeg(_as_from_camera(image)), (lines,)

    return draw


def _turned(page_format: PageFormat, rng: np.random.Generator) -> Drawn:
    """On its side or on its head."""
    image, lines = _photographed(page_format, rng, 0.4)
    return encode_jpeg(np.ascontiguousarray(np.rot90(_as_from_camera(image), int(rng.integers(1, 4))))), (lines,)


def _askew(page_format: PageFormat, rng: np.random.Generator) -> Drawn:
    """Turned by up to 40 degrees, either way."""
    image, lines = _photographed(page_format, rng, 0.4)
    degrees = float(rng.uniform(10, 40)) * (1 if rng.random() < 0.5 else -1)
    return encode_jpeg(_as_from_camera(rotated(image, degrees))), (lines,)


def _two(page_format: PageFormat, rng: np.random.Generator) -> Drawn:
    """Two documents on one table, this one and one of any format."""
    formats = (page_format, list(PageFormat)[int(rng.integers(len(PageFormat)))])
    shown = [_photographed(one, rng, 0.3) for one in formats]
    width = max(image.shape[1] for image, _ in shown)
    table = [_padded(image, width) for image, _ in shown]
    return encode_jpeg(_as_from_camera(np.concatenate(table, axis=0))), tuple(lines for _, lines in shown)


def _none(page_format: PageFormat, rng: np.random.Generator) -> Drawn:
    """A page whose MRZ lies outside the picture."""
    image, _ = _photographed(page_format, rng, 0.4)
    return encode_jpeg(_as_from_camera(np.ascontiguousarray(image[: int(image.shape[0] * 0.6)]))), ()


SPECIMENS: Final = "specimens"
KINDS: Final[dict[str, Callable[[PageFormat, np.random.Generator], Drawn]]] = {
    "scan": _scan,
    "small": _small,
    "photo": _photo(0.7),
    "bad photo": _photo(1.0),
    "turned": _turned,
    "askew": _askew,
    "two": _two,
    "none": _none,
}


def rotated(image: BgrImage, degrees: float) -> BgrImage:
    """The whole picture turned about its middle, on a dark ground."""
    height, width = image.shape[:2]
    side = int(np.hypot(height, width))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += ((side - width) / 2, (side - height) / 2)
    return np.asarray(cv2.warpAffine(image, matrix, (side, side), borderValue=(50, 50, 50)), dtype=np.uint8)


def _photographed(page_format: PageFormat, rng: np.random.Generator, strength: float) -> tuple[BgrImage, Lines]:
    page, lines = _page(page_format, rng)
    return decode_image(photograph(page, rng, strength)), lines


def _page(page_format: PageFormat, rng: np.random.Generator) -> tuple[BgrImage, Lines]:
    traveller = _traveller(rng)
    return render_page(traveller, page_format), compose(traveller, page_format)


def _traveller(rng: np.random.Generator) -> SpecimenTraveller:
    born = date(1940, 1, 1) + timedelta(days=int(rng.integers(0, 25_000)))
    issued = date(2024, 1, 1) + timedelta(days=int(rng.integers(0, 600)))
    return SpecimenTraveller(
        surname=_name(rng),
        given_names=f"{_name(rng)} {_name(rng)}" if rng.random() < 0.5 else _name(rng),
        birth_date=PartialDate.of(born),
        sex="F" if rng.random() < 0.5 else "M",
        nationality="UTO",
        document_number="".join(rng.choice(list(_SYMBOLS), 9)),
        issuing_state="UTO",
        issued_on=issued,
        expires_on=issued + timedelta(days=3652),
        optional_data="".join(rng.choice(list(_SYMBOLS), 6)) if rng.random() < 0.3 else "",
    )


def _name(rng: np.random.Generator) -> str:
    return "".join(
        f"{rng.choice(list(_CONSONANTS))}{rng.choice(list(_VOWELS))}" for _ in range(int(rng.integers(2, 5)))
    )


def _padded(image: BgrImage, width: int) -> BgrImage:
    missing = width - image.shape[1]
    sides = (missing // 2, missing - missing // 2)
    table = cv2.copyMakeBorder(image, 20, 20, *sides, cv2.BORDER_CONSTANT, value=(45, 45, 45))
    return np.asarray(table, dtype=np.uint8)


def _as_from_camera(image: BgrImage) -> BgrImage:
    return _resized(image, min(CAMERA_SIDE / max(image.shape[:2]), 1.0))


def _resized(image: BgrImage, scale: float) -> BgrImage:
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
