"""A set of documents in a file: what is listed is found, what is not is not, and nothing half built is ever there."""

import shutil
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossing.ports.document_set import (
    Document,
    DocumentSet,
    DocumentSetBuilder,
    DocumentSetNoRoom,
    DocumentSetTooVaried,
    Keys,
    Likeness,
    Listing,
    NumberRange,
    RangeRefused,
    likeness,
)
from crossing.ports.document_set.builder import MIN_MEMORY
from tests.factories.document_sets import KEYS, ORIGIN, set_file, stolen

NUMBERS = st.text("A8B0OQ1I", min_size=1, max_size=4)
ISSUERS = st.sampled_from(["", "MLI", "NER"])
DOCUMENTS = st.lists(
    st.builds(
        Document,
        NUMBERS,
        ISSUERS,
        st.sampled_from(["passport", "ID card"]),
        st.sampled_from(["stolen", "lost"]),
        st.one_of(st.none(), st.integers(1950, 2076)),
    ),
    max_size=30,
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def opened(path: Path) -> DocumentSet:
    return DocumentSet.open(path, KEYS)


def test_a_listed_document_is_found_with_what_is_said_of_it(tmp_path: Path) -> None:
    listed = opened(set_file(tmp_path / "set", [stolen("OB 0243318"), stolen("X1")]))
    [match] = listed.search("ob0243318", "MLI")
    assert (match.number, match.likeness) == ("OB0243318", Likeness.SAME)
    assert match.listing == Listing("MLI", "passport", "stolen", 2029)
    assert len(listed) == 2
    assert listed.header.origin == ORIGIN
    listed.verify()


def test_a_twin_says_which_number_is_listed(tmp_path: Path) -> None:
    listed = opened(set_file(tmp_path / "set", [stolen("OB0243318")]))
    assert [(one.number, one.likeness) for one in listed.search("0BO2433I8")] == [("OB0243318", Likeness.TWIN)]
    assert [(one.number, one.likeness) for one in listed.search("O802433IB")] == [("OB0243318", Likeness.WEAK_TWIN)]
    assert not listed.search("O8O24331B0")


def test_the_same_number_of_another_state_is_another_document(tmp_path: Path) -> None:
    listed = opened(set_file(tmp_path / "set", [stolen("A7", "NER"), stolen("A7", "MLI"), stolen("A7", "")]))
    assert {one.listing.issuer for one in listed.search("A7", "MLI")} == {"MLI", ""}
    assert {one.listing.issuer for one in listed.search("A7")} == {"MLI", "NER", ""}


def test_a_number_with_too_many_readings_is_still_found(tmp_path: Path) -> None:
    listed = opened(set_file(tmp_path / "set", [stolen("O" * 20), stolen("0" * 20)]))
    found = listed.search("0" * 20, "MLI")
    assert all(match.likeness is Likeness.TWIN and not match.number for match in found)
    assert len(found) == 2


@quick
@given(DOCUMENTS, st.lists(NUMBERS, max_size=10), ISSUERS)
def test_a_set_answers_as_a_dict_does(
    tmp_path: Path, documents: list[Document], others: list[str], issuer: str
) -> None:
    by_number = defaultdict(set)
    for one in documents:
        by_number[one.number].add(Listing(*one[1:]))
    listed = opened(set_file(tmp_path / "set", documents))
    for asked in [*by_number, *others]:
        expected = {
            (number, like, said)
            for number, says in by_number.items()
            if (like := likeness(asked, number))
            for said in says
            if not issuer or said.issuer in ("", issuer)
        }
        found = listed.search(asked, issuer)
        assert {(one.number, one.likeness, one.listing) for one in found} == expected
        assert len(found) == len(expected)


def test_many_partitions_in_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossing.ports.document_set.builder._SORTED_RECORD_BYTES", MIN_MEMORY // 20)
    monkeypatch.setattr("crossing.ports.document_set.layout._FULL_BUCKET", 8)
    numbers = [f"A{number:07d}" for number in range(20_000)]
    path = set_file(tmp_path / "set", (stolen(one) for one in numbers), memory=MIN_MEMORY)
    listed = opened(path)
    assert listed.header.bits > 8
    assert len(listed) == len(numbers)
    assert all(listed.search(one, "MLI") for one in numbers[::97])
    assert sum(1 for _ in listed.entries()) == len(numbers)
    listed.verify()


def test_what_is_listed_twice_is_kept_once(tmp_path: Path) -> None:
    assert len(opened(set_file(tmp_path / "set", [stolen("A1"), stolen("a-1"), stolen("<")]))) == 1


def test_the_same_documents_make_the_same_file(tmp_path: Path) -> None:
    one = set_file(tmp_path / "one", [stolen("A1"), stolen("A2")])
    other = set_file(tmp_path / "other", [stolen("A1"), stolen("A2")])
    assert one.read_bytes() == other.read_bytes()


def test_words_beyond_the_table_cost_words_and_no_document(tmp_path: Path) -> None:
    with DocumentSetBuilder(tmp_path / "set", ORIGIN, KEYS) as builder:
        for number in range(300):
            builder.add(f"N{number}", "MLI", "passport", f"reason {number}")
        builder.finish()
        assert builder.without_words == 300 - 254
    listed = opened(tmp_path / "set")
    assert listed.search("N0")[0].listing.reason == "reason 0"
    assert listed.search("N299")[0].listing.reason == ""


def test_more_states_than_there_are_is_an_error(tmp_path: Path) -> None:
    documents = [Document("A1", f"S{number}") for number in range(600)]
    with pytest.raises(DocumentSetTooVaried):
        set_file(tmp_path / "set", documents)


def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    before = set_file(tmp_path / "set", [stolen("A1")]).read_bytes()
    with pytest.raises(ZeroDivisionError):
        set_file(tmp_path / "set", (stolen(str(1 // number)) for number in (1, 0)))
    assert (tmp_path / "set").read_bytes() == before
    assert names_in(tmp_path) == ["set"]


def test_what_a_killed_build_left_is_removed_and_a_running_one_stays(tmp_path: Path) -> None:
    left = tmp_path / ".building-1-0000"
    left.mkdir()
    (left / "lock").touch()
    with DocumentSetBuilder(tmp_path / "one", ORIGIN, KEYS) as builder:
        set_file(tmp_path / "other", [stolen("A2")])
        builder.add("A1")
        builder.finish()
    assert names_in(tmp_path) == ["one", "other"]


def test_a_disk_without_room_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10**8))
    with pytest.raises(DocumentSetNoRoom):
        set_file(tmp_path / "set", [stolen("A1")], expected=100_000_000)
    assert not names_in(tmp_path)


class Asked(NamedTuple):
    number: str
    like: Likeness | None


@pytest.mark.parametrize(
    "asked",
    [
        Asked("A0000100", Likeness.IN_RANGE), Asked("A0000150", Likeness.IN_RANGE),
        Asked("A0000199", Likeness.IN_RANGE), Asked("AOOOO15O", Likeness.TWIN), Asked("A0000200", None),
        Asked("A0000099", None), Asked("B0000150", None),
        Asked("A000150", None), Asked("A0000150X", None), Asked("A", None),
    ],
)  # fmt: skip
def test_blanks_stolen_by_the_box(tmp_path: Path, asked: Asked) -> None:
    box = NumberRange.between("A 0000100", "A 0000199", "MLI", "passport", "stolen blank", 2030)
    listed = opened(set_file(tmp_path / "set", ranges=[box]))
    found = [match for match in listed.search(asked.number, "MLI") if match.range == box]
    assert [match.likeness for match in found] == ([asked.like] if asked.like else [])
    assert not listed.search("A0000150", "NER")


@quick
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12), st.integers(0, 60))
def test_ranges_may_lie_over_each_other(tmp_path: Path, ends: list[tuple[int, int]], asked: int) -> None:
    ranges = {NumberRange.between(f"A{min(one):02d}", f"A{max(one):02d}") for one in ends}
    listed = opened(set_file(tmp_path / "set", ranges=ranges))
    found = {match.range for match in listed.search(f"A{asked:02d}")}
    assert found == {one for one in ranges if int(one.first[1:]) <= asked <= int(one.last[1:])}


@pytest.mark.parametrize(("first", "last"), [("A1", "B2"), ("A01", "A1"), ("A2", "A1"), ("", ""), ("A1X", "A2Y")])
def test_ends_of_different_kinds_are_no_range(first: str, last: str) -> None:
    with pytest.raises(RangeRefused):
        NumberRange.between(first, last)


def test_a_file_tells_nothing_without_its_secret(tmp_path: Path) -> None:
    path = set_file(tmp_path / "set", [stolen("A1234567")])
    assert b"A1234567" not in path.read_bytes()
    with DocumentSetBuilder(tmp_path / "other", ORIGIN, Keys(b"other")) as builder:
        builder.add("A1234567", "MLI", "passport", "stolen", 2029)
        builder.finish()
    assert path.read_bytes()[12:20] != (tmp_path / "other").read_bytes()[12:20]
