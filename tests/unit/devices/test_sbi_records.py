"""ISO/IEC 19794 records as the SBI driver reads and writes them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.devices import DeviceError
from crossing.ports.fingers import FingerFormat, FingerPosition
from crossing_devices.sbi.conversion import face_jpeg, finger_record, wsq_size
from crossing_devices.sbi.iso.faces import FaceImage, compose_face, parse_face
from crossing_devices.sbi.iso.finger_images import (
    Compression,
    FingerImages,
    FingerView,
    compose_finger_images,
    parse_finger_images,
)
from crossing_devices.sbi.iso.minutiae import (
    FingerMinutiae,
    Minutia,
    MinutiaeView,
    compose_minutiae,
    parse_minutiae,
)
from crossing_devices.sbi.iso.reading import RecordError
from crossing_devices.simulated.sbi import records
from crossing_devices.simulated.sbi.records import RecordForm, drawn_face, face_record
from crossing_devices.simulated.sbi.ridges import HEIGHT, WIDTH

INDEX = FingerPosition.RIGHT_INDEX
SIDES = st.integers(1, 2000)
NUMBERS = st.integers(0, 0xFFFF)
QUALITIES = st.none() | st.integers(0, 100)
VIEWS = st.builds(
    FingerView,
    position=st.integers(0, 10),
    width=SIDES,
    height=SIDES,
    image=st.binary(min_size=1, max_size=40),
    quality=QUALITIES,
    impression=st.integers(0, 29),
)
IMAGES = st.builds(
    FingerImages,
    views=st.lists(VIEWS, min_size=1, max_size=10).map(tuple),
    compression=st.sampled_from(Compression),
    dpi=st.tuples(st.integers(1, 0xFFFF), st.integers(1, 0xFFFF)),
    device_id=NUMBERS,
    acquisition_level=NUMBERS,
)
POINTS = st.builds(
    Minutia,
    kind=st.integers(0, 2),
    x=st.integers(0, 0x3FFF),
    y=st.integers(0, 0x3FFF),
    angle=st.integers(0, 255),
    quality=st.integers(0, 255),
)
TEMPLATES = st.builds(
    FingerMinutiae,
    views=st.lists(
        st.builds(
            MinutiaeView,
            position=st.integers(0, 10),
            minutiae=st.lists(POINTS, max_size=5).map(tuple),
            view=st.integers(0, 15),
            impression=st.integers(0, 15),
            quality=st.integers(0, 100),
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
    width=st.integers(1, 0xFFFF),
    height=st.integers(1, 0xFFFF),
    per_cm=st.tuples(st.integers(1, 0xFFFF), st.integers(1, 0xFFFF)),
    device=NUMBERS,
)


@given(IMAGES)
def test_an_image_record_is_read_as_it_was_written(record: FingerImages) -> None:
    assert parse_finger_images(compose_finger_images(record)) == record


@given(TEMPLATES)
def test_a_minutiae_record_is_read_as_it_was_written(record: FingerMinutiae) -> None:
    assert parse_minutiae(compose_minutiae(record)) == record


def test_extended_data_of_minutiae_are_skipped() -> None:
    plain = compose_minutiae(FingerMinutiae((MinutiaeView(2, (Minutia(1, 3, 4, 5),)),), 400, 500))
    body = plain[:-2] + b"\x00\x03abc"
    extended = body[:8] + len(body).to_bytes(4, "big") + body[12:]

    assert parse_minutiae(extended) == parse_minutiae(plain)


@given(IMAGES, st.data())
def test_no_cut_record_is_taken_for_a_whole_one(record: FingerImages, data: st.DataObject) -> None:
    content = compose_finger_images(record)
    end = data.draw(st.integers(0, len(content) - 1))

    with pytest.raises(RecordError):
        parse_finger_images(content[:end])
    with pytest.raises(RecordError):
        parse_finger_images(content + b"\0")


@given(
    st.sampled_from((b"FIR\x00010\x00", b"FIR\x00020\x00", b"FMR\0 20\0", b"FAC\x00010\x00", b"FAC\x00030\x00")),
    st.binary(),
)
def test_any_bytes_behind_a_magic_are_read_or_refused(magic: bytes, rest: bytes) -> None:
    for width in (4, 6):
        length = (8 + width + len(rest)).to_bytes(width, "big")
        for parse in (parse_finger_images, parse_minutiae, parse_face):
            try:
                parse(magic + length + rest)
            except RecordError:
                continue


@pytest.mark.parametrize(
    "broken",
    [
        FingerView(11, 10, 10, b"x"),
        FingerView(1, 0, 10, b"x"),
        FingerView(1, 10, 2001, b"x"),
        FingerView(1, 10, 10, b""),
        FingerView(1, 10, 10, b"x", quality=101),
        FingerView(1, 10, 10, b"x", view=2, views=1),
        FingerView(1, 10, 10, b"x", impression=30),
    ],
)
def test_what_the_format_cannot_hold_is_not_written(broken: FingerView) -> None:
    with pytest.raises(RecordError):
        compose_finger_images(FingerImages((broken,), Compression.WSQ))


def test_a_resolution_per_centimetre_is_told_per_inch() -> None:
    content = bytearray(
        compose_finger_images(FingerImages((FingerView(1, 10, 10, b"x"),), Compression.WSQ, (197, 197)))
    )
    content[19] = 2

    assert parse_finger_images(bytes(content)).dpi == (500, 500)


@pytest.mark.parametrize("form", RecordForm)
def test_every_form_becomes_one_finger_as_wsq(form: RecordForm) -> None:
    kept = finger_record(records.finger_record(1, INDEX, 71, form), INDEX, 71)

    record = parse_finger_images(kept.record)
    assert (kept.format, kept.position, kept.quality) == (FingerFormat.IMAGE, INDEX, 71)
    assert (record.compression, record.dpi, len(record.views)) == (Compression.WSQ, (500, 500), 1)
    assert wsq_size(record.views[0].image) == (WIDTH, HEIGHT)


def test_a_picture_of_a_thousand_dots_per_inch_is_brought_to_five_hundred() -> None:
    raw = parse_finger_images(records.finger_record(1, INDEX, 71, RecordForm.RAW))
    fine = compose_finger_images(replace(raw, dpi=(1000, 1000)))

    assert parse_finger_images(finger_record(fine, INDEX, None).record).views[0].width == WIDTH // 2


def test_minutiae_are_kept_as_they_are() -> None:
    content = compose_minutiae(FingerMinutiae((MinutiaeView(2, (Minutia(1, 3, 4, 5),)),), 400, 500))

    kept = finger_record(content, INDEX, 60)

    assert (kept.format, kept.record) == (FingerFormat.MINUTIAE, content)


def test_a_record_of_another_finger_than_was_signed_is_refused() -> None:
    for content in (
        records.finger_record(1, FingerPosition.LEFT_INDEX, 71, RecordForm.WSQ),
        compose_minutiae(FingerMinutiae((MinutiaeView(3, ()),), 400, 500)),
    ):
        with pytest.raises(DeviceError):
            finger_record(content, INDEX, 71)


@pytest.mark.parametrize("compression", Compression)
def test_pictures_that_are_none_are_refused(compression: Compression) -> None:
    view = FingerView(2, 300, 300, b"\xff\xa0\xff\xd8 no picture at all")

    with pytest.raises(DeviceError):
        finger_record(compose_finger_images(FingerImages((view,), compression)), INDEX, None)


def test_a_face_is_taken_out_of_its_record() -> None:
    assert face_jpeg(face_record(drawn_face())) == drawn_face()
    for broken in (b"", b"FAC\0", face_record(drawn_face())[:-1], compose_face(FaceImage(b"no picture", 3, 4))):
        with pytest.raises(DeviceError):
            face_jpeg(broken)


def test_a_face_of_the_2011_edition_is_read() -> None:
    picture = b"\xff\xd8\xff and so on \xff\xd9"
    header = bytes(14) + b"\x01" + bytes(5) + b"\x00\x01" + bytes(15) + bytes(8)
    image = bytes((1, 0)) + b"\x00\x0a\x00\x0b" + bytes(5) + len(picture).to_bytes(4, "big") + picture
    block = (4 + len(header) + len(image)).to_bytes(4, "big") + header + image
    record = b"FAC\x00030\x00" + (17 + len(block)).to_bytes(4, "big") + b"\x00\x01" + bytes(3) + block

    assert parse_face(record) == FaceImage(picture, 10, 11)
