"""Reading the audit trail, for oversight."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from crossing.audit.schemas import AuditPage
from crossing.audit.service import Audit
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.db import SessionDep

router = APIRouter(prefix="/api", tags=["audit"])

_Word = Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9_.:-]{0,99}$")]


@router.get("/audit")
def read_audit(
    request: Request,
    session: SessionDep,
    reader: Annotated[Principal, Depends(requires(Permission.AUDIT_READ))],
    purpose: _Word,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    action: _Word | None = None,
    subject_id: _Word | None = None,
) -> AuditPage:
    """Entries, newest first. Reading is itself recorded, with its ``purpose``.

    ``purpose`` is a word or a case number (``oversight_review``, ``complaint-2031``), never a sentence: an address
    is kept in browsers' histories, and no person's data belongs there.
    """
    audit: Audit = request.app.state.audit
    return audit.read(
        session,
        reader=reader,
        purpose=purpose,
        before=before,
        limit=limit,
        action=action,
        subject_id=subject_id,
    )
