"""Deltas laid over a set: a post on a thin link fetches what changed, and answers as if it had the whole."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossing.ports.document_set import (
    Document,
    DocumentSet,
    DocumentSetBuilder,
    DocumentSetChainBroken,
    NumberRange,
    write_delta,
    write_merged,
)
from tests.factories.document_sets import KEYS, ORIGIN, delta_file, set_file, stolen

NAMED = st.tuples(st.text("AB01", min_size=1, max_size=2), st.sampled_from(["", "MLI", "NER"]))
CHANGES = st.tuples(st.lists(NAMED, max_size=6), st.lists(NAMED, max_size=6))
quick = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Said = set[tuple[str, str, str]]


def said_by(documents: DocumentSet, numbers: set[str]) -> Said:
    """What is listed under these very numbers."""
    return {
        (match.number, match.listing.issuer, match.listing.reason)
        for number in numbers
        for match in documents.search(number)
        if match.number == number
    }


@quick
@given(st.lists(NAMED, max_size=8), st.lists(CHANGES, max_size=3))
def test_a_set_with_deltas_answers_as_a_dict_does(
    tmp_path: Path, first: list[tuple[str, str]], changes: list[tuple[list[tuple[str, str]], list[tuple[str, str]]]]
) -> None:
    expected: Said = {(number, issuer, "first") for number, issuer in first}
    base = set_file(tmp_path / "base", [stolen(*one, reason="first") for one in first])
    deltas: list[Path] = []
    below = DocumentSet.open(base, KEYS)
    for place, (added, removed) in enumerate(changes):
        now = [stolen(*one, reason=f"turn {place}") for one in added]
        deltas.append(delta_file(tmp_path / f"delta{place}", below, now, removed))
        expected = {one for one in expected if one[:2] not in set(removed)}
        expected |= {(number, issuer, f"turn {place}") for number, issuer in added}
        below = DocumentSet.open(base, KEYS, deltas=deltas)
    numbers = {number for number, _, _ in expected} | {number for number, _ in first}
    numbers |= {number for added, removed in changes for number, _ in added + removed}
    assert said_by(below, numbers) == expected
    write_merged(below, tmp_path / "merged", ORIGIN, KEYS)
    merged = DocumentSet.open(tmp_path / "merged", KEYS)
    merged.verify()
    assert said_by(merged, numbers) == expected
    assert len(merged) == len(expected)


@quick
@given(st.lists(NAMED, max_size=8), st.lists(NAMED, max_size=8))
def test_the_delta_of_two_sets_makes_one_of_the_other(
    tmp_path: Path, first: list[tuple[str, str]], then: list[tuple[str, str]]
) -> None:
    old = DocumentSet.open(set_file(tmp_path / "old", [stolen(*one) for one in first]), KEYS)
    new = DocumentSet.open(set_file(tmp_path / "new", [stolen(*one) for one in then]), KEYS)
    header = write_delta(old, new, tmp_path / "delta", KEYS)
    laid = DocumentSet.open(tmp_path / "old", KEYS, deltas=[tmp_path / "delta"])
    numbers = {number for number, _ in first + then}
    assert said_by(laid, numbers) == said_by(new, numbers)
    assert header.count == len(set(first) ^ set(then))


def test_ranges_come_and_go_with_a_delta(tmp_path: Path) -> None:
    old_box, new_box = NumberRange.between("A10", "A19"), NumberRange.between("A30", "A39")
    old = DocumentSet.open(set_file(tmp_path / "old", ranges=[old_box]), KEYS)
    with DocumentSetBuilder(tmp_path / "delta", ORIGIN, KEYS, base=old.digest) as builder:
        builder.remove_range(old_box)
        builder.add_range(new_box)
        builder.finish()
    laid = DocumentSet.open(tmp_path / "old", KEYS, deltas=[tmp_path / "delta"])
    assert not laid.search("A15")
    assert laid.search("A35")
    write_merged(laid, tmp_path / "merged", ORIGIN, KEYS)
    assert DocumentSet.open(tmp_path / "merged", KEYS).ranges() == [new_box]


def test_a_delta_of_another_file_is_refused(tmp_path: Path) -> None:
    one = DocumentSet.open(set_file(tmp_path / "one", [stolen("A1")]), KEYS)
    set_file(tmp_path / "other", [stolen("A2")])
    delta = delta_file(tmp_path / "delta", one, [stolen("A3")])
    with pytest.raises(DocumentSetChainBroken):
        DocumentSet.open(tmp_path / "other", KEYS, deltas=[delta])
    with pytest.raises(DocumentSetChainBroken):
        DocumentSet.open(delta, KEYS)


def test_only_a_delta_takes_out(tmp_path: Path) -> None:
    with DocumentSetBuilder(tmp_path / "set", ORIGIN, KEYS) as builder:
        with pytest.raises(ValueError, match="delta"):
            builder.remove("A1")
        with pytest.raises(ValueError, match="delta"):
            builder.remove_range(NumberRange.between("A1", "A2"))


def test_what_a_delta_lists_again_with_other_words_takes_the_place_of_the_old(tmp_path: Path) -> None:
    old = DocumentSet.open(set_file(tmp_path / "old", [stolen("A1", reason="lost")]), KEYS)
    new = DocumentSet.open(set_file(tmp_path / "new", [Document("A1", "MLI", "passport", "stolen")]), KEYS)
    write_delta(old, new, tmp_path / "delta", KEYS)
    laid = DocumentSet.open(tmp_path / "old", KEYS, deltas=[tmp_path / "delta"])
    assert [match.listing.reason for match in laid.search("A1")] == ["stolen"]
