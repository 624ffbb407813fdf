"""Posts, their lanes, and the register of machines that may speak for them."""

from typing import Any
from uuid import UUID

from cryptography import x509

from crossing.platform.clock import Clock
from crossing.platform.crypto import SigningKey
from crossing.platform.db import Session
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.recording import Record
from crossing.platform.tls import Authority, fingerprint
from crossing.posts import enrolment, repository
from crossing.posts.enrolment import Enrolled
from crossing.posts.errors import (
    LaneExists,
    LaneUnknown,
    MachineNotKnown,
    MachineRevoked,
    MachineUnknown,
    PostExists,
    PostUnknown,
)
from crossing.posts.models import Lane, Machine, Post
from crossing.posts.schemas import LaneDevicesIn, LaneIn

_PURPOSE = "administration"


def machine_by_certificate(session: Session, certificate: x509.Certificate) -> Machine:
    """The machine that ``certificate`` was issued to. Raises MachineUnknown or MachineRevoked."""
    machine = repository.machine_certified(session, fingerprint(certificate))
    if machine is None:
        raise MachineUnknown
    if machine.revoked_at is not None:
        raise MachineRevoked
    return machine


def ensure_post(session: Session, *, code: str, name: str, country: str) -> Post:
    """The post, added where it is new. Raises PostExists where the code belongs to another."""
    hold_until_commit(session, "posts")
    known = repository.post(session, code)
    if known is None:
        known = Post(code=code, name=name, country=country)
        session.add(known)
        session.flush()
    elif (known.name, known.country) != (name, country):
        raise PostExists
    return known


def lane(session: Session, lane_id: UUID) -> Lane:
    """Raises LaneUnknown."""
    found = repository.lane(session, lane_id)
    if found is None:
        raise LaneUnknown
    return found


class PostsService:
    """One per process, in ``app.state.posts``. ``actor`` is whoever the caller knows; it is only passed on."""

    def __init__(self, clock: Clock, record: Record[Any]) -> None:
        self._clock = clock
        self._record = record

    def add_lane(self, session: Session, *, actor: Any, post_code: str, lane: LaneIn) -> Lane:
        """Raises PostUnknown, or LaneExists for a number that is taken."""
        hold_until_commit(session, "posts")
        if repository.post(session, post_code) is None:
            raise PostUnknown
        if repository.lane_numbered(session, post_code, lane.number) is not None:
            raise LaneExists
        added = Lane(post_code=post_code, **lane.model_dump())
        session.add(added)
        session.flush()
        self._note(session, actor, "lane.added", "lane", added.id)
        return added

    def set_devices(
        self, session: Session, *, actor: Any, post_code: str, number: int, devices: LaneDevicesIn
    ) -> Lane:
        """Give the lane these devices in the place of those it had. Raises PostUnknown or LaneUnknown."""
        hold_until_commit(session, "posts")
        if repository.post(session, post_code) is None:
            raise PostUnknown
        found = repository.lane_numbered(session, post_code, number)
        if found is None:
            raise LaneUnknown
        for purpose, device in devices.model_dump().items():
            setattr(found, purpose, device)
        session.flush()
        self._note(session, actor, "lane.devices_set", "lane", found.id)
        return found

    def enrol(
        self, session: Session, *, actor: Any, request: bytes, authority: Authority, signing_key: SigningKey
    ) -> Enrolled:
        """Let the machine behind a request file in. Raises what :func:`.enrolment.admit` raises, and PostExists."""
        hold_until_commit(session, "enrolment")
        asked = enrolment.read_request(request)
        ensure_post(session, code=asked.post, name=asked.post_name, country=asked.country)
        enrolled = enrolment.admit(
            session, asked, authority=authority, signing_key=signing_key, now=self._clock.now()
        )
        self._note(session, actor, "machine.enrolled", "machine", enrolled.machine.id)
        return enrolled

    def revoke(self, session: Session, *, actor: Any, machine_id: UUID) -> Machine:
        """Shut a machine out, for good; again is no error. Raises MachineNotKnown."""
        machine = repository.machine(session, machine_id)
        if machine is None:
            raise MachineNotKnown
        if machine.revoked_at is None:
            machine.revoked_at = self._clock.now()
            session.flush()
            self._note(session, actor, "machine.revoked", "machine", machine.id)
        return machine

    def _note(self, session: Session, actor: Any, action: str, kind: str, subject: UUID) -> None:
        self._record(
            session, actor=actor, action=action, subject_kind=kind, subject_id=str(subject), purpose=_PURPOSE
        )
