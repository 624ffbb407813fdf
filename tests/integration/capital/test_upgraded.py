"""A capital that is older than its posts keeps what it does not understand, and acts on it once it is upgraded."""

from pathlib import Path

import sqlalchemy as sa

from crossing.bootstrap import capital_appliers
from crossing.capital.ahead import AheadTeller
from crossing.capital.models import Alert
from crossing.capital.telling import AheadTelling
from crossing.lanes.events import LATE_ANSWER, LATE_ANSWER_VERSION
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.replication.events import Lane, MachineRef
from crossing.replication.feed.models import PublishedItem
from crossing.replication.inbox import Inbox
from crossing.replication.jobs import Reapplier
from crossing.replication.machine_keys import EnrolledMachines
from crossing.replication.models import InboxQuarantine
from tests.factories.databases import sqlcipher_database
from tests.factories.waiting import wait_until
from tests.integration.capital.test_ahead import SLTD, late
from tests.integration.replication.world import CLOCK, Capital, Post


def test_a_late_hit_of_a_newer_post_alerts_and_is_told_once_the_capital_is_upgraded(
    tmp_path: Path, capital_database: Database
) -> None:
    old = Capital(tmp_path / "capital", capital_database)
    (tmp_path / "post").mkdir()
    post = Post(tmp_path / "post", sqlcipher_database(tmp_path / "post"))
    post.enrol(old)
    with post.database.unit_of_work() as session:
        post.outbox.append(
            session,
            lane=Lane.ALERT,
            type=LATE_ANSWER,
            version=LATE_ANSWER_VERSION,
            payload=late(new_id(), SLTD).payload,
        )
    with old.serving() as port, post.sending(port):
        wait_until(lambda: post.waiting() == 0)
    assert post.outcomes() == ["quarantined"]

    telling = AheadTelling(AheadTeller(old.key, CLOCK, hours=72), CLOCK, hours=72)
    appliers = capital_appliers(CLOCK, telling)
    inbox = Inbox(appliers=appliers, machines=EnrolledMachines(), signer=old.key, clock=CLOCK)
    upgraded = Reapplier(database=capital_database, inbox=inbox)
    upgraded.start()
    wait_until(lambda: old.count(PublishedItem) == 1)
    upgraded.stop()
    with reading(capital_database) as session:
        assert session.scalars(sa.select(InboxQuarantine.resolved_at)).one() is not None
        alert = session.scalars(sa.select(Alert)).one()
        item = session.scalars(sa.select(PublishedItem)).one()
    assert (item.item_id, item.not_to_post, item.not_to_machine) == (alert.alert_id, *MachineRef("NIA-1", "desk-1"))
    post.database.close()
