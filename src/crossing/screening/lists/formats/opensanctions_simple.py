"""OpenSanctions' simplified table, targets.simple.csv: one line a target, several values of a field joined by ";".

Its columns are in the "Simplified tabular format" of opensanctions.org/docs/bulk/csv. What a number in
``identifiers`` is of (passport, identity card, tax) the table does not tell, and ``countries`` are those that the
person is linked to. Where either matters, entities.ftm.json says more.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from crossing.screening.documents import tidy
from crossing.screening.errors import ListColumnsMissing, ListMalformed
from crossing.screening.lists.contents import (
    FindingCode,
    ListContents,
    ListedDocument,
    ListedPerson,
    NameGiven,
    NameKind,
    Orders,
    cut,
    split_joined,
)
from crossing.screening.lists.formats import delimited
from crossing.screening.lists.formats.collecting import MAX_REFERENCE, Collector, Notes
from crossing.screening.lists.formats.dates import Dates
from crossing.screening.lists.mapping import ColumnMapping
from crossing.screening.names.births import ListedBirth

PUBLISHER: Final = "OpenSanctions"

_NEEDED: Final = ("id", "schema", "name", "aliases", "birth_date", "countries", "identifiers", "sanctions", "dataset")
_DATES: Final = Dates()


def read(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises a domain error. Persons are read, other schemas counted; the date is the newest ``last_seen``."""
    rows = delimited.rows(content, ",")
    _, header = next(rows, (1, []))
    if missing := [name for name in _NEEDED if name not in header]:
        raise ListColumnsMissing(columns=", ".join(missing))
    if len({*header}) != len(header):
        raise ListMalformed(line=1)
    collector = Collector()
    collector.contents.publisher = PUBLISHER
    newest, sources = "", dict[str, None]()
    for line, row in rows:
        if len(row) != len(header):
            collector.note(line, "", FindingCode.COLUMNS_WRONG)
            continue
        fields = dict(zip(header, row, strict=True))
        newest = max(newest, fields.get("last_seen", "")[:19])
        if len(sources) < 20:
            sources.update(dict.fromkeys(split_joined(fields["dataset"])))
        if fields["schema"] != "Person":
            collector.leave_out(cut(fields["schema"], 40) or "other")
            continue
        notes = Notes(line, cut(fields["id"], MAX_REFERENCE))
        collector.add(_person(fields, notes), notes)
    collector.contents.as_of = instant(newest)
    collector.contents.source = cut("; ".join(sources), 300)
    return collector.contents


def instant(written: str) -> datetime | None:
    """A time as OpenSanctions writes it, in UTC without saying so; None where there is none."""
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _person(fields: dict[str, str], notes: Notes) -> ListedPerson | None:
    if not notes.reference:
        notes.note(FindingCode.REFERENCE_MISSING)
        return None
    primary = notes.cut(fields["name"], 300, "name")
    if not primary:
        notes.note(FindingCode.NAME_MISSING)
        return None
    aliases = (
        NameGiven(NameKind.ALIAS, "", notes.cut(one, 300, "aliases")) for one in split_joined(fields["aliases"])
    )
    countries = (one.upper() for one in split_joined(fields["countries"]))
    sanctions = " ".join(filter(None, (fields["sanctions"], fields.get("program_ids", ""))))
    return ListedPerson(
        reference=notes.reference,
        names=notes.names([NameGiven(NameKind.PRIMARY, "", primary), *aliases]),
        births=tuple(dict.fromkeys(_births(fields["birth_date"], notes))),
        nationalities=notes.states(countries, "countries"),
        documents=tuple(_documents(fields["identifiers"], notes)),
        orders=Orders(
            legal_basis=notes.cut(sanctions, 300, "sanctions"),
            authority=notes.cut(fields["dataset"], 200, "dataset"),
        ),
    )


def _births(written: str, notes: Notes) -> Iterator[ListedBirth]:
    for one in split_joined(written):
        try:
            yield ListedBirth.exact(_DATES.read(one))
        except ValueError:
            notes.note(FindingCode.BIRTH_UNREADABLE, "birth_date")


def _documents(written: str, notes: Notes) -> Iterator[ListedDocument]:
    for running, number in enumerate(split_joined(written), start=1):
        if not any(character.isdigit() for character in tidy(number)):
            notes.note(FindingCode.DOCUMENT_UNREADABLE, "identifiers")
            continue
        yield ListedDocument(
            reference=f"{notes.reference}#{running}"[-MAX_REFERENCE:], number=notes.cut(number, 64, "identifiers")
        )
