"""Entries and exits: written once, corrected by a new record, paired and found again, on both databases."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from crossing.bootstrap import capital_appliers
from crossing.decisions.schemas import Decision, Verdict
from crossing.movements import repository
from crossing.movements.errors import AlreadyCorrected, MovementUnknown, NothingToCorrect
from crossing.movements.models import Movement
from crossing.movements.schemas import (
    Correction,
    Direction,
    ExceptionReason,
    Images,
    MovementOutcome,
    MovementRecord,
    PairingBasis,
    Person,
    PortraitException,
    TravelDocument,
    TravellerHistory,
)
from crossing.movements.service import RECORDED, RECORDED_VERSION, apply_recorded, history_of, pair
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.replication.events import BlobNote, Lane, ReceivedEvent
from crossing.replication.models import OutboxBlob, OutboxEvent
from crossing.screening.schemas import CheckKind, CheckOutcome
from tests.factories.clock import StandingClock
from tests.factories.movements import (
    AMINATA,
    NOW,
    PASSPORT,
    Office,
    check,
    dossier,
    movement,
    nobody,
    office,
    recorded,
)

MOUSSA = Person(surname="Diallo", given_names="Moussa", birth_date="1979-03-21", nationality="NER")
OTHER_PASSPORT = TravelDocument(type="P", number="ZZ99", issuing_state="NER")


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def desk(clock: StandingClock) -> Office:
    return office(clock)


def history(
    database: Database, person: Person = AMINATA, document: TravelDocument | None = PASSPORT
) -> TravellerHistory:
    with reading(database) as session:
        return history_of(session, person, document)


def exit_of(
    database: Database, desk: Office, person: Person = AMINATA, document: TravelDocument | None = PASSPORT
) -> MovementRecord:
    """An exit decided on what the database knows."""
    case = dossier(
        direction=Direction.EXIT, person=person, document=document, history=history(database, person, document)
    )
    with database.unit_of_work() as session:
        return desk.decisions.decide(session, case, Decision(verdict=Verdict.ADMIT), officer="a.traore")


class TestRecording:
    def test_a_record_comes_back_as_it_was_written(self, any_database: Database, desk: Office) -> None:
        case = dossier(
            check(CheckKind.NAME_LIST, source="national"),
            check(CheckKind.INTERPOL_SLTD, CheckOutcome.NOT_CHECKED, source="interpol"),
        )
        with any_database.unit_of_work() as session:
            written = desk.decisions.decide(session, case, Decision(verdict=Verdict.ADMIT), officer="a.traore")
        with reading(any_database) as session:
            assert repository.get(session, written.movement_id) == written
            assert repository.of_session(session, case.session_id) == written
            event = session.scalars(sa.select(OutboxEvent)).one()
        assert (event.type, event.version) == (RECORDED, RECORDED_VERSION)
        assert MovementRecord.model_validate_json(event.payload) == written

    @pytest.mark.parametrize(
        ("version", "unknown"),
        [(1, ("chip", "fingers", "exception")), (2, ("exception",)), (RECORDED_VERSION, ())],
        ids=["before chips and fingers", "before portrait exceptions", "now"],
    )
    def test_an_event_of_every_version_is_read(
        self, any_database: Database, version: int, unknown: tuple[str, ...]
    ) -> None:
        excused = PortraitException(reason=ExceptionReason.VEIL, by="a.traore", at=NOW)
        known = movement(images=Images() if unknown else Images(exception=excused))
        payload = known.model_dump(mode="json")
        for added in unknown:
            del payload["images"][added]
        if version < RECORDED_VERSION:
            del payload["known_at_decision"]["judgements"]
        event = ReceivedEvent(
            event_id=new_id(), post=known.post, machine="desk-1", epoch=1, sequence=1, lane=Lane.BIOGRAPHIC,
            type=RECORDED, version=version, payload=payload, occurred_at=NOW, blobs=(),
        )  # fmt: skip
        assert capital_appliers(StandingClock()).find(RECORDED, version) is not None
        with any_database.unit_of_work() as session:
            apply_recorded(session, event)
        with reading(any_database) as session:
            assert repository.get(session, known.movement_id) == known

    def test_what_was_known_is_kept_with_the_lists_versions_and_ages(
        self, any_database: Database, desk: Office
    ) -> None:
        known = check(CheckKind.NAME_LIST, source="national")
        with any_database.unit_of_work() as session:
            written = desk.decisions.decide(
                session, dossier(known), Decision(verdict=Verdict.ADMIT), officer="a.traore"
            )
        with reading(any_database) as session:
            (kept,) = session.get_one(Movement, written.movement_id).known_at_decision["checks"]
        assert (kept["source"], kept["source_version"], kept["outcome"]) == ("national", "7", "clear")
        assert kept["source_as_of"].startswith("2031-03-01T08:00:00")

    def test_its_images_go_with_it(self, post_database: Database, desk: Office) -> None:
        notes = [BlobNote("a" * 64, 10, Lane.IMAGES), BlobNote("b" * 64, 20, Lane.FACE)]
        with post_database.unit_of_work() as session:
            desk.movements.record(session, movement(), notes)
        with reading(post_database) as session:
            assert set(session.scalars(sa.select(OutboxBlob.sha256))) == {"a" * 64, "b" * 64}

    @pytest.mark.parametrize("statement", ["UPDATE movements SET surname = 'X'", "DELETE FROM movements"])
    def test_no_one_changes_or_removes_it(self, any_database: Database, desk: Office, statement: str) -> None:
        with any_database.unit_of_work() as session:
            record = recorded(session, desk)
        with pytest.raises(DBAPIError, match="append-only"), any_database.unit_of_work() as session:
            session.execute(sa.text(statement))
        with reading(any_database) as session:
            assert repository.get(session, record.movement_id) == record


class TestCorrecting:
    RIGHT = AMINATA.model_copy(update={"surname": "Traore-Diarra"})

    def correct(self, database: Database, desk: Office, movement_id: UUID, correction: Correction) -> MovementRecord:
        with database.unit_of_work() as session:
            return desk.movements.correct(session, movement_id, correction, officer="s.upervisor")

    def test_a_correction_is_a_new_record_that_points_to_the_old_one(
        self, any_database: Database, desk: Office
    ) -> None:
        with any_database.unit_of_work() as session:
            old = recorded(session, desk)
        new = self.correct(any_database, desk, old.movement_id, Correction(reason="Married name", person=self.RIGHT))
        assert (new.corrects, new.correction_reason, new.person) == (old.movement_id, "Married name", self.RIGHT)
        assert (new.occurred_at, new.traveller_id, new.session_id, new.document) == (
            old.occurred_at,
            old.traveller_id,
            old.session_id,
            old.document,
        )
        assert (new.decided_by, new.corrected_by) == (old.decided_by, "s.upervisor")
        with reading(any_database) as session:
            assert repository.get(session, old.movement_id) == old
            assert repository.of_session(session, old.session_id) == old
            assert repository.correction_of(session, old.movement_id) == new.movement_id
            recent = repository.recent(session, post=None, before=None, limit=10)
        assert [one.movement_id for one in recent] == [new.movement_id]

    def test_a_chain_of_corrections_has_one_end(self, any_database: Database, desk: Office) -> None:
        with any_database.unit_of_work() as session:
            first = recorded(session, desk)
        second = self.correct(any_database, desk, first.movement_id, Correction(reason="Name", person=self.RIGHT))
        third = self.correct(
            any_database, desk, second.movement_id, Correction(reason="Passport", document=OTHER_PASSPORT)
        )
        for spent in (first, second):
            with pytest.raises(AlreadyCorrected):
                self.correct(any_database, desk, spent.movement_id, Correction(reason="Again", person=AMINATA))
        assert [one.movement_id for one in history(any_database, self.RIGHT, OTHER_PASSPORT).movements] == [
            third.movement_id
        ]

    def test_what_was_wrong_is_no_longer_found_and_what_is_right_is(
        self, any_database: Database, desk: Office
    ) -> None:
        with any_database.unit_of_work() as session:
            old = recorded(session, desk)
        self.correct(any_database, desk, old.movement_id, Correction(reason="Misread", document=OTHER_PASSPORT))
        assert history(any_database, MOUSSA, PASSPORT).traveller_id is None
        assert history(any_database, AMINATA, OTHER_PASSPORT).traveller_id == old.traveller_id

    def test_a_correction_corrects_something_that_is_there(self, post_database: Database, desk: Office) -> None:
        with post_database.unit_of_work() as session:
            old = recorded(session, desk)
        with pytest.raises(NothingToCorrect):
            self.correct(post_database, desk, old.movement_id, Correction(reason="Nothing", person=AMINATA))
        with pytest.raises(MovementUnknown):
            self.correct(post_database, desk, nobody(), Correction(reason="Nobody", person=self.RIGHT))

    def test_a_corrected_entry_is_still_the_entry_that_an_exit_closes(
        self, any_database: Database, desk: Office
    ) -> None:
        with any_database.unit_of_work() as session:
            old = recorded(session, desk)
        new = self.correct(any_database, desk, old.movement_id, Correction(reason="Name", person=self.RIGHT))
        leaving = exit_of(any_database, desk, self.RIGHT)
        assert leaving.paired_entry is not None
        assert leaving.paired_entry.movement_id == new.movement_id


class TestPairing:
    def test_by_the_document(self, any_database: Database, desk: Office) -> None:
        with any_database.unit_of_work() as session:
            entry = recorded(session, desk)
        renamed = AMINATA.model_copy(update={"surname": "Diarra"})
        leaving = exit_of(any_database, desk, renamed)
        assert leaving.paired_entry is not None
        assert (leaving.paired_entry.movement_id, leaving.paired_entry.basis) == (
            entry.movement_id,
            PairingBasis.DOCUMENT,
        )
        assert leaving.traveller_id == entry.traveller_id

    def test_by_name_and_birth_with_another_document_and_less_sure(
        self, any_database: Database, desk: Office
    ) -> None:
        with any_database.unit_of_work() as session:
            entry = recorded(session, desk)
        turned_round = AMINATA.model_copy(update={"surname": "AMINATA", "given_names": "TRAORE"})
        by_name = exit_of(any_database, desk, turned_round, OTHER_PASSPORT)
        assert by_name.paired_entry is not None
        assert (by_name.paired_entry.movement_id, by_name.paired_entry.basis) == (
            entry.movement_id,
            PairingBasis.NAME_AND_BIRTH,
        )
        assert by_name.paired_entry.confidence < 0.9

    @pytest.mark.parametrize(
        "thin",
        [
            AMINATA.model_copy(update={"birth_date": "1987-01-01"}),
            AMINATA.model_copy(update={"birth_date": "1987"}),
            AMINATA.model_copy(update={"birth_approximate": True}),
            AMINATA.model_copy(update={"surname": ""}),
        ],
        ids=["first of January", "year alone", "approximate", "one name"],
    )
    def test_a_placeholder_matches_nobody(self, post_database: Database, desk: Office, thin: Person) -> None:
        with post_database.unit_of_work() as session:
            recorded(session, desk, person=thin, document=None)
        leaving = exit_of(post_database, desk, thin, None)
        assert leaving.paired_entry is None
        assert history(post_database, thin, OTHER_PASSPORT).basis is None

    def test_a_number_used_again_for_somebody_else_is_somebody_else(
        self, post_database: Database, desk: Office
    ) -> None:
        with post_database.unit_of_work() as session:
            recorded(session, desk)
        assert history(post_database, MOUSSA, PASSPORT).traveller_id is None

    @pytest.mark.parametrize("birth", [None, "1987", "1987-05"])
    def test_a_birth_that_is_less_exact_does_not_disagree(
        self, post_database: Database, desk: Office, birth: str | None
    ) -> None:
        with post_database.unit_of_work() as session:
            entry = recorded(session, desk)
        vague = AMINATA.model_copy(update={"birth_date": birth})
        assert history(post_database, vague, PASSPORT).traveller_id == entry.traveller_id

    def test_an_exit_without_an_entry_is_allowed_and_visible(self, post_database: Database, desk: Office) -> None:
        leaving = exit_of(post_database, desk)
        assert leaving.paired_entry is None
        assert leaving.outcome is MovementOutcome.ADMITTED

    def test_an_entry_pairs_with_nothing_and_a_closed_one_is_closed(
        self, post_database: Database, desk: Office, clock: StandingClock
    ) -> None:
        with post_database.unit_of_work() as session:
            recorded(session, desk)
        clock.advance(days=1)
        exit_of(post_database, desk)
        clock.advance(days=1)
        again = history(post_database)
        assert again.open_entry is None
        assert len(again.movements) == 2
        assert pair(Direction.EXIT, again) is None
        assert pair(Direction.ENTRY, again) is None

    def test_a_refused_entry_is_none_to_leave_from(self, post_database: Database, desk: Office) -> None:
        with post_database.unit_of_work() as session:
            admitted = recorded(session, desk)
            recorded(
                session,
                desk,
                traveller_id=admitted.traveller_id,
                outcome=MovementOutcome.REFUSED,
                occurred_at=NOW + timedelta(days=1),
            )
        leaving = exit_of(post_database, desk)
        assert leaving.paired_entry is not None
        assert leaving.paired_entry.movement_id == admitted.movement_id


class TestLists:
    def test_the_newest_come_first_page_by_page(self, any_database: Database, desk: Office) -> None:
        with any_database.unit_of_work() as session:
            written = [recorded(session, desk, occurred_at=NOW + timedelta(minutes=step)) for step in range(5)]
        seen: list[UUID] = []
        with reading(any_database) as session:
            before = None
            while page := repository.recent(session, post=None, before=before, limit=2):
                seen += [one.movement_id for one in page]
                before = page[-1].occurred_at
        assert seen == [record.movement_id for record in reversed(written)]

    def test_a_post_sees_its_own(self, any_database: Database, desk: Office) -> None:
        with any_database.unit_of_work() as session:
            here = recorded(session, desk)
            recorded(session, desk, post="BEN-2", occurred_at=NOW - timedelta(days=1))
        with reading(any_database) as session:
            (seen,) = repository.recent(session, post="NIA-1", before=None, limit=10)
        assert seen.movement_id == here.movement_id

    def test_a_traveller_s_history_is_his_own(self, any_database: Database, desk: Office) -> None:
        with any_database.unit_of_work() as session:
            recorded(session, desk, traveller_id=new_id())
            recorded(session, desk, person=MOUSSA, document=OTHER_PASSPORT)
        known = history(any_database)
        assert {one.surname for one in known.movements} == {"Traoré"}
        assert known.basis is PairingBasis.DOCUMENT
        assert history(any_database, MOUSSA, None).basis is PairingBasis.NAME_AND_BIRTH
        assert history(any_database, Person(surname="Ba", given_names="Ali"), None) == TravellerHistory()
