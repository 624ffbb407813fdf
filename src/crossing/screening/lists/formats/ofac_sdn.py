"""OFAC's list of Specially Designated Nationals: sdn.csv, alt.csv and sdn_comments.csv in one ZIP.

The fields are those of the Treasury's "SDN data specification" (dat_spec.txt, 25 September 2023): no header line,
"-0-" for no value, files linked by ent_num. The consolidated list of other programmes (cons_prim.csv, cons_alt.csv,
cons_comments.csv) has the same form. What is known of a person stands in the remarks, in phrases that begin with
their kind ("DOB", "nationality", "Passport") and end with a semicolon; a name under a.k.a. there is a weak alias.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from crossing.documents.dates import PartialDate
from crossing.screening.documents import tidy
from crossing.screening.errors import ListFileMissing, ListMalformed
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
from crossing.screening.lists.formats import delimited
from crossing.screening.lists.formats.archive import Archive, is_archive
from crossing.screening.lists.formats.collecting import Collector, Notes
from crossing.screening.lists.formats.dates import Dates
from crossing.screening.lists.mapping import ColumnMapping
from crossing.screening.names.births import ListedBirth

PUBLISHER: Final = "US Department of the Treasury, Office of Foreign Assets Control"

_FILES: Final = MappingProxyType(
    {
        "sdn.csv": "main", "cons_prim.csv": "main", "alt.csv": "names", "cons_alt.csv": "names",
        "sdn_comments.csv": "comments", "cons_comments.csv": "comments",
    }
)  # fmt: skip
_NONE: Final = "-0-"
_END_OF_FILE: Final = "\x1a"
_MAIN_WIDTH: Final = 12
_LONGEST_PHRASE: Final = 400
_NAMES_WIDTH: Final = 5
_KINDS: Final = MappingProxyType({"vessel": "vessel", "aircraft": "aircraft", "": "organisation"})
_SEXES: Final = MappingProxyType({"male": "M", "female": "F"})

_STATES: Final = MappingProxyType(
    {"Burma": "MMR", "Cabo Verde": "CPV", "Palestinian": "PSE", "Saint Kitts and Nevis": "KNA"}
)

_ALSO: Final = re.compile(r"(?:alt\.\s+)?(?P<kind>DOB|POB|nationality|citizen|Gender)\s+(?P<value>.+)", re.DOTALL)
_WEAK: Final = re.compile(r"(?:a|f|n)\.k\.a\.\s+'(?P<name>.+)'", re.DOTALL)
_DOCUMENT: Final = re.compile(
    r"(?:alt\.\s+)?(?P<kind>(?!Tax)(?:[A-Z][\w.']*\s+)*?(?:Passport(?:\s+(?:Number|Booklet:|Card))?"
    r"|National ID No\.|ID No\.|ID Card|ID Number|Cedula No\.|Cedula|Identification Number|D\.N\.I\."
    r"|Travel Document Number|Residency Number|Numero de Identidad|Citizen's Card Number|Driver's License No\.|Card))"
    r"[\s:#]+(?P<number>(?=[^(;]*\d)[^(;]+?)\s*(?:\((?P<state>[^)]+)\))?(?:\s+(?:issued|expires)\s+.*)?",
    re.DOTALL,
)
_DATED: Final = re.compile(r"\s+(?:issued|expires|Date of Issue|Date of Expiry)\s.*$", re.DOTALL)
_SPAN: Final = re.compile(r"(?P<first>.+?)\s+to\s+(?P<last>.+)")
_YEARS: Final = re.compile(r"(?P<first>\d{4})\s*-\s*(?P<last>\d{4})")
_BRACKETED: Final = re.compile(r"\s*\(([^()]*)\)")
_DATES: Final = Dates()


@dataclass(slots=True)
class _Known:
    """What the phrases of the remarks say, sorted; ``rest`` is kept as it is for the officer's eyes."""

    births: list[ListedBirth] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    sex: str = ""
    weak: list[str] = field(default_factory=list)
    documents: list[tuple[str, str, str]] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)


def read(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises a domain error; :class:`ListFileMissing` where the main file comes without its aliases.

    Individuals are read; organisations, vessels and aircraft are counted in ``left_out``. The files have no date.
    """
    if not is_archive(content):
        raise ListFileMissing(file="alt.csv")
    archive = Archive(content)
    files = _files(archive)
    aliases = _aliases(archive, files["names"])
    comments = _comments(archive, files["comments"])
    collector = Collector()
    collector.contents.publisher = PUBLISHER
    known: set[str] = set()
    for name in files["main"]:
        for line, row in _rows(archive.read(name), _MAIN_WIDTH, collector):
            known.add(row[0])
            _read_one(row, line, aliases.get(row[0], []), comments.get(row[0], ""), collector)
    if not known:
        raise ListMalformed(line=1)
    for number in aliases.keys() - known:
        collector.note(aliases[number][0][0], cut(number, 20), FindingCode.OWNER_UNKNOWN, "alt.csv")
    return collector.contents


def _files(archive: Archive) -> dict[str, list[str]]:
    files: dict[str, list[str]] = {"main": [], "names": [], "comments": []}
    for name in archive.names:
        if kind := _FILES.get(PurePosixPath(name.replace("\\", "/")).name.lower()):
            files[kind].append(name)
    if not files["main"]:
        raise ListFileMissing(file="sdn.csv")
    if len(files["names"]) < len(files["main"]):
        raise ListFileMissing(file="alt.csv")
    return files


def _rows(content: bytes, width: int, collector: Collector | None = None) -> Iterator[tuple[int, list[str]]]:
    """Rows with their values, "-0-" left empty. Of another width: noted, or passed over where nobody collects.

    Older editions end in the end-of-file mark of DOS.
    """
    for line, row in delimited.rows(content, ","):
        if row == [_END_OF_FILE]:
            continue
        if len(row) == width:
            yield line, ["" if (text := " ".join(value.split())) == _NONE else text for value in row]
        elif collector is not None:
            collector.note(line, "", FindingCode.COLUMNS_WRONG)
        else:
            raise ListMalformed(line=line)


def _aliases(archive: Archive, names: list[str]) -> dict[str, list[tuple[int, NameGiven]]]:
    """By ent_num; a damaged row refuses the file, for the person it belongs to would be found by fewer names."""
    found: dict[str, list[tuple[int, NameGiven]]] = {}
    for name in names:
        for line, (owner, _, _, written, remarks) in _rows(archive.read(name), _NAMES_WIDTH):
            kind = NameKind.WEAK_ALIAS if "weak" in remarks.lower() else NameKind.ALIAS
            found.setdefault(owner, []).append((line, _name(kind, written)))
    return found


def _comments(archive: Archive, names: list[str]) -> dict[str, str]:
    """The remarks that sdn.csv has no room for, by ent_num."""
    found: dict[str, str] = {}
    for name in names:
        for owner, remarks in (row for _, row in _rows(archive.read(name), 2)):
            found[owner] = found.get(owner, "") + remarks
    return found


def _read_one(
    row: list[str], line: int, aliases: list[tuple[int, NameGiven]], comments: str, collector: Collector
) -> None:
    kind = row[2].lower()
    if kind != "individual":
        collector.leave_out(_KINDS.get(kind, "other"))
        return
    notes = Notes(line, cut(row[0], 20))
    collector.add(_person(row, [name for _, name in aliases], row[11] + comments, notes), notes)


def _person(row: list[str], aliases: list[NameGiven], remarks: str, notes: Notes) -> ListedPerson | None:
    if not notes.reference:
        notes.note(FindingCode.REFERENCE_MISSING)
        return None
    known = _known(remarks, notes)
    weak = [_name(NameKind.WEAK_ALIAS, name) for name in known.weak]
    primary = _name(NameKind.PRIMARY, row[1])
    if not (primary.surname or primary.given_names):
        notes.note(FindingCode.NAME_MISSING)
        return None
    programmes = row[3].replace("] [", ", ").strip("[] ")
    return ListedPerson(
        reference=notes.reference,
        names=notes.names([primary, *_in_brackets(row[1]), *aliases, *weak]),
        births=tuple(dict.fromkeys(known.births)),
        sex=known.sex,
        nationalities=notes.states(map(_state, known.states), "nationality"),
        documents=tuple(_documents(known, notes)),
        remarks=notes.cut("; ".join(_title(row[4], known.rest) + known.rest), 2000, "remarks"),
        orders=Orders(authority=PUBLISHER, legal_basis=cut(f"OFAC sanctions programme: {programmes}", 300)),
    )


def _title(title: str, rest: list[str]) -> list[str]:
    """The person's title, unless the remarks repeat it, as they mostly do."""
    return [title] if title and title.rstrip(".") not in "; ".join(rest) else []


def _state(written: str) -> str:
    """ "Korea, North" is North Korea, and "possibly Palestinian" Palestinian."""
    name, _, first = written.partition(". ")[0].strip(" .").removeprefix("possibly ").partition(", ")
    return _STATES.get(name) or f"{first} {name}".strip()


def _name(kind: NameKind, written: str) -> NameGiven:
    """SURNAME, Given names; a name without a comma is not told apart. What is in brackets is another name."""
    surname, comma, given = _BRACKETED.sub("", written).partition(",")
    return NameGiven(kind, cut(surname, 200), cut(given, 300)) if comma else NameGiven(kind, "", cut(surname, 300))


def _in_brackets(written: str) -> Iterator[NameGiven]:
    """ "SANTOS, Ahmad (Ahmed)" is SANTOS, Ahmed too."""
    for found in _BRACKETED.finditer(written):
        before = written[: found.start()]
        stem = before.rpartition(" ")[0] if "," in before else ""
        yield _name(NameKind.ALIAS, f"{stem} {found[1]}" + ("" if "," in before else written[found.end() :]))


def _known(remarks: str, notes: Notes) -> _Known:
    known = _Known()
    for piece in remarks.removesuffix(".").split(";"):
        phrase = piece.strip()
        if len(phrase) > _LONGEST_PHRASE:
            known.rest.append(phrase)
        elif phrase:
            _sort(phrase, known, notes)
    return known


def _sort(phrase: str, known: _Known, notes: Notes) -> None:
    if found := _WEAK.fullmatch(phrase):
        known.weak.append(found["name"])
    elif found := _ALSO.fullmatch(phrase):
        _sort_known(found["kind"], found["value"], known, notes)
        if found["kind"] == "POB":
            known.rest.append(phrase)
    elif found := _DOCUMENT.fullmatch(phrase):
        known.documents.append((found["kind"], found["state"] or "", _DATED.sub("", found["number"])))
    else:
        known.rest.append(phrase)


def _sort_known(kind: str, value: str, known: _Known, notes: Notes) -> None:
    if kind == "DOB":
        try:
            known.births.append(birth(value))
        except ValueError:
            notes.note(FindingCode.BIRTH_UNREADABLE, "DOB")
    elif kind in ("nationality", "citizen"):
        known.states.append(value)
    elif kind == "Gender":
        known.sex = _SEXES.get(value.strip().lower(), "")
        if not known.sex:
            notes.note(FindingCode.SEX_UNREADABLE, "Gender")


def birth(written: str) -> ListedBirth:
    """ "28 Feb 1951", "Sep 1970", "1964", "circa 1979-1982", "01 Jan 1960 to 31 Dec 1965". Raises ValueError."""
    text = written.strip()
    about = text.lower().startswith("circa ")
    text = text[6:].strip() if about else text
    if found := _SPAN.fullmatch(text) or _YEARS.fullmatch(text):
        last = found["last"].removeprefix("circa ")
        return ListedBirth.between(_DATES.read(found["first"]), _DATES.read(last))
    when: PartialDate = _DATES.read(text)
    return ListedBirth.approximate(when) if about else ListedBirth.exact(when)


def _documents(known: _Known, notes: Notes) -> Iterator[ListedDocument]:
    for running, (kind, state, number) in enumerate(known.documents, start=1):
        if not tidy(number):
            notes.note(FindingCode.DOCUMENT_UNREADABLE, "remarks")
            continue
        yield ListedDocument(
            reference=f"{notes.reference}#{running}",
            number=notes.cut(number, 64, "remarks"),
            issuer=notes.state(_state(state), "remarks"),
            type=_type(kind),
        )


def _type(kind: str) -> str:
    """The words of the list; with "identity document" where they alone would not say what kind it is."""
    words = cut(kind.rstrip(":."), 40)
    said = words.lower()
    if any(known in said for known in ("passport", "identi", "residency", "national id")):
        return words
    if "driver" in said or "travel" in said:
        return words
    return f"{words} (identity document)"
