"""A specimen page drawn at 300 dpi and in its real size: background, portrait, labelled fields, MRZ in OCR-B."""

import zlib
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw

from crossing_devices.simulated.specimens import fonts
from crossing_devices.simulated.specimens.layout import LAYOUTS, MRZ_LINE_SPACING_MM, MRZ_PITCH_MM, Layout, px
from crossing_devices.simulated.specimens.mrz import compose
from crossing_devices.simulated.specimens.traveller import BgrImage, PageFormat, PartialDate, SpecimenTraveller

_INK: Final = (38, 30, 28)
_LABEL_INK: Final = (110, 80, 60)
_TITLE_INK: Final = (120, 40, 30)
_STAMP_INK: Final = (190, 90, 80)
_MONTHS: Final = (
    "JAN/JAN", "FÉV/FEB", "MARS/MAR", "AVR/APR", "MAI/MAY", "JUIN/JUN",
    "JUIL/JUL", "AOÛT/AUG", "SEPT/SEP", "OCT/OCT", "NOV/NOV", "DÉC/DEC",
)  # fmt: skip
# The face of OCR-B is 0.723 of its size wide: this size sets it ten to the inch.
_OCR_B_WIDTH: Final = 0.723


def render_page(traveller: SpecimenTraveller, page: PageFormat) -> BgrImage:
    """The whole page, every time the same for the same traveller.

    A TD1 card is pictured with its front above its back, so that one picture carries portrait and MRZ.
    Raises :class:`fonts.FontMissing` and, for fields that do not fit, ValueError.
    """
    lines = compose(traveller, page)
    layout = LAYOUTS[page]
    canvas = _sides(layout, zlib.crc32(traveller.document_number.encode()))
    _place_portrait(canvas, layout, traveller.portrait)
    picture = Image.fromarray(np.ascontiguousarray(canvas[:, :, ::-1]))
    draw = ImageDraw.Draw(picture)
    _draw_title(draw, layout)
    _draw_fields(draw, layout, _fields(traveller, page))
    _draw_mrz(draw, layout, lines)
    return np.ascontiguousarray(np.asarray(picture, dtype=np.uint8)[:, :, ::-1])


def _sides(layout: Layout, seed: int) -> BgrImage:
    canvas = np.full((px(layout.height_mm), px(layout.width_mm), 3), (70, 66, 64), np.uint8)
    tops = {0.0, layout.mrz_side_top_mm}
    for top in tops:
        side = canvas[px(top) : px(top + layout.side_height_mm)]
        side[:] = _guilloche(side.shape[0], side.shape[1], seed)
        if top == layout.mrz_side_top_mm:
            _lighten(side, px(layout.mrz_first_line_mm - top - 5.2))
    return canvas


def _guilloche(height: int, width: int, seed: int) -> BgrImage:
    """Fine woven lines on tinted paper, as security printing has, and as faint."""
    rng = np.random.default_rng(seed)
    down, across = np.linspace(0, 1, height)[:, None, None], np.linspace(0, 1, width)[None, :, None]
    tints = rng.uniform(214, 248, (2, 3))
    paper = tints[0] * (1 - across) * (1 - 0.3 * down) + tints[1] * (across + 0.3 * down * (1 - across))
    canvas: BgrImage = paper.astype(np.uint8)
    xs = np.arange(0, width, 6)
    for strand in range(46):
        phase, wave = rng.uniform(0, 6.28), rng.uniform(140, 420)
        swing = height * (0.05 + 0.05 * np.sin(xs / (wave * 2.7)))
        ys = height * strand / 45 + swing * np.sin(xs / wave * 6.28 + phase)
        ink = tuple(float(channel) for channel in rng.uniform(172, 214, 3))
        points = np.stack([xs, ys], axis=1).round().astype(np.int32)
        cv2.polylines(canvas, [points], False, ink, 1, cv2.LINE_AA)
    return canvas


def _lighten(side: BgrImage, from_row: int) -> None:
    """Doc 9303-3, 4.1: the background of the MRZ must not disturb reading."""
    zone = side[from_row:].astype(np.float32)
    side[from_row:] = (zone * 0.3 + 250 * 0.7).astype(np.uint8)


def _place_portrait(canvas: BgrImage, layout: Layout, portrait: BgrImage | None) -> None:
    left, top, width, height = (px(side) for side in layout.portrait_mm)
    picture = silhouette(height, width) if portrait is None else fitted(portrait, width, height)
    # A thin guilloche runs over a printed portrait; a trace of the background does the same here.
    under = canvas[top : top + height, left : left + width].astype(np.float32)
    canvas[top : top + height, left : left + width] = (picture * 0.94 + under * 0.06).astype(np.uint8)


def fitted(picture: BgrImage, width: int, height: int) -> BgrImage:
    """The middle of a picture in the wanted shape and size."""
    rows, columns = picture.shape[:2]
    scale = max(width / columns, height / rows)
    size = (max(width, round(columns * scale)), max(height, round(rows * scale)))
    resized = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.ascontiguousarray(resized[top : top + height, left : left + width])


def silhouette(height: int, width: int) -> BgrImage:
    canvas = np.full((height, width, 3), 225, np.uint8)
    shoulders, head, grey = (width * 2 // 5, height // 3), (width // 5, height // 4), (150, 150, 150)
    cv2.ellipse(canvas, (width // 2, height), shoulders, 0, 180, 360, grey, -1, cv2.LINE_AA)
    cv2.ellipse(canvas, (width // 2, height * 2 // 5), head, 0, 0, 360, grey, -1, cv2.LINE_AA)
    return canvas


def _draw_title(draw: ImageDraw.ImageDraw, layout: Layout) -> None:
    middle, right = px(layout.fields_top_mm / 2), px(layout.width_mm - 5)
    font = fonts.sans_bold(px(layout.width_mm / 52))
    draw.text((px(layout.portrait_mm[0]), middle), "UTOPIE / UTOPIA", _TITLE_INK, font, anchor="lm")
    draw.text((right, middle), layout.title, _TITLE_INK, font, anchor="rm")
    stamp = fonts.sans_bold(px(layout.text_mm * 0.8))
    draw.text((right, px(layout.fields_top_mm)), "SPÉCIMEN / SPECIMEN", _STAMP_INK, stamp, anchor="ra")


def _fields(traveller: SpecimenTraveller, page: PageFormat) -> list[list[tuple[str, str]]]:
    """Rows of one or two labelled fields (Doc 9303-3, 3.4)."""
    visa = page in (PageFormat.MRV_A, PageFormat.MRV_B)
    number_label = "N° du visa / Visa No." if visa else "N° du document / Document No."
    return [
        [(number_label, traveller.document_number)],
        [("Nom / Surname", traveller.surname.upper())],
        [("Prénoms / Given names", traveller.given_names.upper())],
        [("Nationalité / Nationality", traveller.nationality), ("Sexe / Sex", traveller.sex)],
        [("Date de naissance / Date of birth", _written(traveller.birth_date))],
        [
            ("Délivré le / Date of issue", _written(PartialDate.of(traveller.issued_on))),
            ("Expire le / Date of expiry", _written(PartialDate.of(traveller.expires_on))),
        ],
    ]


def _written(day: PartialDate) -> str:
    month = "XX" if day.month is None else _MONTHS[day.month - 1]
    year = "XXXX" if day.year is None else f"{day.year:04d}"
    return f"{'XX' if day.day is None else format(day.day, '02d')} {month} {year}"


def _draw_fields(draw: ImageDraw.ImageDraw, layout: Layout, rows: list[list[tuple[str, str]]]) -> None:
    label_font = fonts.sans(px(layout.label_mm))
    room = layout.width_mm - layout.fields_left_mm - 4
    for place, row in enumerate(rows):
        top = layout.fields_top_mm + place * layout.row_mm
        for column, (label, text) in enumerate(row):
            left = px(layout.fields_left_mm + column * room / 2)
            draw.text((left, px(top)), label, _LABEL_INK, label_font)
            size = _size_that_fits(text, px(layout.text_mm), px(room / len(row) - 1))
            draw.text((left, px(top + layout.label_mm * 1.35)), text, _INK, fonts.sans_bold(size))


def _size_that_fits(text: str, size: int, width: int) -> int:
    needed = fonts.sans_bold(size).getlength(text)
    return size if needed <= width else max(12, int(size * width / needed))


def _draw_mrz(draw: ImageDraw.ImageDraw, layout: Layout, lines: tuple[str, ...]) -> None:
    """Each character stands on its own pitch: rounding never adds up along a line."""
    font = fonts.ocr_b(MRZ_PITCH_MM * 300 / 25.4 / _OCR_B_WIDTH)
    left = (layout.width_mm - len(lines[0]) * MRZ_PITCH_MM) / 2
    for number, line in enumerate(lines):
        middle = px(layout.mrz_first_line_mm + number * MRZ_LINE_SPACING_MM)
        baseline = middle + px(1.3)
        for place, char in enumerate(line):
            draw.text((px(left + place * MRZ_PITCH_MM), baseline), char, (20, 20, 22), font, anchor="ls")
