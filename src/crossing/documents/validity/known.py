"""What is known of documents by their issuer. Small on purpose: every line has its source, and what is not here is
unknown, which is no reproach to a document.
"""

import re
from dataclasses import dataclass
from typing import Final

from crossing.documents.mrz import MrzFormat

_CARDS: Final = frozenset({MrzFormat.TD1, MrzFormat.TD2})
_BOOKLET: Final = frozenset({MrzFormat.TD3})
_VISAS: Final = frozenset({MrzFormat.MRV_A, MrzFormat.MRV_B})


@dataclass(frozen=True, slots=True)
class DocumentType:
    """``code`` is a pattern for the whole code, fillers removed. ``issuer`` is empty where any may."""

    code: str
    formats: frozenset[MrzFormat]
    issuer: str = ""

    def fits(self, issuer: str, code: str) -> bool:
        return self.issuer in ("", issuer) and re.fullmatch(self.code, code) is not None


DOCUMENT_TYPES: Final = (
    # Doc 9303-4 (8th edition, 2021) section 4.4: national, emergency, diplomatic, official, refugee, alien,
    # stateless, laissez-passer, military; a bare P before that edition.
    DocumentType("P[PEDORTSLM]?", _BOOKLET),
    # The same table: a single sheet of part 8, for which more than one size is in use.
    DocumentType("PU", _BOOKLET | _CARDS),
    # Doc 9303-5 and -6, note k of the data elements: A, C or I, then what the issuer likes but V. There is no AI, and
    # AC is the crew member certificate, in TD1 only.
    DocumentType("A[A-BD-HJ-UW-Z]?|[CI][A-UW-Z]?", _CARDS),
    DocumentType("AC", frozenset({MrzFormat.TD1})),
    # Doc 9303-7 section 4.2: V, then what the issuer likes.
    DocumentType("V[A-Z0-9]?", _VISAS),
    # The French identity card until 2021, which Doc 9303 does not know; it is of TD2's size.
    DocumentType("ID", frozenset({MrzFormat.FRENCH_ID}), "FRA"),
    # Permanent residents and commuters: Guide to Selected US Travel and Identity Documents, US Immigration and
    # Customs Enforcement.
    DocumentType("C[12]", frozenset({MrzFormat.TD1}), "USA"),
)


@dataclass(frozen=True, slots=True)
class NumberRule:
    """The form of an issuer's document numbers. ``format`` is None where it holds for every size."""

    issuer: str
    code: str
    pattern: str
    format: MrzFormat | None = None


# The letters of German serial numbers, which leave out vowels and what is mistaken for a digit.
_GERMAN: Final = "[0-9CFGHJKLMNPRTVWXYZ]{9}"

NUMBER_RULES: Final = (
    # Passverordnung, Anlage 11: the serial number, or one letter and seven digits on children's and temporary
    # passports; nine digits until 31 October 2007.
    NumberRule("D", "P.?", rf"{_GERMAN}|[A-Z]\d{{7}}"),
    # Federal Ministry of the Interior, on serial numbers: the same characters on identity cards. Since November 2010
    # these are TD1; the paper ones before and temporary ones are not.
    NumberRule("D", "ID", _GERMAN, MrzFormat.TD1),
    # GOV.UK, "Basic passport checks"; NHS Data Dictionary, "Passport number": nine digits.
    NumberRule("GBR", "PP?", r"\d{9}"),
)


@dataclass(frozen=True, slots=True)
class YoungHolderRule:
    """A State's ordinary passports for holders under ``under`` years of age at issue are valid for ``years``."""

    issuer: str
    under: int
    years: int


YOUNG_HOLDER_RULES: Final = (
    YoungHolderRule("USA", under=16, years=5),  # 22 CFR 51.4(b)(2)
    YoungHolderRule("GBR", under=16, years=5),  # GOV.UK, "Get a passport for your child"
    YoungHolderRule("D", under=24, years=6),  # Passgesetz section 5(1)
    YoungHolderRule("FRA", under=18, years=5),  # service-public.fr, "Passeport d'un mineur"
)

LONGEST_PASSPORT_YEARS: Final = 10
MARGIN_YEARS: Final = 1
"""British passports carried over up to nine months of the one before until September 2018 (GOV.UK)."""

FRENCH_CARD_YEARS: Final = 15
FRENCH_CARD_YEARS_OF_THE_YOUNG: Final = 10
FRENCH_CARD_PROLONGED_FROM: Final = 2004
"""Decree 2013-1188: for holders of age 15 years instead of 10, also on cards issued from January 2004 on."""

WITHDRAWN_ISSUERS: Final = frozenset({"ANT", "BUR", "BYS", "CSK", "DDR", "SCG", "SUN", "TMP", "YMD", "YUG", "ZAR"})
"""Formerly used codes of ISO 3166-3 under which there were passports."""

NO_NATIONALITY: Final = frozenset({"XXA", "XXB", "XXC", "XXX"})
"""Doc 9303-3 section 5, part D: codes for persons without a defined nationality; no issuer has them."""

BRITISH: Final = frozenset({"GBR", "GBD", "GBN", "GBO", "GBP", "GBS"})
"""Doc 9303-3 section 5: the kinds of British nationality, which one State's passports may name."""

SPECIMEN_ISSUER: Final = "UTO"
SPECIMEN_NAMES: Final = frozenset({"SPECIMEN", "MUSTERMANN"})
"""Words for a specimen that States print in place of a name; the second is Germany's."""


def fitting_types(issuer: str, code: str) -> list[DocumentType]:
    return [known for known in DOCUMENT_TYPES if known.fits(issuer, code)]


def number_rules(issuer: str, code: str, mrz_format: MrzFormat | None) -> list[NumberRule]:
    return [
        rule
        for rule in NUMBER_RULES
        if rule.issuer == issuer and re.fullmatch(rule.code, code) and rule.format in (None, mrz_format)
    ]
