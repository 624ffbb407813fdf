"""Notices as INTERPOL's public API gives them (ws-public.interpol.int/notices/v1, version 1.0.2 of its OpenAPI).

A page of results has them under ``_embedded.notices``; the document of one notice has more of it. Pages and documents
may come together: one after the other, one a line, in an array, or as the files of a ZIP. A notice that comes both
ways is read once, with all that either says. Pictures are links, and nothing is fetched.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from crossing.documents.dates import PartialDate
from crossing.screening.documents import tidy
from crossing.screening.errors import ListMalformed
from crossing.screening.lists.contents import (
    FindingCode,
    ListContents,
    ListedDocument,
    ListedPerson,
    NameGiven,
    NameKind,
    Orders,
    cut,
)
from crossing.screening.lists.formats import json_text
from crossing.screening.lists.formats.archive import Archive, is_archive
from crossing.screening.lists.formats.collecting import MAX_REFERENCE, Collector, Notes
from crossing.screening.lists.mapping import ColumnMapping
from crossing.screening.names.births import ListedBirth

PUBLISHER: Final = "INTERPOL"
SOURCE: Final = "https://ws-public.interpol.int/notices/v1"

_LONGEST: Final = 16 * 1024 * 1024
_COLOUR: Final = re.compile(r"/notices/v\d+/(red|yellow|blue|green|black|orange|purple|un)\b")
_DATE: Final = re.compile(r"(\d{4})(?:/(\d{2})(?:/(\d{2}))?)?")
_ORGANISATION: Final = "/un/entities"

Json = dict[str, Any]


def read(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises a domain error. Lines count within each file of a ZIP. The API gives no date of its own.

    Where a page says how many notices there are and fewer came in all, that is noted as ``count_differs``: the API
    shows at most 160 notices of one search.
    """
    collector = Collector()
    collector.contents.publisher = PUBLISHER
    collector.contents.source = SOURCE
    notices = _Notices()
    for line, document in _documents(content):
        notices.take(document, line)
    if notices.told is None and not notices.seen:
        raise ListMalformed(line=1)
    for line in notices.nameless:
        collector.note(line, "", FindingCode.REFERENCE_MISSING)
    for line in notices.unreadable:
        collector.note(line, "", FindingCode.RECORD_UNREADABLE)
    for reference, (line, notice, colour) in notices.by_id.items():
        if _is_organisation(notice):
            collector.leave_out("organisation")
        else:
            notes = Notes(line, reference)
            collector.add(_person(notice, colour, notes), notes)
    if notices.told is not None and notices.told > notices.seen:
        collector.note(1, "", FindingCode.COUNT_DIFFERS, "total")
    return collector.contents


def _documents(content: bytes) -> Iterator[tuple[int, Any]]:
    if not is_archive(content):
        yield from json_text.records(content, longest=_LONGEST)
        return
    archive = Archive(content)
    for name in archive.names:
        yield from json_text.records(archive.read(name), longest=_LONGEST)


class _Notices:
    """Notices by their entity_id, each with the line at which it was first seen and its colour."""

    def __init__(self) -> None:
        self.by_id: dict[str, tuple[int, Json, str]] = {}
        self.nameless: list[int] = []
        self.unreadable: list[int] = []
        self.told: int | None = None

    @property
    def seen(self) -> int:
        return len(self.by_id) + len(self.nameless) + len(self.unreadable)

    def take(self, document: Any, line: int) -> None:
        """A page, or the document of one notice. Raises ListMalformed for what is neither."""
        if not isinstance(document, dict):
            raise ListMalformed(line=line)
        if "_embedded" in document:
            self._page(document, line)
        elif "entity_id" in document or "forename" in document or "name" in document:
            self._notice(document, line, _colour(document))
        else:
            raise ListMalformed(line=line)

    def _page(self, page: Json, line: int) -> None:
        embedded = page["_embedded"]
        notices = embedded.get("notices") if isinstance(embedded, dict) else None
        if not isinstance(notices, list):
            raise ListMalformed(line=line)
        total = page.get("total")
        if isinstance(total, str) and total.isdecimal():
            self.told = max(self.told or 0, int(total[:9]))
        for notice in notices:
            if isinstance(notice, dict):
                self._notice(notice, line, _colour(notice) or _colour(page))
            else:
                self.unreadable.append(line)

    def _notice(self, notice: Json, line: int, colour: str) -> None:
        reference = cut(_text(notice, "entity_id"), MAX_REFERENCE)
        if not reference:
            self.nameless.append(line)
            return
        if reference in self.by_id:
            line, known, known_colour = self.by_id[reference]
            said = {name: value for name, value in notice.items() if value not in (None, "", [])}
            notice, colour = known | said, colour or known_colour
        self.by_id[reference] = (line, notice, colour)


def _link(notice: Json) -> str:
    links = notice.get("_links")
    own = links.get("self") if isinstance(links, dict) else None
    return _text(own, "href") if isinstance(own, dict) else ""


def _colour(notice: Json) -> str:
    """Which notice it is, as its own address tells; empty where it has none."""
    found = _COLOUR.search(_link(notice))
    return found[1] if found else ""


def _is_organisation(notice: Json) -> bool:
    return _ORGANISATION in _link(notice)


def _text(record: Json, name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _list(record: Json, name: str) -> list[Any]:
    value = record.get(name)
    return value if isinstance(value, list) else []


def _objects(record: Json, name: str) -> list[Json]:
    return [one for one in _list(record, name) if isinstance(one, dict)]


def _person(notice: Json, colour: str, notes: Notes) -> ListedPerson | None:
    names = notes.names(_names(notice, notes))
    if not names or names[0].kind is not NameKind.PRIMARY:
        notes.note(FindingCode.NAME_MISSING)
        return None
    return ListedPerson(
        reference=notes.reference,
        names=names,
        births=tuple(dict.fromkeys(_births([notice, *_objects(notice, "aliases")], notes))),
        sex=_sex(notice, notes),
        nationalities=notes.states(_strings(_list(notice, "nationalities")), "nationalities"),
        documents=tuple(_identity_documents(notice, notes)),
        remarks=notes.cut("; ".join(_remarks(notice)), 2000, "arrest_warrants"),
        orders=_orders(notice, colour, notes),
    )


def _strings(values: Iterable[Any]) -> Iterator[str]:
    yield from (value for value in values if isinstance(value, str))


def _names(notice: Json, notes: Notes) -> Iterator[NameGiven]:
    yield _name(NameKind.PRIMARY, _text(notice, "name"), _text(notice, "forename"), notes)
    original = _text(notice, "name_in_original_script"), _text(notice, "forename_in_original_script")
    yield _name(NameKind.ALIAS, *original, notes)
    at_birth = _text(notice, "name_at_birth") or _text(notice, "birth_name")
    if at_birth:
        yield _name(NameKind.ALIAS, at_birth, _text(notice, "forename"), notes)
    for alias in _list(notice, "aliases"):
        if isinstance(alias, str):
            yield _name(NameKind.ALIAS, "", alias, notes)
        elif isinstance(alias, dict):
            weak = _text(alias, "qualification").strip().lower() == "low"
            kind = NameKind.WEAK_ALIAS if weak else NameKind.ALIAS
            yield _name(kind, _text(alias, "name"), _text(alias, "forename"), notes)
            original = _text(alias, "name_in_original_script"), _text(alias, "forename_in_original_script")
            yield _name(kind, *original, notes)


def _name(kind: NameKind, surname: str, given: str, notes: Notes) -> NameGiven:
    return NameGiven(kind, notes.cut(surname, 200, "name"), notes.cut(given, 300, "forename"))


def _births(records: Iterable[Json], notes: Notes) -> Iterator[ListedBirth]:
    for record in records:
        written = _text(record, "date_of_birth").strip()
        if not written:
            continue
        try:
            yield ListedBirth.exact(birth_date(written))
        except ValueError:
            notes.note(FindingCode.BIRTH_UNREADABLE, "date_of_birth")


def birth_date(written: str) -> PartialDate:
    """YYYY/MM/DD, YYYY/MM or YYYY; parts given as 00 are unknown. Raises ValueError."""
    found = _DATE.fullmatch(written)
    if found is None:
        raise ValueError("not a date of a notice")
    month = int(found[2] or 0) or None
    return PartialDate(int(found[1]), month, (int(found[3] or 0) or None) if month else None)


def _sex(notice: Json, notes: Notes) -> str:
    """M or F; U is unknown."""
    sex = _text(notice, "sex_id").strip().upper()
    if sex in ("M", "F"):
        return sex
    if sex not in ("", "U"):
        notes.note(FindingCode.SEX_UNREADABLE, "sex_id")
    return ""


def _identity_documents(notice: Json, notes: Notes) -> Iterator[ListedDocument]:
    """Of United Nations notices. The names of a document's fields are not in the specification."""
    for running, given in enumerate(_list(notice, "identity_documents"), start=1):
        fields = given if isinstance(given, dict) else {"number": given}
        number = next((value for name, value in fields.items() if "number" in name and isinstance(value, str)), "")
        if not any(character.isdigit() for character in tidy(number)):
            notes.note(FindingCode.DOCUMENT_UNREADABLE, "identity_documents")
            continue
        state = next((value for name, value in fields.items() if "country" in name and isinstance(value, str)), "")
        kind = next((value for name, value in fields.items() if "type" in name and isinstance(value, str)), "")
        yield ListedDocument(
            reference=f"{notes.reference}#{running}"[-MAX_REFERENCE:],
            number=notes.cut(number, 64, "identity_documents"),
            issuer=notes.state(state, "identity_documents"),
            type=cut(kind, 60),
        )


def _remarks(notice: Json) -> Iterator[str]:
    for warrant in _objects(notice, "arrest_warrants"):
        charge = _text(warrant, "charge_translation") or _text(warrant, "charge")
        if charge:
            yield f"{_text(warrant, 'issuing_country_id')}: {charge}".removeprefix(": ")
    for name in ("summary", "purpose", "distinguishing_marks", "place_of_birth", "place", "date_of_event"):
        if value := _text(notice, name):
            yield value


def _orders(notice: Json, colour: str, notes: Notes) -> Orders:
    """A United Nations notice has no colour of its own."""
    seekers = dict.fromkeys(_text(one, "issuing_country_id") for one in _objects(notice, "arrest_warrants"))
    states = notes.states(filter(None, seekers), "issuing_country_id")
    resolution = _text(notice, "un_resolution") or _text(notice, "un_reference")
    kind = "United Nations Special" if colour == "un" else colour.capitalize()
    return Orders(
        notice_colour="" if colour == "un" else colour,
        legal_basis=cut(f"INTERPOL {kind} Notice {notes.reference} {resolution}", 300),
        authority=cut(f"INTERPOL at the request of {', '.join(states)}" if states else PUBLISHER, 200),
    )
