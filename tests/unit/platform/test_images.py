"""Images are hostile until decoded: whatever comes in, a picture or one clear refusal comes out."""

import io
import struct
import zlib
from contextlib import ExitStack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from crossing.platform import images
from crossing.platform.errors import DomainError
from crossing.platform.images import (
    ACCEPTED,
    MAX_BYTES,
    BgrImage,
    ImageMislabelled,
    ImagesWaiting,
    ImageTooLarge,
    ImageTooSmall,
    ImageUnreadable,
    decode_image,
    encode_jpeg,
)

FORMATS = tuple(ACCEPTED)
LARGE = (4_000, 3_010)
WIDTH, HEIGHT = 64, 48


def gradient() -> Image.Image:
    """A picture whose every pixel differs from its neighbours, so that no format packs it into nothing."""
    rng = np.random.default_rng(3)
    return Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8), "RGB")


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """The start of a PNG that claims a size; a few dozen bytes, whatever it claims."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body)),
            struct.pack(">I", len(data)) + b"IDAT" + data + struct.pack(">I", zlib.crc32(b"IDAT" + data)),
        ]
    )


@pytest.mark.parametrize("form", FORMATS)
def test_every_accepted_format_becomes_the_same_kind_of_array(form: str) -> None:
    image = decode_image(encoded(gradient(), form), declared=ACCEPTED[form])
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous


def test_colours_come_out_blue_green_red() -> None:
    red = Image.new("RGB", (20, 20), (200, 10, 30))
    assert decode_image(encoded(red, "PNG"))[5, 5].tolist() == [30, 10, 200]


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1", "I;16"])
def test_other_pixel_layouts_are_converted(mode: str) -> None:
    picture = Image.new("I;16", (20, 20), 30_000) if mode == "I;16" else gradient().convert(mode)
    image = decode_image(encoded(picture, "TIFF" if mode == "CMYK" else "PNG"))
    assert image.shape == (picture.height, picture.width, 3)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("sixteenth", range(16))
def test_a_picture_cut_short_anywhere_is_refused(form: str, sixteenth: int) -> None:
    whole = encoded(gradient(), form)
    with pytest.raises(ImageUnreadable):
        decode_image(whole[: len(whole) * sixteenth // 16])


def test_over_twenty_megabytes_is_too_large_before_it_is_looked_at() -> None:
    with pytest.raises(ImageTooLarge) as refused:
        decode_image(b"\xff" * (MAX_BYTES + 1))
    assert refused.value.params == {"max_megabytes": 20, "max_megapixels": 50}


@pytest.mark.parametrize(
    ("width", "height"),
    [(7072, 7072), (10_000, 10_000), (20_000, 20_000), (65_000, 65_000), (2**31 - 1, 2), (2**31 - 1, 2**31 - 1)],
)
def test_a_bomb_is_refused_by_its_header(width: int, height: int) -> None:
    with pytest.raises(ImageTooLarge):
        decode_image(png_header(width, height))


def test_a_header_within_the_limit_without_its_pixels_is_unreadable() -> None:
    with pytest.raises(ImageUnreadable):
        decode_image(png_header(500, 500))


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
        b"<!DOCTYPE html><html><body>a page</body></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>',
        b"\n  <?xml version='1.0'?><svg/>",
        b"PK\x03\x04\x14\x00\x00\x00",
    ],
    ids=["gif", "pdf", "html", "svg", "xml", "zip"],
)
def test_something_else_is_not_an_image(content: bytes) -> None:
    with pytest.raises(ImageMislabelled):
        decode_image(content)


def test_an_animated_gif_is_not_accepted_even_when_it_is_sound() -> None:
    with pytest.raises(ImageMislabelled):
        decode_image(encoded(gradient(), "GIF"), declared="image/gif")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("declared", [*ACCEPTED.values(), "text/plain", "", "image/*"])
def test_a_label_must_be_true(form: str, declared: str) -> None:
    content = encoded(gradient(), form)
    if declared == ACCEPTED[form]:
        assert decode_image(content, declared=f" {declared.upper()} ; charset=x").shape == (HEIGHT, WIDTH, 3)
    else:
        with pytest.raises(ImageMislabelled):
            decode_image(content, declared=declared)


def test_a_camera_s_jpeg_of_several_pictures_is_a_jpeg() -> None:
    # Many cameras and telephones add a second picture behind the first (CIPA DC-007); it stays a JPEG.
    several = encoded(gradient(), "MPO", save_all=True, append_images=[gradient()])
    assert decode_image(several, declared="image/jpeg").shape == (HEIGHT, WIDTH, 3)


def test_greys_of_16_bits_keep_their_range() -> None:
    ramp = np.tile(np.linspace(0, 65_535, 256).astype(np.uint16), (32, 1))
    decoded = decode_image(encoded(Image.fromarray(ramp), "PNG"))
    assert decoded[0, :, 0].tolist() == list(range(256))


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    clear.paste((10, 20, 30, 255), (0, 0, 16, 32))
    decoded = decode_image(encoded(clear, "PNG"))
    assert decoded[5, 5].tolist() == [30, 20, 10]
    assert decoded[5, 25].tolist() == [255, 255, 255]


@pytest.mark.parametrize("side", [1, 15])
def test_a_picture_too_small_to_show_anything_is_refused(side: int) -> None:
    with pytest.raises(ImageTooSmall):
        decode_image(encoded(Image.new("RGB", (side, 400)), "PNG"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_comes_out_upright(orientation: int) -> None:
    """The marked corner of an upright picture, stored in each of EXIF's eight ways, comes back to its place."""
    upright = Image.new("RGB", (40, 24))
    upright.paste((255, 255, 255), (0, 0, 8, 8))
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = upright
    for step in undo.get(orientation, []):
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decode_image(encoded(stored, "PNG", exif=exif.tobytes()))
    assert image.shape == (24, 40, 3)
    assert image[4, 4].min() > 250
    assert image[20, 36].max() < 5


def test_an_encoded_picture_carries_nothing_but_pixels() -> None:
    content = encode_jpeg(np.full((30, 40, 3), 128, np.uint8))
    assert decode_image(content, declared="image/jpeg").shape == (30, 40, 3)
    assert b"Exif" not in content


@given(st.binary(max_size=4000))
def test_no_bytes_raise_anything_but_a_refusal(content: bytes) -> None:
    _decoded_or_refused(content)


@given(
    form=st.sampled_from(FORMATS),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_no_change_to_a_sound_picture_raises_anything_but_a_refusal(
    form: str, changes: list[tuple[float, int]]
) -> None:
    content = bytearray(encoded(gradient(), form))
    for place, value in changes:
        content[int(place * len(content))] = value
    _decoded_or_refused(bytes(content), declared=ACCEPTED[form])


def _decoded_or_refused(content: bytes, declared: str | None = None) -> None:
    try:
        image: BgrImage = decode_image(content, declared=declared)
    except DomainError:
        return
    assert image.ndim == 3
    assert image.shape[2] == 3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"])
def test_a_picture_of_several_stripes_is_whole(mode: str) -> None:
    """Half a million pixels and more are converted in parts."""
    ramp = np.arange(700 * 900, dtype=np.int32).reshape(700, 900) % 251
    grey = ramp.astype(np.uint8)
    wide = {"I": ramp << 8, "I;16": (ramp << 8).astype(np.uint16)}
    picture = Image.fromarray(wide[mode]) if mode in wide else Image.fromarray(grey).convert(mode)
    decoded = decode_image(encoded(picture, "TIFF" if mode == "I" else "PNG"))
    assert decoded.shape == (700, 900, 3)
    if mode == "1":  # dithered: only that it is black and white
        assert set(np.unique(decoded)) == {0, 255}
    else:
        assert (decoded == grey[:, :, None]).all()


def test_a_webp_that_its_own_decoder_would_hold_three_times_is_refused_with_its_limit() -> None:
    content = encoded(Image.new("RGBA", (5_100, 5_000)), "WEBP", lossless=True, method=0)
    assert len(content) < 100
    with pytest.raises(ImageTooLarge) as refused:
        decode_image(content)
    assert refused.value.params["max_megapixels"] == 25


def test_large_pictures_wait_for_each_other_and_are_told_when_it_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "LARGE_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(images, "PATIENT_WAIT_SECONDS", 0.02)
    large, small = encoded(Image.new("1", LARGE), "PNG"), encoded(gradient(), "PNG")
    with ExitStack() as others:
        for _ in range(images.LARGE_AT_ONCE):
            others.enter_context(images._in_turn(images.LARGE_PIXELS + 1, 1))
        with pytest.raises(ImagesWaiting):
            decode_image(large)
        with pytest.raises(ImagesWaiting):
            decode_image(large, patient=True)
        assert decode_image(small).shape == (HEIGHT, WIDTH, 3)
    assert decode_image(large).shape == (*LARGE[::-1], 3)


def test_a_large_picture_that_is_broken_gives_its_turn_back() -> None:
    whole = encoded(Image.new("RGB", LARGE), "JPEG")
    for _ in range(images.LARGE_AT_ONCE + 1):
        with pytest.raises(ImageUnreadable):
            decode_image(whole[: len(whole) // 2])
