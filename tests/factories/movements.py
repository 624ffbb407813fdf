"""Travellers, dossiers and what decides on them, without a lane around it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from crossing.decisions.dossier import Dossier
from crossing.decisions.service import DecisionService
from crossing.movements.schemas import (
    CrossingCase,
    Direction,
    EvidenceLevel,
    Images,
    KnownAtDecision,
    MovementOutcome,
    MovementRecord,
    Person,
    Stay,
    TravelDocument,
    TravellerHistory,
)
from crossing.movements.service import MovementService
from crossing.platform.clock import Clock
from crossing.platform.crypto import SigningKey
from crossing.platform.ids import new_id
from crossing.replication.events import MachineSigner
from crossing.replication.outbox import Outbox
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, HitDetail, Reason

NOW: Final = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)
AMINATA: Final = Person(surname="Traoré", given_names="Aminata", birth_date="1987-05-14", sex="F", nationality="MLI")
PASSPORT: Final = TravelDocument(type="P", number="A4G7K29B1", issuing_state="MLI", expiry_date=date(2034, 1, 31))


@dataclass(frozen=True, slots=True)
class Office:
    """The services that write movements, with one machine's outbox."""

    movements: MovementService
    decisions: DecisionService


def office(clock: Clock, *, post: str = "NIA-1") -> Office:
    signer = MachineSigner(post, "desk-1", 1, SigningKey(Ed25519PrivateKey.generate()))
    outbox = Outbox(signer, clock)
    movements = MovementService(outbox=outbox, clock=clock)
    return Office(movements, DecisionService(movements=movements, outbox=outbox, clock=clock))


def check(kind: CheckKind, outcome: CheckOutcome = CheckOutcome.CLEAR, *, source: str = "") -> CheckResult:
    """A result; one that alerts has a hit, one that did not run its reason."""
    alerts = outcome in (CheckOutcome.HIT, CheckOutcome.POSSIBLE)
    hit = HitDetail(list_name="The list", entry_reference="R-1", label="Someone", score=1.0)
    return CheckResult(
        kind=kind,
        outcome=outcome,
        reason=Reason.UNREACHABLE if outcome is CheckOutcome.NOT_CHECKED else None,
        source=source,
        source_version="7",
        source_as_of=NOW,
        performed_at=NOW,
        hits=(hit,) if alerts else (),
    )


def dossier(*checks: CheckResult, **changed: Any) -> Dossier:
    """Aminata Traoré with her passport, entering at NIA-1; ``changed`` names fields of the dossier."""
    plain: dict[str, Any] = {
        "session_id": new_id(),
        "post": "NIA-1",
        "lane": "1",
        "today": NOW.date(),
        "opened_at": NOW,
        "direction": Direction.ENTRY,
        "case": CrossingCase.DOCUMENT,
        "evidence_level": EvidenceLevel.DOCUMENT,
        "person": AMINATA,
        "document": PASSPORT,
        "checks": checks,
        "history": TravellerHistory(),
        "stay": Stay(regime="aes_free_movement", until=date(2031, 5, 30), days=90),
        "images": Images(page="a" * 64),
        "blobs": (),
    }
    return Dossier(**(plain | changed))


def movement(**changed: Any) -> MovementRecord:
    """An entry of Aminata Traoré's; ``changed`` names fields of the record."""
    plain: dict[str, Any] = {
        "movement_id": new_id(),
        "traveller_id": new_id(),
        "session_id": new_id(),
        "post": "NIA-1",
        "lane": "1",
        "direction": Direction.ENTRY,
        "case": CrossingCase.DOCUMENT,
        "outcome": MovementOutcome.ADMITTED,
        "occurred_at": NOW,
        "person": AMINATA,
        "document": PASSPORT,
        "evidence_level": EvidenceLevel.DOCUMENT,
        "decided_by": "a.traore",
        "known_at_decision": KnownAtDecision(checks=(), decided_after_ms=1000),
    }
    return MovementRecord(**(plain | changed))


def recorded(session: Session, desk: Office, **changed: Any) -> MovementRecord:
    """A movement written in ``session``."""
    record = movement(**changed)
    desk.movements.record(session, record, [])
    return record


def nobody() -> UUID:
    """An id that nothing has."""
    return new_id()
