"""Signing in: what succeeds, what is refused, and what the refusal does not tell."""

import statistics
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from pwdlib.hashers.argon2 import Argon2Hasher

from crossing.audit.models import AuditEntry
from crossing.audit.service import Audit
from crossing.identity.errors import (
    CurrentPasswordWrong,
    NotSignedIn,
    SignInRefused,
    SignInThrottled,
)
from crossing.identity.models import OfficerSession, SignInFailures
from crossing.identity.passwords import Passwords
from crossing.identity.principal import SYSTEM
from crossing.identity.roles import Role
from crossing.identity.schemas import OfficerChange, OfficerIn, OfficerWithCode
from crossing.identity.service import IdentityService, SignedIn
from crossing.platform.db import Database
from crossing.platform.db.engines import BUSY_TIMEOUT_MS
from crossing.platform.db.reading import reading
from tests.factories.clock import StandingClock
from tests.factories.officers import ADDRESS, PASSWORD, add_officer, identity_for

LOGIN = "aminata.d"


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def identity(clock: StandingClock) -> IdentityService:
    return identity_for(clock)


def sign_in(
    identity: IdentityService,
    database: Database,
    secret: str = PASSWORD,
    *,
    login: str = LOGIN,
    address: str = ADDRESS,
) -> SignedIn:
    return identity.sign_in(database, login=login, secret=secret, address=address)


def invite(identity: IdentityService, database: Database) -> OfficerWithCode:
    new = OfficerIn(login=LOGIN, name="Aminata D.", roles=frozenset({Role.OFFICER}), post="NIA")
    with database.unit_of_work() as session:
        return identity.add_officer(session, actor=SYSTEM, officer=new)


def audited(database: Database) -> list[tuple[str, str]]:
    with reading(database) as session:
        rows = session.execute(sa.select(AuditEntry.action, AuditEntry.subject_id).order_by(AuditEntry.sequence))
        return [(action, subject) for action, subject in rows]


class TestFirstSignIn:
    def test_the_code_works_once_and_asks_for_a_password(
        self, any_database: Database, identity: IdentityService
    ) -> None:
        invited = invite(identity, any_database)
        signed_in = sign_in(identity, any_database, invited.code.lower().replace("-", " "))
        assert signed_in.session.password_required
        assert signed_in.session.principal.roles == {Role.OFFICER}
        assert signed_in.session.principal.post == "NIA"
        with pytest.raises(SignInRefused):
            sign_in(identity, any_database, invited.code)

    def test_after_the_password_is_set_the_session_goes_on_without_that_duty(
        self, post_database: Database, identity: IdentityService
    ) -> None:
        signed_in = sign_in(identity, post_database, invite(identity, post_database).code)
        identity.set_password(
            post_database,
            token=signed_in.token,
            new_password=PASSWORD,
            current_password=None,
            address=ADDRESS,
        )
        current = identity.current(post_database, signed_in.token)
        assert current
        assert not current.password_required
        assert not sign_in(identity, post_database).session.password_required

    def test_two_who_use_the_code_at_the_same_moment_get_one_session(
        self, any_database: Database, identity: IdentityService
    ) -> None:
        code = invite(identity, any_database).code
        start = threading.Barrier(2)
        outcomes: list[str] = []

        def use() -> None:
            start.wait()
            try:
                sign_in(identity, any_database, code)
                outcomes.append("in")
            except SignInRefused:
                outcomes.append("refused")

        threads = [threading.Thread(target=use) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["in", "refused"]

    def test_a_code_lasts_a_day(
        self, post_database: Database, identity: IdentityService, clock: StandingClock
    ) -> None:
        invited = invite(identity, post_database)
        assert invited.expires_at == clock.now() + timedelta(hours=24)
        clock.advance(hours=24)
        with pytest.raises(SignInRefused):
            sign_in(identity, post_database, invited.code)

    def test_a_new_code_ends_the_password_and_the_sessions(
        self, post_database: Database, identity: IdentityService
    ) -> None:
        officer = add_officer(identity, post_database, LOGIN, Role.OFFICER)
        signed_in = sign_in(identity, post_database)
        with post_database.unit_of_work() as session:
            code = identity.issue_code(session, actor=SYSTEM, officer_id=officer.id).code
        assert identity.current(post_database, signed_in.token) is None
        with pytest.raises(SignInRefused):
            sign_in(identity, post_database)
        assert sign_in(identity, post_database, code).session.password_required


class TestRefusal:
    def test_every_reason_looks_the_same(
        self, post_database: Database, identity: IdentityService, clock: StandingClock
    ) -> None:
        officer = add_officer(identity, post_database, LOGIN, Role.OFFICER)
        add_officer(identity, post_database, "closed", Role.OFFICER)
        with post_database.unit_of_work() as session:
            closed = next(one for one in identity.officers(session) if one.login == "closed")
            identity.change_officer(session, actor=officer, officer_id=closed.id, change=OfficerChange(active=False))
        refusals = []
        for login, secret in [(LOGIN, "wrong"), ("unknown", "wrong"), ("closed", PASSWORD), (LOGIN, "")]:
            with pytest.raises(SignInRefused) as refused:
                sign_in(identity, post_database, secret, login=login)
            refusals.append((str(refused.value), refused.value.params))
        assert len({text for text, _ in refusals}) == 1
        assert all(params == {} for _, params in refusals)

    def test_it_is_recorded_without_what_was_typed(self, any_database: Database, identity: IdentityService) -> None:
        officer = add_officer(identity, any_database, LOGIN, Role.OFFICER)
        for login in (LOGIN, "typed-my-password-here"):
            with pytest.raises(SignInRefused):
                sign_in(identity, any_database, "wrong", login=login)
        assert audited(any_database)[-2:] == [
            ("officer.sign_in_refused", str(officer.id)),
            ("officer.sign_in_refused", "unknown"),
        ]
        with reading(any_database) as session:
            kept = [
                *session.scalars(sa.select(SignInFailures.subject)),
                *session.scalars(sa.select(AuditEntry.detail)),
            ]
        assert not any("typed-my-password-here" in text or LOGIN in text for text in kept)

    def test_the_time_does_not_tell_whether_the_login_exists(self, post_database: Database) -> None:
        clock = StandingClock()
        dear = Passwords(Argon2Hasher(time_cost=2, memory_cost=16 * 1024, parallelism=1))
        identity = IdentityService(clock, Audit(clock).record, passwords=dear)
        add_officer(identity, post_database, LOGIN, Role.OFFICER)

        def seconds(login: str) -> float:
            clock.advance(hours=2)
            started = time.perf_counter()
            with pytest.raises(SignInRefused):
                sign_in(identity, post_database, "wrong", login=login)
            return time.perf_counter() - started

        pairs = [(seconds(LOGIN), seconds("nobody.here")) for _ in range(5)]
        known, unknown = (statistics.median(side) for side in zip(*pairs, strict=True))
        assert 0.5 < known / unknown < 2


class TestThrottle:
    def test_a_fourth_failure_makes_the_right_password_wait_too(
        self, post_database: Database, identity: IdentityService, clock: StandingClock
    ) -> None:
        add_officer(identity, post_database, LOGIN, Role.OFFICER)
        for _ in range(4):
            with pytest.raises(SignInRefused):
                sign_in(identity, post_database, "wrong")
        with pytest.raises(SignInThrottled) as throttled:
            sign_in(identity, post_database)
        assert throttled.value.params == {"retry_after_s": 1}
        clock.advance(seconds=1)
        assert sign_in(identity, post_database)

    def test_guesses_at_many_logins_slow_their_address_down_but_no_other(
        self, post_database: Database, identity: IdentityService
    ) -> None:
        add_officer(identity, post_database, LOGIN, Role.OFFICER)
        for number in range(21):
            with pytest.raises(SignInRefused):
                sign_in(identity, post_database, "wrong", login=f"guess{number}")
        with pytest.raises(SignInThrottled):
            sign_in(identity, post_database)
        assert sign_in(identity, post_database, address="192.0.2.8")

    def test_an_account_of_ones_own_buys_no_further_guesses(
        self, post_database: Database, identity: IdentityService
    ) -> None:
        add_officer(identity, post_database, LOGIN, Role.OFFICER)
        for number in range(20):
            with pytest.raises(SignInRefused):
                sign_in(identity, post_database, "wrong", login=f"guess{number}")
        sign_in(identity, post_database)
        with pytest.raises(SignInRefused):
            sign_in(identity, post_database, "wrong", login="guess20")
        with pytest.raises(SignInThrottled):
            sign_in(identity, post_database, "wrong", login="guess21")

    def test_guesses_sent_all_at_once_each_count(self, any_database: Database, identity: IdentityService) -> None:
        add_officer(identity, any_database, LOGIN, Role.OFFICER)
        outcomes: list[type[Exception]] = []

        def guess() -> None:
            with pytest.raises((SignInRefused, SignInThrottled)) as refused:
                sign_in(identity, any_database, "wrong")
            outcomes.append(refused.type)

        threads = [threading.Thread(target=guess) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes.count(SignInRefused) == 4
        assert outcomes.count(SignInThrottled) == 6

    def test_a_clock_that_was_set_back_keeps_nobody_out(
        self, post_database: Database, identity: IdentityService, clock: StandingClock
    ) -> None:
        add_officer(identity, post_database, LOGIN, Role.OFFICER)
        for _ in range(4):
            with pytest.raises(SignInRefused):
                sign_in(identity, post_database, "wrong")
        clock.advance(days=-3)
        assert sign_in(identity, post_database)


class TestSession:
    def test_it_ends_after_half_an_hour_of_nothing_and_after_twelve_hours_whatever_happens(
        self, post_database: Database, identity: IdentityService, clock: StandingClock
    ) -> None:
        add_officer(identity, post_database, LOGIN, Role.OFFICER)
        idle = sign_in(identity, post_database)
        clock.advance(minutes=30)
        assert identity.current(post_database, idle.token) is None
        busy = sign_in(identity, post_database)
        for _ in range(28):
            clock.advance(minutes=25)
            assert identity.current(post_database, busy.token)
        clock.advance(minutes=20)
        assert identity.current(post_database, busy.token) is None

    def test_its_use_is_noted_once_a_minute_at_most(
        self, any_database: Database, identity: IdentityService, clock: StandingClock
    ) -> None:
        add_officer(identity, any_database, LOGIN, Role.OFFICER)
        signed_in = sign_in(identity, any_database)
        started = clock.now()

        def noted() -> timedelta:
            assert identity.current(any_database, signed_in.token)
            with reading(any_database) as session:
                return (session.scalars(sa.select(OfficerSession.last_seen_at)).all()[-1]) - started

        clock.advance(seconds=59)
        assert noted() == timedelta(0)
        clock.advance(seconds=1)
        assert noted() == timedelta(seconds=60)

    def test_reading_it_does_not_wait_for_a_lane_that_writes(
        self, post_database: Database, identity: IdentityService
    ) -> None:
        add_officer(identity, post_database, LOGIN, Role.OFFICER)
        signed_in = sign_in(identity, post_database)
        with post_database.unit_of_work() as lane:
            lane.execute(sa.text("SELECT 1"))  # holds the write lock from here on
            started = time.perf_counter()
            assert identity.current(post_database, signed_in.token)
            assert time.perf_counter() - started < BUSY_TIMEOUT_MS / 1000 - 1

    def test_the_database_holds_neither_the_token_nor_what_opens_it(
        self, post_database: Database, identity: IdentityService
    ) -> None:
        add_officer(identity, post_database, LOGIN, Role.OFFICER)
        signed_in = sign_in(identity, post_database)
        with reading(post_database) as session:
            hashes = session.scalars(sa.select(OfficerSession.token_hash)).all()
        assert signed_in.token not in hashes
        assert len(signed_in.token) >= 43  # 256 bits in base 64
        assert identity.current(post_database, hashes[0]) is None

    @pytest.mark.parametrize(
        "change", [OfficerChange(roles=frozenset({Role.SUPERVISOR})), OfficerChange(active=False)]
    )
    def test_other_roles_or_a_closed_account_end_it(
        self, post_database: Database, identity: IdentityService, change: OfficerChange
    ) -> None:
        officer = add_officer(identity, post_database, LOGIN, Role.OFFICER)
        signed_in = sign_in(identity, post_database)
        with post_database.unit_of_work() as session:
            identity.change_officer(session, actor=SYSTEM, officer_id=officer.id, change=change)
        assert identity.current(post_database, signed_in.token) is None

    def test_signing_out_ends_it(self, post_database: Database, identity: IdentityService) -> None:
        add_officer(identity, post_database, LOGIN, Role.OFFICER)
        signed_in = sign_in(identity, post_database)
        with post_database.unit_of_work() as session:
            identity.sign_out(session, principal=signed_in.session.principal, token=signed_in.token)
        assert identity.current(post_database, signed_in.token) is None
        assert audited(post_database)[-1][0] == "officer.signed_out"

    def test_a_new_password_ends_the_sessions_elsewhere_and_needs_the_old_one(
        self, any_database: Database, identity: IdentityService
    ) -> None:
        add_officer(identity, any_database, LOGIN, Role.OFFICER)
        here, elsewhere = sign_in(identity, any_database), sign_in(identity, any_database)

        def change(current: str | None) -> None:
            identity.set_password(
                any_database,
                token=here.token,
                new_password="another good passphrase",
                current_password=current,
                address=ADDRESS,
            )

        for wrong in (None, "", "wrong"):
            with pytest.raises(CurrentPasswordWrong):
                change(wrong)
        change(PASSWORD)
        assert identity.current(any_database, here.token)
        assert identity.current(any_database, elsewhere.token) is None
        assert sign_in(identity, any_database, "another good passphrase")

    def test_guessing_the_current_password_from_a_stolen_session_is_throttled(
        self, post_database: Database, identity: IdentityService
    ) -> None:
        add_officer(identity, post_database, LOGIN, Role.OFFICER)
        token = sign_in(identity, post_database).token
        for expected in [CurrentPasswordWrong] * 4 + [SignInThrottled]:
            with pytest.raises(expected):
                identity.set_password(
                    post_database,
                    token=token,
                    new_password="another good passphrase",
                    current_password="guess",
                    address=ADDRESS,
                )

    def test_without_a_session_no_password_is_set(self, post_database: Database, identity: IdentityService) -> None:
        with pytest.raises(NotSignedIn):
            identity.set_password(
                post_database, token="none", new_password=PASSWORD, current_password=None, address=ADDRESS
            )
