"""Lists are asked with every spelling of the name that was read; what an officer types takes none away."""

from typing import Any

from crossing.lanes.chip_views import put_answer
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import ChipState, ChipView, FieldView, ReadingView
from crossing.lanes.spellings import asked_about
from crossing.movements.schemas import Person


def session(person: Person | None, *, printed: dict[str, str] | None = None, **mrz: str) -> CaptureSession:
    fields = tuple(FieldView(name=name, value=value, raw=value) for name, value in mrz.items())
    reading = ReadingView(fields=fields, printed=printed or {})
    return CaptureSession(
        person=person.model_dump(mode="json") if person else None,
        document=None,
        vehicle=None,
        truncated_name=False,
        reading=reading.model_dump(mode="json"),
        chip=None,
    )


def names(row: CaptureSession) -> list[tuple[str, str]]:
    return [(name.surname, name.given_names) for name in asked_about(row).names]


def chip(**more: Any) -> ChipView:
    return ChipView(state=ChipState.READ, **more)


DIALLO = Person(surname="Diallo", given_names="Mamadou")


def test_a_correction_is_asked_first_and_what_the_machine_read_beside_it() -> None:
    row = session(Person(surname="Jalloh", given_names="Mamadou"), surname="DIALLO", given_names="MAMADOU")
    assert names(row) == [("Jalloh", "Mamadou"), ("DIALLO", "MAMADOU")]


def test_the_same_spelling_is_asked_once() -> None:
    row = session(DIALLO, printed={"surname": "Diallo"}, surname="DIALLO", given_names="MAMADOU")
    put_answer(
        row, chip(name={"surname": "DIALLO", "given_names": "MAMADOU"}, fields={"name_of_holder": "DIALLO  MAMADOU"})
    )
    assert names(row) == [("Diallo", "Mamadou")]


def test_the_print_and_both_groups_of_the_chip_add_theirs() -> None:
    row = session(DIALLO, printed={"surname": "Diallo Barry"}, surname="DIALLO", given_names="MAMADOU")
    put_answer(
        row,
        chip(name={"surname": "DIALO"}, fields={"name_of_holder": "محمد ديالو", "other_names": "KEITA  AWA; ---"}),
    )
    assert names(row) == [
        ("Diallo", "Mamadou"),
        ("Diallo Barry", "MAMADOU"),
        ("DIALO", ""),
        ("", "محمد ديالو"),
        ("", "KEITA  AWA"),
    ]


def test_without_an_identity_no_name_is_asked() -> None:
    assert names(session(None, surname="DIALLO")) == []
