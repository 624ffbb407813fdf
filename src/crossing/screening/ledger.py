"""The check ledger: what was asked of whom, when, of which list in which version, and what it said. Append-only."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from crossing.platform.ids import new_id
from crossing.screening.models import Check
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, HitDetail, Reason

_NOTHING: Final[Mapping[CheckKind, UUID]] = MappingProxyType({})


def record(
    session: Session,
    subject_kind: str,
    subject_id: UUID,
    results: Iterable[CheckResult],
    *,
    supersedes: Mapping[CheckKind, UUID] = _NOTHING,
) -> list[Check]:
    """Add ``results`` to the ledger, one row each, in the caller's transaction.

    ``supersedes`` names, by kind, the earlier row that a result answers anew.
    """
    rows = [_row(subject_kind, subject_id, result, supersedes.get(result.kind)) for result in results]
    session.add_all(rows)
    session.flush()
    return rows


def for_subject(
    session: Session, subject_kind: str, subject_id: UUID, *, with_superseded: bool = False
) -> list[CheckResult]:
    """What is known of a subject, oldest first; of a check that was asked again, the last answer alone."""
    query = (
        sa.select(Check)
        .where(Check.subject_kind == subject_kind, Check.subject_id == subject_id)
        .order_by(Check.performed_at, Check.id)
    )
    if not with_superseded:
        later = aliased(Check)
        query = query.where(~sa.exists().where(later.supersedes == Check.id))
    return [result_of(row) for row in session.scalars(query)]


def result_of(row: Check) -> CheckResult:
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
    )


def _row(subject_kind: str, subject_id: UUID, result: CheckResult, supersedes: UUID | None) -> Check:
    stored = result.model_dump(mode="json", include={"hits"})
    return Check(
        id=new_id(),
        subject_kind=subject_kind,
        subject_id=subject_id,
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
        supersedes=supersedes,
    )
