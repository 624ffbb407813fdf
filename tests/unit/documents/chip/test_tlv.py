"""TLV: what is read is what was written, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.chip import tlv
from crossing.documents.chip.tlv import TlvDamaged, definite, encode, encode_integer, encode_oid, read_all, read_one

TAGS = st.sampled_from([0x04, 0x30, 0x5F1F, 0x61, 0x7F61, 0xA0])


@given(TAGS, st.binary(max_size=300))
def test_what_is_written_is_read(tag: int, value: bytes) -> None:
    element = read_one(encode(tag, value))

    assert (element.tag, element.value) == (tag, value)
    assert read_all(encode(tag, value) * 3)[2] == element


@given(st.binary(max_size=80))
def test_any_bytes_are_read_to_the_last_or_refused(content: bytes) -> None:
    try:
        elements = read_all(content)
    except TlvDamaged:
        return
    assert b"".join(element.encoded for element in elements) == content


@given(st.binary(max_size=80))
def test_any_bytes_are_made_definite_or_refused(content: bytes) -> None:
    try:
        made = definite(content)
    except TlvDamaged:
        return
    assert definite(made) == made


@given(st.integers(-(2**200), 2**200))
def test_numbers_have_one_form(number: int) -> None:
    assert tlv.integer(read_one(encode_integer(number))) == number


@pytest.mark.parametrize("dotted", ["1.2.840.113549.1.1.11", "2.23.136.1.1.1", "0.4.0.127.0.7.3.2.1", "2.999.128.0"])
def test_object_identifiers_have_one_form(dotted: str) -> None:
    assert tlv.oid(read_one(encode_oid(dotted))) == dotted


@pytest.mark.parametrize(
    "content",
    [
        "02 00",
        "02 02 00 01",
        "02 02 FF FF",
        "04 01 00",
    ],
)
def test_other_forms_of_numbers_are_refused(content: str) -> None:
    with pytest.raises(TlvDamaged):
        tlv.integer(read_one(bytes.fromhex(content)))


@pytest.mark.parametrize("content", ["06 00", "06 02 2A 80", "06 03 2A 80 01", "04 01 2A"])
def test_other_forms_of_object_identifiers_are_refused(content: str) -> None:
    with pytest.raises(TlvDamaged):
        tlv.oid(read_one(bytes.fromhex(content)))


@pytest.mark.parametrize(
    "content",
    ["", "30", "30 80", "30 02 00", "30 85 01 00 00 00 00", "1F", "5F 00 00", "5F 81 81 81 00", "30 81", "30 82 01"],
)
def test_what_is_cut_short_or_no_tag_is_refused(content: str) -> None:
    with pytest.raises(TlvDamaged):
        read_one(bytes.fromhex(content))


def test_nothing_may_follow_and_nothing_else_may_stand_there() -> None:
    with pytest.raises(TlvDamaged, match="behind the end"):
        read_one(b"\x30\x00\x00")
    with pytest.raises(TlvDamaged, match="is not made of"):
        read_one(b"\x30\x02\x04\x00").children(tlv.INTEGER)


def test_lengths_may_be_longer_than_need_be() -> None:
    assert read_one(bytes.fromhex("04 83 00 00 01 AA")).value == b"\xaa"


def test_open_lengths_are_closed_and_octet_strings_joined() -> None:
    content = bytes.fromhex("30 80 24 80 04 01 AA 04 02 BB CC 00 00 02 01 05 00 00")

    assert definite(content) == bytes.fromhex("30 08 04 03 AA BB CC 02 01 05")


def test_what_has_no_open_length_stays_as_it_is() -> None:
    content = bytes.fromhex("30 81 05 04 82 00 01 AA")

    assert definite(content) == content


def test_work_is_bounded() -> None:
    with pytest.raises(TlvDamaged, match="too deep"):
        definite(b"\x30\x80" * 5_000)
    with pytest.raises(TlvDamaged, match="too many"):
        read_all(b"\x04\x00" * (tlv.MAX_ELEMENTS + 1))
