"""How an endpoint notes in the audit trail what its caller did or saw."""

from sqlalchemy.orm import Session
from starlette.requests import Request

from crossing.audit.service import Audit
from crossing.identity.principal import Principal
from crossing.platform.db import Database


def note(
    request: Request,
    session: Session,
    actor: Principal,
    action: str,
    subject: tuple[str, object],
    purpose: str,
    **detail: str | int | bool,
) -> None:
    """An entry in the request's own transaction. ``subject`` is its kind and id; see :meth:`Audit.record`."""
    audit: Audit = request.app.state.audit
    kind, subject_id = subject
    audit.record(
        session,
        actor=actor,
        action=action,
        subject_kind=kind,
        subject_id=str(subject_id),
        purpose=purpose,
        detail=detail,
    )


def note_apart(
    request: Request,
    actor: Principal,
    action: str,
    subject: tuple[str, object],
    purpose: str,
    **detail: str | int | bool,
) -> None:
    """An entry in a transaction of its own, before work that has several: nothing is seen that is not noted."""
    database: Database = request.app.state.database
    with database.unit_of_work() as session:
        note(request, session, actor, action, subject, purpose, **detail)
