"""The travellers whom the posts look for, as a file: what the capital told, in one canonical form.

JSON in UTF-8, one traveller a line, sorted by reference; the same travellers always give the same bytes, so that
nothing is imported where nobody came or went. A line is an ``AheadAlert`` (``ahead/schemas.py``) and ``until``, its
end. Only the machine itself makes such a list: no officer can bring one.
"""

import json
from collections.abc import Iterable
from typing import Final, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from crossing.screening.ahead.schemas import AheadAlert, AheadDocument, AheadPerson
from crossing.screening.countries import same_state
from crossing.screening.errors import ListMalformed
from crossing.screening.lists.contents import (
    MAX_ENTRIES,
    ListContents,
    ListedDocument,
    ListedPerson,
    NameGiven,
    NameKind,
    Orders,
)
from crossing.screening.lists.mapping import ColumnMapping
from crossing.screening.names.births import ListedBirth

NAME: Final = "ahead"
CODE: Final = "ahead"
"""The one list of this format."""

_LONGEST: Final = 300
_COLOURS: Final = ("red", "orange", "purple", "blue", "yellow", "green", "black")
"""Of INTERPOL's notices; where several were found, the one that asks most of an officer counts."""


class Sought(NamedTuple):
    """Whom to look for, and until when."""

    alert: AheadAlert
    until: AwareDatetime


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    alert: AheadAlert
    until: AwareDatetime


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str
    entries: list[_Line]


def is_told_by_the_capital(code: str, *formats: str | None) -> bool:
    """Whether nothing comes into a list, nor goes, but what the capital tells: from before its first."""
    return code == CODE or NAME in formats


def write(sought: Iterable[Sought]) -> bytes:
    """The file of these travellers."""
    ordered = sorted(sought, key=lambda one: str(one.alert.alert_id))
    lines = ",\n".join(_line(one) for one in ordered)
    return f'{{"format":"{NAME}","entries":[\n{lines}\n]}}\n'.encode()


def read(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises ListMalformed for a file that the program did not write. A mapping means nothing to it."""
    try:
        file = _File.model_validate_json(content)
    except ValidationError as wrong:
        raise ListMalformed(line=1) from wrong
    if file.format != NAME or len(file.entries) > MAX_ENTRIES:
        raise ListMalformed(line=1)
    contents = ListContents()
    for number, line in enumerate(file.entries, start=2):
        _take(contents, number, line)
    return contents


def _line(one: Sought) -> str:
    said = _Line(alert=one.alert, until=one.until).model_dump(mode="json", exclude_defaults=True)
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _take(contents: ListContents, number: int, line: _Line) -> None:
    alert, orders = line.alert, _orders(line)
    reference = str(alert.alert_id)
    contents.lines[reference] = number
    if alert.person is None or not alert.person.name:
        if alert.document is not None:
            contents.documents.append(_document(reference, alert.document, orders))
        return
    documents = (_document(f"{reference}#1", alert.document, orders),) if alert.document else ()
    contents.persons.append(_person(reference, alert.person, documents, orders))


def _person(
    reference: str, person: AheadPerson, documents: tuple[ListedDocument, ...], orders: Orders
) -> ListedPerson:
    births: tuple[ListedBirth, ...] = ()
    if person.birth_date is not None:
        born = ListedBirth.approximate if person.birth_approximate else ListedBirth.exact
        births = (born(person.birth_date),)
    return ListedPerson(
        reference=reference,
        names=(NameGiven(NameKind.PRIMARY, person.surname, person.given_names),),
        births=births,
        sex=person.sex,
        nationalities=(same_state(person.nationality),) if person.nationality else (),
        documents=documents,
        orders=orders,
    )


def _document(reference: str, document: AheadDocument, orders: Orders) -> ListedDocument:
    return ListedDocument(
        reference=reference,
        number=document.number,
        issuer=same_state(document.issuer),
        type=document.type,
        orders=orders,
    )


def _orders(line: _Line) -> Orders:
    """What the sources want done, together. Nobody counts any more after the day on which the looking ends; on that
    day itself the next version leaves them out."""
    hits = line.alert.hits
    colours = {hit.notice_colour for hit in hits}
    return Orders(
        action=_together(hit.action for hit in hits),
        caution=_together(hit.caution for hit in hits),
        notice_colour=next((colour for colour in _COLOURS if colour in colours), ""),
        owner=line.alert.where[:200],
        expires_on=line.until.date(),
    )


def _together(words: Iterable[str]) -> str:
    return " · ".join(dict.fromkeys(filter(None, words)))[:_LONGEST].rstrip()
