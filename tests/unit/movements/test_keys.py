"""What a movement is found by, and what is too thin to find anybody by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.movements.keys import (
    DOCUMENT,
    IDENTITY,
    LONGEST,
    NAME,
    NUMBER,
    SOUND,
    document_key,
    identity_key,
    keys_of,
    name_sounds,
)
from crossing.movements.schemas import Person, TravelDocument

LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
TYPED = st.text(LETTERS, max_size=128)


def person(surname: str = "Traoré", given_names: str = "Aminata", birth: str | None = "1987-05-14") -> Person:
    return Person(surname=surname, given_names=given_names, birth_date=birth)


def document(number: str = "A4G7K29B1", issuer: str = "MLI") -> TravelDocument:
    return TravelDocument(type="P", number=number, issuing_state=issuer)


@pytest.mark.parametrize("number", ["a4g7k29b1", "A4G7 K29B1", "A4G7-K29/B1", " A4G7K29B1 "])
def test_two_readings_of_one_document_have_one_key(number: str) -> None:
    assert document_key(document(number)) == document_key(document())


def test_the_same_number_of_another_issuer_is_another_document() -> None:
    assert document_key(document(issuer="BFA")) != document_key(document())


@pytest.mark.parametrize(
    ("surname", "given_names"),
    [
        ("TRAORE", "AMINATA"),
        ("Aminata", "Traoré"),
        ("traoré", "aminata"),
        ("", "Aminata Traoré"),
        ("Traore-Aminata", ""),
    ],
)
def test_names_in_any_order_script_and_case_are_one_identity(surname: str, given_names: str) -> None:
    assert identity_key(person(surname, given_names)) == identity_key(person())


def test_arabic_letters_are_written_as_the_passport_would() -> None:
    assert identity_key(person("محمد", "علي")) == identity_key(person("MXHMD", "ELY"))


@pytest.mark.parametrize(
    "thin",
    [
        person(birth=None),
        person(birth="1987"),
        person(birth="1987-05"),
        person(birth="1987-01-01"),
        person(surname="", given_names="Aminata"),
        person(surname="", given_names=""),
        Person(surname="Traoré", given_names="Aminata", birth_date="1987-05-14", birth_approximate=True),
    ],
    ids=["no birth", "year", "month", "first of January", "one name", "no name", "approximate"],
)
def test_too_little_is_no_identity(thin: Person) -> None:
    assert identity_key(thin) is None


def test_a_movement_has_all_its_keys() -> None:
    assert set(keys_of(person(), document())) == {
        (DOCUMENT, document_key(document())),
        (NUMBER, "A4G7K29B1"),
        (IDENTITY, identity_key(person())),
        (NAME, "TRAORE"),
        (NAME, "AMINATA"),
        *((SOUND, sound) for sound in name_sounds("Traoré", "Aminata")),
    }


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("colier elen", ("COLLIER", "EILEEN")),
        ("wedraogo", ("OUÉDRAOGO", "")),
        ("diallo fatou", ("JALLOH", "FATOU")),
    ],
)
def test_a_name_that_was_only_heard_sounds_the_same(heard: str, written: tuple[str, str]) -> None:
    assert name_sounds(heard, "") == name_sounds(*written)


def test_who_has_no_document_and_one_name_is_found_by_that_name_alone() -> None:
    assert list(keys_of(person("", "Ali", "1987"), None)) == [(NAME, "ALI"), (SOUND, "AL")]


class TestLongNames:
    LONG = person("Rakotomalala" * 10, "Andrianampoinimerina" * 6)

    def test_a_long_name_is_found_again(self) -> None:
        key = identity_key(self.LONG)
        assert key is not None
        assert (IDENTITY, key) in set(keys_of(self.LONG, None))

    def test_people_of_one_long_name_differ_by_their_birth(self) -> None:
        born_later = self.LONG.model_copy(update={"birth_date": "1990-02-03"})
        assert identity_key(born_later) != identity_key(self.LONG)


@given(
    surname=TYPED,
    given_names=TYPED,
    birth=st.none() | st.dates().map(str),
    number=st.text(LETTERS, min_size=1, max_size=32).filter(str.strip),
)
def test_whatever_is_typed_keys_fit_their_column_and_differ_from_each_other(
    surname: str, given_names: str, birth: str | None, number: str
) -> None:
    keys = list(keys_of(person(surname, given_names, birth), document(number)))
    assert len(keys) == len(set(keys))
    assert all(len(key) <= LONGEST for _, key in keys)
