"""The rules over a document's data, wherever they come from: each yields what it finds and knows no other rule."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import ISSUERS, MrzData, MrzFormat, Sex
from crossing.documents.validity import findings, known
from crossing.documents.validity.findings import Finding
from crossing.documents.validity.personal import holder_of

_OLDEST_AGE = 125
# The post and the issuer may be on two sides of the date line.
_DATE_LINE = timedelta(days=1)
_NINE = 9
# Letters of a series, then no digit but zeros: what States print where a number would stand.
_NO_NUMBER = r"[A-Z]{0,3}0{5,}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at. ``format`` is None where a person typed the data."""

    data: MrzData
    today: date
    format: MrzFormat | None = None
    issued_on: PartialDate | None = None

    @property
    def is_passport(self) -> bool:
        return self.data.document_code.startswith("P") and self.format in (None, MrzFormat.TD3)

    @property
    def is_ordinary_passport(self) -> bool:
        return self.is_passport and self.data.document_code in ("P", "PP")

    @property
    def latest_issue(self) -> date:
        """The last day on which the document may have been issued."""
        return min(self.today, self.issued_on.latest) if self.issued_on else self.today


def judge(facts: Facts) -> Iterator[Finding]:
    """Everything that the rules find, in no particular order."""
    for rule in (_birth, _issue, _length_of_validity, _issuer, _nationality, _type, _number, _personal, _specimen):
        yield from rule(facts)


def has_expired(facts: Facts) -> bool:
    """A document is valid to the end of its last day, a partial date to the end of what it can mean."""
    expiry = facts.data.expiry_date
    last = expiry.latest if expiry is not None else _end_of_french_card(facts)
    return last is not None and last < facts.today


def _birth(facts: Facts) -> Iterator[Finding]:
    birth = facts.data.birth_date
    if birth is None:
        return
    if birth.earliest > facts.today + _DATE_LINE:
        yield findings.BIRTH_IN_FUTURE
    if _years_after(birth.latest, _OLDEST_AGE + 1) <= facts.today:
        yield findings.AGE_IMPOSSIBLE


def _issue(facts: Facts) -> Iterator[Finding]:
    issued, birth, expiry = facts.issued_on, facts.data.birth_date, facts.data.expiry_date
    if issued is None:
        return
    if birth is not None and issued.latest < birth.earliest:
        yield findings.ISSUED_BEFORE_BIRTH
    if expiry is not None and issued.earliest > expiry.latest:
        yield findings.ISSUED_AFTER_EXPIRY
    if issued.earliest > facts.today + _DATE_LINE:
        is_visa = facts.format in (MrzFormat.MRV_A, MrzFormat.MRV_B)
        yield findings.NOT_YET_VALID if is_visa else findings.ISSUED_IN_FUTURE


def _length_of_validity(facts: Facts) -> Iterator[Finding]:
    """Without a date of issue today stands for it: an earlier one would only make the document valid for longer."""
    expiry, birth = facts.data.expiry_date, facts.data.birth_date
    if expiry is None or not facts.is_passport:
        return
    if expiry.earliest > _years_after(facts.latest_issue, known.LONGEST_PASSPORT_YEARS + known.MARGIN_YEARS):
        yield findings.VALID_TOO_LONG
        return
    if birth is None or not facts.is_ordinary_passport:
        return
    for rule in known.YOUNG_HOLDER_RULES:
        young = facts.latest_issue < _years_after(birth.earliest, rule.under)
        longest = _years_after(facts.latest_issue, rule.years + known.MARGIN_YEARS)
        if rule.issuer == facts.data.issuing_state and young and expiry.earliest > longest:
            yield findings.CHILD_VALID_TOO_LONG


def _issuer(facts: Facts) -> Iterator[Finding]:
    issuer = facts.data.issuing_state
    if issuer in known.NO_NATIONALITY:
        yield findings.ISSUER_IS_NO_STATE
    elif issuer in known.WITHDRAWN_ISSUERS:
        yield findings.ISSUER_WITHDRAWN
    elif issuer not in ISSUERS:
        yield findings.ISSUER_UNKNOWN


def _nationality(facts: Facts) -> Iterator[Finding]:
    """Only a passport that calls itself a national one (PP, Doc 9303-4 section 4.4) says whose the holder is."""
    nationality, issuer = facts.data.nationality, facts.data.issuing_state
    if not nationality:
        return
    if nationality not in ISSUERS | known.WITHDRAWN_ISSUERS:
        yield findings.NATIONALITY_UNKNOWN
    elif facts.data.document_code == "PP" and nationality != issuer and not {nationality, issuer} <= known.BRITISH:
        yield findings.NATIONALITY_NOT_ISSUER


def _type(facts: Facts) -> Iterator[Finding]:
    fitting = known.fitting_types(facts.data.issuing_state, facts.data.document_code)
    if not fitting:
        yield findings.DOCUMENT_TYPE_UNKNOWN
    elif facts.format is not None and not any(facts.format in one.formats for one in fitting):
        yield findings.FORMAT_UNUSUAL


def _number(facts: Facts) -> Iterator[Finding]:
    data = facts.data
    if not data.document_number:
        return
    if len(data.document_number) > _NINE and facts.format in (MrzFormat.TD1, MrzFormat.TD2):
        yield findings.NUMBER_OVERFLOWS
    rules = known.number_rules(data.issuing_state, data.document_code, facts.format)
    if rules and not any(re.fullmatch(rule.pattern, data.document_number) for rule in rules):
        yield findings.NUMBER_PATTERN


def _personal(facts: Facts) -> Iterator[Finding]:
    data = facts.data
    holder = holder_of(data.issuing_state, data.optional_data)
    if holder is None:
        return
    if data.birth_date is not None and not holder.may_be_born(data.birth_date):
        yield findings.PERSONAL_NUMBER_BIRTH
    if data.sex in (Sex.MALE, Sex.FEMALE) and data.sex is not holder.sex:
        yield findings.PERSONAL_NUMBER_SEX


def _specimen(facts: Facts) -> Iterator[Finding]:
    data = facts.data
    words = {*data.surname.split(), *data.given_names.split()}
    if (
        data.issuing_state == known.SPECIMEN_ISSUER
        or words & known.SPECIMEN_NAMES
        or re.fullmatch(_NO_NUMBER, data.document_number)
    ):
        yield findings.SPECIMEN


def _end_of_french_card(facts: Facts) -> date | None:
    """The old French card prints no end on the side of its MRZ: it follows from its issue and its holder's age."""
    issued, birth = facts.issued_on, facts.data.birth_date
    if facts.format is not MrzFormat.FRENCH_ID or issued is None:
        return None
    was_young = birth is not None and issued.latest < _years_after(birth.earliest, 18)
    prolonged = issued.year >= known.FRENCH_CARD_PROLONGED_FROM and not was_young
    years = known.FRENCH_CARD_YEARS if prolonged else known.FRENCH_CARD_YEARS_OF_THE_YOUNG
    return _years_after(issued.latest, years)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
