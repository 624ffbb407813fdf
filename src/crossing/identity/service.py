"""Officers' accounts and signing in, without a network and without ever telling whether a login exists.

Signing in and changing a password open their own short transactions and compare hashes between them: a comparison
takes a good part of a second, and on a post a transaction holds up every lane.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from crossing.identity import repository, sessions, throttle
from crossing.identity.codes import bare, new_code
from crossing.identity.errors import (
    CurrentPasswordWrong,
    LoginTaken,
    NotSignedIn,
    OfficerUnknown,
    OwnAccount,
    PostNeeded,
    RoleNotForOfficers,
    SignInRefused,
)
from crossing.identity.models import Officer, SecretKind
from crossing.identity.passwords import Passwords, require_good
from crossing.identity.principal import SYSTEM, Principal
from crossing.identity.roles import MACHINE_ROLES, POST_ROLES, Role
from crossing.identity.schemas import OfficerChange, OfficerIn, OfficerOut, OfficerWithCode
from crossing.identity.sessions import CurrentSession, SessionCookie
from crossing.platform.clock import Clock
from crossing.platform.db import Database, Session
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.recording import Record

CODE_LASTS: Final = timedelta(hours=24)
_ADMINISTRATION: Final = "administration"
_SIGN_IN: Final = "sign_in"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """``token`` goes into the cookie and nowhere else."""

    token: str
    session: CurrentSession


class IdentityService:
    """One per process, in ``app.state.identity``."""

    def __init__(
        self,
        clock: Clock,
        record: Record[Principal],
        *,
        cookie: SessionCookie | None = None,
        passwords: Passwords | None = None,
    ) -> None:
        self._clock = clock
        self._record = record
        self._passwords = passwords or Passwords()
        self.cookie = cookie or SessionCookie()

    # Sessions

    def sign_in(self, database: Database, *, login: str, secret: str, address: str) -> SignedIn:
        """A session for the right password or one-time code; the code is then used up.

        Raises SignInRefused alike for a wrong login, a wrong secret, a closed account and a code past its time;
        SignInThrottled (nothing was looked at) or SignInBusy.
        """
        login = login.strip().lower()
        with self._passwords.turn():
            with database.unit_of_work() as session:
                throttle.count_attempt(session, login=login, address=address, now=self._clock.now())
                officer = repository.officer_by_login(session, login)
            right = self._matches(officer, secret)
            with database.unit_of_work() as session:
                signed_in = self._admit(session, officer) if officer and right else None
                if signed_in is None:
                    self._note_refusal(session, officer, address)
                else:
                    throttle.forgive(session, login=login, address=address)
        if signed_in is None:
            raise SignInRefused
        return signed_in

    def current(self, database: Database, token: str, *, in_use: bool = True) -> CurrentSession | None:
        """The session behind a cookie's token, if it is still good; ``in_use`` says that a person is behind it."""
        return sessions.find(database, token, self._clock.now(), in_use=in_use)

    def sign_out(self, session: Session, *, principal: Principal, token: str) -> None:
        sessions.end(session, token)
        self._note(session, principal, "officer.signed_out", principal.id, _SIGN_IN)

    def set_password(
        self, database: Database, *, token: str, new_password: str, current_password: str | None, address: str
    ) -> None:
        """Set the password of whoever is signed in with ``token``, and end their other sessions.

        Raises NotSignedIn, PasswordTooShort, PasswordTooLong, PasswordIsLogin, SignInThrottled, SignInBusy, or
        CurrentPasswordWrong unless there is no password yet.
        """
        current = self.current(database, token)
        if current is None:
            raise NotSignedIn
        login = current.principal.login
        require_good(new_password, login=login)
        with self._passwords.turn():
            with database.unit_of_work() as session:
                officer = repository.officer_by_login(session, login)
                if not current.password_required:
                    throttle.count_attempt(session, login=login, address=address, now=self._clock.now())
            if not current.password_required and not self._matches(officer, current_password or ""):
                raise CurrentPasswordWrong
            new_hash = self._passwords.hash(new_password)
        with database.unit_of_work() as session:
            changing = _unchanged(session, officer)
            if changing is None:
                raise NotSignedIn
            _set_secret(changing, SecretKind.PASSWORD, new_hash)
            sessions.end_all(session, changing, but=token)
            if not current.password_required:
                throttle.forgive(session, login=login, address=address)
            self._note(session, current.principal, "officer.password_set", changing.id, _SIGN_IN)

    # Accounts

    def officers(self, session: Session) -> list[OfficerOut]:
        return [OfficerOut.model_validate(officer) for officer in repository.officers(session)]

    def add_officer(self, session: Session, *, actor: Principal, officer: OfficerIn) -> OfficerWithCode:
        """A new account and the code for its first sign-in. Raises LoginTaken, RoleNotForOfficers or PostNeeded."""
        _require_officers_roles(officer.roles)
        if officer.post is None and officer.roles & POST_ROLES:
            raise PostNeeded
        hold_until_commit(session, "officers")
        if repository.officer_by_login(session, officer.login) is not None:
            raise LoginTaken
        added = Officer(
            login=officer.login,
            name=officer.name,
            roles=sorted(officer.roles),
            post=officer.post,
            locale=officer.locale,
            active=True,
            created_at=self._clock.now(),
        )
        code = self._give_code(added)
        session.add(added)
        session.flush()
        self._note(session, actor, "officer.added", added.id, _ADMINISTRATION)
        return _with_code(added, code)

    def issue_code(self, session: Session, *, actor: Principal, officer_id: UUID) -> OfficerWithCode:
        """A fresh code for someone who forgot the password or lost the code: the old secret and all sessions end."""
        officer = _officer(session, officer_id)
        sessions.end_all(session, officer)
        code = self._give_code(officer)
        session.flush()
        self._note(session, actor, "officer.code_issued", officer.id, _ADMINISTRATION)
        return _with_code(officer, code)

    def change_officer(
        self, session: Session, *, actor: Principal, officer_id: UUID, change: OfficerChange
    ) -> OfficerOut:
        """Other roles, or an account closed or reopened; the officer's sessions end.

        Raises OfficerUnknown, RoleNotForOfficers, PostNeeded, or OwnAccount.
        """
        if actor.id == officer_id:
            raise OwnAccount
        _require_officers_roles(change.roles or frozenset())
        officer = _officer(session, officer_id)
        if officer.post is None and POST_ROLES.intersection(change.roles or ()):
            raise PostNeeded
        if change.roles is not None:
            officer.roles = sorted(change.roles)
        if change.active is not None:
            officer.active = change.active
        sessions.end_all(session, officer)
        session.flush()
        self._note(session, actor, "officer.changed", officer.id, _ADMINISTRATION)
        return OfficerOut.model_validate(officer)

    # Inside a transaction

    def _admit(self, session: Session, seen: Officer) -> SignedIn | None:
        """A session for the officer whose secret was right, unless it has changed or run out since."""
        officer = _unchanged(session, seen)
        now = self._clock.now()
        if officer is None or (officer.code_expires_at is not None and officer.code_expires_at <= now):
            return None
        if officer.secret_kind == SecretKind.CODE:
            _set_secret(officer, SecretKind.NONE, None)
        token, current = sessions.start(session, officer, now)
        self._note(session, current.principal, "officer.signed_in", officer.id, _SIGN_IN)
        return SignedIn(token, current)

    def _matches(self, officer: Officer | None, secret: str) -> bool:
        if officer is None:
            return self._passwords.matches(secret, None)
        typed = bare(secret) if officer.secret_kind == SecretKind.CODE else secret
        return self._passwords.matches(typed, officer.secret_hash)

    def _give_code(self, officer: Officer) -> str:
        code = new_code()
        _set_secret(officer, SecretKind.CODE, self._passwords.hash(bare(code)))
        officer.code_expires_at = self._clock.now() + CODE_LASTS
        return code

    def _note(self, session: Session, actor: Principal, action: str, officer_id: UUID, purpose: str) -> None:
        self._record(
            session,
            actor=actor,
            action=action,
            subject_kind="officer",
            subject_id=str(officer_id),
            purpose=purpose,
        )

    def _note_refusal(self, session: Session, officer: Officer | None, address: str) -> None:
        self._record(
            session,
            actor=SYSTEM,
            action="officer.sign_in_refused",
            subject_kind="officer",
            subject_id=str(officer.id) if officer else "unknown",
            purpose=_SIGN_IN,
            detail={"address": address},
        )


def _unchanged(session: Session, seen: Officer | None) -> Officer | None:
    """The officer as they are now, locked, if open and still with the secret that was compared."""
    if seen is None:
        return None
    officer = session.get(Officer, seen.id, with_for_update=True)
    if officer is None or not officer.active or officer.secret_hash != seen.secret_hash:
        return None
    return officer


def _officer(session: Session, officer_id: UUID) -> Officer:
    officer = repository.officer(session, officer_id)
    if officer is None:
        raise OfficerUnknown
    return officer


def _set_secret(officer: Officer, kind: SecretKind, hashed: str | None) -> None:
    officer.secret_kind = kind
    officer.secret_hash = hashed
    officer.code_expires_at = None


def _with_code(officer: Officer, code: str) -> OfficerWithCode:
    if officer.code_expires_at is None:
        raise ValueError("the officer has no code")
    return OfficerWithCode(officer=OfficerOut.model_validate(officer), code=code, expires_at=officer.code_expires_at)


def _require_officers_roles(roles: frozenset[Role]) -> None:
    if roles & MACHINE_ROLES:
        raise RoleNotForOfficers
