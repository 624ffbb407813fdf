"""The second line's API: who waits, why, and what was found."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session

from crossing.audit.service import Audit
from crossing.decisions import repository
from crossing.decisions.errors import ReferralUnknown
from crossing.decisions.schemas import ReferralView, Resolution
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.lanes.service import Desk
from crossing.platform.db import SessionDep
from crossing.platform.idempotency import IdempotencyKey, Once

router = APIRouter(prefix="/api/referrals", tags=["second line"])

SecondLine = Annotated[Principal, Depends(requires(Permission.REFERRALS_RESOLVE))]

PURPOSE = "second_line"


@router.get("", summary="Who waits at the second line, longest first")
def waiting(request: Request, session: SessionDep, officer: SecondLine) -> list[ReferralView]:
    found = repository.waiting(session)
    _audit(request, session, officer, "referral.listed", "waiting", count=len(found))
    return found


@router.get("/{referral_id}", summary="One referral with its reasons")
def read(referral_id: UUID, request: Request, session: SessionDep, officer: SecondLine) -> ReferralView:
    referral = repository.referral(session, referral_id)
    if referral is None:
        raise ReferralUnknown
    _audit(request, session, officer, "referral.read", str(referral_id))
    return repository.view(referral)


@router.post("/{referral_id}/resolution", summary="What was found, and the decision")
def resolve(
    referral_id: UUID,
    resolution: Resolution,
    request: Request,
    session: SessionDep,
    officer: SecondLine,
    key: IdempotencyKey = None,
) -> ReferralView:
    def work() -> ReferralView:
        view = _desk(request).resolve(session, referral_id, resolution, officer=officer.login)
        _audit(request, session, officer, "referral.resolved", str(referral_id), finding=resolution.finding.value)
        return view

    once: Once = request.app.state.once
    return once.do(
        session,
        actor=officer.login,
        operation=f"resolve:{referral_id}",
        key=key,
        body=resolution,
        work=work,
        answer_type=ReferralView,
    )


@router.post("/{referral_id}/approval", summary="The second pair of eyes")
def approve(referral_id: UUID, request: Request, session: SessionDep, officer: SecondLine) -> ReferralView:
    view = _desk(request).approve(session, referral_id, officer=officer.login)
    _audit(request, session, officer, "referral.approved", str(referral_id))
    return view


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _audit(
    request: Request, session: Session, officer: Principal, action: str, subject_id: str, **detail: str | int
) -> None:
    audit: Audit = request.app.state.audit
    audit.record(
        session,
        actor=officer,
        action=action,
        subject_kind="referral",
        subject_id=subject_id,
        purpose=PURPOSE,
        detail=detail,
    )
