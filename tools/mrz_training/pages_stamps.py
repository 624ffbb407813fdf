"""Small grey pictures that pages are put together from: MRZ lines, text, bar codes, faces, papers.

Ink is a float32 mask from 0 (paper) to 1 (full ink). Banks are drawn once, with a seed, and reused in all sizes.
"""

import datetime as dt
import string
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from crossing_devices.simulated.specimens import PageFormat, PartialDate, SpecimenTraveller
from crossing_devices.simulated.specimens.mrz import compose

Ink = npt.NDArray[np.float32]

_FONTS: Final = Path("/usr/share/fonts")
_MRZ_FONTS: Final = ("OCRB.otf", "OCRB.otf", "OCRB.otf", "OCRBL.otf", "OCRBS.otf", "DejaVuSansMono.ttf")
_MONO_FONTS: Final = ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf", "OCRB.otf")
_TEXT_FONTS: Final = (
    "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSerif-Bold.ttf", "DejaVuSansCondensed.ttf",
    "DejaVuSerif-Italic.ttf", "OCRB.otf", "DejaVuSansMono.ttf",
)  # fmt: skip
_CELL: Final = 20
"""Width of a character cell in the atlas, pixels."""
_ISSUERS: Final = (
    "UTO",
    "D<<",
    "FRA",
    "USA",
    "GBR",
    "NER",
    "TCD",
    "MLI",
    "SEN",
    "CHN",
    "JPN",
    "POL",
    "AUS",
    "RUS",
    "XXA",
)
_MRZ_SHAPES: Final = (
    PageFormat.TD3,
    PageFormat.TD3,
    PageFormat.TD1,
    PageFormat.TD2,
    PageFormat.MRV_A,
    PageFormat.MRV_B,
)


def _word(rng: np.random.Generator, low: int = 2, high: int = 11) -> str:
    return "".join(rng.choice(list(string.ascii_uppercase), int(rng.integers(low, high))))


def mrz_text(rng: np.random.Generator) -> tuple[PageFormat, tuple[str, ...]]:
    """A composed MRZ of an invented person in any format of Doc 9303."""
    page = _MRZ_SHAPES[rng.integers(len(_MRZ_SHAPES))]
    issuer = str(rng.choice(_ISSUERS))
    letters = list(string.ascii_uppercase + string.digits * 4)
    room = 7 if page in (PageFormat.TD1, PageFormat.TD2, PageFormat.TD3, PageFormat.MRV_B) else 12
    traveller = SpecimenTraveller(
        surname=" ".join(_word(rng) for _ in range(int(rng.integers(1, 3)))),
        given_names=" ".join(_word(rng, 2, 9) for _ in range(int(rng.integers(1, 4)))),
        birth_date=PartialDate(int(rng.integers(1930, 2020)), int(rng.integers(1, 13)), int(rng.integers(1, 29))),
        sex=str(rng.choice(["F", "M", "X"])),  # type: ignore[arg-type]
        nationality=issuer,
        document_number="".join(rng.choice(letters, int(rng.integers(6, 10)))),
        issuing_state=issuer,
        issued_on=dt.date(2015, 1, 1),
        expires_on=dt.date(int(rng.integers(2005, 2036)), int(rng.integers(1, 13)), int(rng.integers(1, 29))),
        optional_data="".join(rng.choice(letters, int(rng.integers(1, room)))) if rng.random() < 0.5 else "",
    )
    return page, compose(traveller, page)


@lru_cache(maxsize=8)
def _atlas(font_name: str) -> dict[str, Ink]:
    """Each MRZ character in a cell as high as its letters, no more."""
    font = ImageFont.truetype(next(iter(sorted(_FONTS.rglob(font_name)))), 40)
    pitch = font.getlength("0")
    cells = {}
    for char in string.ascii_uppercase + string.digits + "<":
        cell = Image.new("L", (64, 96))
        ImageDraw.Draw(cell).text((32, 64), char, 255, font, anchor="ms")
        cells[char] = np.asarray(cell, dtype=np.uint8)
    rows = np.flatnonzero((cells["H"] | cells["0"]).max(axis=1) > 100)
    half = round(pitch / 2 * 1.02)
    cut = slice(int(rows[0]) - 1, int(rows[-1]) + 2)
    height = round(_CELL * (cut.stop - cut.start) / (2 * half))
    return {
        char: (
            cv2.resize(cell[cut, 32 - half : 32 + half], (_CELL, height), interpolation=cv2.INTER_AREA) / 255.0
        ).astype(np.float32)
        for char, cell in cells.items()
    }


def mrz_ink(lines: tuple[str, ...], rng: np.random.Generator) -> list[Ink]:
    """The lines drawn at one pitch in one face; each picture is exactly as high as its letters."""
    atlas = _atlas(str(rng.choice(_MRZ_FONTS)))
    height = atlas["0"].shape[0]
    weight = int(rng.integers(0, 4))
    inks = []
    for line in lines:
        ink = np.concatenate([atlas[char] for char in line], axis=1)
        if weight == 3:
            ink = np.asarray(cv2.dilate(ink, np.ones((2, 2), np.uint8)), dtype=np.float32)
        inks.append(ink[:height])
    return inks


def _sentence(rng: np.random.Generator, words: int) -> str:
    parts = []
    for _ in range(words):
        word = _word(rng, 1, 10)
        parts.append(
            rng.choice([word, word.lower(), word.capitalize(), str(rng.integers(1, 99999))], p=[0.3, 0.4, 0.15, 0.15])
        )
    return " ".join(parts)


def _text(rng: np.random.Generator, font_name: str, lines: list[str], spacing: float) -> Ink:
    font = ImageFont.truetype(next(iter(sorted(_FONTS.rglob(font_name)))), 22)
    width = max(int(max(font.getlength(line) for line in lines)) + 4, 8)
    step = 22 * spacing
    picture = Image.new("L", (width, int(step * len(lines)) + 8))
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((2, number * step + 1), line, 255, font)
    return np.asarray(picture, dtype=np.float32) / 255


def _bars(rng: np.random.Generator) -> Ink:
    """A one-dimensional bar code, or one of the stacked kind."""
    stacked = rng.random() < 0.5
    rows = int(rng.integers(6, 24)) if stacked else 1
    columns = int(rng.integers(60, 160))
    cells = (rng.random((rows, columns)) < 0.5).astype(np.float32)
    return np.asarray(cv2.resize(cells, (columns * 3, rows * 6 if stacked else 60), interpolation=cv2.INTER_NEAREST))


def _dots(rng: np.random.Generator) -> Ink:
    """Dotted or dashed rules and lines of one repeated sign, which resemble fillers."""
    sign = str(rng.choice([".", "-", "_", "=", "*", "X", ">", "/", "o", "|"]))
    lines = [sign * int(rng.integers(20, 60))] * int(rng.integers(1, 5))
    return _text(rng, str(rng.choice(_MONO_FONTS)), lines, rng.uniform(1.1, 2.5))


def _listing(rng: np.random.Generator) -> Ink:
    """Code or a table of figures in a fixed pitch: as regular as an MRZ, and none."""
    signs = list(string.ascii_letters + string.digits * 3 + "      .,;:()=_-")
    width = int(rng.integers(20, 60))
    lines = []
    for _ in range(int(rng.integers(2, 16))):
        indent = " " * int(rng.integers(0, 8))
        lines.append(indent + "".join(rng.choice(signs, int(rng.integers(width // 3, width)))))
    return _text(rng, str(rng.choice(_MONO_FONTS)), lines, rng.uniform(1.0, 1.8))


def _paragraph(rng: np.random.Generator) -> Ink:
    words = int(rng.integers(3, 9))
    lines = [_sentence(rng, int(rng.integers(max(words - 2, 1), words + 1))) for _ in range(int(rng.integers(2, 14)))]
    return _text(rng, str(rng.choice(_TEXT_FONTS)), lines, rng.uniform(1.1, 1.7))


def _label(rng: np.random.Generator) -> Ink:
    return _text(rng, str(rng.choice(_TEXT_FONTS)), [_sentence(rng, int(rng.integers(1, 5)))], 1.2)


def _scrawl(rng: np.random.Generator) -> Ink:
    """A signature: a few long loops."""
    canvas = np.zeros((60, 240), np.float32)
    steps = np.linspace(0, 1, 120)
    for _ in range(int(rng.integers(1, 4))):
        waves = [rng.uniform(5, 26) * np.sin(steps * rng.uniform(5, 60) + rng.uniform(0, 6)) for _ in range(2)]
        points = np.stack([20 + 200 * steps + waves[0], 30 + waves[1]], axis=1).round().astype(np.int32)
        cv2.polylines(canvas, [points], False, 1.0, int(rng.integers(1, 4)), cv2.LINE_AA)
    return canvas


def _grid(rng: np.random.Generator) -> Ink:
    canvas = np.zeros((160, 240), np.float32)
    for x in range(0, 240, int(rng.integers(8, 60))):
        canvas[:, x] = 1
    for y in range(0, 160, int(rng.integers(8, 40))):
        canvas[y] = 1
    return canvas


_STAMPS: Final = {
    "label": (_label, 150),
    "paragraph": (_paragraph, 60),
    "listing": (_listing, 40),
    "bars": (_bars, 24),
    "dots": (_dots, 40),
    "scrawl": (_scrawl, 20),
    "grid": (_grid, 12),
}


class Bank:
    """All stamps of one seed, drawn once."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._stamps = {kind: [draw(rng) for _ in range(count)] for kind, (draw, count) in _STAMPS.items()}

    def stamp(self, kind: str, rng: np.random.Generator) -> Ink:
        kept = self._stamps[kind]
        return kept[int(rng.integers(len(kept)))]


def cloud(height: int, width: int, rng: np.random.Generator, grain: int) -> Ink:
    """Smooth random fields from 0 to 1: ``grain`` bumps along the longer side."""
    small = rng.random((max(grain * height // max(height, width), 1) + 2, grain + 2)).astype(np.float32)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.float32).clip(0, 1)


def face(height: int, width: int, rng: np.random.Generator) -> Ink:
    """A portrait as a camera far away sees it: background, hair, head, eyes, shoulders. Grey from 0 to 1."""
    canvas = np.full((height, width), rng.uniform(0.55, 1), np.float32)
    skin, hair, cloth = rng.uniform(0.25, 0.9), rng.uniform(0.02, 0.6), rng.uniform(0.02, 0.8)
    middle, head = (width // 2, int(height * 0.45)), (int(width * 0.24), int(height * 0.25))
    cv2.ellipse(canvas, (width // 2, height), (int(width * 0.45), int(height * 0.3)), 0, 0, 360, cloth, -1)
    cv2.ellipse(canvas, middle, (int(head[0] * 1.3), int(head[1] * 1.25)), 0, 0, 360, hair, -1)
    cv2.ellipse(canvas, (middle[0], int(height * 0.48)), head, 0, 0, 360, skin, -1)
    for side in (-1, 1):
        cv2.circle(canvas, (middle[0] + side * head[0] // 2, int(height * 0.45)), max(width // 24, 1), hair * 0.5, -1)
    cv2.line(
        canvas, (middle[0] - width // 12, int(height * 0.6)), (middle[0] + width // 12, int(height * 0.6)), hair, 1
    )
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), max(width / 60, 0.5)), dtype=np.float32)
