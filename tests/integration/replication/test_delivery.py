"""What a post wrote is at the capital once, whatever the way there does to it."""

import errno

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.platform.blobs import BlobStore
from crossing.replication import models
from crossing.replication.events import Lane
from crossing.replication.jobs import Reapplier, reapply_quarantined
from crossing.replication.receipts import receipt_holds
from crossing.replication.sender import SenderState
from tests.factories.waiting import wait_until
from tests.integration.replication.world import Capital, Post, apply_note, noise, notes


def test_events_and_images_arrive_with_signed_receipts(capital: Capital, post: Post) -> None:
    image = noise(150_000)
    post.write("first", images=(image,))
    post.write("second", lane=Lane.ALERT)
    with capital.serving() as port, post.sending(port) as sender:
        wait_until(lambda: post.waiting() == 0)
        wait_until(lambda: sender.status().state is SenderState.IDLE)
        assert sender.status().watermark == 2
        assert sender.status().problem is None
    assert capital.texts() == ["first", "second"]
    assert capital.blobs.get(post.blobs.put(image).sha256) == image
    with post.database.unit_of_work() as session:
        receipts = session.scalars(sa.select(models.Receipt)).all()
        assert len(receipts) == 3
        key = post.identity.capital_signing_key()
        assert all(receipt_holds(one.document.encode(), one.signature, key) for one in receipts)


def test_what_the_capital_has_already_is_not_sent_again(capital: Capital, post: Post) -> None:
    image = noise(100_000)
    capital.blobs.put(image)
    post.write("known face", images=(image,))
    with capital.serving() as port, post.sending(port) as sender:
        wait_until(lambda: post.waiting() == 0)
        assert sender.status().bytes_per_second is None


def test_a_poison_event_is_quarantined_and_holds_up_nothing(capital: Capital, post: Post) -> None:
    for text in ("before", "poison", "after"):
        post.write(text)
    with capital.serving() as port, post.sending(port):
        wait_until(lambda: post.waiting() == 0)
    assert capital.texts() == ["before", "after"]
    assert post.outcomes() == ["applied", "quarantined", "applied"]
    assert capital.watermark() == 3
    with capital.database.unit_of_work() as session:
        assert session.scalars(sa.select(models.InboxQuarantine.reason)).all() == ["applier_failed:PoisonError"]


def test_an_event_of_an_unknown_type_waits_for_its_applier(capital: Capital, post: Post) -> None:
    with post.database.unit_of_work() as session:
        post.outbox.append(session, lane=Lane.ALERT, type="tomorrow.invented", version=1, payload={"text": "late"})
    with capital.serving() as port, post.sending(port):
        wait_until(lambda: post.waiting() == 0)
    assert capital.texts() == []
    assert reapply_quarantined(capital.database, capital.inbox) == 0
    capital.appliers.register("tomorrow.invented", 1, apply_note)
    reapplier = Reapplier(database=capital.database, inbox=capital.inbox)
    reapplier.start()
    wait_until(lambda: capital.texts() == ["late"])
    reapplier.stop()
    assert reapply_quarantined(capital.database, capital.inbox) == 0
    assert capital.texts() == ["late"]


def test_what_belongs_to_the_end_of_a_batch_is_done_once_after_all_of_it(capital: Capital, post: Post) -> None:
    seen: list[list[str]] = []

    def look(session: Session) -> None:
        seen.append(list(session.scalars(sa.select(notes.c.text).order_by(notes.c.sequence))))
        assert capital.texts() == [], "before the commit"

    capital.appliers.at_end(look)
    for text in ("before", "poison", "after"):
        post.write(text)
    with capital.serving() as port, post.sending(port):
        wait_until(lambda: post.waiting() == 0)
    assert seen == [["before", "after"]]


def test_what_belongs_to_the_end_of_a_batch_is_done_where_events_are_applied_again(
    capital: Capital, post: Post
) -> None:
    post.write("poison")
    with capital.serving() as port, post.sending(port):
        wait_until(lambda: post.waiting() == 0)
    ended: list[Session] = []
    capital.appliers.at_end(ended.append)
    assert reapply_quarantined(capital.database, capital.inbox) == 0
    assert len(ended) == 1


def test_a_post_outlives_a_capital_that_is_away(capital: Capital, post: Post) -> None:
    with capital.serving() as port:
        pass
    sender = post.sender(port)
    sender.start()
    post.write("while away")
    wait_until(lambda: sender.status().state is SenderState.WAITING)
    assert sender.status().problem == "no_link"
    assert sender.status().next_attempt_in_s is not None
    with capital.serving(port):
        post.write("wakes the sender")
        wait_until(lambda: post.waiting() == 0)
        sender.stop()
    assert capital.texts() == ["while away", "wakes the sender"]


def test_a_lost_acknowledgement_makes_a_duplicate_and_nothing_else(capital: Capital, post: Post) -> None:
    post.write("once")
    with capital.serving() as port:
        with post.sending(port):
            wait_until(lambda: post.waiting() == 0)
        with post.database.unit_of_work() as session:
            session.execute(sa.update(models.OutboxDelivery).values(state="waiting", outcome=None))
        with post.sending(port):
            wait_until(lambda: post.waiting() == 0)
    assert post.outcomes() == ["duplicate"]
    assert capital.texts() == ["once"]


def test_a_restored_capital_is_sent_what_it_lost(capital: Capital, post: Post) -> None:
    image = noise(50_000)
    for number in range(5):
        post.write(f"note {number}", images=(image,) if number == 3 else ())
    with capital.serving() as port, post.sending(port):
        wait_until(lambda: post.waiting() == 0)
    _lose_everything_after(capital, 2)
    with capital.serving() as port, post.sending(port):
        wait_until(lambda: capital.count(models.InboxEvent) == 5)
        wait_until(lambda: post.waiting() == 0)
    assert capital.texts() == [f"note {number}" for number in range(5)]
    assert capital.watermark() == 5


def test_images_wait_for_a_capital_whose_disk_is_full_and_text_goes_on(
    capital: Capital, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    image = noise(40_000)
    post.write("with an image", images=(image,))
    with capital.serving() as port, post.sending(port) as sender:
        with monkeypatch.context() as full:
            full.setattr(BlobStore, "_write_at_end", no_room)
            wait_until(lambda: sender.status().problem == "storage_full")
            post.write("text alone")
            wait_until(lambda: capital.texts() == ["with an image", "text alone"])
            wait_until(lambda: post.waiting() == 1)
        wait_until(lambda: post.waiting() == 0)
        wait_until(lambda: sender.status().problem is None)
    assert capital.blobs.get(post.blobs.put(image).sha256) == image


def test_a_damaged_image_is_set_aside_and_the_others_go(capital: Capital, post: Post) -> None:
    lost, good = noise(20_000), noise(20_000)
    post.write("two images", images=(lost, good))
    post.blobs.delete(post.blobs.put(lost).sha256)
    with capital.serving() as port, post.sending(port):
        wait_until(lambda: capital.blobs.has(post.blobs.put(good).sha256))
        wait_until(lambda: post.waiting() == 1)
    with post.database.unit_of_work() as session:
        states = session.execute(sa.select(models.OutboxUpload.state, models.OutboxUpload.reason)).all()
    assert sorted(states) == [("receipted", None), ("set_aside", "blob_missing")]


def test_nothing_that_was_acknowledged_can_be_changed_or_deleted(capital: Capital, post: Post) -> None:
    post.write("for good")
    with capital.serving() as port, post.sending(port):
        wait_until(lambda: post.waiting() == 0)
    for database, table in ((post.database, "outbox_events"), (post.database, "receipts")):
        with pytest.raises(sa.exc.DBAPIError), database.unit_of_work() as session:
            session.execute(sa.text(f"DELETE FROM {table}"))
    with pytest.raises(sa.exc.DBAPIError), capital.database.unit_of_work() as session:
        session.execute(sa.text("UPDATE inbox_events SET payload = '{}'"))


def _lose_everything_after(capital: Capital, sequence: int) -> None:
    """Set the capital's database back, as a restore from last night's backup does."""
    with capital.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox_events DISABLE TRIGGER USER")
        connection.exec_driver_sql("DELETE FROM expected_blobs")
        connection.execute(sa.text("DELETE FROM toy_notes WHERE sequence > :last"), {"last": sequence})
        connection.execute(sa.text("DELETE FROM inbox_events WHERE sequence > :last"), {"last": sequence})
        connection.execute(
            sa.text(
                "UPDATE inbox_watermarks SET sequence = :last, highest = :last, "
                "hash = (SELECT hash FROM inbox_events WHERE sequence = :last)"
            ),
            {"last": sequence},
        )
        connection.exec_driver_sql("ALTER TABLE inbox_events ENABLE TRIGGER USER")
