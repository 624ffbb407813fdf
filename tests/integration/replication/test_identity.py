"""One identity, one history: copies, restores and revocations are refused, and nothing is merged."""

import shutil
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import make_transient

from crossing.platform.db import Database
from crossing.posts.models import Machine
from crossing.replication import deliveries, models
from crossing.replication.sender import Sender, SenderState
from tests.factories.databases import sqlcipher_database
from tests.factories.waiting import wait_until
from tests.integration.replication.world import CLOCK, Capital, Post, prepare


def test_a_copy_of_a_post_is_refused_while_the_original_goes_on(capital: Capital, post: Post, tmp_path: Path) -> None:
    with capital.serving() as port:
        with post.sending(port):
            post.write("from the original")
            wait_until(lambda: post.waiting() == 0)
        copy = _copy_of(post, tmp_path / "copy")
        with post.sending(port) as original:
            wait_until(lambda: original.status().state is SenderState.IDLE)
            copy.write("from the copy")
            with copy.sending(port) as sender:
                _refused(sender, "instance_conflict")
            post.write("original again")
            wait_until(lambda: post.waiting() == 0)
    assert capital.texts() == ["from the original", "original again"]
    assert capital.alarms() == ["instance_conflict"]


def test_a_running_post_is_refused_once_another_took_its_place(capital: Capital, post: Post, tmp_path: Path) -> None:
    copy = _copy_of(post, tmp_path / "copy")
    with capital.serving() as port, post.sending(port) as original:
        wait_until(lambda: original.status().state is SenderState.IDLE)
        with capital.database.unit_of_work() as session:
            session.execute(sa.update(models.InboxMachine).values(instance="0" * 16))
        post.write("not any more")
        _refused(original, "instance_conflict")
    assert copy.waiting() == 0
    assert capital.texts() == []


def test_a_post_set_back_to_an_older_state_is_refused(capital: Capital, post: Post, tmp_path: Path) -> None:
    """A restored backup has lost what it delivered: its next event would reuse a number."""
    with capital.serving() as port:
        restored = _copy_of(post, tmp_path / "restored")
        with post.sending(port):
            post.write("delivered, then lost by the restore")
            wait_until(lambda: post.waiting() == 0)
        with capital.database.unit_of_work() as session:
            session.execute(sa.delete(models.InboxMachine))
        with restored.sending(port) as sender:
            _refused(sender, "history_diverged")
    assert capital.alarms() == ["history_diverged"]


def test_a_reused_number_is_a_fork_that_is_kept_and_not_merged(capital: Capital, post: Post, tmp_path: Path) -> None:
    twin = _copy_of(post, tmp_path / "twin")
    post.write("one history")
    twin.write("another history")
    with capital.serving() as port:
        with post.sending(port):
            wait_until(lambda: post.waiting() == 0)
        # The capital forgets who delivers, as after a restore of its own: only the events tell now.
        with capital.database.unit_of_work() as session:
            session.execute(sa.update(models.InboxMachine).values(instance="f" * 16))
        link = twin.link(port)
        with twin.database.unit_of_work() as session:
            events = deliveries.next_events(session, twin.signer.ref, limit=10)
        delivered = link.deliver(events, instance="f" * 16)
        link.close()
    assert [verdict.outcome for verdict in delivered.verdicts] == ["fork"]
    assert capital.texts() == ["one history"]
    assert capital.count(models.InboxFork) == 1
    assert capital.alarms() == ["fork"]


def test_a_revoked_machine_delivers_nothing(capital: Capital, post: Post) -> None:
    with capital.serving() as port, post.sending(port) as sender:
        wait_until(lambda: sender.status().state is SenderState.IDLE)
        with capital.database.unit_of_work() as session:
            session.execute(sa.update(Machine).values(revoked_at=CLOCK.now()))
        post.write("too late")
        _refused(sender, "machine_revoked")
    assert capital.texts() == []


def test_a_post_that_is_not_enrolled_yet_waits(tmp_path: Path, post_database: Database) -> None:
    folder = tmp_path / "unenrolled"
    folder.mkdir()
    prepare(post_database)
    post = Post(folder, post_database)
    post.write("kept until then")
    with post.sending(1) as sender:
        _refused(sender, "not_enrolled")
    assert post.waiting() == 1


def _refused(sender: Sender, problem: str) -> None:
    wait_until(lambda: sender.status().state is SenderState.REFUSED)
    assert sender.status().problem == problem


def _copy_of(post: Post, folder: Path) -> Post:
    """What a copied disk is: the identity and the tables as they are now."""
    shutil.copytree(post.folder, folder)
    database = sqlcipher_database(folder)
    prepare(database)
    for model in (models.OutboxEvent, models.Receipt, models.OutboxDelivery, models.SenderInstance):
        with post.database.unit_of_work() as source, database.unit_of_work() as target:
            for row in source.scalars(sa.select(model)):
                source.expunge(row)
                make_transient(row)
                target.add(row)
    return Post(folder, database)
