"""JSON one record at a time."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.screening.errors import ListKeyRepeated, ListMalformed, ListNotUtf8, ListRecordsMissing
from crossing.screening.lists.formats.json_text import line_records, records

VALUES = st.recursive(
    st.none() | st.booleans() | st.text(st.characters(codec="utf-8"), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=6), st.sampled_from([None, 1]))
def test_an_array_gives_what_the_whole_parser_gives(values: list[object], indent: int | None) -> None:
    content = json.dumps(values, indent=indent).encode()
    assert [value for _, value in records(content)] == values
    wrapped = json.dumps({"before": values, "data": {"items": values, "after": 1}}, indent=indent).encode()
    assert [value for _, value in records(wrapped, "data.items")] == values


def test_records_know_their_lines() -> None:
    content = b'[\n {"a": "1"},\n\n {"a":\n "2"}, {"a": "3"}]'
    assert [line for line, _ in records(content)] == [2, 4, 5]
    assert [line for line, _ in records(b'{"a": "1"}\n{"a": "2"}\n')] == [1, 2]
    assert [line for line, _ in line_records(b'{"a": "1"}\n\n{"a": "2"}\n')] == [1, 3]


def test_numbers_stay_text() -> None:
    content = b"[12345678901234567890123, 1e999999, 0.10]"
    assert [value for _, value in records(content)] == ["12345678901234567890123", "1e999999", "0.10"]


def test_a_value_longer_than_the_first_look_is_read() -> None:
    long = [{"a": "x" * 100_000}, {"b": "9" * 4096}]
    assert [value for _, value in records(json.dumps(long).encode())] == long


def test_a_number_at_the_edge_of_the_first_look_is_not_cut() -> None:
    for padding in range(4080, 4100):
        content = b"[" + b" " * padding + b"1234567890]"
        assert [value for _, value in records(content)] == ["1234567890"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"[1, 2", 1), (b"[1,\n2,]", 2), (b"[1]\n x", 2), (b"[NaN]", 1), (b"[\n" + b"[" * 100 + b"]" * 100 + b"]", 2),
        (b"[" * 100_000, 1), (b'[{"a": "' + b"x" * 1_100_000 + b'"}]', 1), (b'["a\0"]', 1),
        (b'[\n{"a": "\x01"}]', 2),
    ],
    ids=["cut", "comma", "more", "no number", "deep", "very deep", "long", "NUL", "control"],
)  # fmt: skip
def test_what_is_broken_or_hostile_is_refused_with_its_line(content: bytes, line: int) -> None:
    with pytest.raises(ListMalformed) as refused:
        list(records(content))
    assert refused.value.params == {"line": line}


def test_one_name_twice_is_refused_with_its_line() -> None:
    for read in (records, line_records):
        with pytest.raises(ListKeyRepeated) as refused:
            list(read(b'{"a": "1"}\n{"a": "1", "a": "2"}'))
        assert refused.value.params == {"line": 2}


def test_other_encodings_are_refused_with_the_line() -> None:
    with pytest.raises(ListNotUtf8) as refused:
        list(records('["a",\n"é"]'.encode("cp1252")))
    assert refused.value.params == {"line": 2}
    assert [value for _, value in records('["é"]'.encode("utf-16"))] == ["é"]


@pytest.mark.parametrize("path", ["data", "data.rows", "data.items.more", "other"])
def test_records_that_are_not_there_are_missed(path: str) -> None:
    with pytest.raises(ListRecordsMissing):
        list(records(b'{"data": {"items": [{"a": "1"}]}}', path))
