"""An event that meets another transaction's lock is not to blame: it is sent again, and not put into quarantine."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from crossing.platform.db import Database
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.ids import new_id
from crossing.replication.appliers import Appliers
from crossing.replication.applying import apply_all, apply_one
from crossing.replication.events import Envelope, Lane, ReceivedEvent
from tests.factories.movements import NOW

KIND = "test.told"
EVENT = Envelope(
    event_id=new_id(), post="NIA-1", machine="desk-1", epoch=1, sequence=1, lane=Lane.ALERT, type=KIND, version=1,
    payload="{}", occurred_at=NOW, previous=b"\0" * 32, blobs=(),
)  # fmt: skip


def appliers(apply: Callable[[Session], object]) -> Appliers:
    made = Appliers()

    def applier(session: Session, _event: ReceivedEvent) -> None:
        apply(session)

    made.register(KIND, 1, applier)
    return made


@pytest.mark.parametrize("at_once", [True, False])
def test_a_lock_that_does_not_come_in_time_undoes_the_batch(capital_database: Database, *, at_once: bool) -> None:
    waiting = appliers(lambda session: hold_until_commit(session, "feed"))

    def take() -> object:
        with capital_database.unit_of_work() as session:
            session.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
            return apply_all(session, waiting, [EVENT]) if at_once else apply_one(session, waiting, EVENT)

    with capital_database.unit_of_work() as other:
        hold_until_commit(other, "feed")
        with pytest.raises(OperationalError):
            take()
    assert take() == ([None] if at_once else None)


def test_what_the_event_itself_does_wrong_in_the_database_is_quarantined(capital_database: Database) -> None:
    wrong = appliers(lambda session: session.execute(sa.text("SELECT 1 / 0")))
    with capital_database.unit_of_work() as session:
        [reason] = apply_all(session, wrong, [EVENT])
    assert reason == "applier_failed:DataError"
