"""Systems of other services: one key each, shown once; what each may ask in a minute; and the end of it."""

import pytest
import sqlalchemy as sa

from crossing.audit.models import AuditEntry
from crossing.audit.service import Audit
from crossing.identity.errors import SystemAsksTooMuch, SystemKeyUnknown, SystemNameTaken, SystemUnknown
from crossing.identity.models import AskingSystem
from crossing.identity.principal import SYSTEM
from crossing.identity.roles import Permission
from crossing.identity.schemas import SystemIn
from crossing.identity.systems import AskingSystems
from crossing.platform.db import Database
from tests.factories.clock import StandingClock

REGISTRY = SystemIn(
    name="civil-registry", owner="Ministry of Justice", purpose="civil_status", legal_basis="Act 12", a_minute=5
)


@pytest.fixture
def systems() -> AskingSystems:
    clock = StandingClock()
    return AskingSystems(clock, Audit(clock).record)


def add(systems: AskingSystems, database: Database, system: SystemIn = REGISTRY) -> str:
    with database.unit_of_work() as session:
        return systems.add(session, actor=SYSTEM, system=system)


def test_a_key_makes_a_principal_that_may_ask_and_nothing_else(
    systems: AskingSystems, any_database: Database
) -> None:
    key = add(systems, any_database)
    with any_database.unit_of_work() as session:
        principal = systems.principal_for(session, key)
    assert (principal.login, principal.kind) == ("system:civil-registry", "machine")
    assert [one for one in Permission if principal.may(one)] == [Permission.SCREENING_ASK]


def test_the_key_is_kept_nowhere_and_its_giving_is_in_the_audit_trail(
    systems: AskingSystems, any_database: Database
) -> None:
    key = add(systems, any_database)
    with any_database.unit_of_work() as session:
        [row] = session.scalars(sa.select(AskingSystem))
        assert key not in repr([getattr(row, column.name) for column in AskingSystem.__table__.columns])
        entry = session.scalars(sa.select(AuditEntry)).one()
        assert (entry.action, entry.subject_id) == ("system.added", "civil-registry")
        assert key not in str(entry.detail)


@pytest.mark.parametrize("key", ["", "something else", "é" * 43, "a" * 100_000])
def test_what_is_no_key_opens_nothing(systems: AskingSystems, any_database: Database, key: str) -> None:
    add(systems, any_database)
    with any_database.unit_of_work() as session, pytest.raises(SystemKeyUnknown):
        systems.principal_for(session, key)


def test_a_revoked_key_opens_nothing_any_more(systems: AskingSystems, any_database: Database) -> None:
    key = add(systems, any_database)
    with any_database.unit_of_work() as session:
        principal = systems.principal_for(session, key)
        systems.revoke(session, actor=SYSTEM, name="civil-registry")
    with any_database.unit_of_work() as session:
        with pytest.raises(SystemKeyUnknown):
            systems.principal_for(session, key)
        with pytest.raises(SystemKeyUnknown):
            systems.count(session, principal, 1)
        with pytest.raises(SystemUnknown):
            systems.revoke(session, actor=SYSTEM, name="civil-registry")


def test_more_than_its_share_of_a_minute_is_refused_as_a_whole(
    systems: AskingSystems, any_database: Database
) -> None:
    key = add(systems, any_database)
    with any_database.unit_of_work() as session:
        principal = systems.principal_for(session, key)
        systems.count(session, principal, 3)
        with pytest.raises(SystemAsksTooMuch) as refused:
            systems.count(session, principal, 3)
        assert 1 <= refused.value.params["retry_after_s"] <= 60
        systems.count(session, principal, 2)
        assert systems.purpose_of(session, principal) == "civil_status"


def test_two_systems_have_two_names(systems: AskingSystems, any_database: Database) -> None:
    add(systems, any_database)
    with pytest.raises(SystemNameTaken):
        add(systems, any_database)
