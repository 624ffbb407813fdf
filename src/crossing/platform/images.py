"""Images from devices and uploads are hostile until decoded here.

The header is read first, so that a small file which unpacks to a huge picture is refused before a pixel of it
is allocated. What comes out is always the same thing: an 8-bit BGR array, upright by its EXIF orientation.
"""

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from crossing.platform.errors import DomainError, Kind
from crossing.platform.image_structure import in_few_parts, worth_its_pixels

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_PIXELS: Final = 50_000_000
MAX_FRAME_PIXELS: Final = 12_000_000
"""Of each of several frames of a camera, which are held at once."""

MAX_WEBP_PIXELS: Final = 25_000_000
"""WebP's own decoder holds the picture three times, in four colours each."""

LARGE_PIXELS: Final = 12_000_000
LARGE_AT_ONCE: Final = 2
LARGE_WAIT_SECONDS: Final = 5.0
PATIENT_WAIT_SECONDS: Final = 60.0
"""Of pictures of more pixels than this so many are unpacked at once; another one waits so long, or more patiently
where nobody stands before a desk."""

MIN_SIDE: Final = 16
ACCEPTED: Final = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "TIFF": "image/tiff",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
}

# A camera's JPEG with a second picture behind the first (CIPA DC-007) has a name of its own in Pillow.
_OWN_NAMES: Final = {"MPO": "JPEG"}

# BI_RLE8 and BI_RLE4.
_BMP_RUN_LENGTHS: Final = (1, 2)

BgrImage = npt.NDArray[np.uint8]
"""Height x width x 3, blue-green-red, 8 bits: OpenCV's order."""

_STRIPE_PIXELS: Final = 500_000

_unpacking_large = threading.BoundedSemaphore(LARGE_AT_ONCE)

# Pillow's registry of decoders and the warnings filter are process-wide; opening is cheap, so it is serialised.
_opening = threading.Lock()


class ImageTooLarge(DomainError):
    kind = Kind.TOO_LARGE
    code = "image_too_large"
    message = "The image is too large: at most {max_megabytes} MB and {max_megapixels} megapixels are accepted."

    def __init__(self, max_pixels: int = MAX_PIXELS) -> None:
        super().__init__(max_megabytes=MAX_BYTES // (1024 * 1024), max_megapixels=max_pixels // 1_000_000)


class ImageTooSmall(DomainError):
    kind = Kind.INVALID
    code = "image_too_small"
    message = "The image is too small to show anything: each side needs at least {min_side} pixels."

    def __init__(self) -> None:
        super().__init__(min_side=MIN_SIDE)


class ImageUnreadable(DomainError):
    kind = Kind.INVALID
    code = "image_unreadable"
    message = "The image could not be read: it is damaged, cut short or not an image."


class ImageMislabelled(DomainError):
    kind = Kind.UNSUPPORTED_MEDIA
    code = "image_mislabelled"
    message = "The image is not what its label says. JPEG, PNG, TIFF, WebP and BMP are accepted."


class ImagesWaiting(DomainError):
    kind = Kind.UNAVAILABLE
    code = "images_waiting"
    message = "Other large images are being read. Send this one again in a moment."


def decode_image(
    content: bytes, *, declared: str | None = None, max_pixels: int = MAX_PIXELS, patient: bool = False
) -> BgrImage:
    """The picture in ``content`` as an upright BGR array; of an animation, its first frame.

    ``declared`` is the media type that the sender claimed; where given, it must be true. Raises
    :class:`ImageTooLarge` over 20 MB or ``max_pixels`` (50 megapixels where nothing is said; of WebP at most 25),
    :class:`ImageMislabelled` where the label lies or the format is not accepted, :class:`ImageTooSmall` under 16
    pixels a side, :class:`ImageUnreadable` for anything damaged, or made of more parts than a picture needs, and
    :class:`ImagesWaiting` where other large pictures are still being unpacked after 5 seconds, after a
    minute where ``patient``: for work in the background, which a busy moment must not fail.
    """
    if len(content) > MAX_BYTES:
        raise ImageTooLarge
    picture = _open(content, max_pixels)
    if declared is not None and _media_type(picture) != declared.split(";")[0].strip().lower():
        raise ImageMislabelled
    with _in_turn(picture.width * picture.height, PATIENT_WAIT_SECONDS if patient else LARGE_WAIT_SECONDS):
        return _unpacked(picture)


@contextmanager
def _in_turn(pixels: int, seconds: float) -> Iterator[None]:
    if pixels <= LARGE_PIXELS:
        yield
        return
    if not _unpacking_large.acquire(timeout=seconds):
        raise ImagesWaiting
    try:
        yield
    finally:
        _unpacking_large.release()


def _unpacked(picture: Image.Image) -> BgrImage:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ImageOps.exif_transpose(picture, in_place=True)
            return _in_stripes(picture)
    except Exception as broken:  # a decoder fed with hostile bytes may raise anything
        raise ImageUnreadable from broken


def _in_stripes(picture: Image.Image) -> BgrImage:
    """Converted a stripe at a time: of a large picture no further copy is held whole."""
    width, height = picture.size
    upright = np.empty((height, width, 3), np.uint8)
    rows = max(1, _STRIPE_PIXELS // width)
    for top in range(0, height, rows):
        stripe = picture.crop((0, top, width, min(top + rows, height)))
        upright[top : top + rows] = np.asarray(_on_white(_of_8_bits(stripe)), dtype=np.uint8)[:, :, ::-1]
    return upright


def _of_8_bits(picture: Image.Image) -> Image.Image:
    """Scanners write greys of 16 bits, of which Pillow's own conversion would keep the darkest 256."""
    if not picture.mode.startswith("I"):
        return picture
    levels = np.array(picture)
    np.clip(levels, 0, 65_535, out=levels)
    levels >>= 8
    return Image.fromarray(levels.astype(np.uint8))


def _on_white(picture: Image.Image) -> Image.Image:
    """In RGB; what is transparent shows the white of paper, not whatever colour lies hidden there."""
    if not picture.has_transparency_data:
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    layers = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    paper = Image.new("RGB", layers.size, "white")
    paper.paste(layers, mask=layers)
    return paper


def _open(content: bytes, max_pixels: int) -> Image.Image:
    if not in_few_parts(content):
        raise ImageUnreadable
    try:
        with _opening, warnings.catch_warnings():
            # Pillow warns between its own limit and twice that; the limit below is ours and is hard. What it finds
            # odd in a file, and skips, the picture itself shows.
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(content), formats=tuple(ACCEPTED))
    except Image.DecompressionBombError as bomb:
        raise ImageTooLarge from bomb
    except UnidentifiedImageError as unknown:
        raise (ImageMislabelled if _looks_like_something(content) else ImageUnreadable) from unknown
    except Exception as broken:
        raise ImageUnreadable from broken
    pixels = picture.width * picture.height
    most = min(max_pixels, MAX_WEBP_PIXELS) if picture.format == "WEBP" else max_pixels
    if pixels > most:
        raise ImageTooLarge(most)
    if min(picture.size) < MIN_SIDE:
        raise ImageTooSmall
    run_lengths = picture.format == "BMP" and picture.info.get("compression", 0) in _BMP_RUN_LENGTHS
    form = _OWN_NAMES.get(picture.format or "", picture.format or "")
    if not worth_its_pixels(content, form, pixels, run_lengths=run_lengths):
        raise ImageUnreadable
    return picture


def _media_type(picture: Image.Image) -> str:
    name = picture.format or ""
    return ACCEPTED[_OWN_NAMES.get(name, name)]


def _looks_like_something(content: bytes) -> bool:
    """Whether the bytes are a well-known format that is simply not accepted (PDF, GIF, ZIP, HTML, SVG)."""
    head = content[:16].lstrip()
    return head.startswith((b"%PDF", b"GIF8", b"PK\x03\x04", b"<"))


def encode_jpeg(image: BgrImage, *, quality: int = 88) -> bytes:
    """A JPEG without metadata (no EXIF, no thumbnail) of a BGR image."""
    out = io.BytesIO()
    Image.fromarray(image[:, :, ::-1]).save(out, "JPEG", quality=quality, optimize=False)
    return out.getvalue()
