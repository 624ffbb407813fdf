"""Data groups, State codes, what opens a chip: the parts that need no passport."""

import pytest

from crossing.documents.chip.files import DATA_GROUPS, file_of
from crossing.documents.chip.lds import read_com, read_details, read_dg1
from crossing.documents.chip.reasons import SENTENCES, Reason
from crossing.documents.chip.service import ChipExaminer
from crossing.documents.chip.states import signs_for
from crossing.documents.chip.tlv import encode
from crossing.documents.mrz import parse
from crossing.ports.chip import ChipFile

TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD1_LONG = ("I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<")


def test_the_index_names_versions_and_files() -> None:
    content = encode(0x60, encode(0x5F01, b"0107") + encode(0x5F36, b"040000") + encode(0x5C, b"\x61\x75\x6e\x77"))

    index = read_com(content)

    assert (index.lds_version, index.unicode_version) == ("0107", "040000")
    assert index.files == {ChipFile.DG1, ChipFile.DG2, ChipFile.DG14}


@pytest.mark.parametrize("listed", [b"\x61\x61", b"\x61\x99", b"\x60"])
def test_an_index_with_unknown_or_doubled_files_is_refused(listed: bytes) -> None:
    content = encode(0x60, encode(0x5F01, b"0107") + encode(0x5F36, b"040000") + encode(0x5C, listed))

    with pytest.raises(ValueError, match="unknown file"):
        read_com(content)


@pytest.mark.parametrize("lines", [TD3, TD1_LONG])
def test_the_zone_is_split_into_its_lines(lines: tuple[str, ...]) -> None:
    mrz = read_dg1(encode(0x61, encode(0x5F1F, "".join(lines).encode())))

    assert mrz.lines == lines
    assert mrz.valid


def test_the_zone_is_taken_to_the_letter() -> None:
    zone = "".join(TD3).replace("L898902C3", "L8989O2C3")

    mrz = read_dg1(encode(0x61, encode(0x5F1F, zone.encode())))

    assert not mrz.valid
    assert mrz.corrections == ()


@pytest.mark.parametrize("zone", [b"", b"P<UTO", b"\xff" * 88])
def test_no_zone_is_refused(zone: bytes) -> None:
    with pytest.raises(ValueError, match=r"unknown length|ascii"):
        read_dg1(encode(0x61, encode(0x5F1F, zone)))


def test_details_are_read_with_their_dates_and_names() -> None:
    several = encode(0xA0, b"\2\1\2" + encode(0x5F0F, b"DIALLO<<AWA") + encode(0x5F0F, b"AWA"))
    fields = [
        encode(0x5C, b"\x5f\x0e\xa0"),
        encode(0x5F0E, "TRAORÉ<<AMINATA<FATOU".encode()),
        several,
        encode(0x5F2B, bytes.fromhex("19700131")),
        encode(0x5F11, b"S\x07GOU<MALI"),
        encode(0x5F16, b"\xff\xd8\xff"),
    ]

    assert read_details(encode(0x6B, b"".join(fields)), ChipFile.DG11) == {
        "name_of_holder": "TRAORÉ, AMINATA FATOU",
        "other_names": "DIALLO, AWA; AWA",
        "full_birth_date": "1970-01-31",
        "place_of_birth": "S GOU MALI",
    }
    issued = encode(0x5F26, b"20240502") + encode(0x5F55, b"20240502093000") + encode(0x5F26, b"x")
    assert read_details(encode(0x6C, issued), ChipFile.DG12) == {
        "date_of_issue": "2024-05-02",
        "personalised_at": "2024-05-02T09:30:00",
    }


@pytest.mark.parametrize(
    ("country", "state", "may"),
    [
        ("DE", "D", True),
        ("FR", "D", False),
        ("ML", "MLI", True),
        ("GB", "GBO", True),
        ("KS", "RKS", True),
        ("HK", "CHN", True),
        ("UN", "UNO", True),
        ("EU", "EUE", True),
        ("FR", "EUE", False),
        ("XO", "XOM", True),
        ("IT", "XOM", False),
        ("UT", "UTO", True),
    ],
)
def test_a_state_signs_for_itself(country: str, state: str, may: bool) -> None:
    assert signs_for(country, state) is may


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("EF_DG1", ChipFile.DG1),
        ("EF.DG16", ChipFile.DG16),
        ("dg2", ChipFile.DG2),
        ("EF.CardAccess", ChipFile.CARD_ACCESS),
        ("EF_CARD_SECURITY", ChipFile.CARD_SECURITY),
        ("Sod", ChipFile.SOD),
        ("DG17", None),
        ("DG1x", None),
        ("", None),
    ],
)
def test_files_are_known_by_name(name: str, file: ChipFile | None) -> None:
    assert file_of(name) is file
    assert len(DATA_GROUPS) == 16


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_the_zone_that_was_read_opens_the_chip() -> None:
    examiner = ChipExaminer(lambda: None)

    request = examiner.request_for(parse(TD3))

    assert request is not None
    assert request.mrz is not None
    assert (request.mrz.document_number, request.mrz.birth_date, request.mrz.expiry_date) == (
        "L898902C3",
        "740812",
        "120415",
    )
    again = examiner.request_for(parse(TD3))
    assert again is not None
    assert request.challenge != again.challenge


def test_long_and_short_numbers_open_the_chip_whole() -> None:
    examiner = ChipExaminer(lambda: None)
    long = examiner.request_for(parse(TD1_LONG))
    short = examiner.request_for(parse(("I<UTO12345<<<<8<<<<<<<<<<<<<<<", *TD1_LONG[1:])))

    assert long is not None
    assert long.mrz is not None
    assert long.mrz.document_number == "D23145890734"
    assert short is not None
    assert short.mrz is not None
    assert short.mrz.document_number == "12345<<<<"


def test_without_a_zone_only_the_number_on_the_card_opens_it() -> None:
    examiner = ChipExaminer(lambda: None)
    nothing = parse(["nothing of the kind"])

    assert examiner.request_for(nothing) is None
    request = examiner.request_for(nothing, can="123456")
    assert request is not None
    assert (request.mrz, request.can) == (None, "123456")
