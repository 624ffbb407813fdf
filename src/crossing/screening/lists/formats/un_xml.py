"""The United Nations Security Council Consolidated List, in its XML form.

Individuals are read; the list's entities (organisations) cross no border and are counted. Aliases come one by one or
joined by ";", now and then with a remark or the original script in brackets. Dates of birth are EXACT, APPROXIMATELY
or BETWEEN; some stand in words in a NOTE. What is written of a birth or a document and can't be read as one is kept
in the remarks.
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
from crossing.screening.documents import tidy
from crossing.screening.errors import ListCutShort, ListHasDoctype, ListMalformed
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
from crossing.screening.lists.formats.collecting import MAX_REFERENCE, Collector, Notes
from crossing.screening.lists.formats.dates import Dates
from crossing.screening.lists.mapping import ColumnMapping
from crossing.screening.names.births import ListedBirth

PUBLISHER: Final = "United Nations Security Council"

_MAX_DEPTH: Final = 16
_MAX_TEXT: Final = 20_000
_NAME_PARTS: Final = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME", "FIFTH_NAME", "SIXTH_NAME")
_SEXES: Final = {"male": "M", "female": "F"}
_BRACKETS: Final = re.compile(r"\(([^()]*)\)?")
_LETTERED: Final = re.compile(r"(?:^|\s)[a-z]\)\s")
_NOT_A_NAME: Final = re.compile(r",?\s+born\s.*$", re.IGNORECASE | re.DOTALL)
_NUMBER_SAID: Final = re.compile(r"(?:\bno\.?|\bnumber|n°)\s*:?\s*([A-Z0-9][A-Z0-9/ -]*\d[A-Z0-9/-]*)", re.IGNORECASE)
_LONG_NUMBER: Final = 20
_IN_WORDS: Final = Dates()
_AT_THE_END: Final = re.compile(r"no element found|unclosed (?:token|CDATA section)|partial character")
"""What expat says of a document that ends before its last element is closed."""


def read(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises :class:`ListMalformed` for anything but this list, entity bombs and cut files included."""
    collector = Collector()
    handler = _Handler(collector)
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    try:
        parser.parse(io.BytesIO(content))
    except SAXParseException as broken:
        refusal = ListCutShort if handler.is_open and _AT_THE_END.search(str(broken)) else ListMalformed
        raise refusal(line=broken.getLineNumber() or 0) from broken
    except DefusedXmlException as hostile:
        raise ListHasDoctype(line=handler.line) from hostile
    except (SAXException, ValueError, LookupError) as broken:
        raise ListMalformed(line=handler.line) from broken
    if not handler.is_the_list:
        raise ListMalformed(line=1)
    collector.contents.publisher = PUBLISHER
    return collector.contents


@dataclass(slots=True)
class _Record:
    """One INDIVIDUAL: its plain fields, and its repeated groups by name."""

    line: int
    fields: dict[str, str] = field(default_factory=dict)
    groups: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def add(self, group: str, name: str, text: str) -> None:
        """Several values of one name in one group are joined by ";", as the list joins aliases."""
        values = self.groups[group][-1]
        values[name] = f"{values[name]};{text}" if name in values else text

    def values(self, group: str) -> Iterator[str]:
        for one in self.groups.get(group, ()):
            for value in one.values():
                yield from split_joined(value)


class _Handler(ContentHandler):
    """Collects individuals; everything lies at most two levels below one."""

    def __init__(self, collector: Collector) -> None:
        super().__init__()
        self._collector = collector
        self.is_the_list = False
        self._locator: Locator | None = None
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._record: _Record | None = None

    @property
    def is_open(self) -> bool:
        """Whether the list has begun, and not ended."""
        return self.is_the_list and bool(self._path)

    @property
    def line(self) -> int:
        return (self._locator.getLineNumber() or 0) if self._locator else 0

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - SAX's name
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX's name
        if not self._path:
            self.is_the_list = name == "CONSOLIDATED_LIST"
            self._collector.contents.as_of = _instant(attrs.get("dateGenerated", ""))
        self._path.append(name)
        if len(self._path) > _MAX_DEPTH or not self.is_the_list:
            raise ListMalformed(line=self.line)
        if self._path[1:] == ["ENTITIES", "ENTITY"]:
            self._collector.leave_out("organisation")
        elif self._path[1:] == ["INDIVIDUALS", "INDIVIDUAL"]:
            self._record = _Record(self.line)
        elif self._record is not None and len(self._path) == 4:
            self._record.groups.setdefault(name, []).append({})
        self._text, self._length = [], 0

    def characters(self, content: str) -> None:
        self._length += len(content)
        if self._record is not None and self._length <= _MAX_TEXT:
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
            self._record.add(self._path[-1], name, text)

    def _keep(self, record: _Record) -> None:
        notes = Notes(record.line, cut(record.fields.get("REFERENCE_NUMBER", ""), MAX_REFERENCE))
        self._collector.add(_RecordReader(record, notes).person(), notes)


class _RecordReader:
    def __init__(self, record: _Record, notes: Notes) -> None:
        self._record = record
        self._notes = notes
        self._unread: list[str] = []

    def person(self) -> ListedPerson | None:
        notes, fields = self._notes, self._record.fields
        names = notes.names(self._names())
        if not notes.reference:
            notes.note(FindingCode.REFERENCE_MISSING)
            return None
        if not names or names[0].kind is not NameKind.PRIMARY:
            notes.note(FindingCode.NAME_MISSING)
            return None
        births, documents = tuple(dict.fromkeys(self._births())), tuple(self._documents())
        return ListedPerson(
            reference=notes.reference,
            names=names,
            births=births,
            sex=_SEXES.get(fields.get("GENDER", "").lower(), ""),
            nationalities=notes.states(self._record.values("NATIONALITY"), "NATIONALITY"),
            documents=documents,
            remarks=notes.cut("; ".join(self._remarks()), 2000, "COMMENTS1"),
            orders=Orders(
                legal_basis=cut(f"UN Security Council sanctions: {fields.get('UN_LIST_TYPE', '')}", 300),
                authority=PUBLISHER,
            ),
        )

    def _remarks(self) -> Iterator[str]:
        """What an officer may want to read: offices held, when the person was listed, what could not be read as a
        birth or a document, and the list's own comments."""
        for group in ("TITLE", "DESIGNATION"):
            yield from (tidied for value in self._record.values(group) if (tidied := value.strip(" :,")))
        yield from self._unread
        fields = self._record.fields
        if fields.get("LISTED_ON"):
            yield f"Listed on {fields['LISTED_ON'][:10]}"
        if comments := fields.get("COMMENTS1", "").strip(" :,"):
            yield comments

    def _names(self) -> Iterator[NameGiven]:
        fields, notes = self._record.fields, self._notes
        primary = " ".join(fields[part] for part in _NAME_PARTS if fields.get(part))
        yield NameGiven(NameKind.PRIMARY, "", notes.cut(primary, 300, "FIRST_NAME"))
        for original in split_joined(fields.get("NAME_ORIGINAL_SCRIPT", "")):
            yield NameGiven(NameKind.ALIAS, "", notes.cut(original, 300, "NAME_ORIGINAL_SCRIPT"))
        for alias in self._record.groups.get("INDIVIDUAL_ALIAS", ()):
            weak = alias.get("QUALITY", "").strip().lower() == "low"
            kind = NameKind.WEAK_ALIAS if weak else NameKind.ALIAS
            for name in alias_names(alias.get("ALIAS_NAME", "")):
                yield NameGiven(kind, "", notes.cut(name, 300, "INDIVIDUAL_ALIAS"))

    def _births(self) -> Iterator[ListedBirth]:
        """The person's own, and those under which an alias was used."""
        given = self._record.groups
        aliases = [
            {"DATE": one["DATE_OF_BIRTH"]} for one in given.get("INDIVIDUAL_ALIAS", ()) if "DATE_OF_BIRTH" in one
        ]
        for group in (*given.get("INDIVIDUAL_DATE_OF_BIRTH", ()), *aliases):
            try:
                birth = _birth(group)
            except ValueError:
                self._notes.note(FindingCode.BIRTH_UNREADABLE, "INDIVIDUAL_DATE_OF_BIRTH")
                self._unread.append(f"Date of birth: {_words(group, 'TYPE_OF_DATE')}")
                continue
            if birth is not None:
                yield birth

    def _documents(self) -> Iterator[ListedDocument]:
        given = [one for one in self._record.groups.get("INDIVIDUAL_DOCUMENT", ()) if one]
        for running, one in enumerate(given, start=1):
            number = document_number(one.get("NUMBER", ""))
            if not number:
                self._notes.note(FindingCode.DOCUMENT_UNREADABLE, "INDIVIDUAL_DOCUMENT")
                self._unread.append(f"Document: {_words(one)}")
                continue
            issuer = one.get("ISSUING_COUNTRY") or one.get("COUNTRY_OF_ISSUE") or ""
            yield ListedDocument(
                reference=f"{self._notes.reference}#{running}"[-MAX_REFERENCE:],
                number=number,
                issuer=self._notes.state(issuer, "ISSUING_COUNTRY"),
                type=cut(one.get("TYPE_OF_DOCUMENT2") or one.get("TYPE_OF_DOCUMENT", ""), 60),
                reason=self._notes.cut(one.get("NOTE", ""), 300, "NOTE"),
            )


def alias_names(written: str) -> Iterator[str]:
    """The names in one ALIAS_NAME: joined by ";", lettered a) b), with remarks or another script in brackets."""
    for joined in split_joined(_NOT_A_NAME.sub("", _BRACKETS.sub(_keep_brackets, written))):
        yield from (name for piece in _LETTERED.split(joined) if (name := cut(piece, 1_000)))


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
    if written:
        when = PartialDate.parse(written)
    elif "NOTE" in given:
        when = _IN_WORDS.read(given["NOTE"])
    elif set(given) - {"TYPE_OF_DATE"}:
        raise ValueError("a date of unknown form")
    else:
        return None
    return ListedBirth.approximate(when) if kind == "APPROXIMATELY" else ListedBirth.exact(when)


def _words(group: dict[str, str], *left_out: str) -> str:
    """All that a group says, in its own words."""
    return ", ".join(value for name, value in group.items() if name not in left_out)


def _instant(written: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
