"""The United Nations Security Council Consolidated List, in its XML form.

Individuals are read; the list's entities (organisations) cross no border. Aliases come one by one or joined by ";",
now and then with a remark or the original script in brackets. Dates of birth are EXACT, APPROXIMATELY or BETWEEN.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from crossing.documents.dates import PartialDate
from crossing.screening.countries import state_code
from crossing.screening.documents import tidy
from crossing.screening.errors import ListMalformed, ListTooLarge
from crossing.screening.lists.contents import (
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_NAMES,
    Finding,
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
from crossing.screening.lists.mapping import ColumnMapping
from crossing.screening.names.births import ListedBirth

_MAX_DEPTH: Final = 16
_MAX_TEXT: Final = 20_000
_NAME_PARTS: Final = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME", "FIFTH_NAME", "SIXTH_NAME")
_SEXES: Final = {"male": "M", "female": "F"}
_BRACKETS: Final = re.compile(r"\(([^()]*)\)?")
_LETTERED: Final = re.compile(r"(?:^|\s)[a-z]\)\s")
_NOT_A_NAME: Final = re.compile(r",?\s+born\s.*$", re.IGNORECASE | re.DOTALL)
_NUMBER_SAID: Final = re.compile(r"(?:\bno\.?|\bnumber|n°)\s*:?\s*([A-Z0-9][A-Z0-9/ -]*\d[A-Z0-9/-]*)", re.IGNORECASE)
_LONG_NUMBER: Final = 20


def read(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises :class:`ListMalformed` for anything but this list, entity bombs and cut files included."""
    handler = _Handler()
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    try:
        parser.parse(io.BytesIO(content))
    except SAXParseException as broken:
        raise ListMalformed(line=broken.getLineNumber() or 0) from broken
    except (SAXException, DefusedXmlException, ValueError, LookupError) as broken:
        raise ListMalformed(line=handler.line) from broken
    if not handler.is_the_list:
        raise ListMalformed(line=1)
    return handler.contents


@dataclass(slots=True)
class _Record:
    """One INDIVIDUAL: its plain fields, and its repeated groups by name."""

    line: int
    fields: dict[str, str] = field(default_factory=dict)
    groups: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def values(self, group: str) -> Iterator[str]:
        yield from (value for one in self.groups.get(group, ()) for value in one.values() if value)


class _Handler(ContentHandler):
    """Collects individuals; everything lies at most two levels below one."""

    def __init__(self) -> None:
        super().__init__()
        self.contents = ListContents()
        self.is_the_list = False
        self._locator: Locator | None = None
        self._path: list[str] = []
        self._text: list[str] = []
        self._record: _Record | None = None

    @property
    def line(self) -> int:
        return (self._locator.getLineNumber() or 0) if self._locator else 0

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - SAX's name
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX's name
        if not self._path:
            self.is_the_list = name == "CONSOLIDATED_LIST"
            self.contents.as_of = _instant(attrs.get("dateGenerated", ""))
        self._path.append(name)
        if len(self._path) > _MAX_DEPTH or not self.is_the_list:
            raise ListMalformed(line=self.line)
        if self._path[1:] == ["INDIVIDUALS", "INDIVIDUAL"]:
            self._record = _Record(self.line)
        elif self._record is not None and len(self._path) == 4:
            self._record.groups.setdefault(name, []).append({})
        self._text = []

    def characters(self, content: str) -> None:
        if self._record is not None and len(self._text) < _MAX_TEXT:
            self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - SAX's name
        depth, text = len(self._path), " ".join("".join(self._text).split())
        self._path.pop()
        self._text = []
        if self._record is None:
            return
        if depth == 3:
            self._keep(self._record)
            self._record = None
        elif depth == 4 and text:
            self._record.fields[name] = text
        elif depth == 5 and text:
            self._record.groups[self._path[-1]][-1][name] = text

    def _keep(self, record: _Record) -> None:
        if len(self.contents.persons) >= MAX_ENTRIES:
            raise ListTooLarge(max_megabytes=MAX_BYTES // (1024 * 1024), max_entries=MAX_ENTRIES)
        reader = _RecordReader(record)
        person = reader.person()
        self.contents.findings += reader.findings
        if person is None:
            return
        if person.reference in self.contents.lines:
            self.contents.findings.append(Finding(record.line, person.reference, FindingCode.REFERENCE_REPEATED))
            return
        self.contents.lines[person.reference] = record.line
        self.contents.persons.append(person)


class _RecordReader:
    def __init__(self, record: _Record) -> None:
        self._record = record
        self._reference = cut(record.fields.get("REFERENCE_NUMBER", ""), 100)
        self.findings: list[Finding] = []

    def person(self) -> ListedPerson | None:
        names = self._names()
        if not self._reference:
            self._note(FindingCode.REFERENCE_MISSING)
            return None
        if not names:
            self._note(FindingCode.NAME_MISSING)
            return None
        fields = self._record.fields
        return ListedPerson(
            reference=self._reference,
            names=names,
            births=tuple(self._births()),
            sex=_SEXES.get(fields.get("GENDER", "").lower(), ""),
            nationalities=tuple(self._nationalities()),
            documents=tuple(self._documents()),
            remarks=cut(fields.get("COMMENTS1", ""), 2000),
            orders=Orders(
                legal_basis=cut(f"UN Security Council sanctions: {fields.get('UN_LIST_TYPE', '')}", 300),
                authority="United Nations Security Council",
            ),
        )

    def _note(self, code: FindingCode, field_name: str = "") -> None:
        self.findings.append(Finding(self._record.line, self._reference, code, field_name))

    def _names(self) -> tuple[NameGiven, ...]:
        fields = self._record.fields
        primary = cut(" ".join(fields[part] for part in _NAME_PARTS if fields.get(part)), 300)
        if not primary:
            return ()
        names = [NameGiven(NameKind.PRIMARY, "", primary)]
        if original := cut(fields.get("NAME_ORIGINAL_SCRIPT", ""), 300):
            names.append(NameGiven(NameKind.ALIAS, "", original))
        for alias in self._record.groups.get("INDIVIDUAL_ALIAS", ()):
            weak = alias.get("QUALITY", "").strip().lower() == "low"
            kind = NameKind.WEAK_ALIAS if weak else NameKind.ALIAS
            names += [NameGiven(kind, "", name) for name in alias_names(alias.get("ALIAS_NAME", ""))]
        return tuple(dict.fromkeys(names))[:MAX_NAMES]

    def _births(self) -> Iterator[ListedBirth]:
        for given in self._record.groups.get("INDIVIDUAL_DATE_OF_BIRTH", ()):
            try:
                birth = _birth(given)
            except ValueError:
                self._note(FindingCode.BIRTH_UNREADABLE, "INDIVIDUAL_DATE_OF_BIRTH")
                continue
            if birth is not None:
                yield birth

    def _nationalities(self) -> Iterator[str]:
        for written in self._record.values("NATIONALITY"):
            if code := state_code(written):
                yield code
            else:
                self._note(FindingCode.STATE_UNKNOWN, "NATIONALITY")

    def _documents(self) -> Iterator[ListedDocument]:
        given = [one for one in self._record.groups.get("INDIVIDUAL_DOCUMENT", ()) if one]
        for running, one in enumerate(given, start=1):
            number = document_number(one.get("NUMBER", ""))
            if not number:
                self._note(FindingCode.DOCUMENT_UNREADABLE, "INDIVIDUAL_DOCUMENT")
                continue
            issuer = one.get("ISSUING_COUNTRY") or one.get("COUNTRY_OF_ISSUE") or ""
            if issuer and not state_code(issuer):
                self._note(FindingCode.STATE_UNKNOWN, "ISSUING_COUNTRY")
            yield ListedDocument(
                reference=f"{self._reference}#{running}"[:100],
                number=number,
                issuer=state_code(issuer),
                type=cut(one.get("TYPE_OF_DOCUMENT2") or one.get("TYPE_OF_DOCUMENT", ""), 60),
                reason=cut(one.get("NOTE", ""), 300),
            )


def alias_names(written: str) -> Iterator[str]:
    """The names in one ALIAS_NAME: joined by ";", lettered a) b), with remarks or another script in brackets."""
    for joined in split_joined(_NOT_A_NAME.sub("", _BRACKETS.sub(_keep_brackets, written))):
        yield from (name for piece in _LETTERED.split(joined) if (name := cut(piece, 300)))


def _keep_brackets(found: re.Match[str]) -> str:
    """Another script in brackets is a name of its own; so is Latin after another script. The rest are remarks."""
    inside = found[1].removeprefix("original script:").strip()
    before = found.string[: found.start()].strip()
    if not inside.isascii() or (before and not any("a" <= letter <= "z" for letter in before.lower())):
        return f";{inside};"
    return " "


def document_number(written: str) -> str:
    """The number in a NUMBER field, which may say "diplomatic passport no. D00000898"; empty where there is none."""
    said = _NUMBER_SAID.search(written)
    number = said[1] if said else written
    if len(tidy(number)) > _LONG_NUMBER:
        number = next((word for word in number.split() if sum(letter.isdigit() for letter in word) >= 4), "")
    number = cut(number, 64)
    return number if any(letter.isdigit() for letter in number) and len(tidy(number)) >= 3 else ""


def _birth(given: dict[str, str]) -> ListedBirth | None:
    """Raises ValueError for a date that can't be read; None for an empty group."""
    kind = given.get("TYPE_OF_DATE", "").upper()
    if kind == "BETWEEN":
        years = int(given.get("FROM_YEAR", "")), int(given.get("TO_YEAR", ""))
        return ListedBirth.between(PartialDate(years[0]), PartialDate(years[1]))
    written = given.get("DATE", "")[:10] or given.get("YEAR", "")
    if not written:
        if set(given) - {"TYPE_OF_DATE"}:
            raise ValueError("a date in words")
        return None
    when = PartialDate.parse(written)
    return ListedBirth.approximate(when) if kind == "APPROXIMATELY" else ListedBirth.exact(when)


def _instant(written: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
