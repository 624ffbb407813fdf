"""The post reads what a scanner handed over, and refuses what is not that."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.fingers.errors import FingersUnreadable
from crossing.fingers.picture import finger_png
from crossing.fingers.records import check_record, finger_images, parse_fingers, read_fingers
from crossing.fingers.wsq import decode_wsq, wsq_size
from crossing.platform.images import decode_image
from crossing.ports.fingers import FingerFormat, FingerPosition
from crossing_devices.sbi.iso.minutiae import FingerMinutiae, Minutia, MinutiaeView, compose_minutiae
from crossing_devices.simulated.sbi.ridges import fingerprint
from tests.unit.fingers.conftest import capture_of, image_record, record_of, small_wsq

MINUTIAE = compose_minutiae(
    FingerMinutiae((MinutiaeView(2, (Minutia(1, 10, 20, 30), Minutia(2, 5, 6, 7))),), 400, 500)
)


def test_what_the_scanner_gave_is_read_and_seen(wsq_file: bytes) -> None:
    content = capture_of(image_record(wsq_file), image_record(wsq_file, FingerPosition.LEFT_INDEX))

    capture = read_fingers(content)
    images = finger_images(capture)

    assert [one.position for one in images] == [FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX]
    assert images[0].quality == 70
    drawn = fingerprint(1, FingerPosition.RIGHT_INDEX)[150:290, 100:220]
    assert np.abs(images[0].picture.astype(int) - drawn).mean() < 12


def test_minutiae_are_read_beside_images(wsq_file: bytes) -> None:
    minutiae = record_of(MINUTIAE, FingerPosition.RIGHT_INDEX, FingerFormat.MINUTIAE)

    assert read_fingers(capture_of(minutiae)).records[0].record == MINUTIAE


def test_a_finger_is_shown_no_larger_than_asked(wsq_file: bytes) -> None:
    assert decode_image(finger_png(image_record(wsq_file), side=70)).shape == (70, 60, 3)


def cut(content: bytes) -> bytes:
    return content[:-1]


def changed(place: int, value: int) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        return content[:place] + bytes((value,)) + content[place + 1 :]

    return change


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        lambda content: content + b"\0",
        lambda _: b"",
        lambda _: b"FIR\x00010\x00",
        changed(0, 0x47),  # not FIR
        changed(5, 0x32),  # another edition
        changed(13, 0),  # the record's length
        changed(18, 2),  # two fingers
        changed(24, 3),  # a thousand dots per inch
        changed(28, 16),  # 16 bits a pixel
        changed(29, 0),  # raw
        changed(35, 0),  # the finger's length
        changed(36, 3),  # another finger
        changed(37, 2),  # two views
        changed(42, 1),  # another width
        changed(46, 0),  # no WSQ
    ],
)
def test_a_damaged_image_record_is_refused(wsq_file: bytes, damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(FingersUnreadable):
        parse_fingers(capture_of(record_of(damage(image_record(wsq_file).record))))


@pytest.mark.parametrize("place", [0, 4, 11, 14, 22, 24, 27, len(MINUTIAE) - 1])
def test_a_damaged_minutiae_record_is_refused(place: int) -> None:
    content = changed(place, 0 if place in (14, 22) else 200)(MINUTIAE)
    content = content[:14] + b"\0\0" + content[16:] if place == 14 else content

    with pytest.raises(FingersUnreadable):
        check_record(record_of(content, FingerPosition.RIGHT_INDEX, FingerFormat.MINUTIAE))


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"records": []}', b"\xff", b'{"records": [{}]}', b"[" * 9999]
)
def test_what_is_no_capture_is_refused(content: bytes) -> None:
    with pytest.raises(FingersUnreadable):
        read_fingers(content)


def test_the_same_finger_twice_is_refused(wsq_file: bytes) -> None:
    with pytest.raises(FingersUnreadable):
        parse_fingers(capture_of(image_record(wsq_file), image_record(wsq_file)))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for record_format in FingerFormat:
        with pytest.raises(FingersUnreadable):
            check_record(record_of(content, FingerPosition.RIGHT_INDEX, record_format))


# -- WSQ


def test_pictures_come_back_in_their_order() -> None:
    files = [small_wsq(120, 140), small_wsq(100, 100), small_wsq(130, 110)]

    assert [one.shape for one in decode_wsq(files)] == [(140, 120), (100, 100), (110, 130)]
    assert decode_wsq([]) == []


@pytest.mark.parametrize("size", [b"\x00\x3f", b"\x07\xd1", b"\xff\xff"])
def test_a_picture_that_is_too_small_or_too_large_is_not_decoded(wsq_file: bytes, size: bytes) -> None:
    place = wsq_file.index(b"\xff\xa2") + 6

    with pytest.raises(FingersUnreadable):
        wsq_size(wsq_file[:place] + size + wsq_file[place + 2 :])


def test_a_file_that_ruins_the_decoder_does_no_harm_here(wsq_file: bytes) -> None:
    """NBIS writes past its buffers for some of these; whatever it does, it does elsewhere."""
    rng = np.random.default_rng(5)
    start = wsq_file.index(b"\xff\xa2") + 20
    refused = 0
    for _ in range(12):
        broken = bytearray(wsq_file)
        for place in rng.integers(start, len(broken) - 2, 40):
            broken[place] = rng.integers(0, 256)
        try:
            assert decode_wsq([bytes(broken)])[0].shape == (140, 120)
        except FingersUnreadable:
            refused += 1

    assert refused
    assert decode_wsq([wsq_file])[0].shape == (140, 120)
