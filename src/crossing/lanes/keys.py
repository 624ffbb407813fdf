"""What opens a chip, where the document is not being read at this moment."""

from datetime import date

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import Mrz, MrzData, MrzFormat, MrzNotComposable, compose, parse
from crossing.lanes.assembly import document_of, person_of
from crossing.lanes.models import CaptureSession
from crossing.lanes.readings import reading_of
from crossing.lanes.schemas import FieldSource
from crossing.movements.schemas import Person, TravelDocument


def mrz_to_open_with(row: CaptureSession, today: date) -> Mrz | None:
    """The MRZ that was read; or, where the officer corrected it, one made of what was typed: a chip that did not open
    with a misread number opens with the right one."""
    person, document = person_of(row), document_of(row)
    if FieldSource.OFFICER in row.field_sources.values() and person is not None and document is not None:
        return _composed(person, document, today)
    read = reading_of(row)
    if read is None or read.format is None:
        return None
    return parse(read.lines, today=today)


def _composed(person: Person, document: TravelDocument, today: date) -> Mrz | None:
    """Only number, date of birth and date of expiry become part of the key; None where there is no MRZ of them."""
    data = MrzData(
        document_code=document.type,
        issuing_state=document.issuing_state,
        surname=person.surname,
        given_names=person.given_names,
        document_number=document.number,
        nationality=person.nationality or document.issuing_state,
        birth_date=PartialDate.parse(person.birth_date) if person.birth_date else None,
        expiry_date=PartialDate.of(document.expiry_date) if document.expiry_date else None,
    )
    for layout in (MrzFormat.TD3, MrzFormat.TD1):
        try:
            return parse(compose(data, layout), today=today)
        except MrzNotComposable:
            continue
    return None
