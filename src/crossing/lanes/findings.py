"""What the examination of the pictures says, in the words of the check ledger."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import MrzData, Sex
from crossing.documents.service import DocumentReading, LinesReading
from crossing.documents.validity import Finding, FindingKind, assess_typed
from crossing.faces.schemas import Comparison, Decision
from crossing.lanes.schemas import ImageKind
from crossing.movements.schemas import Person, TravelDocument, TravellerHistory, Vehicle
from crossing.screening.schemas import (
    CheckKind,
    CheckOutcome,
    CheckResult,
    Explanation,
    HitDetail,
    Reason,
    Subject,
    SubjectDocument,
    SubjectName,
    SubjectVehicle,
)

_READ: Final = "mrz"
_TYPED: Final = "typed"
"""The engines of the document's validity: its data were read from it, or an officer typed them."""


def person_from(mrz: MrzData) -> Person:
    return Person(
        surname=mrz.surname,
        given_names=mrz.given_names,
        birth_date=str(mrz.birth_date) if mrz.birth_date else None,
        sex=mrz.sex.value if mrz.sex and mrz.sex.value in "MFX" else "",
        nationality=mrz.nationality or None,
    )


def document_from(mrz: MrzData) -> TravelDocument | None:
    """The document that the MRZ names, or None where its number or issuer could not be read."""
    code = "".join(character for character in mrz.document_code if character.isalpha())
    if not (mrz.document_number and mrz.issuing_state and code):
        return None
    expiry = mrz.expiry_date
    return TravelDocument(
        type=code,
        number=mrz.document_number,
        issuing_state=mrz.issuing_state,
        expiry_date=expiry.latest if expiry else None,
    )


def subject_of(
    person: Person | None, document: TravelDocument | None, vehicle: Vehicle | None = None, *, truncated: bool
) -> Subject:
    """Who the lists are asked about. Without an identity only the face and the vehicle can be asked."""
    crossing_in = vehicle_asked(vehicle)
    if person is None:
        return Subject(vehicle=crossing_in)
    names: tuple[SubjectName, ...] = ()
    if person.surname or person.given_names:
        names = (SubjectName(surname=person.surname, given_names=person.given_names, truncated=truncated),)
    return Subject(
        names=names,
        birth=person.birth_date,
        birth_approximate=person.birth_approximate and person.birth_date is not None,
        sex=person.sex,
        nationality=person.nationality or "",
        document=(
            SubjectDocument(number=document.number, issuer=document.issuing_state, type=document.type)
            if document
            else None
        ),
        vehicle=crossing_in,
    )


def vehicle_asked(vehicle: Vehicle | None) -> SubjectVehicle | None:
    """The vehicle as lists are asked about it."""
    if vehicle is None:
        return None
    return SubjectVehicle(plate=vehicle.plate, country=vehicle.country or "", vin=vehicle.vin)


def validity_check(reading: DocumentReading | LinesReading, *, now: datetime) -> CheckResult:
    """The document itself: its check digits, dates, type and signs of fraud. Possible at most, never a hit."""
    return _validity(reading.findings, engine=_READ, now=now)


def typed_document_check(
    document: TravelDocument,
    *,
    today: date,
    now: datetime,
    person: Person | None = None,
    before: Iterable[CheckResult] = (),
) -> CheckResult:
    """A document whose data were typed: the same rules, as far as the data go. No check digit guards them.

    ``before`` is everything that was answered about the session, oldest first. The signs of fraud that the document
    itself showed when it was last read stand: correcting what was read does not take them off the page.
    """
    typed = _validity(assess_typed(_as_data(document, person), today=today), engine=_TYPED, now=now)
    signs = [hit for hit in _last_reading_of(before) if hit.must_verify]
    if not signs:
        return typed
    shown = {hit.entry_reference for hit in signs}
    hits = (*signs, *(hit for hit in typed.hits if hit.entry_reference not in shown))
    return typed.model_copy(update={"outcome": CheckOutcome.POSSIBLE, "hits": hits})


def _last_reading_of(before: Iterable[CheckResult]) -> tuple[HitDetail, ...]:
    read = [one for one in before if one.kind is CheckKind.DOCUMENT_VALIDITY and one.engine == _READ]
    return read[-1].hits if read else ()


def _as_data(document: TravelDocument, person: Person | None) -> MrzData:
    holder = person or Person()
    return MrzData(
        document_code=document.type,
        issuing_state=document.issuing_state,
        surname=holder.surname,
        given_names=holder.given_names,
        document_number=document.number,
        nationality=holder.nationality or "",
        birth_date=PartialDate.parse(holder.birth_date) if holder.birth_date else None,
        sex=Sex(holder.sex) if holder.sex else None,
        expiry_date=PartialDate.of(document.expiry_date) if document.expiry_date else None,
    )


def _validity(findings: tuple[Finding, ...], *, engine: str, now: datetime) -> CheckResult:
    """A remark alone leaves the check clear, and a clear check has no hits; beside graver findings it is shown.

    ``must_verify`` marks the signs of fraud, so that they are told from a document that is merely worn or expired.
    """
    alerts = any(finding.kind is not FindingKind.REMARK for finding in findings)
    return CheckResult(
        kind=CheckKind.DOCUMENT_VALIDITY,
        outcome=CheckOutcome.POSSIBLE if alerts else CheckOutcome.CLEAR,
        engine=engine,
        performed_at=now,
        hits=tuple(map(_hit, findings)) if alerts else (),
    )


def _hit(finding: Finding) -> HitDetail:
    return HitDetail(
        list_name="",
        entry_reference=finding.code,
        label=finding.message,
        score=1.0,
        must_verify=finding.kind is FindingKind.FRAUD_SIGN,
    )


_PORTRAIT_FROM: Final = {ImageKind.PORTRAIT: "page", ImageKind.CHIP: "chip"}


def face_match_check(
    comparison: Comparison | None,
    *,
    page: bool,
    live: bool,
    now: datetime,
    portrait: ImageKind = ImageKind.PORTRAIT,
    portrait_sha256: str | None = None,
    unseen: Reason | None = None,
    doubted: bool = False,
) -> CheckResult | None:
    """The live face against the document's portrait; ``page`` and ``live`` say which pictures there are, ``portrait``
    whether it is the page's or the chip's: the result's ``source``. ``portrait_sha256`` is the picture compared.
    ``unseen``: why nobody could look for a face in one of them. ``doubted``: an officer doubted an earlier live
    picture; then a person looks at this one too, though the engine finds that they match.

    None where there is no picture at all. Without a page there is no document to compare with.
    """
    if comparison is None:
        if not (page or live):
            return None
        reason = unseen or Reason.NO_FACE if page else Reason.NO_PAGE
        return CheckResult(
            kind=CheckKind.FACE_MATCH, outcome=CheckOutcome.NOT_CHECKED, reason=reason, performed_at=now
        )
    asks_nobody = comparison.decision is Decision.MATCH and not doubted
    return CheckResult(
        kind=CheckKind.FACE_MATCH,
        outcome=CheckOutcome.CLEAR if asks_nobody else CheckOutcome.POSSIBLE,
        source=_PORTRAIT_FROM[portrait],
        engine=comparison.engine,
        engine_version=f"{comparison.version} {comparison.calibration}",
        performed_at=now,
        duration_ms=comparison.ms,
        hits=()
        if asks_nobody
        else (
            HitDetail(
                list_name="",
                entry_reference=comparison.decision.value,
                label=comparison.words,
                score=min(1.0, max(0.0, comparison.score)),
                portrait_sha256=portrait_sha256,
                support=comparison.support,
                explanations=(Explanation(code="face_doubted_before"),) if doubted else (),
                must_verify=False,
            ),
        ),
    )


def known_traveller_check(history: TravellerHistory, *, now: datetime, duration_ms: float) -> CheckResult:
    """Earlier crossings are no alert; the check says that they were looked for."""
    return CheckResult(
        kind=CheckKind.KNOWN_TRAVELLER,
        outcome=CheckOutcome.CLEAR,
        source="movements",
        source_version=str(len(history.movements)),
        performed_at=now,
        duration_ms=duration_ms,
    )
