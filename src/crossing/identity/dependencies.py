"""Who may call a route: ``principal: Annotated[Principal, Depends(requires(Permission.X))]``.

Officers are known by the session cookie, and on anything but a read by the CSRF token of that session too, in the
header ``Crossing-CSRF`` or the form field ``csrf_token``. Machines are known by their TLS certificate, systems of
other services by their key.

The guard looks the session up in a short transaction of its own that ends before the endpoint runs: an endpoint
that opens its own unit of work would otherwise wait for its own guard's lock.
"""

from functools import cache
from hmac import compare_digest
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request

from crossing.identity.errors import CsrfRefused, NotSignedIn, PasswordRequired, PermissionMissing
from crossing.identity.machines import MachineDirectory
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.identity.service import IdentityService
from crossing.identity.sessions import CurrentSession
from crossing.identity.systems import SCHEME, AskingSystems
from crossing.platform.db.reading import reading
from crossing.platform.tls import peer_certificate

CSRF_HEADER: Final = "Crossing-CSRF"
CSRF_FIELD: Final = "csrf_token"
BACKGROUND_HEADER: Final = "Crossing-Background"
"""Sent with what a page asks for by itself: a page left open must not keep its officer signed in."""
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


class Requires:
    """Lets a request pass whose caller has ``permission`` or one of ``others``; without one, any officer who is
    signed in.

    ``before_password`` also lets those in who signed in with a one-time code and have no password yet. Raises
    NotSignedIn, CsrfRefused, PasswordRequired or PermissionMissing.
    """

    def __init__(self, permission: Permission | None, *others: Permission, before_password: bool = False) -> None:
        self.permission = permission
        self._others = others
        self.before_password = before_password

    async def __call__(self, request: Request) -> Principal:
        machine = await run_in_threadpool(_calling_machine, request)
        machine = machine or await run_in_threadpool(_calling_system, request)
        principal = machine or await self._officer(request)
        if not self.admits(principal):
            raise PermissionMissing
        return principal

    def admits(self, principal: Principal) -> bool:
        if self.permission is None:
            return principal.kind == "officer"
        return any(map(principal.may, (self.permission, *self._others)))

    async def _officer(self, request: Request) -> Principal:
        session = await run_in_threadpool(session_of, request)
        if request.method not in _SAFE_METHODS:
            offered = request.headers.get(CSRF_HEADER) or await _form_token(request)
            if not compare_digest(offered.encode(), session.csrf_token.encode()):
                await request.close()  # the form, where one was read for its token, may hold files
                raise CsrfRefused
        if session.password_required and not self.before_password:
            raise PasswordRequired
        return session.principal


@cache
def requires(permission: Permission, *others: Permission) -> Requires:
    """The guard of one permission, or of any of several; always the same object, so that FastAPI asks it once per
    request."""
    return Requires(permission, *others)


signed_in: Final = Requires(None)
"""Any officer who is signed in and has a password."""

signed_in_without_password: Final = Requires(None, before_password=True)
"""Any officer who is signed in; for setting the first password, and for leaving."""


def current_session(request: Request) -> CurrentSession | None:
    """The caller's session, for pages that look different to those who are signed in. Blocking; looked up once."""
    if not hasattr(request.state, "current_session"):
        request.state.current_session = _look_up(request)
    session: CurrentSession | None = request.state.current_session
    return session


def session_of(request: Request) -> CurrentSession:
    """The caller's session behind a guard that let an officer pass. Raises NotSignedIn where there is none."""
    session = current_session(request)
    if session is None:
        raise NotSignedIn
    return session


def refuse_cross_site(request: Request) -> None:
    """For signing in, when there is no session and so no CSRF token yet: no other site may do it to somebody.

    Every current browser says where a request comes from (W3C Fetch Metadata). Raises CsrfRefused.
    """
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise CsrfRefused


def caller_address(request: Request) -> str:
    """Where a request came from, for the throttle and the audit trail."""
    return request.client.host if request.client else "unknown"


def _look_up(request: Request) -> CurrentSession | None:
    identity: IdentityService | None = getattr(request.app.state, "identity", None)
    token = request.cookies.get(identity.cookie.name) if identity else None
    if identity is None or not token:
        return None
    return identity.current(request.app.state.database, token, in_use=BACKGROUND_HEADER not in request.headers)


def _calling_machine(request: Request) -> Principal | None:
    machines: MachineDirectory | None = getattr(request.app.state, "machines", None)
    certificate = peer_certificate(request)
    if machines is None or certificate is None:
        return None
    with reading(request.app.state.database) as session:
        return machines.principal_for(session, certificate)


def _calling_system(request: Request) -> Principal | None:
    systems: AskingSystems | None = getattr(request.app.state, "systems", None)
    shown = request.headers.get("authorization", "")
    if systems is None or not shown.startswith(SCHEME):
        return None
    with reading(request.app.state.database) as session:
        return systems.principal_for(session, shown.removeprefix(SCHEME).strip())


async def _form_token(request: Request) -> str:
    if not request.headers.get("content-type", "").startswith(_FORM_TYPES):
        return ""
    token = (await request.form()).get(CSRF_FIELD, "")
    return "" if isinstance(token, UploadFile) else token
