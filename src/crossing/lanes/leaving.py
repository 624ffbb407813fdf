"""What the capital is told of whoever has left the lane: decided on, or gone without a decision."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from crossing.lanes.assembly import document_of, person_of
from crossing.lanes.events import (
    ABANDONED,
    ABANDONED_VERSION,
    LATE_ANSWER,
    LATE_ANSWER_VERSION,
    SUBJECT,
    Abandoned,
    LateAnswer,
    count_abandoned,
)
from crossing.lanes.models import CaptureSession
from crossing.lanes.standing import review_of
from crossing.movements.face_figures import Group, Seen, judged_among
from crossing.replication.events import Lane
from crossing.replication.outbox import Outbox
from crossing.screening import ledger
from crossing.screening.schemas import CheckResult


def tell_the_capital(
    session: Session,
    outbox: Outbox,
    row: CaptureSession,
    told: Sequence[CheckResult],
    *,
    told_before: bool,
    now: datetime,
) -> None:
    """The capital hears of answers that came after the decision; with ``told_before`` it is not alerted again."""
    alerts = not told_before and any(check.alerts for check in told)
    answer = LateAnswer(
        session_id=row.session_id,
        movement_id=row.movement_id,
        post=row.post,
        lane=row.lane,
        closed_at=row.closed_at or now,
        checks=tuple(told),
        person=person_of(row) if alerts else None,
        document=document_of(row) if alerts else None,
        case=row.case if alerts else "",
        round=ledger.last_round(session, SUBJECT, row.session_id),
        told_before=told_before,
    )
    outbox.append(
        session,
        lane=Lane.ALERT if answer.alerts else Lane.BIOGRAPHIC,
        type=LATE_ANSWER,
        version=LATE_ANSWER_VERSION,
        payload=answer.model_dump(mode="json"),
    )


def tell_what_was_said(
    session: Session, outbox: Outbox, row: CaptureSession, hits: Sequence[CheckResult], *, now: datetime
) -> None:
    """The officers' words on faces go to the capital and into the counts, though there is no movement."""
    review, at = review_of(row), row.closed_at or now
    if not review.judgements:
        return
    group = Group.of(person_of(row), at)
    seen = Seen(row.post, at, group, review.live_sha256, tuple(hits), review.judgements)
    told = Abandoned(
        session_id=row.session_id,
        post=row.post,
        lane=row.lane,
        closed_at=at,
        **group._asdict(),
        live_sha256=review.live_sha256,
        checks=tuple(map(review.with_words, judged_among(seen))),
        judgements=review.judgements,
    )
    count_abandoned(session, told)
    outbox.append(
        session,
        lane=Lane.BIOGRAPHIC,
        type=ABANDONED,
        version=ABANDONED_VERSION,
        payload=told.model_dump(mode="json"),
    )
