"""What a TIFF says of its parts is not believed: what it would cost to unpack is reckoned first."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from crossing.platform.errors import DomainError
from crossing.platform.images import ImageUnreadable, decode_image
from crossing.platform.tiff_structure import in_sound_parts
from tests.factories.hostile_images import tiff, tiled_tiff

PIXELS = np.random.default_rng(2).integers(0, 256, (90, 120, 3), dtype=np.uint8)


def scanned(compression: str | None = None, **tags: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(PIXELS).save(
        out,
        "TIFF",
        compression=compression,
        tiffinfo={int(tag.removeprefix("t")): value for tag, value in tags.items()},
    )
    return out.getvalue()


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "jpeg"])
@pytest.mark.parametrize("rows", [8, 16, 90])
def test_what_scanners_write_is_taken(compression: str | None, rows: int) -> None:
    image = decode_image(scanned(compression, t278=rows))
    assert image.shape == PIXELS.shape
    if compression != "jpeg":
        assert (image == PIXELS[:, :, ::-1]).all()


@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_a_fax_is_taken(compression: str) -> None:
    out = io.BytesIO()
    Image.fromarray(PIXELS).convert("1").save(out, "TIFF", compression=compression)
    assert decode_image(out.getvalue()).shape == PIXELS.shape


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("side", "tile"), [(64, 256), (64, 1024), (300, 256), (1025, 1024), (1000, 64)])
def test_tiles_as_they_are_usual_are_taken(side: int, tile: int, order: str) -> None:
    assert decode_image(tiled_tiff(side, tile, order=order)).shape == (side, side, 3)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("side", "tile"), [(64, 2_200), (500, 8_000)])
def test_a_tile_far_larger_than_its_picture_is_refused(side: int, tile: int, order: str) -> None:
    with pytest.raises(ImageUnreadable):
        decode_image(tiled_tiff(tile, tile, order=order, picture=side))


PLAIN = [(256, 4, 1, 64), (257, 4, 1, 64), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 200),
         (277, 3, 1, 1), (278, 4, 1, 64), (279, 4, 1, 4096)]  # fmt: skip


def plain(*changed: tuple[int, int, int, int]) -> bytes:
    tags = {entry[0] for entry in changed}
    return tiff(*[entry for entry in PLAIN if entry[0] not in tags], *changed, data=bytes(8192))


def test_the_plain_one_that_the_next_ones_are_made_of_is_taken() -> None:
    assert decode_image(plain()).shape == (64, 64, 3)


@pytest.mark.parametrize(
    "changed",
    [
        [(322, 4, 1, 26_752)],
        [(322, 4, 1, 64), (323, 4, 1, 0)],
        [(322, 4, 1, 65_536), (323, 4, 1, 65_536)],
        [(322, 16, 1, 64), (323, 4, 1, 64)],
        [(322, 1, 4, 64), (323, 4, 1, 64)],
        [(322, 4, 1, 64), (322, 4, 1, 26_752), (323, 4, 1, 64)],
        [(278, 4, 1, 0)],
        [(279, 4, 1, 1 << 30)],
        [(279, 16, 1, 200)],
        [(279, 4, 5_000, 1 << 24)],
        [(259, 3, 1, 34_925)],
        [(259, 3, 1, 50_000)],
        [(259, 3, 1, 50_001)],
        [(259, 3, 1, 6)],
        [(259, 3, 1, 7), (279, 4, 1, 0)],
    ],
)
def test_what_no_scanner_says_is_refused(changed: list[tuple[int, int, int, int]]) -> None:
    assert not in_sound_parts(plain(*changed))


@pytest.mark.parametrize("start", [b"II+\0", b"MM\0+", b"MM*\0", b"II\0*"])
def test_bigtiff_and_odd_orders_are_refused(start: bytes) -> None:
    with pytest.raises(ImageUnreadable):
        decode_image(start + plain()[4:])


def test_many_strips_that_name_the_same_bytes_are_refused() -> None:
    strips = 2_000
    lists = struct.pack(f"<{strips}I", *[2_000] * strips)
    entries = [entry for entry in PLAIN if entry[0] not in (257, 273, 278, 279)]
    whole = tiff(
        *entries,
        (257, 4, 1, strips),
        (278, 4, 1, 1),
        (273, 4, strips, 200),
        (279, 4, strips, 200),
        data=bytes(100) + lists,
    )
    assert not in_sound_parts(whole)


def test_the_scans_of_jpeg_strips_are_counted_strip_by_strip() -> None:
    once = scanned("jpeg", t278=16)
    assert in_sound_parts(once)
    many = once.replace(b"\xff\xda", b"\xff\xda" * 1_500_000, 1)
    assert not in_sound_parts(many)


@given(st.binary(max_size=400), st.sampled_from([b"II*\0", b"MM\0*"]))
def test_any_bytes_get_an_answer(content: bytes, start: bytes) -> None:
    assert in_sound_parts(start + content) in (True, False)
    with pytest.raises(DomainError):
        decode_image(start + content)
