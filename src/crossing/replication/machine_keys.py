"""The enrolled machines of the posts room, as the inbox asks for them."""

from uuid import UUID

from sqlalchemy.orm import Session

from crossing.posts.models import Machine
from crossing.replication.events import MachineRef
from crossing.replication.inbox import EnrolledMachine


class EnrolledMachines:
    """The inbox's :class:`~crossing.replication.inbox.MachineKeys`, from the table of enrolment."""

    def find(self, session: Session, caller: UUID) -> EnrolledMachine | None:
        row = session.get(Machine, caller)
        if row is None:
            return None
        return EnrolledMachine(
            ref=MachineRef(row.post_code, row.name),
            epoch=row.epoch,
            public_key=bytes.fromhex(row.signing_public_key),
            revoked=row.revoked_at is not None,
        )
