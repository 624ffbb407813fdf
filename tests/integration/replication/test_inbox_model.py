"""Whatever the order, however often, in whatever pieces: the inbox ends where a simple model says."""

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from crossing.platform.crypto import SigningKey
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from crossing.replication import models
from crossing.replication.events import GENESIS, Envelope, Lane, MachineRef, SignedEvent, payload_text, sign
from crossing.replication.inbox import EnrolledMachine, EpochHead, Hello, Inbox
from crossing.replication.receipts import Outcome
from crossing.replication.wire import pack, unpack
from tests.integration.replication.world import CLOCK, NOTE, note_appliers, notes, prepare

REF = MachineRef("NIA-1", "desk-1")
CALLER = UUID(int=1)
INSTANCE = "0123456789abcdef"
KEY = SigningKey(Ed25519PrivateKey.generate())
CAPITAL_KEY = SigningKey(Ed25519PrivateKey.generate())


class OneMachine:
    def find(self, session: Session, caller: UUID) -> EnrolledMachine | None:
        return EnrolledMachine(REF, 1, KEY.public) if caller == CALLER else None


class InboxModel(RuleBasedStateMachine):
    """A machine writes history; pieces of it, forks among them, reach the inbox in any order and number."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.inbox = Inbox(appliers=note_appliers(), machines=OneMachine(), signer=CAPITAL_KEY, clock=CLOCK)
        self._open = self._transaction()
        self.session = next(self._open)
        self.history: list[SignedEvent] = []
        self.accepted: dict[int, SignedEvent] = {}
        self.forks: set[bytes] = set()
        head = EpochHead(1, 0, GENESIS)
        self.inbox.hello(self.session, CALLER, Hello(REF, 1, INSTANCE, (), (head,)))

    def _transaction(self) -> Generator[Session, None, None]:
        with self.database.engine.connect() as connection, connection.begin() as outer:
            yield Session(connection, join_transaction_mode="create_savepoint")
            outer.rollback()

    def teardown(self) -> None:
        self.session.close()
        self._open.close()

    @rule(text=st.sampled_from(["plain", "plain", "poison"]))
    def write(self, text: str) -> None:
        envelope = Envelope(
            event_id=new_id(),
            post=REF.post,
            machine=REF.machine,
            epoch=1,
            sequence=len(self.history) + 1,
            previous=self.history[-1].hash if self.history else GENESIS,
            lane=Lane.BIOGRAPHIC,
            type=NOTE,
            version=1,
            occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
            payload=payload_text({"text": text}),
            blobs=(),
        )
        self.history.append(sign(envelope, KEY))

    @precondition(lambda self: self.history)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        events = data.draw(st.lists(st.sampled_from(self.history), min_size=1, max_size=8))
        expected = []
        for event in events:
            there = self.accepted.get(event.envelope.sequence)
            if there is None:
                self.accepted[event.envelope.sequence] = event
                poison = "poison" in event.envelope.payload
                expected.append(Outcome.QUARANTINED if poison else Outcome.APPLIED)
            else:
                expected.append(Outcome.DUPLICATE if there.hash == event.hash else Outcome.FORK)
                if there.hash != event.hash:
                    self.forks.add(event.hash)
        assert self._outcomes(events) == expected

    @precondition(lambda self: self.history)
    @rule(data=st.data())
    def deliver_another_history(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(self.history))
        other = sign(replace(event.envelope, event_id=new_id(), payload=payload_text({"text": "other"})), KEY)
        there = self.accepted.get(event.envelope.sequence)
        if there is not None:
            self.forks.add(other.hash)
            assert self._outcomes([other]) == [Outcome.FORK]

    @precondition(lambda self: self.history)
    @rule(data=st.data())
    def deliver_unsigned(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(self.history))
        assert self._outcomes([replace(event, signature=bytes(64))]) == [Outcome.REFUSED]

    @invariant()
    def exactly_the_accepted_are_there(self) -> None:
        kept = self.session.scalars(sa.select(models.InboxEvent.hash)).all()
        assert sorted(kept) == sorted(event.hash for event in self.accepted.values())
        assert set(self.session.scalars(sa.select(models.InboxFork.hash))) == self.forks

    @invariant()
    def each_is_applied_once_or_quarantined(self) -> None:
        sound = sorted(s for s, event in self.accepted.items() if "poison" not in event.envelope.payload)
        assert sorted(self.session.scalars(sa.select(notes.c.sequence))) == sound
        held = self.session.scalar(sa.select(sa.func.count()).select_from(models.InboxQuarantine))
        assert held == len(self.accepted) - len(sound)

    @invariant()
    def the_watermark_is_the_end_of_what_has_no_gap(self) -> None:
        end = 0
        while end + 1 in self.accepted:
            end += 1
        assert self.session.scalar(sa.select(models.InboxWatermark.sequence)) == end

    def _outcomes(self, events: list[SignedEvent]) -> list[Outcome]:
        batch = unpack(pack(events, instance=INSTANCE))
        answer = self.inbox.receive(self.session, CALLER, batch)
        self.session.flush()
        return [verdict.outcome for verdict in answer.verdicts]


def test_the_inbox_agrees_with_the_model(capital_database: Database) -> None:
    prepare(capital_database)
    model = type("InboxOnPostgres", (InboxModel,), {"database": capital_database})
    run_state_machine_as_test(
        model,
        settings=settings(
            max_examples=20, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
