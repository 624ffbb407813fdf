"""The counts by group on both databases: added with the movement or not at all, however many write at once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from crossing.bootstrap import capital_appliers
from crossing.faces.figures import tallies
from crossing.faces.figures.reading import figures
from crossing.faces.figures.schemas import CountOf, FigureKind
from crossing.faces.figures.tallies import TallyKey
from crossing.faces.models import FaceTally
from crossing.movements.schemas import Correction, Images, KnownAtDecision, MovementRecord, Person
from crossing.movements.service import RECORDED, RECORDED_VERSION
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.replication.applying import apply_all
from crossing.replication.events import Envelope, Lane
from crossing.replication.models import OutboxEvent
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult
from tests.factories.clock import StandingClock
from tests.factories.movements import NOW, Office, movement, office, recorded

KEY = TallyKey(
    "2031-03", "NIA-1", FigureKind.FACE_MATCH, "fused", "1", "F", "30-44", "western_africa", "no_match", "same"
)
KNOWN = KnownAtDecision(
    checks=(
        CheckResult(
            kind=CheckKind.FACE_MATCH,
            outcome=CheckOutcome.CLEAR,
            source="page",
            engine="fused",
            engine_version="1",
            performed_at=NOW,
        ),
    ),
    decided_after_ms=1,
)
COMPARED = {"known_at_decision": KNOWN, "images": Images(page="a" * 64, portrait="b" * 64, live="c" * 64)}


@pytest.fixture
def desk() -> Office:
    return office(StandingClock())


def rows(database: Database) -> Mapping[tuple[str, ...], int]:
    with reading(database) as session:
        found = session.scalars(sa.select(FaceTally)).all()
    return {(one.post, one.kind, one.said, one.judged): one.count for one in found}


def envelope(record: MovementRecord, *, signed_by: str = "NIA-1") -> Envelope:
    return Envelope(
        event_id=new_id(),
        post=signed_by,
        machine="desk-1",
        epoch=1,
        sequence=1,
        previous=bytes(32),
        lane=Lane.BIOGRAPHIC,
        type=RECORDED,
        version=RECORDED_VERSION,
        occurred_at=NOW,
        payload=record.model_dump_json(),
        blobs=(),
    )


class TestAdding:
    def test_the_same_key_is_counted_as_often_as_it_comes(self, any_database: Database) -> None:
        for _ in range(2):
            with any_database.unit_of_work() as session:
                tallies.add(session, (KEY, KEY, replace(KEY, judged="other")))
        with any_database.unit_of_work() as session:
            tallies.add(session, ())
        kept = rows(any_database)
        assert kept == {
            ("NIA-1", "face_match", "no_match", "same"): 4,
            ("NIA-1", "face_match", "no_match", "other"): 2,
        }

    def test_what_is_rolled_back_was_not_counted(self, any_database: Database) -> None:
        with any_database.unit_of_work() as session:
            tallies.add(session, (KEY,))
            session.rollback()
        assert rows(any_database) == {}

    def test_many_who_write_at_once_lose_nothing(self, any_database: Database) -> None:
        """Each takes the rows in another order."""
        words = ["same", "other", "unsure", "none"]

        def write(number: int) -> None:
            for turn in range(5):
                at = (number + turn) % 4
                with any_database.unit_of_work() as session:
                    for word in words[at:] + words[:at]:
                        tallies.add(session, (replace(KEY, judged=word),))

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(write, range(6)))
        assert set(rows(any_database).values()) == {30}
        assert len(rows(any_database)) == 4

    def test_a_long_name_of_an_engine_stops_no_registration(self, any_database: Database) -> None:
        with any_database.unit_of_work() as session:
            tallies.add(session, (replace(KEY, engine="e" * 300, version="v" * 300),))
        assert len(rows(any_database)) == 1

    def test_months_and_posts_are_chosen(self, any_database: Database) -> None:
        with any_database.unit_of_work() as session:
            for month in ("2030-12", "2031-01", "2031-03", "2031-04"):
                tallies.add(session, [replace(KEY, month=month)] * 10)
            tallies.add(session, [replace(KEY, post="NIA-2")] * 10)
        with reading(any_database) as session:
            here, everywhere = (
                figures(session, first_month="2031-01", last_month="2031-03", post=post, crossed=False).blocks[0]
                for post in ("NIA-1", None)
            )
        assert here.whole.counts[CountOf.COMPARISONS] == 20
        assert everywhere.whole.counts[CountOf.COMPARISONS] == 30


class TestWithMovements:
    def test_a_movement_is_counted_with_it(self, any_database: Database, desk: Office) -> None:
        with any_database.unit_of_work() as session:
            recorded(session, desk, **COMPARED)
        counted = {("NIA-1", "portrait", "acquired", "none"): 1, ("NIA-1", "face_match", "match", "none"): 1}
        assert rows(any_database) == counted

    def test_a_correction_counts_nothing(self, any_database: Database, desk: Office) -> None:
        with any_database.unit_of_work() as session:
            record = recorded(session, desk, **COMPARED)
        before = rows(any_database)
        with any_database.unit_of_work() as session:
            corrected = Correction(reason="misread", person=Person(surname="Traore", sex="M"))
            desk.movements.correct(session, record.movement_id, corrected, officer="b")
        assert rows(any_database) == before

    def test_a_movement_that_is_not_written_is_not_counted(self, any_database: Database, desk: Office) -> None:
        with any_database.unit_of_work() as session:
            recorded(session, desk, **COMPARED)
            session.rollback()
        assert rows(any_database) == {}

    def test_the_capital_counts_the_same_from_the_event(
        self, post_database: Database, capital_database: Database, desk: Office
    ) -> None:
        with post_database.unit_of_work() as session:
            for _ in range(3):
                record = recorded(session, desk, **COMPARED)
        with post_database.unit_of_work() as session:
            desk.movements.correct(
                session, record.movement_id, Correction(reason="sic", person=Person()), officer="b"
            )
        with reading(post_database) as session:
            payloads = session.scalars(sa.select(OutboxEvent.payload)).all()
        events = [envelope(MovementRecord.model_validate_json(payload)) for payload in payloads]
        with capital_database.unit_of_work() as session:
            assert apply_all(session, capital_appliers(StandingClock()), events) == [None] * 4
        assert rows(capital_database) == rows(post_database)
        assert sum(rows(capital_database).values()) == 6

    def test_an_event_beside_one_that_fails_is_counted_once(self, capital_database: Database) -> None:
        """The whole batch is rolled back, and each event is tried again by itself."""
        good = envelope(movement(**COMPARED))
        foreign = envelope(movement(**COMPARED), signed_by="NIA-2")
        with capital_database.unit_of_work() as session:
            reasons = apply_all(session, capital_appliers(StandingClock()), [good, foreign])
        assert reasons == [None, "applier_failed:ForeignPost"]
        assert sum(rows(capital_database).values()) == 2

    def test_an_event_that_comes_again_is_not_counted_again(self, capital_database: Database) -> None:
        event = envelope(movement(**COMPARED))
        for _ in range(2):
            with capital_database.unit_of_work() as session:
                apply_all(session, capital_appliers(StandingClock()), [event])
        assert sum(rows(capital_database).values()) == 2


def test_nothing_but_counts_by_group_is_kept(any_database: Database, desk: Office) -> None:
    """No column could hold a name, a number, a day or an officer."""
    columns = {column.name: column.type for column in sa.inspect(FaceTally).columns}
    assert set(columns) == {*TallyKey.__dataclass_fields__, "count"}
    with any_database.unit_of_work() as session:
        record = recorded(session, desk, **COMPARED)
    with reading(any_database) as session:
        kept = {str(value) for row in session.execute(sa.select(FaceTally.__table__)) for value in row}
    person, document = record.person, record.document
    assert document is not None
    told = [person.surname, person.given_names, person.birth_date, document.number, record.decided_by]
    told += [
        str(one) for one in (record.movement_id, record.traveller_id, record.session_id, record.occurred_at.date())
    ]
    assert not [secret for secret in told if secret and any(secret in value for value in kept)]
