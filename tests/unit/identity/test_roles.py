"""What the roles may do, and above all what they may not."""

from uuid import uuid4

import pytest

from crossing.identity.principal import SYSTEM, Principal
from crossing.identity.roles import GRANTS, Permission, Role, granted

ABOUT_TRAVELLERS = {
    Permission.TRAVELLERS_REGISTER,
    Permission.REFERRALS_RESOLVE,
    Permission.MOVEMENTS_READ,
    Permission.MOVEMENTS_CORRECT,
    Permission.NATION_SEARCH,
}


def someone(*roles: Role) -> Principal:
    return Principal(id=uuid4(), login="someone", name="Someone", roles=frozenset(roles))


def test_every_role_has_its_grants_and_every_permission_is_somebodys() -> None:
    assert set(GRANTS) == set(Role)
    assert granted(Role) == set(Permission)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OVERSIGHT, Role.SERVICE, Role.SYSTEM])
def test_who_runs_or_oversees_the_system_sees_no_traveller(role: Role) -> None:
    assert not GRANTS[role] & ABOUT_TRAVELLERS


def test_a_machine_delivers_and_nothing_else() -> None:
    assert GRANTS[Role.SERVICE] == {Permission.REPLICATION_DELIVER}
    assert [role for role in Role if Permission.REPLICATION_DELIVER in GRANTS[role]] == [Role.SERVICE]


def test_another_services_system_asks_the_lists_and_nothing_else() -> None:
    assert GRANTS[Role.SYSTEM] == {Permission.SCREENING_ASK}
    assert [role for role in Role if Permission.SCREENING_ASK in GRANTS[role]] == [Role.SYSTEM]


def test_only_oversight_reads_the_audit_trail() -> None:
    assert [role for role in Role if Permission.AUDIT_READ in GRANTS[role]] == [Role.OVERSIGHT]


def test_the_analyst_searches_but_neither_registers_nor_decides() -> None:
    analyst = someone(Role.ANALYST)
    assert analyst.may(Permission.NATION_SEARCH)
    assert not analyst.may(Permission.TRAVELLERS_REGISTER)
    assert not analyst.may(Permission.REFERRALS_RESOLVE)


def test_the_line_grows_from_officer_to_supervisor() -> None:
    assert GRANTS[Role.OFFICER] < GRANTS[Role.SECOND_LINE] < GRANTS[Role.SUPERVISOR]


def test_two_roles_may_what_either_may() -> None:
    both = someone(Role.OFFICER, Role.OVERSIGHT)
    assert both.may(Permission.TRAVELLERS_REGISTER)
    assert both.may(Permission.AUDIT_READ)


def test_nobody_without_a_role_may_anything_the_software_itself_included() -> None:
    assert not any(principal.may(one) for principal in (someone(), SYSTEM) for one in Permission)
