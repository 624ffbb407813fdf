"""Data objects in BER-TLV: what is well formed is read, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing_devices.chip import tlv
from crossing_devices.chip.errors import Garbled

TAGS = st.sampled_from([0x02, 0x30, 0x31, 0x61, 0x7C, 0x87, 0x7F49, 0x5F1F, 0x7F66])


@given(st.lists(st.tuples(TAGS, st.binary(max_size=300)), max_size=5))
def test_what_is_written_is_read(objects: list[tuple[int, bytes]]) -> None:
    encoded = b"".join(tlv.encode(tag, value) for tag, value in objects)

    read = list(tlv.elements(encoded))

    assert [(one.tag, one.value) for one in read] == objects
    assert b"".join(one.raw for one in read) == encoded


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read = list(tlv.elements(data))
    except Garbled:
        return
    assert b"".join(one.raw for one in read) == data


@given(TAGS, st.binary(min_size=1, max_size=300))
def test_an_object_that_is_cut_off_is_refused(tag: int, value: bytes) -> None:
    encoded = tlv.encode(tag, value)

    with pytest.raises(Garbled):
        list(tlv.elements(encoded[:-1]))


@pytest.mark.parametrize("value", [0, 127, 128, 255, 256, 65_535, 65_536])
def test_lengths_around_their_limits(value: int) -> None:
    encoded = tlv.encode(0x53, bytes(value))

    assert tlv.header(encoded).length == value
    assert tlv.header(encoded).total == len(encoded)


@pytest.mark.parametrize(
    "data",
    ["3080", "30850000000001", "1f", "1fffff0100", "30", "3082", "308201"],
    ids=["indefinite", "length of five bytes", "tag cut off", "tag of four bytes", "no length", "cut 1", "cut 2"],
)
def test_headers_that_are_none(data: str) -> None:
    with pytest.raises(Garbled):
        tlv.header(bytes.fromhex(data))


def test_too_many_objects_are_not_counted_to_their_end() -> None:
    with pytest.raises(Garbled):
        list(tlv.elements(b"\x04\x00" * (tlv.MAX_ELEMENTS + 1)))


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        ("060a04007f00070202040202", "0.4.0.127.0.7.2.2.4.2.2"),
        ("06072a8648ce3d0201", "1.2.840.10045.2.1"),
        ("0603883703", "2.999.3"),
    ],
)
def test_object_identifiers(encoded: str, text: str) -> None:
    assert tlv.object_identifier(tlv.only(bytes.fromhex(encoded), tlv.OBJECT_IDENTIFIER)) == text


@pytest.mark.parametrize("encoded", ["0600", "060188", "0201ff", "0200"])
def test_numbers_and_identifiers_that_are_none(encoded: str) -> None:
    (element,) = tlv.elements(bytes.fromhex(encoded))
    with pytest.raises(Garbled):
        tlv.object_identifier(element)
    with pytest.raises(Garbled):
        tlv.integer(element)
