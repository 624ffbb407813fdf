"""The portrait in DG2: both records, both codings, and what is refused before it is decoded."""

import io
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crossing.documents.chip.portrait import PortraitUnreadable, decode_portrait, read_portrait
from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import Verdict
from crossing.documents.chip.tlv import TlvDamaged, encode
from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.personalise import personalise
from crossing_devices.simulated.passport.portrait import PortraitCoding, PortraitRecord
from tests.integration.documents.chip.utopia import PLAIN, TRAVELLER, authority, examined, passport


def jpeg_2000(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), (30, 90, 200), np.uint8)).save(out, "JPEG2000")
    return out.getvalue()


@pytest.mark.parametrize("record", PortraitRecord)
@pytest.mark.parametrize("coding", PortraitCoding)
def test_the_portrait_is_read_out_of_every_record(coding: PortraitCoding, record: PortraitRecord) -> None:
    made = passport(replace(PLAIN, portrait_coding=coding, portrait_record=record))

    portrait = read_portrait(made.files[ChipFile.DG2])

    assert portrait.image.shape == (531, 413, 3)
    assert portrait.media_type == {"jpeg": "image/jpeg", "jpeg2000": "image/jp2"}[coding.value]
    assert portrait.content in made.files[ChipFile.DG2]


def test_colours_are_blue_green_red() -> None:
    picture = decode_portrait(jpeg_2000(40, 50)).image

    assert picture.shape == (50, 40, 3)
    assert np.abs(picture[25, 20].astype(int) - (200, 90, 30)).max() <= 2


def test_the_portrait_of_the_reference_set(real_material: Path | None) -> None:
    group = passport().files[ChipFile.DG2]
    if real_material is not None:
        group = (real_material / "emrtd" / "EF_DG2.bin").read_bytes()

    assert read_portrait(group).image.shape == (531, 413, 3)


def test_a_picture_that_unpacks_to_too_much_is_refused_by_its_header() -> None:
    wide = bytearray(jpeg_2000(64, 64))
    start = wide.index(b"\xff\x4f\xff\x51")
    wide[start + 8 : start + 16] = struct.pack(">II", 60_000, 60_000)

    with pytest.raises(PortraitUnreadable, match="unusual size"):
        decode_portrait(bytes(wide))
    with pytest.raises(PortraitUnreadable, match="too many bytes"):
        decode_portrait(b"\xff\xd8\xff" + bytes(600_000))


def test_a_header_hidden_in_another_box_is_not_taken_for_the_pictures() -> None:
    honest = jpeg_2000(64, 64)
    huge = bytearray(honest)
    start = huge.index(b"\xff\x4f\xff\x51")
    huge[start + 8 : start + 16] = struct.pack(">II", 60_000, 60_000)
    at = honest.index(b"jp2c") - 4
    decoy = b"free" + honest[honest.index(b"\xff\x4f\xff\x51") :][:60]
    hidden = bytes(huge[:at]) + struct.pack(">I", 4 + len(decoy)) + decoy + bytes(huge[at:])

    with pytest.raises(PortraitUnreadable, match="unusual size"):
        decode_portrait(hidden)


@pytest.mark.parametrize("picture", [b"", b"GIF89a", b"\xff\xd8\xff\xe0", jpeg_2000(8, 8), jpeg_2000(64, 64)[:90]])
def test_what_is_no_portrait_is_refused(picture: bytes) -> None:
    with pytest.raises(PortraitUnreadable):
        decode_portrait(picture)


@pytest.mark.parametrize(
    "record",
    [
        encode(0x5F2E, b"FAC\0010\0" + bytes(4)),
        encode(0x5F2E, b"FAC\0010\0" + struct.pack(">IHIH", 60, 1, 46, 900) + bytes(60)),
        encode(0x5F2E, b"FIR\0010\0" + bytes(60)),
        encode(0x7F2E, encode(0xA1, b"")),
        b"",
    ],
)
def test_a_face_record_that_does_not_add_up_is_refused(record: bytes) -> None:
    template = encode(0x7F60, encode(0xA1, b"") + record)
    group = encode(0x75, encode(0x7F61, b"\2\1\1" + template))

    with pytest.raises((PortraitUnreadable, TlvDamaged)):
        read_portrait(group)


def test_a_signed_portrait_that_cannot_be_shown_is_still_as_it_was_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whether data are genuine and whether they can be read are two questions.
    monkeypatch.setattr("crossing_devices.simulated.passport.portrait._record_19794", lambda *_: b"another record")
    made = personalise(TRAVELLER, authority(), options=PLAIN)

    reading = examined(made.files)

    assert reading.portrait is None
    assert reading.data_groups[ChipFile.DG2].verdict is Verdict.VERIFIED
    assert reading.data_groups[ChipFile.DG2].reason == Reason.CONTENT_UNREADABLE
