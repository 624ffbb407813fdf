"""Documents and vehicles of an open copy: asked of a set by number, plate or VIN.

O and 0, I and 1 are taken for each other, as everywhere at the bridge; the weaker confusions that a set knows besides
(B and 8, S and 5 ...) are left to a post's own lists. The set holds numbers hashed: a record tells the number that
was asked, in the reading that is listed. Its reference is a hash of that one, for a reference outlives the answer.
"""

from collections.abc import Iterator
from typing import Final, Literal

from crossing.ports.bridge import Database, DocumentQuery, FraudType, NoticeColour, VehicleQuery
from crossing.ports.document_set import DocumentSet, Likeness, Match, tidied
from crossing.screening.countries import same_state
from crossing.screening.documents import kind_of
from interpol_bridge.backends.base import Record
from interpol_bridge.backends.offline_copy.keys import ReferenceKey

VIN: Final = "vin"
PLATE: Final = "plate"

_TWIN_SCORE: Final = 0.9
_STATE_OPEN_SCORE: Final = 0.8
_FRAUDS: Final = frozenset(FraudType)
_COLOURS: Final = frozenset(NoticeColour)

MatchType = Literal["exact", "twin", "fuzzy"]


def documents(
    held: DocumentSet, database: Database, query: DocumentQuery, references: ReferenceKey
) -> tuple[Record, ...]:
    """The records of a document, best first. Raises ``OSError`` and ``DocumentSetError``."""
    issuer = same_state(query.issuing_state)
    found = [_document(one, database, query, references) for one in _matches(held, query.document_number, issuer)]
    return tuple(sorted(found, key=lambda record: -record.score))


def vehicles(held: DocumentSet, query: VehicleQuery, references: ReferenceKey) -> tuple[Record, ...]:
    """The records of a vehicle, best first: one for its VIN and one for its plate, which the set does not connect.

    Raises ``OSError`` and ``DocumentSetError``.
    """
    found = []
    if query.vin:
        vins = _matches(held, query.vin, "")
        found += [_vehicle(one, VIN, query.vin, references) for one in vins if one.listing.type == VIN]
    if query.plate and query.plate_country:
        plates = _matches(held, query.plate, same_state(query.plate_country))
        found += [_vehicle(one, PLATE, query.plate, references) for one in plates if one.listing.type == PLATE]
    return tuple(sorted(found, key=lambda record: -record.score))


def _matches(held: DocumentSet, number: str, issuer: str) -> Iterator[Match]:
    return (one for one in held.search(number, issuer) if one.likeness is not Likeness.WEAK_TWIN)


def _document(match: Match, database: Database, query: DocumentQuery, references: ReferenceKey) -> Record:
    said = match.listing
    number = _listed_number(match, query.document_number)
    match_type, score = _how_sure(match, state_needed=True)
    kinds = kind_of(said.type), kind_of(query.document_type)
    words = said.reason
    return Record(
        record_reference=f"{database.upper()}:{said.issuer}:{references.of(database, said.issuer, number)}",
        owner_bureau=f"NCB {said.issuer}" if database is Database.SLTD and said.issuer else "",
        match_type=match_type,
        score=score,
        explanations=(
            *_how_alike(match, "document number"),
            *(("issuing State not on record",) if not said.issuer else ()),
            *(("document type differs",) if all(kinds) and kinds[0] != kinds[1] else ()),
        ),
        fields=_filled(
            document_number=number,
            issuing_state=said.issuer,
            document_type=said.type,
            reported_on=str(said.year or ""),
            reason="" if words in _FRAUDS or words in _COLOURS else words,
        ),
        fraud_type=FraudType(words) if database is Database.SLTD and words in _FRAUDS else None,
        notice_colour=NoticeColour(words) if database is Database.TDAWN and words in _COLOURS else None,
    )


def _vehicle(match: Match, mark: str, asked: str, references: ReferenceKey) -> Record:
    said = match.listing
    number = _listed_number(match, asked)
    match_type, score = _how_sure(match, state_needed=mark == PLATE)
    return Record(
        record_reference=f"SMV:{mark.upper()}:{said.issuer}:{references.of(mark, said.issuer, number)}",
        owner_bureau="",
        match_type=match_type,
        score=score,
        explanations=tuple(_how_alike(match, mark)),
        fields=_filled(**{mark: number}, plate_country=said.issuer, make=said.reason),
    )


def _how_sure(match: Match, *, state_needed: bool) -> tuple[MatchType, float]:
    """Where the listed side does not say the State, an equal number may be another State's."""
    if match.likeness is Likeness.TWIN:
        return "twin", _TWIN_SCORE
    if state_needed and not match.listing.issuer:
        return "fuzzy", _STATE_OPEN_SCORE
    return "exact", 1.0


def _how_alike(match: Match, mark: str) -> Iterator[str]:
    yield f"{mark} equal but for O/0 or I/1" if match.likeness is Likeness.TWIN else f"{mark} equal"
    if match.range is not None:
        yield f"in the listed range {match.range.first} to {match.range.last}"
    elif not match.number:
        yield "the listed number has too many readings to be told"


def _listed_number(match: Match, asked: str) -> str:
    return match.number or tidied(asked)


def _filled(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
