"""Where things stand on a page, in millimetres from its upper left corner."""

from dataclasses import dataclass
from typing import Final

from crossing_devices.simulated.specimens.traveller import PageFormat

DPI: Final = 300
MRZ_PITCH_MM: Final = 2.54
"""Ten characters per inch (Doc 9303-3, 4.2.1)."""
MRZ_LINE_SPACING_MM: Final = 6.35


def px(millimetres: float) -> int:
    return round(millimetres * DPI / 25.4)


@dataclass(frozen=True)
class Layout:
    """``mrz_first_line_mm`` is the middle of the first line; the lines are centred across the page.

    ``mrz_side_top_mm`` is where the side that carries the MRZ begins: 0 but for a card, which is pictured with
    its front above its back.
    """

    title: str
    width_mm: float
    height_mm: float
    portrait_mm: tuple[float, float, float, float]
    fields_left_mm: float
    fields_top_mm: float
    row_mm: float
    label_mm: float
    text_mm: float
    mrz_first_line_mm: float
    side_height_mm: float
    mrz_side_top_mm: float = 0.0


LAYOUTS: Final = {
    PageFormat.TD3: Layout(
        title="PASSEPORT / PASSPORT",
        width_mm=125,
        height_mm=88,
        portrait_mm=(6, 15, 35, 45),
        fields_left_mm=46,
        fields_top_mm=14,
        row_mm=8.0,
        label_mm=1.6,
        text_mm=2.9,
        mrz_first_line_mm=72.2,
        side_height_mm=88,
    ),
    PageFormat.TD2: Layout(
        title="TITRE DE VOYAGE / TRAVEL DOCUMENT",
        width_mm=105,
        height_mm=74,
        portrait_mm=(5, 12, 28, 36),
        fields_left_mm=37,
        fields_top_mm=11,
        row_mm=6.6,
        label_mm=1.4,
        text_mm=2.4,
        mrz_first_line_mm=58.2,
        side_height_mm=74,
    ),
    PageFormat.MRV_A: Layout(
        title="VISA",
        width_mm=120,
        height_mm=80,
        portrait_mm=(5, 12, 32, 41),
        fields_left_mm=42,
        fields_top_mm=11,
        row_mm=7.2,
        label_mm=1.5,
        text_mm=2.6,
        mrz_first_line_mm=64.2,
        side_height_mm=80,
    ),
    PageFormat.MRV_B: Layout(
        title="VISA",
        width_mm=105,
        height_mm=74,
        portrait_mm=(5, 12, 28, 36),
        fields_left_mm=37,
        fields_top_mm=11,
        row_mm=6.6,
        label_mm=1.4,
        text_mm=2.4,
        mrz_first_line_mm=58.2,
        side_height_mm=74,
    ),
    PageFormat.TD1: Layout(
        title="CARTE D'IDENTITÉ / IDENTITY CARD",
        width_mm=85.6,
        height_mm=112,
        portrait_mm=(4, 11, 28, 36),
        fields_left_mm=35,
        fields_top_mm=9.5,
        row_mm=6.1,
        label_mm=1.3,
        text_mm=2.2,
        mrz_first_line_mm=93.0,
        side_height_mm=54,
        mrz_side_top_mm=58,
    ),
}
