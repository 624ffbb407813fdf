"""The files that a copy is made of, read row by row: CSV of documents and of vehicles, and public lists of persons.

A row that can't be used is told with its line. A copy that silently lacks a record would clear whom it does not know;
so whoever makes it says how many such rows it may have, and none is the default.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TextIO

from crossing.platform.errors import DomainError
from crossing.ports.bridge import FraudType, NoticeColour
from crossing.ports.document_set import Document, NumberRange, tidied
from crossing.screening.countries import state_code
from crossing.screening.lists.contents import MAX_BYTES, Finding, FindingCode, ListContents, ListedPerson, Orders
from crossing.screening.lists.formats import FORMATS
from crossing.screening.lists.formats import document_set as document_csv
from crossing.screening.schemas import CheckKind
from interpol_bridge.backends.offline_copy.errors import SourceRefused
from interpol_bridge.backends.offline_copy.keys import ReferenceKey
from interpol_bridge.backends.offline_copy.marks import PLATE, VIN

NOTICES: Final = "interpol_notices"
PERSON_FORMATS: Final = tuple(name for name, one in FORMATS.items() if CheckKind.NAME_LIST in one.covers)

FRAUDS: Final = tuple(FraudType)
COLOURS: Final = tuple(NoticeColour)

_VEHICLE_COLUMNS: Final = ("vin", "plate", "plate_country", "make")
_DELIMITERS: Final = (",", ";", "\t")
_LONGEST_LINE: Final = 65_536
_LONGEST_MAKE: Final = 40
_FIRST_OF_EACH: Final = 5

Listed = Document | NumberRange


@dataclass(slots=True)
class Noticed:
    """What was noticed in one file: how often each, and the lines of the first of each."""

    name: str
    counts: Counter[FindingCode] = field(default_factory=Counter)
    lines: dict[FindingCode, list[int]] = field(default_factory=dict)

    def note(self, finding: Finding) -> None:
        self.counts[finding.code] += 1
        lines = self.lines.setdefault(finding.code, [])
        if len(lines) < _FIRST_OF_EACH:
            lines.append(finding.line)

    @property
    def skipped(self) -> int:
        return sum(count for code, count in self.counts.items() if code.costs_the_entry)

    def told(self) -> Iterator[str]:
        """A line for each kind, with numbers of lines and none of their content."""
        for code, count in self.counts.items():
            yield f"{self.name}: {code.value} in {count} rows, first in line {', '.join(map(str, self.lines[code]))}"


def documents(path: Path, noticed: Noticed, words: Sequence[str]) -> Iterator[Listed]:
    """The rows of a CSV as docs/operations/document-set.md has it; ``reason`` is one of ``words``, however written.

    Raises :class:`SourceRefused` and ``OSError``.
    """
    with path.open("rb") as file, _refused(path):
        for one in document_csv.rows(file, noticed.note):
            reason = one.reason.strip().lower().replace(" ", "_").replace("-", "_")
            if reason in words:
                yield one._replace(reason=reason) if isinstance(one, Document) else replace(one, reason=reason)
            else:
                yield one


def vehicles(path: Path, noticed: Noticed) -> Iterator[Document]:
    """The marks of a CSV with the columns vin, plate, plate_country and make: a row gives one or two.

    Raises :class:`SourceRefused` and ``OSError``.
    """
    with path.open(encoding="utf-8-sig", newline="") as text, _refused(path):
        for line, row in _rows(text, path):
            marks = list(_marks(row))
            if not marks:
                noticed.note(Finding(line, "", FindingCode.NUMBER_MISSING))
            if row["plate_country"].strip() and not state_code(row["plate_country"]):
                noticed.note(Finding(line, "", FindingCode.STATE_UNKNOWN))
            yield from marks


def persons(
    files: Sequence[tuple[str, Path]], tell: Callable[[Noticed], None], references: ReferenceKey
) -> Iterator[ListedPerson]:
    """The persons of lists in public formats, each a format's name and a file, without portraits and documents.

    Pages and documents of notices may be many files, read as one: a notice that comes twice is one. A reference that
    is the number of the person's own document is hashed. Raises :class:`SourceRefused` and ``OSError``.
    """
    notices = [path for name, path in files if name == NOTICES]
    lists = [(name, [path]) for name, path in files if name != NOTICES]
    seen: set[str] = set()
    for name, paths in [*([(NOTICES, notices)] if notices else []), *lists]:
        noticed = Noticed(", ".join(path.name for path in paths))
        contents = _contents(name, paths)
        for finding in contents.findings:
            noticed.note(finding)
        tell(noticed)
        for one in contents.persons:
            own = _reference(one, references)
            reference = own if name == NOTICES else f"{name}:{own}"
            if reference in seen:
                raise SourceRefused(f"{noticed.name}: two files of one format have an entry {reference}.")
            seen.add(reference)
            yield replace(one, reference=reference, documents=(), portrait="", orders=_orders(one, contents))


def _reference(one: ListedPerson, references: ReferenceKey) -> str:
    numbers = {tidied(document.number) for document in one.documents}
    return references.of("person", one.reference) if tidied(one.reference) in numbers else one.reference


def _orders(one: ListedPerson, contents: ListContents) -> Orders:
    """Whose the record is: as the entry says, else who publishes the list."""
    orders = one.orders
    return orders if orders.owner or orders.authority else replace(orders, owner=contents.publisher)


def _contents(name: str, paths: Sequence[Path]) -> ListContents:
    if name not in PERSON_FORMATS:
        raise SourceRefused(f"{name} is no format of persons; these are: {', '.join(PERSON_FORMATS)}.")
    if sum(path.stat().st_size for path in paths) > MAX_BYTES:
        raise SourceRefused(f"{paths[0].name}: lists of persons have at most {MAX_BYTES // 2**20} MB.")
    with _refused(paths[0]):
        return FORMATS[name].read(b"\n".join(path.read_bytes() for path in paths))


def _marks(row: dict[str, str]) -> Iterator[Document]:
    country, make = state_code(row["plate_country"]), " ".join(row["make"].split())[:_LONGEST_MAKE]
    for kind in (VIN, PLATE):
        if number := tidied(row[kind]):
            yield Document(number, country, kind, make)


def _rows(text: TextIO, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    first = text.readline(_LONGEST_LINE)
    delimiter = max(_DELIMITERS, key=first.count)
    header = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter), [])]
    if missing := [name for name in _VEHICLE_COLUMNS if name not in header]:
        raise SourceRefused(f"{path.name} has no column {', '.join(missing)}.")
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    for row in reader:
        if any(row):
            yield reader.line_num + 1, dict.fromkeys(_VEHICLE_COLUMNS, "") | dict(zip(header, row, strict=False))


def _lines(text: TextIO) -> Iterator[str]:
    """Lines of a bounded length: a file without line ends is not read into memory."""
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE and not line.endswith("\n"):
            raise csv.Error("a line without an end")
        yield line


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """What is wrong with a file as a whole, in one sentence."""
    try:
        yield
    except (DomainError, csv.Error, UnicodeDecodeError) as error:
        raise SourceRefused(f"{path.name}: {error if isinstance(error, DomainError) else 'damaged CSV'}") from error
