"""The outbox: with the rows it tells of, in one transaction, numbered without a gap and chained."""

from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crossing.platform.crypto import SigningKey
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from crossing.platform.notify import Notices
from crossing.replication import deliveries, models
from crossing.replication.errors import EventInvalid
from crossing.replication.events import GENESIS, MAX_BLOB_BYTES, BlobNote, Lane, MachineSigner, SignedEvent
from crossing.replication.inbox import Known
from crossing.replication.outbox import TOPIC, Outbox
from crossing.replication.receipts import Outcome, Verdict
from tests.integration.replication.world import CLOCK

SIGNER = MachineSigner("NIA-1", "desk-1", 1, SigningKey(Ed25519PrivateKey.generate()))
SHA256 = "ab" * 32


def write(database: Database, count: int = 1, *, outbox: Outbox | None = None, lane: Lane = Lane.BIOGRAPHIC) -> None:
    outbox = outbox or Outbox(SIGNER, CLOCK)
    for number in range(count):
        with database.unit_of_work() as session:
            outbox.append(session, lane=lane, type="note.written", version=1, payload={"number": number})


def waiting(database: Database, limit: int = 100) -> list[SignedEvent]:
    with database.unit_of_work() as session:
        return deliveries.next_events(session, SIGNER.ref, limit=limit)


def answered(database: Database, verdicts: list[Verdict]) -> None:
    events = waiting(database)[: len(verdicts)]
    with database.unit_of_work() as session:
        deliveries.record_verdicts(session, events, verdicts, document=b"{}", signature=bytes(64))


def test_events_are_numbered_chained_and_signed(any_database: Database) -> None:
    write(any_database, 3)
    events = waiting(any_database)
    assert [event.envelope.sequence for event in events] == [1, 2, 3]
    assert [event.envelope.previous for event in events] == [GENESIS, events[0].hash, events[1].hash]
    assert all(event.envelope.hash() == event.hash and event.holds(SIGNER.key.public) for event in events)


def test_an_event_is_not_there_when_its_transaction_fails(any_database: Database) -> None:
    write(any_database)
    with suppress(RuntimeError), any_database.unit_of_work() as session:
        Outbox(SIGNER, CLOCK).append(session, lane=Lane.ALERT, type="note.written", version=1, payload={})
        raise RuntimeError
    write(any_database)
    assert [event.envelope.sequence for event in waiting(any_database)] == [1, 2]


def test_two_events_of_one_transaction_follow_each_other(any_database: Database) -> None:
    outbox = Outbox(SIGNER, CLOCK)
    with any_database.unit_of_work() as session:
        outbox.append(session, lane=Lane.ALERT, type="note.written", version=1, payload={"which": 1})
        outbox.append(session, lane=Lane.ALERT, type="note.written", version=1, payload={"which": 2})
    first, second = waiting(any_database)
    assert second.envelope.previous == first.hash


def test_a_new_epoch_starts_a_new_chain(post_database: Database) -> None:
    write(post_database, 2)
    write(post_database, 1, outbox=Outbox(MachineSigner("NIA-1", "desk-1", 2, SIGNER.key), CLOCK))
    with post_database.unit_of_work() as session:
        heads = deliveries.heads(session, SIGNER.ref)
    assert [(head.epoch, head.last_sequence) for head in heads] == [(1, 2), (2, 1)]
    assert {event.envelope.epoch for event in waiting(post_database)} == {1}


def test_the_sender_is_woken_after_the_commit(post_database: Database) -> None:
    notices = Notices()
    outbox = Outbox(SIGNER, CLOCK, notices)
    with post_database.unit_of_work() as session:
        outbox.append(session, lane=Lane.ALERT, type="note.written", version=1, payload={})
        assert notices.count(TOPIC) == 0
    assert notices.count(TOPIC) == 1


@pytest.mark.parametrize(
    "blob",
    [
        BlobNote("AB" * 32, 5, Lane.IMAGES),
        BlobNote(SHA256, 0, Lane.FACE),
        BlobNote(SHA256, MAX_BLOB_BYTES + 1, Lane.FACE),
    ],
)
def test_a_blob_that_could_never_arrive_is_refused_at_once(post_database: Database, blob: BlobNote) -> None:
    with pytest.raises(EventInvalid), post_database.unit_of_work() as session:
        Outbox(SIGNER, CLOCK).append(
            session, lane=Lane.ALERT, type="note.written", version=1, payload={}, blobs=[blob]
        )


def test_a_blob_waits_until_an_event_that_announces_it_has_arrived(post_database: Database) -> None:
    for _ in range(2):
        with post_database.unit_of_work() as session:
            blob = BlobNote(SHA256, 5, Lane.FACE)
            Outbox(SIGNER, CLOCK).append(
                session, lane=Lane.BIOGRAPHIC, type="note.written", version=1, payload={}, blobs=[blob]
            )
    with post_database.unit_of_work() as session:
        assert deliveries.next_upload(session, busy_with=(), before=None) is None
    answered(post_database, [Verdict(Outcome.FORK), Verdict(Outcome.QUARANTINED, "unknown_type")])
    with post_database.unit_of_work() as session:
        upload = deliveries.next_upload(session, busy_with=(), before=None)
        assert upload == deliveries.Upload(SHA256, 5, Lane.FACE)
        assert deliveries.next_upload(session, busy_with=(), before=Lane.FACE) is None
        assert deliveries.next_upload(session, busy_with={SHA256}, before=None) is None


def test_an_event_that_leaned_on_a_refused_one_goes_again(post_database: Database) -> None:
    write(post_database, 4)
    refused = Verdict(Outcome.REFUSED, "malformed")
    answered(post_database, [Verdict(Outcome.APPLIED), refused, refused, refused])
    assert [event.envelope.sequence for event in waiting(post_database)] == [3, 4]
    with post_database.unit_of_work() as session:
        deliveries.retry_set_aside(session)
    assert [event.envelope.sequence for event in waiting(post_database)] == [2, 3, 4]


def test_what_a_restored_capital_lost_waits_again_and_nothing_else(post_database: Database) -> None:
    write(post_database, 5)
    answered(post_database, [Verdict(Outcome.APPLIED)] * 5)
    with post_database.unit_of_work() as session:
        assert deliveries.reopen_lost(session, Known(epoch=1, watermark=3, beyond=2)) == 0
        assert deliveries.reopen_lost(session, Known(epoch=1, watermark=3, beyond=1)) == 2
    assert [event.envelope.sequence for event in waiting(post_database)] == [4, 5]


def test_each_start_of_the_sender_knows_those_before_it(post_database: Database) -> None:
    with post_database.unit_of_work() as session:
        first, none = deliveries.start_instance(session, CLOCK, remembered=10)
    with post_database.unit_of_work() as session:
        second, lineage = deliveries.start_instance(session, CLOCK, remembered=10)
    assert none == ()
    assert lineage == (first,)
    assert second != first


def test_the_events_of_a_machine_that_was_replaced_stay_where_they_are(post_database: Database) -> None:
    """A laptop enrolled anew has another name and key: it cannot speak for the machine that it was."""
    write(post_database, 2)
    with post_database.unit_of_work() as session:
        assert deliveries.next_events(session, MachineSigner("NIA-1", "desk-2", 1, SIGNER.key).ref, limit=9) == []
        assert session.scalar(sa.select(sa.func.count()).select_from(models.OutboxEvent)) == 2


def test_the_database_holds_no_readable_payload(post_database: Database, tmp_path: Path) -> None:
    with post_database.unit_of_work() as session:
        Outbox(SIGNER, CLOCK).append(
            session, lane=Lane.ALERT, type="note.written", version=1, payload={"name": f"Aminata {new_id()}"}
        )
    assert all(b"Aminata" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
