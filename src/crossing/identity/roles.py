"""Roles and what each may do. A role gets what its work needs and nothing beside it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    OFFICER = "officer"
    SECOND_LINE = "second_line"
    SUPERVISOR = "supervisor"
    ANALYST = "analyst"
    OVERSIGHT = "oversight"
    ADMINISTRATOR = "administrator"
    SERVICE = "service"
    SYSTEM = "system"


class Permission(StrEnum):
    TRAVELLERS_REGISTER = "travellers.register"
    REFERRALS_RESOLVE = "referrals.resolve"
    MOVEMENTS_READ = "movements.read"
    MOVEMENTS_CORRECT = "movements.correct"
    NATION_SEARCH = "nation.search"
    AUDIT_READ = "audit.read"
    OFFICERS_MANAGE = "officers.manage"
    POSTS_MANAGE = "posts.manage"
    LISTS_READ = "lists.read"
    LISTS_MANAGE = "lists.manage"
    ENTRIES_READ = "entries.read"
    ENTRIES_PROPOSE = "entries.propose"
    ENTRIES_APPROVE = "entries.approve"
    STATUS_READ = "status.read"
    METRICS_READ = "metrics.read"
    REPLICATION_DELIVER = "replication.deliver"
    SCREENING_ASK = "screening.ask"


_FIRST_LINE: Final = frozenset(
    {Permission.TRAVELLERS_REGISTER, Permission.MOVEMENTS_READ, Permission.LISTS_READ, Permission.STATUS_READ}
)
_ENTRIES: Final = frozenset({Permission.ENTRIES_READ, Permission.ENTRIES_PROPOSE})
_SECOND_LINE: Final = _FIRST_LINE | _ENTRIES | {Permission.REFERRALS_RESOLVE}

GRANTS: Final[dict[Role, frozenset[Permission]]] = {
    Role.OFFICER: _FIRST_LINE,
    Role.SECOND_LINE: _SECOND_LINE,
    Role.SUPERVISOR: _SECOND_LINE | {Permission.MOVEMENTS_CORRECT, Permission.ENTRIES_APPROVE},
    Role.ANALYST: _ENTRIES
    | {
        Permission.NATION_SEARCH,
        Permission.MOVEMENTS_READ,
        Permission.STATUS_READ,
        Permission.LISTS_READ,
        Permission.ENTRIES_APPROVE,
    },
    Role.OVERSIGHT: frozenset({Permission.AUDIT_READ, Permission.STATUS_READ}),
    # Runs the machines and the accounts, and for that needs no traveller's data.
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.OFFICERS_MANAGE,
            Permission.POSTS_MANAGE,
            Permission.LISTS_READ,
            Permission.LISTS_MANAGE,
            Permission.STATUS_READ,
            Permission.METRICS_READ,
        }
    ),
    Role.SERVICE: frozenset({Permission.REPLICATION_DELIVER}),
    Role.SYSTEM: frozenset({Permission.SCREENING_ASK}),
}

MACHINE_ROLES: Final = frozenset({Role.SERVICE, Role.SYSTEM})
"""What machines of ours and systems of others have; no officer can be given them."""

POST_ROLES: Final = frozenset({Role.OFFICER, Role.SECOND_LINE, Role.SUPERVISOR})
"""Roles that see the travellers of one post. Without a post such an account would see every post's."""


def granted(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that someone with all of ``roles`` may do."""
    return frozenset().union(*(GRANTS[role] for role in roles))
