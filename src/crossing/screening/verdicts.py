"""From evidence to a verdict: when a listed person or document is worth an officer's time, and why.

For names the rule is that of ``names.alerting``. How common the name is on this very list counts too: what many there
bear tells little.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from crossing.faces.schemas import Candidate
from crossing.screening.countries import same_state
from crossing.screening.documents import DocumentMatch, kind_of
from crossing.screening.listed import ListIndex
from crossing.screening.names.alerting import (
    WORTH_JUDGING,
    alert,
    is_chance,
    name_reasons,
    person_reasons,
)
from crossing.screening.names.births import Relation, compare
from crossing.screening.names.evidence import AskedPerson, ListedPerson, Rarity
from crossing.screening.names.index import NameMatch
from crossing.screening.names.judging import judge
from crossing.screening.names.telling import tell_commonness
from crossing.screening.persons import IndexedPerson, Orders
from crossing.screening.schemas import (
    CheckOutcome,
    Explanation,
    HitDetail,
    Subject,
    SubjectDocument,
    SubjectVehicle,
)
from crossing.screening.sought import Sought
from crossing.screening.vehicles import VehicleLikeness, VehicleMatch

_TWIN_SCORE: Final = 0.9


class Verdict(NamedTuple):
    outcome: CheckOutcome
    hit: HitDetail


def sought(subject: Subject) -> Sought:
    """What is known of the traveller beside the name."""
    nationality = same_state(subject.nationality) if subject.nationality else ""
    return Sought(subject.birth, subject.sex, nationality, subject.birth_approximate)


def on_person(
    subject: Subject, listed: ListIndex, match: NameMatch, today: date, seen: Rarity | None = None
) -> Verdict | None:
    """What a name found on a list means for this traveller; None where it is not worth an alert. ``seen``: how common
    names are among the travellers of this post, which is told and decides nothing."""
    if match.alignment.score < WORTH_JUDGING:
        return None
    person = listed.persons[match.name.person]
    relation, _ = compare(subject.birth, person.births, approximate=subject.birth_approximate)
    if not person.orders.counts_on(today) or relation is Relation.DIFFERS:
        return None
    asked, theirs = _asked(subject, match), _listed(person, match)
    if alert(asked, theirs, match, judge(asked, theirs, None, match.alignment)) is None:
        return None
    # How common the name is here takes longer to know, and makes nobody more alike.
    judged = judge(asked, theirs, listed.names, match.alignment)
    outcome = alert(asked, theirs, match, judged)
    if outcome is None or is_chance(asked, theirs, match, judged, listed.names.total()):
        return None
    reasons = (
        *name_reasons(match),
        *judged.reasons,
        *tell_commonness(match.alignment, listed.names, "part_on_list"),
        *(tell_commonness(match.alignment, seen, "part_among_travellers") if seen is not None else ()),
        *person_reasons(asked, theirs),
    )
    return Verdict(outcome, _hit(listed, person, judged.score, reasons, today))


def on_document(document: SubjectDocument, listed: ListIndex, match: DocumentMatch, today: date) -> Verdict | None:
    """What a document found on a list means; None where its entry no longer counts."""
    entry = match.document
    orders = listed.document_orders[entry.id]
    person = None if entry.person is None else listed.persons[entry.person]
    if not orders.counts_on(today):
        return None
    exact = match.likeness.is_exact
    other_kind = kind_of(entry.type) and kind_of(document.type) and kind_of(entry.type) != kind_of(document.type)
    reasons = [Explanation(code=match.likeness.value, params={"listed": entry.number})]
    if not entry.issuer:
        reasons.append(Explanation(code="document_issuer_unknown"))
    if other_kind:
        reasons.append(Explanation(code="document_type_differs", params={"listed": entry.type}))
    if entry.reason:
        reasons.append(Explanation(code="document_reason", params={"reason": entry.reason}))
    sure = exact and entry.issuer and document.issuer and not other_kind
    hit = HitDetail(
        list_name=listed.name,
        entry_reference=entry.reference,
        entry_id=entry.id,
        label=f"{entry.issuer} {entry.number}".strip() if person is None else person.label,
        score=match.likeness.score,
        explanations=(*reasons, *_review_reasons(orders, today)),
        portrait_sha256=None if person is None else person.portrait_sha256,
        **_what_to_do(orders),
    )
    return Verdict(CheckOutcome.HIT if sure else CheckOutcome.POSSIBLE, hit)


def on_vehicle(vehicle: SubjectVehicle, listed: ListIndex, match: VehicleMatch, today: date) -> Verdict | None:
    """What a vehicle found on a list means; None where its entry no longer counts.

    A twin is never more than possible, nor is a plate of which a side does not say the State.
    """
    entry = match.vehicle
    orders = listed.vehicle_orders[entry.id]
    if not orders.counts_on(today):
        return None
    by_vin = match.likeness in (VehicleLikeness.VIN_SAME, VehicleLikeness.VIN_TWIN)
    state_open = not by_vin and not (vehicle.country and entry.country)
    exact = match.likeness in (VehicleLikeness.VIN_SAME, VehicleLikeness.PLATE_SAME)
    reasons = [
        Explanation(code=match.likeness.value, params={"listed": entry.vin if by_vin else entry.plate}),
        Explanation(code="vehicle_looks", params={"listed": entry.label}),
    ]
    if state_open:
        reasons.append(Explanation(code="plate_country_unknown"))
    if match.likeness is VehicleLikeness.VIN_TWIN:
        reasons.append(Explanation(code="vin_check_digit"))
    if entry.reason:
        reasons.append(Explanation(code="vehicle_reason", params={"reason": entry.reason}))
    hit = HitDetail(
        list_name=listed.name,
        entry_reference=entry.reference,
        entry_id=entry.id,
        label=entry.label,
        score=1.0 if exact else _TWIN_SCORE,
        explanations=(*reasons, *_review_reasons(orders, today)),
        **_what_to_do(orders),
    )
    return Verdict(CheckOutcome.HIT if exact and not state_open else CheckOutcome.POSSIBLE, hit)


def on_face(listed: ListIndex, person: IndexedPerson, found: Candidate, today: date) -> Verdict | None:
    """What a face found on a list means: never more than a possibility, and a question before it is that."""
    if not person.orders.counts_on(today):
        return None
    reasons = (Explanation(code="face_like"),)
    hit = _hit(listed, person, min(1.0, max(0.0, found.score)), reasons, today)
    return Verdict(CheckOutcome.POSSIBLE, hit.model_copy(update={"support": found.support}))


def _asked(subject: Subject, match: NameMatch) -> AskedPerson:
    return AskedPerson(
        match.alignment.name,
        subject.birth,
        subject.sex,
        same_state(subject.nationality) if subject.nationality else "",
        any(name.truncated for name in subject.names),
        subject.birth_approximate,
    )


def _listed(person: IndexedPerson, match: NameMatch) -> ListedPerson:
    return ListedPerson(match.alignment.listed, person.births, person.sex, person.nationalities)


def _review_reasons(orders: Orders, today: date) -> Iterator[Explanation]:
    if orders.review_on is not None and orders.review_on < today:
        yield Explanation(code="review_overdue", params={"date": orders.review_on.isoformat()})


def _hit(
    listed: ListIndex, person: IndexedPerson, score: float, reasons: tuple[Explanation, ...], today: date
) -> HitDetail:
    return HitDetail(
        list_name=listed.name,
        entry_reference=person.reference,
        entry_id=person.id,
        label=person.label,
        score=round(score, 4),
        explanations=(*reasons, *_review_reasons(person.orders, today)),
        portrait_sha256=person.portrait_sha256,
        **_what_to_do(person.orders),
    )


def _what_to_do(orders: Orders) -> dict[str, str]:
    return {
        "action": orders.action,
        "caution": orders.caution,
        "handling": orders.handling,
        "notice_colour": orders.notice_colour,
    }
