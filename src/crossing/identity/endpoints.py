"""Signing in and out, and the officers' accounts, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from crossing.identity.dependencies import (
    caller_address,
    refuse_cross_site,
    requires,
    session_of,
    signed_in_without_password,
)
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission, granted
from crossing.identity.schemas import (
    NewPassword,
    OfficerChange,
    OfficerIn,
    OfficerOut,
    OfficerWithCode,
    SessionOut,
    SignIn,
)
from crossing.identity.service import IdentityService
from crossing.identity.sessions import CurrentSession
from crossing.platform.db import SessionDep

router = APIRouter(prefix="/api", tags=["identity"])

_Officer = Annotated[Principal, Depends(signed_in_without_password)]
_Manager = Annotated[Principal, Depends(requires(Permission.OFFICERS_MANAGE))]


def _identity(request: Request) -> IdentityService:
    service: IdentityService = request.app.state.identity
    return service


_Identity = Annotated[IdentityService, Depends(_identity)]


@router.post("/session", status_code=201, dependencies=[Depends(refuse_cross_site)])
def sign_in(request: Request, response: Response, identity: _Identity, asked: SignIn) -> SessionOut:
    """Sign in. The session is in the cookie; 429 says in ``retry_after_s`` when to try again."""
    signed_in = identity.sign_in(
        request.app.state.database, login=asked.login, secret=asked.secret, address=caller_address(request)
    )
    identity.cookie.set(response, signed_in.token)
    return _out(signed_in.session)


@router.get("/session")
def read_session(request: Request, _: _Officer) -> SessionOut:
    """Who is signed in, and the CSRF token."""
    return _out(session_of(request))


@router.delete("/session", status_code=204)
def sign_out(
    request: Request, response: Response, identity: _Identity, session: SessionDep, principal: _Officer
) -> None:
    identity.sign_out(session, principal=principal, token=request.cookies[identity.cookie.name])
    identity.cookie.clear(response)


@router.post("/session/password", status_code=204)
def set_password(request: Request, identity: _Identity, _: _Officer, asked: NewPassword) -> None:
    """Set one's password; one's sessions in other browsers end."""
    identity.set_password(
        request.app.state.database,
        token=request.cookies[identity.cookie.name],
        new_password=asked.new_password,
        current_password=asked.current_password,
        address=caller_address(request),
    )


@router.get("/officers")
def read_officers(identity: _Identity, session: SessionDep, _: _Manager) -> list[OfficerOut]:
    return identity.officers(session)


@router.post("/officers", status_code=201)
def add_officer(identity: _Identity, session: SessionDep, actor: _Manager, asked: OfficerIn) -> OfficerWithCode:
    """A new account; the one-time code in the answer is shown only here."""
    return identity.add_officer(session, actor=actor, officer=asked)


@router.patch("/officers/{officer_id}")
def change_officer(
    identity: _Identity, session: SessionDep, actor: _Manager, officer_id: UUID, asked: OfficerChange
) -> OfficerOut:
    """Change roles, close or reopen the account; the officer is signed out everywhere."""
    return identity.change_officer(session, actor=actor, officer_id=officer_id, change=asked)


@router.post("/officers/{officer_id}/code", status_code=201)
def issue_code(identity: _Identity, session: SessionDep, actor: _Manager, officer_id: UUID) -> OfficerWithCode:
    """A new one-time code for who forgot the password; the old password and all sessions end."""
    return identity.issue_code(session, actor=actor, officer_id=officer_id)


def _out(session: CurrentSession) -> SessionOut:
    principal = session.principal
    return SessionOut(
        officer_id=principal.id,
        login=principal.login,
        name=principal.name,
        roles=principal.roles,
        permissions=granted(principal.roles),
        post=principal.post,
        locale=principal.locale,
        csrf_token=session.csrf_token,
        password_required=session.password_required,
        expires_at=session.expires_at,
    )
