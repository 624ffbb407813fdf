"""Who acts: an officer who signed in, or a machine that showed its certificate."""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from crossing.identity.roles import Permission, Role, granted
from crossing.platform.i18n import DEFAULT


@dataclass(frozen=True, slots=True)
class Principal:
    """``post`` is the code of the post whose data the principal may see; None at the capital means all posts."""

    id: UUID
    login: str
    name: str
    roles: frozenset[Role]
    kind: Literal["officer", "machine"] = "officer"
    post: str | None = None
    locale: str = DEFAULT

    def may(self, permission: Permission) -> bool:
        return permission in granted(self.roles)


SYSTEM: Final = Principal(id=UUID(int=0), login="system", name="Crossing", roles=frozenset(), kind="machine")
"""What the software does of itself: a re-check, a command on the server, a sign-in nobody is yet behind."""
