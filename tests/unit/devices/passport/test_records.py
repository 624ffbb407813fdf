"""The files of the chip, taken apart by hand."""

import datetime as dt
import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from asn1crypto import cms, core, keys
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.keys import Algorithm, Scheme
from crossing_devices.simulated.passport.personalise import (
    ActiveAuthentication,
    ChipAuthentication,
    ChipOptions,
    Passport,
    personalise,
    write_folder,
)
from crossing_devices.simulated.passport.portrait import SIZE_PX, PortraitCoding, PortraitRecord
from crossing_devices.simulated.passport.records import HASH_OIDS
from crossing_devices.simulated.passport.tlv import TlvError, integer, only, parse, tlv
from crossing_devices.simulated.specimens import PageFormat
from tests.unit.devices.passport.test_authority import verified_by_openssl
from tests.unit.devices.passport.travellers import anna, authority, passport_of

# DocumentTypeList: version 0, "I" alone (Doc 9303-12 section 7.1.1.6).
DOCUMENT_TYPE_I = bytes.fromhex("3008020100310313 0149")


@pytest.fixture(scope="module")
def passport() -> Passport:
    return passport_of()


def test_com_names_what_there_is(passport: Passport) -> None:
    fields = dict(parse(only(passport.files[ChipFile.COM], 0x60)))
    assert fields == {0x5F01: b"0107", 0x5F36: b"040000", 0x5C: bytes.fromhex("61756b6c6e6f")}


def test_dg1_is_the_zone(passport: Passport) -> None:
    zone = only(only(passport.files[ChipFile.DG1], 0x61), 0x5F1F).decode()
    assert zone == "".join(passport.lines)
    assert zone.startswith("P<UTOERIKSSON<<ANNA<MARIA<<<")


def test_card_of_three_lines_and_a_long_number() -> None:
    holder = anna("D231458907ABC")
    made = passport_of(holder, ChipOptions(page=PageFormat.TD1))
    assert [len(line) for line in made.lines] == [30, 30, 30]
    assert made.mrz_key.document_number == "D231458907ABC"
    assert DOCUMENT_TYPE_I in made.signer.der


def test_unknown_parts_of_a_birth_date_are_fillers_in_the_key() -> None:
    assert passport_of(anna(birth="1974-XX-XX")).mrz_key.birth_date == "74<<<<"


def test_further_fields_in_the_letters_of_the_name() -> None:
    fields = dict(parse(only(passport_of().files[ChipFile.DG11], 0x6B)))
    assert fields[0x5F0E].decode() == "ERIKSSON<<ANNA<MARIA"
    assert fields[0x5F2B] == b"19740812"
    fields = dict(parse(only(passport_of().files[ChipFile.DG12], 0x6C)))
    assert fields[0x5F26] == b"20220416"


@pytest.mark.parametrize("coding", list(PortraitCoding))
def test_portrait_of_iso_19794_5(coding: PortraitCoding) -> None:
    options = ChipOptions(portrait_coding=coding)
    header, block = _template(passport_of(options=options))
    assert (header[0x81], header[0x88]) == (b"\x02", b"\x00\x08")
    record = block[0x5F2E]
    assert record[:8] == b"FAC\x00010\x00"
    assert int.from_bytes(record[8:12], "big") == len(record)
    assert int.from_bytes(record[12:14], "big") == 1
    assert int.from_bytes(record[14:18], "big") == len(record) - 14
    assert record[20] == 2  # female
    image_information = record[34:46]
    assert image_information[1] == (0 if coding is PortraitCoding.JPEG else 1)
    size = int.from_bytes(image_information[2:4], "big"), int.from_bytes(image_information[4:6], "big")
    assert size == SIZE_PX
    assert _size(record[46:]) == SIZE_PX


@pytest.mark.parametrize("coding", list(PortraitCoding))
def test_portrait_of_iso_39794_5(coding: PortraitCoding) -> None:
    options = ChipOptions(portrait_coding=coding, portrait_record=PortraitRecord.ISO_39794_5)
    header, block = _template(passport_of(options=options))
    assert header[0x88] == b"\x00\x2a"
    face = dict(parse(only(only(block[0x7F2E], 0xA1), 0x65)))
    assert dict(parse(face[0xA0])) == {0x80: b"\x03", 0x81: b"\x07\xe3"}
    representation = dict(parse(only(face[0xA1], 0x30)))
    image = dict(parse(only(only(representation[0xA1], 0xA0), 0xA0)))
    assert _size(image[0x80]) == SIZE_PX
    assert only(only(image[0xA1][:5], 0xA0), 0x80) == (b"\x02" if coding is PortraitCoding.JPEG else b"\x03")


def test_portrait_is_the_travellers() -> None:
    red = np.zeros((90, 70, 3), np.uint8)
    red[:, :, 2] = 200
    traveller = anna()
    object.__setattr__(traveller, "portrait", red)
    _, block = _template(passport_of(traveller))
    decoded = cv2.imdecode(np.frombuffer(block[0x5F2E][46:], np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert np.abs(decoded.astype(int) - (0, 0, 200)).max() < 8


@pytest.mark.parametrize("hash_name", list(HASH_OIDS))
@pytest.mark.parametrize("version", [0, 1])
def test_security_object_holds_every_hash(hash_name: str, version: int, tmp_path: Path) -> None:
    options = ChipOptions(hash_name=hash_name, security_object_version=version, signer_by_key=bool(version))
    made = passport_of(options=options)
    message = only(made.files[ChipFile.SOD], 0x77)
    assert verified_by_openssl(message, authority(), tmp_path)
    content = cms.ContentInfo.load(message)["content"]["encap_content_info"]["content"].native
    assert core.Sequence.load(content)[1][0].dotted == HASH_OIDS[hash_name]
    parts = [value for _, value in parse(only(content, 0x30))]
    assert parts[0] == bytes([version])
    hashes = {int.from_bytes(dict(parse(one))[0x02], "big"): dict(parse(one))[0x04] for _, one in parse(parts[2])}
    assert hashes.keys() == {1, 2, 11, 12, 14, 15}
    for number, digest in hashes.items():
        assert hashlib.new(hash_name, made.files[ChipFile(f"dg{number}")]).digest() == digest
    if version:
        assert [value for _, value in parse(parts[3])] == [b"0108", b"040000"]


def test_signer_may_use_another_algorithm_than_the_csca(tmp_path: Path) -> None:
    made = passport_of(options=ChipOptions(signer=Algorithm(Scheme.RSA_PSS, "sha384")))
    assert verified_by_openssl(only(made.files[ChipFile.SOD], 0x77), authority(), tmp_path)


def test_security_infos_of_dg14_and_card_access() -> None:
    chip = ChipAuthentication("brainpoolP384r1", standardized=True)
    made = passport_of(options=ChipOptions(chip_authentication=chip))
    infos = core.SetOf.load(only(made.files[ChipFile.DG14], 0x6E), spec=core.Sequence)
    told = {one[0].dotted: one for one in infos}
    assert told["0.4.0.127.0.7.2.2.4.2.2"].native.popitem()[1] == 13
    assert told["0.4.0.127.0.7.2.2.3.2.2"].native["1"] == 1
    assert told["2.23.136.1.1.5"][2].dotted == "0.4.0.127.0.7.1.1.4.1.3"
    public = told["0.4.0.127.0.7.2.2.1.2"][1]
    assert (public[0][0].dotted, public[0][1].native) == ("0.4.0.127.0.7.1.2", 16)
    access = core.SetOf.load(made.files[ChipFile.CARD_ACCESS], spec=core.Sequence)
    assert [one[0].dotted for one in access] == ["0.4.0.127.0.7.2.2.4.2.2"]


def test_dg15_is_the_public_key() -> None:
    made = passport_of(options=ChipOptions(active_authentication=ActiveAuthentication.RSA_SHA1))
    public = keys.PublicKeyInfo.load(only(made.files[ChipFile.DG15], 0x6F))
    assert public.algorithm == "rsa"
    assert public.bit_size == 1536


def test_plain_chip_has_neither() -> None:
    made = passport_of(options=ChipOptions(pace=(), active_authentication=None, chip_authentication=None))
    assert not {ChipFile.DG14, ChipFile.DG15, ChipFile.CARD_ACCESS} & made.files.keys()


def test_folder_holds_the_files_as_readers_dump_them(passport: Passport, tmp_path: Path) -> None:
    write_folder(passport, tmp_path / "dump")
    names = {path.name for path in (tmp_path / "dump").iterdir()}
    assert {"EF_COM.bin", "EF_DG1.bin", "EF_DG2.bin", "EF_SOD.bin", "EF_CardAccess.bin"} <= names
    assert (tmp_path / "dump" / "EF_DG1.bin").read_bytes() == passport.files[ChipFile.DG1]


def test_passport_older_than_the_authority_is_signed_on_its_first_day() -> None:
    made = personalise(anna(), authority())
    assert made.signer.certificate.not_valid_before.date() == dt.date(2022, 4, 16)


def test_portrait_that_can_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no portrait fits"):
        passport_of(options=ChipOptions(portrait_bytes=1_000))


class TestTlv:
    @given(st.lists(st.tuples(st.sampled_from([0x04, 0x30, 0x5F1F, 0x7F61]), st.binary(max_size=400)), max_size=5))
    def test_what_is_written_is_read(self, objects: list[tuple[int, bytes]]) -> None:
        assert list(parse(b"".join(tlv(tag, value) for tag, value in objects))) == objects

    @given(st.binary(max_size=64))
    def test_what_is_no_tlv_is_said_so(self, data: bytes) -> None:
        try:
            list(parse(data))
        except TlvError:
            return

    @pytest.mark.parametrize("data", ["5f", "04", "0481", "0480", "0485000000000100", "040201"])
    def test_cut_objects_are_refused(self, data: str) -> None:
        with pytest.raises(TlvError):
            list(parse(bytes.fromhex(data)))

    @given(st.integers(0, 2**70))
    def test_integers_are_der(self, number: int) -> None:
        assert integer(number) == core.Integer(number).dump()


def _template(passport: Passport) -> tuple[dict[int, bytes], dict[int, bytes]]:
    group = dict(parse(only(passport.files[ChipFile.DG2], 0x75)))
    templates = dict(parse(group[0x7F61]))
    assert templates[0x02] == b"\x01"
    block = dict(parse(templates[0x7F60]))
    return dict(parse(block.pop(0xA1))), block


def _size(content: bytes) -> tuple[int, int]:
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded.shape[1], decoded.shape[0]
