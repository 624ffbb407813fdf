"""Does the print say what the MRZ says? Field by field, and doubtful of itself.

AGREES is cheap to say and DIFFERS is dear: a false one costs an honest traveller time and a name. So a field DIFFERS
only where the text that stands under its own label was read surely, is of the right kind, is at least two characters
away from the MRZ, and nothing on the page comes near to what the MRZ says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from babel import Locale

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import ALPHA_2, ISSUERS, Mrz, MrzFormat, ProblemCode
from crossing.documents.visible.labels import ISSUE, joined, values_by_field
from crossing.documents.visible.likeness import name_distance, number_distance, same_shape
from crossing.documents.visible.written_dates import WrittenDate, written_dates
from crossing.documents.visible.zone import Agreement, Comparison, Printed

_SURE: Final = 0.75
"""Least certainty, of each character, of a text that may differ from the MRZ. Of 40 specimens of real documents three
fields differ, all of them truly, at any value from 0.3 to 0.9; at 0.9 an altered name of 13 letters is missed."""
_FAINT: Final = 0.6
_CLEARLY_OTHER: Final = 2
"""Characters that differ where the print says something else; one may be a slip of either reading."""
_SHORT_NAME: Final = 4
_LONG_NAME: Final = 8
_LONG_NUMBER: Final = 7
_VISAS: Final = frozenset({MrzFormat.MRV_A, MrzFormat.MRV_B})
_TWO_SCRIPTS: Final = frozenset(
    ("RUS", "UKR", "BLR", "BGR", "SRB", "MKD", "MNE", "BIH", "KAZ", "KGZ", "TJK", "MNG", "GRC", "CYP")
)
"""States that print names in Cyrillic or Greek too, which the network reads as if they were Latin."""
_SEXES: Final = MappingProxyType({"M": "F", "F": "M"})
_OTHER_SEX_LETTERS: Final = MappingProxyType({"M": frozenset({"HUN"}), "F": frozenset({"MEX"})})
"""Where the letter of the one sex begins the word for the other: Hungarian "férfi", Mexican "mujer"."""
_TONGUES: Final = ("en", "fr", "es", "pt", "de", "it")
_STEM: Final = 4
_LONGEST_VALIDITY_YEARS: Final = 20


def compare(texts: Sequence[Printed], mrz: Mrz) -> tuple[Comparison, ...]:
    """Each field of ``mrz`` that is printed as well, in the order of the MRZ's data."""
    print_ = _Print(texts, joined(texts), values_by_field(texts), mrz)
    return tuple(found for judge in _JUDGES if (found := judge(print_)) is not None)


def date_of_issue(texts: Sequence[Printed], mrz: Mrz) -> PartialDate | None:
    """The date under a label of issue, or the only one that can be it; None where there is none or several."""
    if mrz.data.expiry_date is None:
        return None
    labelled = _issue_dates(values_by_field(texts).get(ISSUE, ()), mrz, mrz.data.expiry_date)
    possible = labelled or _issue_dates(texts, mrz, mrz.data.expiry_date)
    return next(iter(possible)) if len(possible) == 1 else None


@dataclass(frozen=True, slots=True)
class _Print:
    """``wider`` are the texts and their joints; ``values`` those under a field's label."""

    texts: Sequence[Printed]
    wider: Sequence[Printed]
    values: Mapping[str, list[Printed]]
    mrz: Mrz

    def sure(self, field: str) -> list[Printed]:
        return [value for value in self.values.get(field, ()) if value.certainty >= _SURE]


Judge = Callable[[_Print], Comparison | None]


def _surname(print_: _Print) -> Comparison | None:
    return _name(print_, "surname", print_.mrz.data.surname, print_.mrz.data.given_names)


def _given_names(print_: _Print) -> Comparison | None:
    return _name(print_, "given_names", print_.mrz.data.given_names, print_.mrz.data.surname)


def _name(print_: _Print, field: str, name: str, other_name: str) -> Comparison | None:
    if not name:
        return None
    cut = any(problem.code is ProblemCode.NAME_TRUNCATED for problem in print_.mrz.problems)
    near = _nearest(print_.wider, lambda text: name_distance(text, name, cut=cut), _name_tolerance(name))
    if near is None:
        near = _word_by_word(print_.texts, name)
    if near is not None:
        return Comparison(field, Agreement.AGREES, name, near)
    for value in print_.sure(field):
        others = [value.text, *(one.text for one in print_.wider if one.box == value.box)]
        distance = min(name_distance(text, name, cut=cut) for text in others)
        if distance >= _CLEARLY_OTHER and _is_a_name(value.text) and not _holds(value, other_name):
            partly = distance <= len(name) / 2
            if partly or print_.mrz.data.issuing_state not in _TWO_SCRIPTS:
                return Comparison(field, Agreement.DIFFERS, name, value)
    return Comparison(field, Agreement.NOT_FOUND, name)


def _document_number(print_: _Print) -> Comparison | None:
    number, field = print_.mrz.data.document_number.replace(" ", ""), "document_number"
    if not number:
        return None

    def distance(text: str) -> int:
        return number_distance(text, number)

    near = _nearest(print_.wider, distance, lambda sure: int(sure < _SURE and len(number) >= _LONG_NUMBER))
    if near is not None:
        return Comparison(field, Agreement.AGREES, number, near)
    visa = print_.mrz.format in _VISAS
    labelled = [(value, visa) for value in print_.sure(field)]
    unlabelled = [(value, True) for value in print_.texts if value.certainty >= _SURE and len(number) >= _LONG_NUMBER]
    for value, must_be_like in labelled + unlabelled:
        changed = distance(value.text)
        like = changed <= len(number) / 3
        if same_shape(value.text, number) and changed >= _CLEARLY_OTHER and (like or not must_be_like):
            return Comparison(field, Agreement.DIFFERS, number, value)
    return Comparison(field, Agreement.NOT_FOUND, number)


def _birth_date(print_: _Print) -> Comparison | None:
    return _date(print_, "birth_date", print_.mrz.data.birth_date, print_.mrz.data.expiry_date)


def _expiry_date(print_: _Print) -> Comparison | None:
    return _date(print_, "expiry_date", print_.mrz.data.expiry_date, print_.mrz.data.birth_date)


def _date(print_: _Print, field: str, day: PartialDate | None, other: PartialDate | None) -> Comparison | None:
    if day is None:
        return None
    for text in print_.texts:
        if any(written.fits(day) for written in written_dates(text.text)):
            return Comparison(field, Agreement.AGREES, str(day), text)
    for value in print_.sure(field):
        dates = [one for one in written_dates(value.text) if not (other is not None and one.fits(other))]
        if dates and all(_clearly_other(one, day) for one in dates):
            return Comparison(field, Agreement.DIFFERS, str(day), value)
    return Comparison(field, Agreement.NOT_FOUND, str(day))


def _clearly_other(written: WrittenDate, day: PartialDate) -> bool:
    """Another day of our calendar; a year of the Buddhist or the Islamic one says nothing."""
    ours = written.short_year or all(1900 <= year <= 2100 for year, _, _ in written.ways)
    return ours and written.distance(day) >= _CLEARLY_OTHER


def _sex(print_: _Print) -> Comparison | None:
    sex = print_.mrz.data.sex
    if sex is None or sex.value not in _SEXES:
        return None
    for text in print_.texts:
        parts = text.text.upper().replace(" ", "").split("/")
        if sex.value in parts and all(len(part) == 1 for part in parts):
            return Comparison("sex", Agreement.AGREES, sex.value, text)
    opposite = _SEXES[sex.value]
    ambiguous = print_.mrz.data.issuing_state in _OTHER_SEX_LETTERS[sex.value]
    for value in print_.sure("sex"):
        if value.text.upper() in {opposite, f"{opposite}/{opposite}"} and not ambiguous:
            return Comparison("sex", Agreement.DIFFERS, sex.value, value)
    return Comparison("sex", Agreement.NOT_FOUND, sex.value)


def _nationality(print_: _Print) -> Comparison | None:
    code = print_.mrz.data.nationality
    if not code:
        return None
    for text in print_.texts:
        words = text.text.upper().replace("/", " ").split()
        if code in words or _names_state(text.text, code):
            return Comparison("nationality", Agreement.AGREES, code, text)
    for value in print_.sure("nationality"):
        if value.text.strip().upper() in ISSUERS:
            return Comparison("nationality", Agreement.DIFFERS, code, value)
    return Comparison("nationality", Agreement.NOT_FOUND, code)


_JUDGES: Final[tuple[Judge, ...]] = (
    _surname,
    _given_names,
    _document_number,
    _nationality,
    _birth_date,
    _sex,
    _expiry_date,
)


def _nearest(
    texts: Sequence[Printed], distance: Callable[[str], int], tolerance: Callable[[float], int]
) -> Printed | None:
    """The text that comes nearest, if it is within what its certainty excuses."""
    near = sorted((distance(text.text), -text.certainty, place) for place, text in enumerate(texts))
    fitting = (texts[place] for gap, _, place in near if gap <= tolerance(texts[place].certainty))
    return next(fitting, None)


def _name_tolerance(name: str) -> Callable[[float], int]:
    def tolerance(certainty: float) -> int:
        if len(name) < _SHORT_NAME:
            return 0
        return 2 if certainty < _FAINT and len(name) >= _LONG_NAME else 1

    return tolerance


def _word_by_word(texts: Sequence[Printed], name: str) -> Printed | None:
    """The first of the texts that hold the words of ``name`` one by one, for names may stand far apart."""
    words = name.split()
    if len(words) < 2 or not texts:
        return None
    nearest = [min((name_distance(text.text, word), place) for place, text in enumerate(texts)) for word in words]
    slips = sum(gap for gap, _ in nearest)
    return texts[nearest[0][1]] if slips <= 1 else None


def _is_a_name(text: str) -> bool:
    letters = sum(character.isalpha() for character in text)
    return letters >= 2 and not any(character.isdigit() for character in text)


def _holds(value: Printed, name: str) -> bool:
    """Whether the text under this field's label is the other name: the label was taken for the wrong one."""
    return bool(name) and name_distance(value.text, name) < _CLEARLY_OTHER


def _names_state(text: str, code: str) -> bool:
    """Whether a word of ``text`` begins like the State's name in one of six languages (AUSTRALIAN, FRANÇAISE)."""
    alpha_2 = ALPHA_2.get(code)
    if alpha_2 is None:
        return False
    names = {Locale.parse(tongue).territories.get(alpha_2, "") for tongue in _TONGUES}
    stems = {name.split()[0][:_STEM].upper() for name in names if len(name.split()[0]) >= _STEM} if names else set()
    return any(word[:_STEM] in stems for word in text.upper().replace("/", " ").split())


def _issue_dates(texts: Sequence[Printed], mrz: Mrz, expiry: PartialDate) -> set[PartialDate]:
    """The days in ``texts`` on which a document of this holder and expiry may have been issued."""
    birth = mrz.data.birth_date
    found = set()
    for written in (one for text in texts for one in written_dates(text.text)):
        if written.fits(expiry) or (birth is not None and written.fits(birth)):
            continue
        day = written.upto(expiry.year)
        valid_long = expiry.year - day.year <= _LONGEST_VALIDITY_YEARS
        if valid_long and day.earliest < expiry.earliest and (birth is None or birth.latest < day.earliest):
            found.add(day)
    return found
