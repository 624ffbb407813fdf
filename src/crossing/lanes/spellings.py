"""Every spelling of the traveller's name that the session has read: lists are asked with all of them.

The MRZ knows Latin capitals only and cuts what is too long; the page's print and the chip's data group 11 may have
the name whole, or in Arabic. What an officer typed comes first, and takes no other spelling away.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from crossing.documents.mrz import Mrz
from crossing.lanes.assembly import document_of, person_of, vehicle_of
from crossing.lanes.chip_views import chip_of
from crossing.lanes.findings import subject_of
from crossing.lanes.models import CaptureSession
from crossing.lanes.readings import reading_of
from crossing.screening.askable import is_readable_name
from crossing.screening.names.spelling import spell
from crossing.screening.schemas import MAX_NAMES, Subject, SubjectName

SURNAME: Final = "surname"
GIVEN_NAMES: Final = "given_names"
_OF_DG11: Final = ("name_of_holder", "other_names")
_LONGEST: Final = 200


def asked_about(row: CaptureSession) -> Subject:
    """Whom the lists are asked about, as the session is now."""
    subject = subject_of(person_of(row), document_of(row), vehicle_of(row), truncated=row.truncated_name)
    if not subject.names:
        return subject
    return subject.model_copy(update={"names": tuple(_distinct((*subject.names, *_read(row))))[:MAX_NAMES]})


def name_in(mrz: Mrz | None) -> dict[str, str]:
    """The name as a chip's data group 1 has it, to be kept with the chip."""
    return {SURNAME: mrz.data.surname, GIVEN_NAMES: mrz.data.given_names} if mrz is not None else {}


def _read(row: CaptureSession) -> Iterator[SubjectName]:
    reading, chip = reading_of(row), chip_of(row)
    if reading is not None:
        yield _name({field.name: field.value for field in reading.fields}, truncated=row.truncated_name)
        if reading.printed:
            yield _name({field.name: field.value for field in reading.fields} | reading.printed)
    if chip is not None:
        yield _name(chip.name)
        for written in _OF_DG11:
            for whole in chip.fields.get(written, "").split(";"):
                yield SubjectName(surname="", given_names=whole.strip()[:_LONGEST])


def _name(parts: dict[str, str], *, truncated: bool = False) -> SubjectName:
    surname, given_names = parts.get(SURNAME, ""), parts.get(GIVEN_NAMES, "")
    return SubjectName(surname=surname[:_LONGEST], given_names=given_names[:_LONGEST], truncated=truncated)


def _distinct(names: Iterable[SubjectName]) -> Iterator[SubjectName]:
    """Each spelling once; the first stays as it is, so that a name which can't be asked with is told."""
    seen: set[str] = set()
    for place, name in enumerate(names):
        letters = spell(name.surname, name.given_names).letters
        if place == 0 or (letters not in seen and is_readable_name(name.surname, name.given_names)):
            seen.add(letters)
            yield name
