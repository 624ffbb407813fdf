"""Document numbers: exact, and in the readings that get confused."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.screening.documents import DocumentIndex, DocumentLikeness, IndexedDocument, fold, kind_of, tidy
from crossing.screening.words import EXPLANATIONS


def listed(number: str, issuer: str = "MLI") -> IndexedDocument:
    return IndexedDocument(uuid4(), f"{issuer}:{number}", number, issuer, "passport", "stolen", None)


def test_a_number_is_found_however_it_is_spaced() -> None:
    [match] = DocumentIndex([listed("OB 024-3318")]).search("ob0243318", "MLI")
    assert match.likeness is DocumentLikeness.SAME


@pytest.mark.parametrize("read", ["0B0243318", "OBO243318", "OB02433I8"])
def test_a_confused_reading_is_a_twin(read: str) -> None:
    [match] = DocumentIndex([listed("OB0243318")]).search(read, "MLI")
    assert match.likeness is DocumentLikeness.TWIN


def test_the_same_number_of_another_state_is_another_document() -> None:
    assert not DocumentIndex([listed("A1", "NER")]).search("A1", "MLI")


@pytest.mark.parametrize(("asked", "known"), [("", "MLI"), ("MLI", "")])
def test_a_state_that_is_not_known_may_be_any(asked: str, known: str) -> None:
    assert DocumentIndex([listed("A1", known)]).search("A1", asked)


def test_several_entries_may_have_one_number() -> None:
    index = DocumentIndex([listed("A1", "MLI"), listed("A1", "NER"), listed("AI", "MLI")])
    assert len(index) == 3
    assert len(index.search("A1", "MLI")) == 2


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("Passport", "P"), ("Numéro de passeport", "P"), ("PD", "P"), ("National Identification Number", "I"),
        ("Carte d'identité", "I"), ("AC", "I"), ("visa", "V"), ("Laissez-passer", "L"), ("book", ""), ("", ""),
    ],
)  # fmt: skip
def test_kinds_of_document(written: str, kind: str) -> None:
    assert kind_of(written) == kind


@given(st.text(max_size=40))
def test_folding_is_stable_and_leaves_letters_and_digits(number: str) -> None:
    assert fold(fold(number)) == fold(number) == fold(tidy(number))
    assert fold(number) == "" or fold(number).isalnum()
    assert not set("OI") & set(fold(number))


@pytest.mark.parametrize(
    ("read", "known", "likeness"),
    [
        ("O802433I8", "OB0243318", DocumentLikeness.WEAK_TWIN),
        ("A5", "AS", DocumentLikeness.WEAK_TWIN),
        ("888", "BBB", None),
        ("Q1", "O1", None),
    ],
)
def test_weakly_confused_characters_count_twice_at_most(
    read: str, known: str, likeness: DocumentLikeness | None
) -> None:
    found = [match.likeness for match in DocumentIndex([listed(known)]).search(read, "MLI")]
    assert found == ([likeness] if likeness else [])


def test_every_likeness_has_its_sentence_and_exact_ones_score_highest() -> None:
    assert all(likeness.value in EXPLANATIONS for likeness in DocumentLikeness)
    assert [one for one in DocumentLikeness if one.score == 1] == [one for one in DocumentLikeness if one.is_exact]
