"""Machines that call: the certificate that one proved to own makes it a principal."""

from typing import Final

from cryptography import x509

from crossing.identity.principal import Principal
from crossing.identity.roles import Role
from crossing.platform.db import Session
from crossing.posts.service import machine_by_certificate

_ROLES: Final = frozenset({Role.SERVICE})


class MachineDirectory:
    """One per capital, in ``app.state.machines`` of the surface that posts call."""

    def principal_for(self, session: Session, certificate: x509.Certificate) -> Principal:
        """The machine's principal; ``login`` is ``POST/name``. Raises MachineUnknown or MachineRevoked."""
        machine = machine_by_certificate(session, certificate)
        return Principal(
            id=machine.id,
            login=f"{machine.post_code}/{machine.name}",
            name=machine.name,
            roles=_ROLES,
            kind="machine",
            post=machine.post_code,
        )
