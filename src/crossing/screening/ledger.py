"""The check ledger: what was asked of whom, when, of which list in which version, and what it said. Append-only."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.platform.db.locks import hold_until_commit
from crossing.platform.ids import new_id
from crossing.screening.models import Check
from crossing.screening.schemas import OUTSIDE_KINDS, CheckKind, CheckOutcome, CheckResult, HitDetail, Reason

_OUTDATED: Final = 0
"""The round behind all others."""


def record(
    session: Session,
    subject_kind: str,
    subject_id: UUID,
    results: Iterable[CheckResult],
    *,
    number: int | None = None,
) -> None:
    """Add ``results`` to the ledger in the caller's transaction: the next round of this subject, or the round of
    this ``number`` where another ledger counts them.

    Of each kind of check that is among them, answers of earlier rounds no longer count; of a kind that services
    outside answer, those of the same service.
    """
    hold_until_commit(session, f"checks {subject_kind} {subject_id}")
    if number is None:
        number = last_round(session, subject_kind, subject_id) + 1
    session.add_all(_row(subject_kind, subject_id, number, result) for result in results)
    session.flush()


def last_round(session: Session, subject_kind: str, subject_id: UUID) -> int:
    """The number of the last round of this subject; 0 before the first."""
    return session.scalar(sa.select(sa.func.max(Check.round)).where(*_of(subject_kind, subject_id))) or 0


def record_outdated(session: Session, subject_kind: str, subject_id: UUID, results: Iterable[CheckResult]) -> None:
    """Add answers that came after newer ones had been asked for: they take the place of none."""
    session.add_all(_row(subject_kind, subject_id, _OUTDATED, result) for result in results)
    session.flush()


def current(session: Session, subject_kind: str, subject_id: UUID) -> list[CheckResult]:
    """What counts of a subject now: of each kind of check its last answers, in the order of the kinds."""
    results = _read(session, subject_kind, subject_id)
    last = {_of_whom(result): number for number, result in results}
    kept = [result for number, result in results if number == last[_of_whom(result)]]
    order = list(CheckKind)
    return sorted(kept, key=lambda result: order.index(result.kind))


def for_subject(session: Session, subject_kind: str, subject_id: UUID) -> list[CheckResult]:
    """Everything that was ever answered about a subject, oldest first."""
    return [result for _, result in _read(session, subject_kind, subject_id)]


def _of_whom(result: CheckResult) -> tuple[CheckKind, str]:
    """Lists are all asked at once, and one that is no longer here counts no more; a service answers by itself."""
    return result.kind, result.source if result.kind in OUTSIDE_KINDS else ""


def _of(subject_kind: str, subject_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return Check.subject_kind == subject_kind, Check.subject_id == subject_id


def _read(session: Session, subject_kind: str, subject_id: UUID) -> list[tuple[int, CheckResult]]:
    rows = session.scalars(sa.select(Check).where(*_of(subject_kind, subject_id)).order_by(Check.round, Check.id))
    return [(row.round, _result(row)) for row in rows]


def _result(row: Check) -> CheckResult:
    return CheckResult(
        kind=CheckKind(row.kind),
        outcome=CheckOutcome(row.outcome),
        reason=None if row.reason is None else Reason(row.reason),
        source=row.source,
        source_name=row.source_name,
        source_version=row.source_version,
        source_as_of=row.source_as_of,
        engine=row.engine,
        engine_version=row.engine_version,
        performed_at=row.performed_at,
        duration_ms=row.duration_ms,
        hits=tuple(HitDetail.model_validate(hit) for hit in row.hits),
        recheck=bool(row.recheck),
    )


def _row(subject_kind: str, subject_id: UUID, number: int, result: CheckResult) -> Check:
    stored = result.model_dump(mode="json", include={"hits"})
    return Check(
        id=new_id(),
        subject_kind=subject_kind,
        subject_id=subject_id,
        round=number,
        kind=result.kind.value,
        outcome=result.outcome.value,
        reason=None if result.reason is None else result.reason.value,
        source=result.source,
        source_name=result.source_name,
        source_version=result.source_version,
        source_as_of=result.source_as_of,
        engine=result.engine,
        engine_version=result.engine_version,
        performed_at=result.performed_at,
        duration_ms=result.duration_ms,
        hits=stored["hits"],
        recheck=result.recheck,
    )
