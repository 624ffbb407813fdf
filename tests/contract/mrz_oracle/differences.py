"""Where the two parsers are known to differ, and which clause says who is right.

A difference is between two answers about one document: in its format, in a field, in a check digit or in whether it
is valid. Every one must be explained by an entry of ``KNOWN``, and every entry must explain one: an entry that no
longer does is a fault that somebody has mended, and is removed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from crossing.documents.mrz import LAYOUTS, MrzFormat
from crossing.documents.mrz.formats import Span
from crossing.documents.mrz.issuers import WITHDRAWN_ISSUERS
from tests.contract.mrz_oracle.answers import Answer
from tests.contract.mrz_oracle.generated import Document

_STATES: Final = frozenset({"issuing_state", "nationality"})
_DATES: Final = frozenset({"birth_date", "expiry_date"})
_VISAS: Final = frozenset({MrzFormat.MRV_A, MrzFormat.MRV_B})
_OPTIONAL: Final[Mapping[str | None, Span]] = {
    mrz_format: LAYOUTS[mrz_format].optional.span for mrz_format in (MrzFormat.TD1, MrzFormat.TD2)
}
_NOT_THEIRS: Final = frozenset({"XMP", "IAO", "UTO"})


@dataclass(frozen=True)
class Found:
    """``what`` is ``format``, ``valid``, ``check NAME`` or a field's name."""

    document: Document
    what: str
    ours: Answer
    theirs: Answer

    @property
    def our_value(self) -> str | None:
        return self.ours.values.get(self.what)

    @property
    def their_value(self) -> str | None:
        return self.theirs.values.get(self.what)


@dataclass(frozen=True)
class Difference:
    what: str
    clause: str
    right: str
    explains: Callable[[Found], bool]


KNOWN: Final = (
    Difference(
        "visas are read as passports and cards, or not at all",
        "Doc 9303-7 sections 4.2.2 and 5.2.2: V begins a visa, which has no composite check digit",
        "we",
        lambda found: found.what == "format" and found.ours.format in _VISAS,
    ),
    Difference(
        "any two lines of 36 with a digit in columns 31 to 35 are taken for a French card",
        "Doc 9303-6 section 4.2.2: there the name of a TD2 stands; a digit in it is an error of the name",
        "we",
        lambda found: (
            found.what == "format"
            and found.ours.format == MrzFormat.TD2
            and found.theirs.format == MrzFormat.FRENCH_ID
            and any(letter.isdigit() for letter in found.document.lines[0][30:35])
        ),
    ),
    Difference(
        "codes of the standard that they lack: XMP, IAO, UTO",
        "Doc 9303-3 section 5, parts D, G and H",
        "we",
        lambda found: found.what in _STATES and found.their_value is None and found.our_value in _NOT_THEIRS,
    ),
    Difference(
        "codes of former States, which old documents bear, are unknown to them",
        "Doc 9303-3 section 5 refers to ISO 3166; ISO 3166-3 keeps the withdrawn codes",
        "both: the standard does not list them, and we take no document for wrong because of its age",
        lambda found: found.what in _STATES and found.their_value is None and found.our_value in WITHDRAWN_ISSUERS,
    ),
    Difference(
        "a name without a secondary identifier, without two fillers in its place, is given twice",
        "Doc 9303-3 section 4.6: without the two fillers there is a primary identifier alone",
        "we",
        lambda found: (
            found.what == "given_names"
            and found.our_value in {"", None}
            and found.their_value in {found.theirs.values.get("surname"), None}
        ),
    ),
    Difference(
        "the optional data begin with what belongs to a long document number",
        "Doc 9303-5 and 9303-6 section 4.2.2, note on numbers of more than nine characters",
        "we",
        lambda found: (
            found.what == "optional_data"
            and found.document.format in {MrzFormat.TD1, MrzFormat.TD2}
            and len(found.ours.values["document_number"] or "") > 9
            and (found.their_value or "").endswith(found.our_value or "")
        ),
    ),
    Difference(
        "of a long number whose optional data have no filler, the last two characters are lost",
        "Doc 9303-5 and 9303-6 section 4.2.2: the check digit follows the number's last character",
        "we",
        lambda found: (
            found.what in {"document_number", "check document_number"}
            and found.ours.format in _OPTIONAL
            and "<" not in _OPTIONAL[found.ours.format].of(found.document.lines)
        ),
    ),
    Difference(
        "XXK is a code to them",
        "Doc 9303-3 section 5, part A: Kosovo is RKS; XXK is in no part",
        "we",
        lambda found: found.what in _STATES and found.their_value == "XXK",
    ),
    Difference(
        "a filler for the check digit of a short number makes it a long one",
        "Doc 9303-5 and 9303-6 section 4.2.2: a number runs on where it has more than nine characters",
        "we",
        lambda found: (
            found.what in {"document_number", "check document_number"}
            and found.document.format in {MrzFormat.TD1, MrzFormat.TD2}
            and 0 < len(found.ours.values["document_number"] or "") < 9
        ),
    ),
    Difference(
        "the digit of a date that is not known may not be a filler to them",
        "Doc 9303-3 section 4.9: a filler counts as zero, so that the digit is 0",
        "they; but nothing is lost where States write a filler",
        lambda found: (
            found.what in {"check birth_date", "check expiry_date"}
            and not (found.ours.values[found.what.removeprefix("check ")] or "").strip("<")
        ),
    ),
    Difference(
        "00 for a month or a day that is not known is no date to them",
        "Doc 9303-3 section 4.8: fillers stand for what is not known",
        "they; but States write 00, and the date says no less",
        lambda found: (
            found.what in _DATES
            and found.their_value is None
            and "00" in {(found.our_value or "")[2:4], (found.our_value or "")[4:6]}
        ),
    ),
    Difference(
        "a month or a day of which one digit is known is no date to them",
        "Doc 9303-3 section 4.8: fillers stand for the positions that are not known",
        "we",
        lambda found: (
            found.what in _DATES
            and found.their_value is None
            and bool({"0<", "<0"} & {(found.our_value or "")[2:4], (found.our_value or "")[4:6]})
        ),
    ),
    Difference(
        "a document without a name is none the worse to them",
        "Doc 9303-4 to 9303-7 section 4.2.2: the name is mandatory",
        "we",
        lambda found: found.what == "surname" and found.our_value is None and not found.their_value,
    ),
    Difference(
        "a French card need not begin with ID to them",
        "Public descriptions of the card: its first line begins with IDFRA",
        "we",
        lambda found: found.what == "document_code" and found.ours.format == MrzFormat.FRENCH_ID,
    ),
    Difference(
        "the year and month of issue of a French card may be fillers to them",
        "Public descriptions of the card: its number begins with four digits, those of its issue",
        "we",
        lambda found: found.what == "issued_on" and found.our_value is None and "<" in (found.their_value or ""),
    ),
    Difference(
        "a filler within the number of a French card is left out",
        "Doc 9303-3 section 4.3, of all formats: what stands in a column stands there",
        "we",
        lambda found: (
            found.what == "document_number"
            and found.ours.format == MrzFormat.FRENCH_ID
            and (found.our_value or "").replace(" ", "") == found.their_value
        ),
    ),
    Difference(
        "a 30th of February, and a 31st of any month, are dates to them",
        "Doc 9303-3 section 4.8: a date of the Gregorian calendar",
        "we",
        lambda found: (
            found.what in _DATES and found.our_value is None and (found.their_value or "")[4:6] in {"29", "30", "31"}
        ),
    ),
)


def between(document: Document, ours: Answer, theirs: Answer) -> Iterator[Found]:
    """Every difference; that of ``valid`` only where no other explains it."""
    if ours.format != theirs.format:
        yield Found(document, "format", ours, theirs)
        return
    differing = [name for name, value in theirs.values.items() if ours.values.get(name) != value]
    differing += [f"check {name}" for name, holds in theirs.checks.items() if ours.checks.get(name) != holds]
    if not differing and ours.valid != theirs.valid:
        differing = ["valid"]
    for what in differing:
        yield Found(document, what, ours, theirs)
