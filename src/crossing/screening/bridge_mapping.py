"""Between our words and the bridge's: a traveller becomes questions, answers become check results."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from crossing.platform.ids import new_id
from crossing.ports.bridge import (
    BatchAnswer,
    BatchItem,
    BridgeAnswer,
    BridgeHit,
    Database,
    DocumentQuery,
    NominalQuery,
    Outcome,
)
from crossing.screening.askable import readable_names, why_no_document, why_no_name
from crossing.screening.schemas import (
    CheckKind,
    CheckOutcome,
    CheckResult,
    Explanation,
    HitDetail,
    Reason,
    Subject,
    SubjectName,
)

SOURCE: Final = "interpol"
SOURCE_NAME: Final = "INTERPOL"
ENGINE: Final = "bridge"
MAX_NAMES_ASKED: Final = 3

DATABASE_OF: Final = MappingProxyType(
    {
        CheckKind.INTERPOL_SLTD: Database.SLTD,
        CheckKind.INTERPOL_TDAWN: Database.TDAWN,
        CheckKind.INTERPOL_NOMINALS: Database.NOMINALS,
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
_LABEL_FIELDS: Final = ("family_name", "forenames", "issuing_state", "document_number")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where and why: the bridge keeps it with every question."""

    officer: str
    post: str
    purpose: str
    legal_basis: str


def questions(kind: CheckKind, subject: Subject, asker: Asker) -> list[BatchItem] | Reason:
    """What to ask for one check, or why it can't be asked."""
    try:
        if kind is CheckKind.INTERPOL_NOMINALS:
            return why_no_name(subject) or list(_about_names(subject, asker)) or Reason.NO_NAME
        return why_no_document(subject) or list(_about_document(kind, subject, asker)) or Reason.NO_DOCUMENT
    except ValidationError:
        # The traveller's data don't fit the contract (a number longer than any document's): it can't be asked.
        return Reason.UNSUPPORTED


def result(
    kind: CheckKind, items: Sequence[BatchItem], answered: BatchAnswer | Reason, asked_at: datetime, took_ms: float
) -> CheckResult:
    """What the answers to ``items`` say together."""
    if isinstance(answered, Reason):
        return not_checked(kind, answered, asked_at, took_ms)
    by_request = {answer.request_id: answer for answer in answered.answers}
    given = [by_request.get(request_id) for item in items if (request_id := _request_id(item))]
    singles = [_single(kind, answer, asked_at, took_ms) for answer in given]
    heaviest = max(singles, key=lambda single: _WEIGHT.index(single.outcome))
    if not heaviest.alerts:
        return heaviest
    hits = {(hit.list_name, hit.entry_reference): hit for single in singles for hit in single.hits}
    return heaviest.model_copy(update={"hits": tuple(hits.values())})


def not_checked(kind: CheckKind, reason: Reason, asked_at: datetime, took_ms: float = 0.0) -> CheckResult:
    return CheckResult(
        kind=kind,
        outcome=CheckOutcome.NOT_CHECKED,
        reason=reason,
        source=SOURCE,
        source_name=SOURCE_NAME,
        engine=ENGINE,
        performed_at=asked_at,
        duration_ms=round(took_ms, 1),
    )


def _about_document(kind: CheckKind, subject: Subject, asker: Asker) -> Iterator[BatchItem]:
    document = subject.document
    # SLTD and TDAWN know a document by its number and its State; one without the other asks for nothing.
    if document is not None and document.issuer:
        query = DocumentQuery(
            request_id=new_id(),
            officer=asker.officer,
            post=asker.post,
            purpose=asker.purpose,
            legal_basis=asker.legal_basis,
            document_number=document.number,
            issuing_state=document.issuer,
            document_type=document.type,
        )
        yield BatchItem(database=DATABASE_OF[kind], document=query)


def _about_names(subject: Subject, asker: Asker) -> Iterator[BatchItem]:
    asked: dict[tuple[str, str], SubjectName] = {}
    for name in readable_names(subject):
        family, forenames = _family_and_forenames(name)
        if family:
            asked.setdefault((family.casefold(), forenames.casefold()), name)
    for name in list(asked.values())[:MAX_NAMES_ASKED]:
        family, forenames = _family_and_forenames(name)
        query = NominalQuery(
            request_id=new_id(),
            officer=asker.officer,
            post=asker.post,
            purpose=asker.purpose,
            legal_basis=asker.legal_basis,
            family_name=family,
            forenames=forenames,
            birth_date=str(subject.birth) if subject.birth else None,
            sex=subject.sex,
            nationality=subject.nationality or None,
        )
        yield BatchItem(database=Database.NOMINALS, nominal=query)


def _family_and_forenames(name: SubjectName) -> tuple[str, str]:
    """A traveller with a single name has it as the family name: the contract asks for one."""
    family, forenames = name.surname.strip(), name.given_names.strip()
    return (family, forenames) if family else (forenames, "")


def _request_id(item: BatchItem) -> UUID | None:
    query = item.document or item.nominal
    return query.request_id if query else None


def _single(kind: CheckKind, answer: BridgeAnswer | None, asked_at: datetime, took_ms: float) -> CheckResult:
    if answer is None or answer.database is not DATABASE_OF[kind]:
        return not_checked(kind, Reason.MALFORMED_ANSWER, asked_at, took_ms)
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
        hits=tuple(_hit(hit) for hit in answer.hits),
    )


def _hit(hit: BridgeHit) -> HitDetail:
    return HitDetail(
        hit_id=hit.hit_id,
        list_name=f"{SOURCE_NAME} {hit.database.value.upper()}",
        entry_reference=hit.record_reference,
        label=" ".join(hit.fields[name] for name in _LABEL_FIELDS if hit.fields.get(name)) or hit.record_reference,
        score=hit.score,
        explanations=tuple(_explanations(hit)),
        action=hit.action,
        caution=hit.caution,
        notice_colour=hit.notice_colour.value if hit.notice_colour else "",
        must_verify=hit.must_verify_with_ncb,
    )


def _explanations(hit: BridgeHit) -> Iterator[Explanation]:
    if hit.fraud_type is not None:
        yield Explanation(code=f"fraud_{hit.fraud_type.value}")
    yield from (Explanation(code="said_by_source", params={"text": text}) for text in hit.explanations)
    yield Explanation(code="owner_bureau", params={"bureau": hit.owner_bureau})
