"""Which records answer a question.

Documents and vehicles match when their marks are equal after normalisation, or are twins: equal but for the pairs
O/0 and I/1, which readers and typists confuse. A person matches by an equal or nearly equal name with a compatible
birth date; only an equal name with an equal full date is exact.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz

from crossing.ports.bridge import Database, DocumentQuery, NominalQuery, VehicleQuery
from interpol_bridge.backends.base import Record
from interpol_bridge.questions import Question
from interpol_bridge.simulator.scenario import (
    DocumentEntry,
    Entry,
    Nominal,
    NoticedDocument,
    Scenario,
    StolenDocument,
    Vehicle,
)

TWINS = str.maketrans("OI", "01")
TWIN_SCORE = 0.9
NAME_THRESHOLD = 0.9
"""The least similarity (rapidfuzz token_sort_ratio, 0 to 1) at which two names may be the same person's."""


def find(scenario: Scenario, question: Question) -> tuple[Record, ...]:
    """The records that answer a question, best first."""
    query = question.query
    if isinstance(query, DocumentQuery):
        held = scenario.sltd if question.database is Database.SLTD else scenario.tdawn
        found = _documents(held, query, question.database)
    elif isinstance(query, NominalQuery):
        found = _nominals(scenario.nominals, query)
    else:
        found = _vehicles(scenario.smv, query)
    return tuple(sorted(found, key=lambda record: -record.score))


def normal_mark(text: str) -> str:
    """A document number, VIN or plate without what is not written everywhere: ``ut-4471 kb`` is ``UT4471KB``."""
    return "".join(letter for letter in text.upper() if letter.isalnum())


def normal_name(*parts: str) -> str:
    """Names without case, accents and punctuation, one space between words."""
    # Decomposed before and after folding: a folded letter may decompose, and a decomposed one may fold.
    folded = unicodedata.normalize("NFKD", " ".join(parts)).casefold()
    plain = unicodedata.normalize("NFKD", folded).casefold()
    letters = (letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return " ".join("".join(letters).split())


def _documents(
    held: Iterable[StolenDocument | NoticedDocument], query: DocumentQuery, database: Database
) -> Iterator[Record]:
    for position, entry in enumerate(held, start=1):
        if entry.issuing_state == query.issuing_state and _alike(entry.document_number, query.document_number):
            exact = _equal(entry.document_number, query.document_number)
            yield Record(
                record_reference=_reference(entry, database, position),
                owner_bureau=entry.owner_bureau,
                match_type="exact" if exact else "twin",
                score=1.0 if exact else TWIN_SCORE,
                explanations=(_how_marks_match("document number", exact), *_type_differs(entry, query)),
                fields=_filled(entry, "document_number", "issuing_state", "document_type", "reported_on"),
                fraud_type=entry.fraud_type if isinstance(entry, StolenDocument) else None,
                notice_colour=entry.notice_colour if isinstance(entry, NoticedDocument) else None,
                action=entry.action,
                caution=entry.caution,
            )


def _nominals(held: Iterable[Nominal], query: NominalQuery) -> Iterator[Record]:
    asked = normal_name(query.family_name, query.forenames)
    for position, entry in enumerate(held, start=1):
        score = _name_score(asked, entry)
        full_date = _same_full_date(query.birth_date, entry.birth_date)
        if score < NAME_THRESHOLD or not _dates_compatible(query.birth_date, entry.birth_date):
            continue
        if score < 1 and not full_date:
            continue
        same_sex = not query.sex or not entry.sex or query.sex == entry.sex
        yield Record(
            record_reference=_reference(entry, Database.NOMINALS, position),
            owner_bureau=entry.owner_bureau,
            match_type="exact" if score == 1 and full_date and same_sex else "fuzzy",
            score=score if full_date else score * TWIN_SCORE,
            explanations=(
                "name equal" if score == 1 else "name similar",
                "birth date equal" if full_date else "birth date compatible, not complete",
                *(() if same_sex else ("sex differs",)),
            ),
            fields=_filled(entry, "family_name", "forenames", "birth_date", "sex", "nationality", "charges"),
            notice_colour=entry.notice_colour,
            action=entry.action,
            caution=entry.caution,
        )


def _vehicles(held: Iterable[Vehicle], query: VehicleQuery) -> Iterator[Record]:
    for position, entry in enumerate(held, start=1):
        marks = [("vin", entry.vin, query.vin)]
        if query.plate_country and query.plate_country == entry.plate_country:
            marks.append(("plate", entry.plate, query.plate))
        matches = [(mark, _equal(ours, asked)) for mark, ours, asked in marks if _alike(ours, asked)]
        if not matches:
            continue
        exact = any(equal for _, equal in matches)
        yield Record(
            record_reference=_reference(entry, Database.SMV, position),
            owner_bureau=entry.owner_bureau,
            match_type="exact" if exact else "twin",
            score=1.0 if exact else TWIN_SCORE,
            explanations=tuple(_how_marks_match(mark, equal) for mark, equal in matches),
            fields=_filled(entry, "vin", "plate", "plate_country", "make", "model", "colour"),
            action=entry.action,
            caution=entry.caution,
        )


def _equal(ours: str, asked: str) -> bool:
    return normal_mark(ours) == normal_mark(asked)


def _alike(ours: str, asked: str) -> bool:
    mark = normal_mark(ours).translate(TWINS)
    return bool(mark) and mark == normal_mark(asked).translate(TWINS)


def _how_marks_match(mark: str, exact: bool) -> str:
    return f"{mark} equal" if exact else f"{mark} equal but for O/0 or I/1"


def _type_differs(entry: DocumentEntry, query: DocumentQuery) -> tuple[str, ...]:
    both = entry.document_type and query.document_type
    return ("document type differs",) if both and entry.document_type[0] != query.document_type[0] else ()


def _name_score(asked: str, entry: Nominal) -> float:
    """The best similarity of the name and its aliases, 0 to 1; 1 only where a name has the very same words."""
    names = [normal_name(entry.family_name, entry.forenames), *(normal_name(alias) for alias in entry.aliases)]
    return max(fuzz.token_sort_ratio(asked, name) for name in names) / 100 if asked else 0.0


def _dates_compatible(asked: str | None, held: str | None) -> bool:
    """A date agrees with another that says less of the same date, and with none."""
    return not asked or not held or asked.startswith(held) or held.startswith(asked)


def _same_full_date(asked: str | None, held: str | None) -> bool:
    return asked is not None and asked == held and len(asked) == len("YYYY-MM-DD")


def _reference(entry: Entry, database: Database, position: int) -> str:
    return entry.reference or f"{database.upper()}-{position:04d}"


def _filled(entry: Entry, *names: str) -> dict[str, str]:
    values = ((name, getattr(entry, name)) for name in names)
    return {name: str(value) for name, value in values if value}
