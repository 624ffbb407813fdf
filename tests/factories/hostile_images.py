"""Images made to cost more than they show, or to be something else than they say."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from PIL import Image

from tests.factories.portraits import portrait

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
TIFF: Final = "image/tiff"
WEBP: Final = "image/webp"
BMP: Final = "image/bmp"

Made = tuple[bytes, str]
"""The bytes and the media type that is claimed for them."""


@cache
def a_person() -> Image.Image:
    """Not to be changed: every image is made of the same one."""
    return Image.fromarray(np.ascontiguousarray(portrait("obama.jpg")[:, :, ::-1]))


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, colour: int = 2) -> bytes:
    """A PNG of a size that holds these chunks."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", header), *chunks, (b"IEND", b""))
    )


def plain_png(width: int, height: int, *before: tuple[bytes, bytes]) -> bytes:
    """A sound PNG of one colour: a few hundred kilobytes whatever its size."""
    row = b"\0" + b"\x80" * (3 * width)
    at_once = max(1, 1_000_000 // len(row))
    packer = zlib.compressobj(1)
    parts = [packer.compress(row * min(at_once, height - top)) for top in range(0, height, at_once)]
    return png(width, height, *before, (b"IDAT", b"".join(parts) + packer.flush()))


def a_million_chunks() -> bytes:
    sound = plain_png(64, 64, (b"prVt", b""))
    chunk = sound.index(b"prVt") - 4
    return sound[:chunk] + sound[chunk : chunk + 12] * 1_000_000 + sound[chunk:]


def tiff(*entries: tuple[int, int, int, int], data: bytes = b"") -> bytes:
    """A little-endian TIFF with one directory of (tag, type, count, value or offset), then ``data``."""
    rows = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + rows + struct.pack("<I", 0) + data


def exif(*entries: tuple[int, int, int, int], data: bytes = b"") -> bytes:
    return b"Exif\0\0" + tiff(*entries, data=data)


def jpeg_with(*segments: tuple[int, bytes]) -> bytes:
    """A sound JPEG of a person with these further segments behind its first marker."""
    sound = encoded(a_person(), "JPEG")
    return sound[:2] + b"".join(segment(marker, body) for marker, body in segments) + sound[2:]


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


_BASIC_TIFF: Final[tuple[tuple[int, int, int, int], ...]] = (
    (256, 4, 1, 64), (257, 4, 1, 64), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1),
    (278, 4, 1, 64), (279, 4, 1, 4096),
)  # fmt: skip


def one_scan_over_and_over() -> bytes:
    """A progressive JPEG of 25 megapixels with 5,000 scans, each of which goes over the whole picture."""
    picture = Image.new("L", (5000, 5000), 128)
    sound = encoded(picture, "JPEG", progressive=True)
    refinement = segment(0xDA, bytes([1, 1, 0, 1, 5, 0x10])) + b"\x00" * 10
    return sound[:-2] + refinement * 5_000 + sound[-2:]


def many_exif_segments() -> bytes:
    return jpeg_with(*[(0xE1, b"Exif\0\0x")] * 1_000_000)


def exif_that_repeats_itself() -> bytes:
    """Each of 5,000 entries claims the same bytes."""
    entries = [(1000 + number, 7, 2_000, 100) for number in range(5_000)]
    return jpeg_with((0xE1, exif(*entries)))


def png_exif_that_repeats_itself() -> bytes:
    entries = [(1000 + number, 7, 900_000, 100) for number in range(5_000)]
    block = tiff(*entries, data=bytes(1_000_000))
    return plain_png(640, 480, (b"eXIf", block))


def tiff_that_repeats_itself() -> bytes:
    entries = [(1000 + number, 7, 1_900_000, 100) for number in range(5_000)]
    return tiff(*_BASIC_TIFF, (273, 4, 1, 100), *entries, data=bytes(2_000_000))


def tiff_of_a_million_strips() -> bytes:
    rows = 1_500_000
    offset = 8 + 2 + 12 * 9 + 4
    entries = ((256, 4, 1, 16), (257, 4, 1, rows), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1),
               (278, 4, 1, 1), (273, 4, rows, offset), (279, 4, rows, offset))  # fmt: skip
    return tiff(*entries, data=struct.pack("<I", 16) * rows)


def tiff_with_a_million_depths() -> bytes:
    entries = [entry for entry in _BASIC_TIFF if entry[0] != 258]
    return tiff(*entries, (258, 3, 4_000_000, 200), (273, 4, 1, 200), data=b"\x08\x00" * 4_000_000)


def tiled_tiff(side: int, tile: int, *, order: str = "<", picture: int | None = None) -> bytes:
    """A grey TIFF of ``picture`` pixels a side (``side`` where nothing is said) in sound Deflate tiles."""
    tiles = (-(-side // tile)) ** 2
    packer = zlib.compressobj(1)
    body = b"".join(packer.compress(bytes(tile)) for _ in range(tile)) + packer.flush()
    entries = [(256, 4, 1, picture or side), (257, 4, 1, picture or side), (258, 3, 1, 8), (259, 3, 1, 8),
               (262, 3, 1, 1), (277, 3, 1, 1), (322, 4, 1, tile), (323, 4, 1, tile)]  # fmt: skip
    start = 8 + 2 + 12 * (len(entries) + 2) + 4
    data = start + (8 * tiles if tiles > 1 else 0)
    places = [data + number * len(body) for number in range(tiles)]
    lists = struct.pack(f"{order}{2 * tiles}I", *places, *[len(body)] * tiles) if tiles > 1 else b""
    entries += [
        (324, 4, tiles, start if lists else places[0]),
        (325, 4, tiles, start + 4 * tiles if lists else len(body)),
    ]
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(entries))
    rows = b"".join(_tiff_entry(order, *entry) for entry in entries)
    return head + rows + struct.pack(f"{order}I", 0) + lists + body * tiles


def _tiff_entry(order: str, tag: int, kind: int, values: int, value: int) -> bytes:
    short = kind == 3 and values == 1
    return struct.pack(f"{order}HHI{'HH' if short else 'I'}", tag, kind, values, *((value, 0) if short else (value,)))


def tiff_of_many_pages() -> bytes:
    pages = [a_person().resize((64, 64)) for _ in range(50)]
    return encoded(a_person(), "TIFF", save_all=True, append_images=pages)


def bmp_run_lengths(width: int, height: int, runs: bytes) -> bytes:
    palette = bytes(4 * 256)
    start = 14 + 40 + len(palette)
    head = struct.pack("<2sIHHI", b"BM", start + len(runs), 0, 0, start)
    about = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(runs), 2835, 2835, 256, 0)
    return head + about + palette + runs


def of_16_bits() -> bytes:
    grey = np.asarray(a_person().convert("L")).astype(np.uint16)
    return encoded(Image.fromarray(grey << 8), "PNG")


def animation(form: str) -> bytes:
    frames = [a_person().resize((200, 240)).rotate(angle) for angle in (0, 5, 10)]
    return encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=40)


def tiny_webp(width: int, height: int) -> bytes:
    """A sound WebP of one colour: its size lies in two fields of 14 bits behind the signature of VP8L (RFC 9649)."""
    sound = bytearray(encoded(Image.new("RGBA", (16, 16)), "WEBP", lossless=True))
    at = sound.index(b"VP8L") + 9
    (flags,) = struct.unpack_from("<I", sound, at)
    struct.pack_into("<I", sound, at, flags >> 28 << 28 | height - 1 << 14 | width - 1)
    return bytes(sound)


def turned(orientation: int) -> bytes:
    """A person whose picture is stored in one of EXIF's eight ways (TIFF 6.0, tag 274)."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    picture = a_person()
    if orientation in undo:
        picture = picture.transpose(undo[orientation])
    tags = Image.Exif()
    tags[0x0112] = orientation
    return encoded(picture, "JPEG", exif=tags.tobytes())


def an_animated_gif() -> bytes:
    black, white = Image.new("L", (64, 64)), Image.new("L", (64, 64), 255)
    return encoded(black, "GIF", save_all=True, append_images=[white])


def _turned(orientation: int) -> Made:
    return turned(orientation), JPEG


def crowd() -> bytes:
    """Thirty faces, one of them larger than the others."""
    person = a_person().resize((120, 142))
    wall = Image.new("RGB", (1280, 960), (180, 180, 180))
    for place in range(29):
        wall.paste(person, (place % 10 * 126, 200 + place // 10 * 150))
    wall.paste(a_person().resize((220, 260)), (1040, 690))
    return encoded(wall, "JPEG", quality=92)


def _noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8))


HOSTILE: Final[Mapping[str, tuple[Callable[[], Made], str]]] = MappingProxyType(
    {
        "zero length": (lambda: (b"", JPEG), "image_unreadable"),
        "one pixel": (lambda: (encoded(Image.new("RGB", (1, 1)), "PNG"), PNG), "image_too_small"),
        "4 thousand million pixels in the header": (lambda: (png(65_535, 65_535), PNG), "image_too_large"),
        "51 megapixels": (lambda: (png(8_200, 6_250), PNG), "image_too_large"),
        "50 megapixels": (lambda: (plain_png(8_000, 6_250), PNG), "face_not_found"),
        "50 megapixels of JPEG": (
            lambda: (encoded(a_person().resize((7_000, 7_100), Image.Resampling.BILINEAR), "JPEG"), JPEG), "face"
        ),
        "16 x 16,000": (lambda: (plain_png(16, 16_000), PNG), "face_not_found"),
        "16,000 x 16": (lambda: (plain_png(16_000, 16), PNG), "face_not_found"),
        "16 x 3 million": (lambda: (plain_png(16, 3_000_000), PNG), "face_not_found"),
        "white": (lambda: (encoded(Image.new("RGB", (1280, 960), "white"), "PNG"), PNG), "face_not_found"),
        "noise": (lambda: (encoded(_noise(1280, 960), "PNG"), PNG), "face_not_found"),
        "30 faces": (lambda: (crowd(), JPEG), "face several_faces"),
        "16 bits": (
            lambda: (of_16_bits(), PNG), "face"
        ),
        "CMYK": (lambda: (encoded(a_person().convert("CMYK"), "JPEG"), JPEG), "face"),
        "CMYK of TIFF": (lambda: (encoded(a_person().convert("CMYK"), "TIFF"), TIFF), "face"),
        "grey and alpha": (lambda: (encoded(a_person().convert("LA"), "PNG"), PNG), "face"),
        "palette with a transparent colour": (
            lambda: (encoded(a_person().quantize(255), "PNG", transparency=3), PNG), "face"
        ),
        "animated WebP": (lambda: (animation("WEBP"), WEBP), "face"),
        "animated PNG": (lambda: (animation("PNG"), PNG), "face"),
        "animated GIF": (lambda: (an_animated_gif(), "image/gif"), "image_mislabelled"),
        "cut short": (lambda: (encoded(a_person(), "JPEG")[:20_000], JPEG), "image_unreadable"),
        "a text that unpacks to 80 MB": (
            lambda: (plain_png(64, 64, (b"zTXt", b"a\0\0" + zlib.compress(bytes(80_000_000), 1))), PNG),
            "image_unreadable",
        ),
        "a colour profile that unpacks to 80 MB": (
            lambda: (plain_png(64, 64, (b"iCCP", b"a\0\0" + zlib.compress(bytes(80_000_000), 1))), PNG),
            "image_unreadable",
        ),
        "pixels that unpack to far more than claimed": (
            lambda: (png(640, 480, (b"IDAT", zlib.compress(bytes(80_000_000), 1))), PNG), "face_not_found"
        ),
        "a million chunks": (lambda: (a_million_chunks(), PNG), "image_unreadable"),
        "5,000 scans": (lambda: (one_scan_over_and_over(), JPEG), "image_unreadable"),
        "a million pieces of EXIF": (lambda: (many_exif_segments(), JPEG), "image_unreadable"),
        "EXIF that repeats itself": (lambda: (exif_that_repeats_itself(), JPEG), "face"),
        "EXIF in PNG that repeats itself": (lambda: (png_exif_that_repeats_itself(), PNG), "face_not_found"),
        "garbage in application segments": (
            lambda: (jpeg_with(*[(marker, bytes(range(256)) * 20) for marker in range(0xE0, 0xF0)]), JPEG), "face"
        ),
        "TIFF that repeats itself": (lambda: (tiff_that_repeats_itself(), TIFF), "face_not_found"),
        "TIFF of a million strips": (lambda: (tiff_of_a_million_strips(), TIFF), "image_unreadable"),
        "TIFF of a million depths": (lambda: (tiff_with_a_million_depths(), TIFF), "image_unreadable"),
        "TIFF that points at itself": (
            lambda: (b"II*\0" + struct.pack("<IHHHIII", 8, 1, 256, 4, 1, 64, 8), TIFF), "image_unreadable"
        ),
        "TIFF of 64 x 64 in a tile of 8,000 x 8,000": (
            lambda: (tiled_tiff(8_000, 8_000, picture=64), TIFF), "image_unreadable"
        ),
        "the same the other way round": (
            lambda: (tiled_tiff(8_000, 8_000, order=">", picture=64), TIFF), "image_unreadable"
        ),
        "TIFF in tiles": (lambda: (tiled_tiff(1_000, 256), TIFF), "face_not_found"),
        "WebP of 40 bytes and 49 megapixels": (lambda: (tiny_webp(7_000, 7_000), WEBP), "image_too_large"),
        "TIFF of many pages": (lambda: (tiff_of_many_pages(), TIFF), "face"),
        "BMP of runs": (
            lambda: (bmp_run_lengths(64, 64, b"\x40\x01\0\0" * 64 + b"\0\1"), BMP), "face_not_found"
        ),
        "BMP whose runs skip a thousand million pixels": (
            lambda: (bmp_run_lengths(3_000_000, 16, b"\0\2\xff\xff" * 100), BMP), "image_unreadable"
        ),
        "BMP of ten million runs": (
            lambda: (bmp_run_lengths(7_000, 7_000, b"\x01\x01" * 9_000_000), BMP), "image_unreadable"
        ),
        **{f"orientation {number}": (partial(_turned, number), "face") for number in range(1, 9)},
    }
)  # fmt: skip
"""Each hostile image by its name: how it is made, and what it has to be answered with: the code of the refusal, that
no face was found, or that one was, and then with which hint."""


@cache
def made(name: str) -> Made:
    """The image of that name."""
    return HOSTILE[name][0]()
