"""Where the fonts of a specimen lie on this machine."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

_FOLDERS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")


class FontMissing(RuntimeError):
    """A font is not installed; the message is one line that says what to install."""


def ocr_b(size_px: float) -> ImageFont.FreeTypeFont:
    """OCR-B, which Doc 9303-3 (4.2) prescribes for the MRZ."""
    return _font("OCRB.otf", "fonts-ocr-b", size_px)


def sans(size_px: float) -> ImageFont.FreeTypeFont:
    return _font("DejaVuSans.ttf", "fonts-dejavu-core", size_px)


def sans_bold(size_px: float) -> ImageFont.FreeTypeFont:
    return _font("DejaVuSans-Bold.ttf", "fonts-dejavu-core", size_px)


@lru_cache(maxsize=64)
def _font(file_name: str, package: str, size_px: float) -> ImageFont.FreeTypeFont:
    for folder in _FOLDERS:
        found = next(iter(sorted(folder.rglob(file_name))), None) if folder.is_dir() else None
        if found is not None:
            return ImageFont.truetype(found, size_px)
    raise FontMissing(f"The font {file_name} is missing: run 'apt-get install -y {package}'.")
