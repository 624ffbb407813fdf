"""Between our words and the bridge's: a traveller becomes questions, answers become check results."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID, uuid5

from pydantic import ValidationError

from crossing.ports.bridge import (
    BatchItem,
    BridgeAnswer,
    Database,
    DocumentQuery,
    Mode,
    NominalQuery,
    NotCheckedReason,
    Outcome,
    VehicleQuery,
)
from crossing.screening.askable import readable_names, why_no_document, why_no_name, why_no_vehicle
from crossing.screening.bridge_hits import hit_detail
from crossing.screening.schemas import (
    CheckKind,
    CheckOutcome,
    CheckResult,
    HitDetail,
    Reason,
    Subject,
    SubjectName,
)
from crossing.screening.vehicles import tidy_plate, tidy_vin
from crossing.screening.waiting import awaits

SOURCE: Final = "interpol"
SOURCE_NAME: Final = "INTERPOL"
ENGINE: Final = "bridge"

DATABASE_OF: Final = MappingProxyType(
    {
        CheckKind.INTERPOL_SLTD: Database.SLTD,
        CheckKind.INTERPOL_TDAWN: Database.TDAWN,
        CheckKind.INTERPOL_NOMINALS: Database.NOMINALS,
        CheckKind.INTERPOL_SMV: Database.SMV,
    }
)
_OUTCOME_OF: Final = MappingProxyType(
    {
        Outcome.NO_HIT: CheckOutcome.CLEAR,
        Outcome.POSSIBLE_HIT: CheckOutcome.POSSIBLE,
        Outcome.HIT: CheckOutcome.HIT,
        Outcome.NOT_CHECKED: CheckOutcome.NOT_CHECKED,
    }
)
# Of several answers about one person, the last of these that occurs is the one an officer must see.
_WEIGHT: Final = (CheckOutcome.CLEAR, CheckOutcome.NOT_CHECKED, CheckOutcome.POSSIBLE, CheckOutcome.HIT)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Why the bridge gave no answer to one question. ``put_anew``: it takes none under this id."""

    reason: Reason
    put_anew: bool = False


Answers = Mapping[UUID, BridgeAnswer | Unanswered]
"""What came of each question, by its request id."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where and why: the bridge keeps it with every question. ``question_id`` is this question's at the
    post, for as long as it is asked again."""

    officer: str
    post: str
    purpose: str
    legal_basis: str
    question_id: UUID


def questions(kind: CheckKind, subject: Subject, asker: Asker) -> list[BatchItem] | Reason:
    """What to ask for one check, or why it can't be asked."""
    try:
        if kind is CheckKind.INTERPOL_NOMINALS:
            return why_no_name(subject) or list(_about_names(subject, asker)) or Reason.NO_NAME
        if kind is CheckKind.INTERPOL_SMV:
            return why_no_vehicle(subject) or list(_about_vehicle(subject, asker)) or Reason.NO_PLATE_COUNTRY
        return why_no_document(subject) or list(_about_document(kind, subject, asker)) or Reason.NO_DOCUMENT
    except ValidationError:
        # The traveller's data don't fit the contract (a number longer than any document's): it can't be asked.
        return Reason.UNSUPPORTED


def result(
    kind: CheckKind, items: Sequence[BatchItem], answers: Answers, asked_at: datetime, took_ms: float
) -> CheckResult:
    """What the answers to ``items`` say together."""
    singles = [_single(kind, answers.get(request_id(item)), asked_at, took_ms) for item in items]
    heaviest = max(singles, key=_weight)
    hits: dict[tuple[str, str], HitDetail] = {}
    for hit in (hit for single in singles for hit in single.hits):
        hits.setdefault((hit.list_name, hit.entry_reference), hit)
    waiting = [single for single in singles if awaits(single)]
    together = {
        "hits": tuple(hits.values()) if heaviest.ran else (),
        # A hit on one spelling is no answer about another, nor is one that can't be asked.
        "recheck": any(single.recheck for single in waiting) or (bool(waiting) and not awaits(heaviest)),
        "put_anew": any(single.put_anew for single in waiting),
    }
    return heaviest.model_copy(update=together)


def not_checked(
    kind: CheckKind, reason: Reason, asked_at: datetime, took_ms: float = 0.0, *, put_anew: bool = False
) -> CheckResult:
    return CheckResult(
        kind=kind,
        outcome=CheckOutcome.NOT_CHECKED,
        reason=reason,
        source=SOURCE,
        source_name=SOURCE_NAME,
        engine=ENGINE,
        performed_at=asked_at,
        duration_ms=round(took_ms, 1),
        put_anew=put_anew,
    )


def request_id(item: BatchItem) -> UUID:
    """Raises ValueError for an item without a question."""
    query = item.document or item.nominal or item.vehicle
    if query is None:
        raise ValueError("an item without a question")
    return query.request_id


def _about_document(kind: CheckKind, subject: Subject, asker: Asker) -> Iterator[BatchItem]:
    document = subject.document
    # SLTD and TDAWN know a document by its number and its State; one without the other asks for nothing.
    if document is not None and document.issuer:
        asked = {
            "document_number": document.number,
            "issuing_state": document.issuer,
            "document_type": document.type,
        }
        database = DATABASE_OF[kind]
        yield BatchItem(database=database, document=DocumentQuery.model_validate(_identified(database, asker, asked)))


def _about_names(subject: Subject, asker: Asker) -> Iterator[BatchItem]:
    """Every spelling is asked, like of any list: of one that is left out nothing could be called clear."""
    names: dict[tuple[str, str], SubjectName] = {}
    for name in readable_names(subject):
        family, forenames = _family_and_forenames(name)
        if family:
            names.setdefault((family.casefold(), forenames.casefold()), name)
    for name in names.values():
        family, forenames = _family_and_forenames(name)
        asked = {
            "family_name": family,
            "forenames": forenames,
            "birth_date": str(subject.birth) if subject.birth else None,
            "sex": subject.sex,
            "nationality": subject.nationality or None,
        }
        query = NominalQuery.model_validate(_identified(Database.NOMINALS, asker, asked))
        yield BatchItem(database=Database.NOMINALS, nominal=query)


def _about_vehicle(subject: Subject, asker: Asker) -> Iterator[BatchItem]:
    """One question about the VIN and one about the plate: a stolen car may carry another one's plate. A plate without
    its country asks for nothing, and where there is a VIN that decides alone."""
    vehicle = subject.vehicle
    vin = tidy_vin(vehicle.vin) if vehicle else ""
    plate = tidy_plate(vehicle.plate) if vehicle else ""
    marks: list[dict[str, str | None]] = []
    if vin:
        marks.append({"vin": vin})
    if vehicle and plate and vehicle.country:
        marks.append({"plate": plate, "plate_country": vehicle.country})
    for asked in marks:
        query = VehicleQuery.model_validate(_identified(Database.SMV, asker, asked))
        yield BatchItem(database=Database.SMV, vehicle=query)


def _identified(database: Database, asker: Asker, asked: Mapping[str, str | None]) -> dict[str, object]:
    """The question with its request id, which follows from the question: put again it is the same one, and put in
    other words (another legal basis, another version of this program) it is another."""
    who = {
        "officer": asker.officer,
        "post": asker.post,
        "purpose": asker.purpose,
        "legal_basis": asker.legal_basis,
    }
    whole = json.dumps([database.value, who, asked], sort_keys=True)
    return {"request_id": uuid5(asker.question_id, whole), **who, **asked}


def _family_and_forenames(name: SubjectName) -> tuple[str, str]:
    """A traveller with a single name has it as the family name: the contract asks for one."""
    family, forenames = name.surname.strip(), name.given_names.strip()
    return (family, forenames) if family else (forenames, "")


def _weight(single: CheckResult) -> tuple[int, bool]:
    """Of two that say the same the copy's is told: it says less."""
    return _WEIGHT.index(single.outcome), single.source_version == Mode.OFFLINE_COPY.value


def _single(
    kind: CheckKind, answer: BridgeAnswer | Unanswered | None, asked_at: datetime, took_ms: float
) -> CheckResult:
    if isinstance(answer, Unanswered):
        return not_checked(kind, answer.reason, asked_at, took_ms, put_anew=answer.put_anew)
    if answer is None or answer.database is not DATABASE_OF[kind]:
        return not_checked(kind, Reason.MALFORMED_ANSWER, asked_at, took_ms)
    if answer.outcome is Outcome.NO_HIT and (doubt := _why_no_answer(answer)):
        return not_checked(kind, doubt, asked_at, took_ms)
    outcome = _OUTCOME_OF[answer.outcome]
    if answer.hits and outcome not in (CheckOutcome.HIT, CheckOutcome.POSSIBLE):
        # It contradicts itself; a person has to look.
        outcome = CheckOutcome.POSSIBLE
    reason = None
    if outcome is CheckOutcome.NOT_CHECKED:
        said = answer.not_checked_reason
        reason = Reason(said.value) if said else Reason.MALFORMED_ANSWER
    return CheckResult(
        kind=kind,
        outcome=outcome,
        reason=reason,
        source=SOURCE,
        source_name=SOURCE_NAME,
        source_version=answer.mode.value,
        source_as_of=answer.copy_as_of,
        engine=ENGINE,
        performed_at=asked_at,
        duration_ms=round(took_ms, 1),
        hits=tuple(hit_detail(hit, source_name=SOURCE_NAME) for hit in answer.hits),
        recheck=answer.recheck or _is_stopgap(answer),
        put_anew=not answer.recheck,
    )


def _why_no_answer(answer: BridgeAnswer) -> Reason | None:
    """Why nobody can be called clear by it, though it says so: it also says why there is no answer, or it is of a
    copy that nobody knows the age of."""
    if answer.not_checked_reason is not None:
        return Reason.MALFORMED_ANSWER
    undated = answer.mode is Mode.OFFLINE_COPY and answer.copy_as_of is None
    return Reason.STALE_COPY if undated and not answer.hits else None


def _is_stopgap(answer: BridgeAnswer) -> bool:
    """Whether a copy spoke for databases that may answer another time: the bridge may have had no room to let the
    question wait, and then it waits here alone. A database that the bureau does not have never answers."""
    return answer.mode is Mode.OFFLINE_COPY and answer.online_reason not in (None, NotCheckedReason.UNSUPPORTED)
