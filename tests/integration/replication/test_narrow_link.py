"""On a narrow link that breaks: the urgent goes first, and what arrived need not go again."""

import time

import pytest
import sqlalchemy as sa

from crossing.replication import models
from crossing.replication.events import Lane
from tests.factories.waiting import wait_until
from tests.integration.replication.narrow_link import NarrowLink
from tests.integration.replication.world import Capital, Post, noise


def test_an_alert_overtakes_the_images_that_fill_the_link(capital: Capital, post: Post) -> None:
    images = tuple(noise(120_000) for _ in range(4))
    post.write("with large images", images=images)
    with capital.serving() as port, NarrowLink(port, rate=32_000).up() as link, post.sending(link.port):
        wait_until(lambda: link.carried > 60_000)
        started = time.monotonic()
        post.write("alert", lane=Lane.ALERT)
        wait_until(lambda: "alert" in capital.texts())
        took = time.monotonic() - started
        assert sum(capital.blobs.has(post.blobs.put(image).sha256) for image in images) < len(images)
    assert took < 3.0


def test_lanes_leave_in_their_order(capital: Capital, post: Post) -> None:
    post.write("third", lane=Lane.FACE)
    post.write("second", lane=Lane.BIOGRAPHIC)
    post.write("first", lane=Lane.ALERT)
    with capital.serving() as port, post.sending(port):
        wait_until(lambda: post.waiting() == 0)
    with capital.database.unit_of_work() as session:
        arrived = session.scalars(sa.select(models.InboxEvent.lane).order_by(models.InboxEvent.received_at)).all()
    assert arrived == [Lane.ALERT, Lane.BIOGRAPHIC, Lane.FACE]
    assert capital.watermark() == 3
    assert capital.alarms() == []


def test_an_image_cut_in_the_middle_goes_on_where_it_was(capital: Capital, post: Post) -> None:
    image = noise(400_000)
    post.write("one large image", images=(image,))
    sha256 = post.blobs.put(image).sha256
    with capital.serving() as port, NarrowLink(port, rate=400_000).up() as link, post.sending(link.port):
        wait_until(lambda: capital.blobs.offset(sha256) > 100_000)
        link.cut_after(1_000)
        wait_until(lambda: link.cut)
        reached = capital.blobs.offset(sha256)
        assert 0 < reached < len(image)
        wait_until(lambda: post.waiting() == 0)
        carried = link.carried
    assert capital.blobs.get(sha256) == image
    # What was under way at the cut is lost, at most two pieces of 1.5 s; nothing else went twice.
    assert carried < 1.6 * len(image)


def test_a_link_cut_again_and_again_delivers_everything_once(
    capital: Capital, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(12):
        post.write(f"note {number:02}", images=(noise(30_000),))
    with capital.serving() as port, NarrowLink(port, rate=600_000).up() as link, post.sending(link.port):
        for _ in range(4):
            link.cut_after(40_000)
            post.write("wakes the sender")
            wait_until(lambda: link.cut or post.waiting() == 0)
        wait_until(lambda: post.waiting() == 0)
    assert capital.texts() == [f"note {number:02}" for number in range(12)] + ["wakes the sender"] * 4
    assert capital.watermark() == 16
    assert not [record for record in caplog.records if record.levelname == "ERROR"], "a cut link is no error"
