"""Every query on referrals."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crossing.decisions.models import Referral
from crossing.decisions.schemas import ReferralState, ReferralView
from crossing.screening.combined import verdict_of_reasons

LIMIT = 200


def referral(session: Session, referral_id: UUID) -> Referral | None:
    return session.get(Referral, referral_id)


def waiting(session: Session) -> list[ReferralView]:
    """Referrals not yet resolved, the longest waiting first."""
    query = select(Referral).where(Referral.state != ReferralState.RESOLVED).order_by(Referral.opened_at).limit(LIMIT)
    return [view(row) for row in session.scalars(query)]


def of_session(session: Session, session_id: UUID) -> list[Referral]:
    """A session's referrals, oldest first; a second one is a late hit."""
    return list(
        session.scalars(select(Referral).where(Referral.session_id == session_id).order_by(Referral.opened_at))
    )


def of_sessions(session: Session, session_ids: list[UUID]) -> list[ReferralView]:
    query = select(Referral).where(Referral.session_id.in_(session_ids)).order_by(Referral.opened_at)
    return [view(row) for row in session.scalars(query)]


def view(row: Referral) -> ReferralView:
    told = ReferralView.model_validate(row, from_attributes=True)
    return told.model_copy(update={"verdict": verdict_of_reasons(told.reasons)}) if told.reasons else told
