"""Officers who can sign in at once, and applications with identity and audit in place."""

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pwdlib.hashers.argon2 import Argon2Hasher

from crossing.audit.service import Audit
from crossing.identity.dependencies import CSRF_HEADER
from crossing.identity.passwords import Passwords
from crossing.identity.principal import SYSTEM, Principal
from crossing.identity.roles import POST_ROLES, Role
from crossing.identity.schemas import OfficerIn
from crossing.identity.service import IdentityService
from crossing.platform.api import new_app
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from tests.factories.clock import StandingClock

PASSWORD = "a long enough passphrase"
ADDRESS = "192.0.2.7"
POST = "NIA-1"


def quick_passwords() -> Passwords:
    """Real argon2 with the least cost there is: a test needs the steps, not the delay."""
    return Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))


def identity_for(clock: Clock) -> IdentityService:
    return IdentityService(clock, Audit(clock).record, passwords=quick_passwords())


def app_with_identity(database: Database, clock: Clock | None = None) -> FastAPI:
    """An application without routes, with what the guards and the audit trail need."""
    clock = clock or StandingClock()
    app = new_app(title="test", database=database, clock=clock)
    app.state.audit = Audit(clock)
    app.state.identity = IdentityService(clock, app.state.audit.record, passwords=quick_passwords())
    return app


def add_officer(
    identity: IdentityService, database: Database, login: str, *roles: Role, post: str | None = None
) -> Principal:
    """An officer with the password :data:`PASSWORD`; who works at a post and is given none works at :data:`POST`."""
    post = post or (POST if POST_ROLES.intersection(roles) else None)
    new = OfficerIn(login=login, name=f"Officer {login}", roles=frozenset(roles), post=post)
    with database.unit_of_work() as session:
        code = identity.add_officer(session, actor=SYSTEM, officer=new).code
    signed_in = identity.sign_in(database, login=login, secret=code, address=ADDRESS)
    identity.set_password(
        database, token=signed_in.token, new_password=PASSWORD, current_password=None, address=ADDRESS
    )
    return signed_in.session.principal


def signed_in_client(app: FastAPI, *roles: Role, post: str | None = None, login: str = "") -> TestClient:
    """A browser in which a fresh officer with ``roles`` has signed in; it sends the CSRF token by itself."""
    login = login or "-".join(role.value for role in roles)
    add_officer(app.state.identity, app.state.database, login, *roles, post=post)
    client = TestClient(app)
    signed_in = app.state.identity.sign_in(app.state.database, login=login, secret=PASSWORD, address=ADDRESS)
    client.cookies.set(app.state.identity.cookie.name, signed_in.token)
    client.headers[CSRF_HEADER] = signed_in.session.csrf_token
    return client
