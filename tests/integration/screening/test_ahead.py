"""A post looks for whom the capital told it: at the lane like for anybody listed, and no longer than it is to."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from crossing.audit.models import AuditEntry
from crossing.audit.service import Audit
from crossing.documents.dates import PartialDate
from crossing.identity.principal import SYSTEM
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.replication.feed.appliers import FeedAppliers, FeedItem
from crossing.replication.feed.models import THE_ONLY, AsideItem, FeedCursor
from crossing.screening import repository as repository_of_lists
from crossing.screening.ahead import applying, repository
from crossing.screening.ahead.book import AheadBook
from crossing.screening.ahead.errors import ListToldByTheCapital
from crossing.screening.ahead.forgetting import KEPT
from crossing.screening.ahead.keeping import LIST_NAME, AheadKeeper
from crossing.screening.ahead.models import AheadTraveller
from crossing.screening.ahead.schemas import (
    TOLD,
    TOMBSTONE_KEPT,
    WITHDRAWN,
    AheadAlert,
    AheadDocument,
    AheadHit,
    AheadKind,
    AheadPerson,
    AheadWithdrawn,
    EndedBy,
)
from crossing.screening.ahead.service import ON_A_PAGE, AheadService
from crossing.screening.errors import ListVersionForgotten
from crossing.screening.lists.expiry import ExpiryOrder
from crossing.screening.lists.formats.ahead import CODE, NAME, write
from crossing.screening.lists.views import SealState
from crossing.screening.models import DocumentEntry, ListEntry, ListName
from crossing.screening.proposals.endings import EndingIn
from crossing.screening.rescreening import Place
from crossing.screening.schemas import (
    CheckKind,
    CheckOutcome,
    CheckResult,
    Reason,
    Subject,
    SubjectDocument,
    SubjectName,
)
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.databases import sqlcipher_database
from tests.factories.screening.entries import somebody
from tests.factories.screening.lists import csv_of, list_service, order, person

NOW = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)
AWA = AheadPerson(surname="Traoré", given_names="Aminata", birth_date="1987-05-14", sex="F", nationality="MLI")
PASSPORT = AheadDocument(number="A4G7K29B1", issuer="MLI", type="P")
SLTD = AheadHit(
    check=CheckKind.INTERPOL_SLTD,
    source="INTERPOL",
    reference="SLTD-1",
    action="Seize the document",
    caution="May be armed",
    notice_colour="blue",
)
WITH_PASSPORT = Subject(document=SubjectDocument(number="A4G7K29B1", issuer="MLI", type="P"))
ANOTHER = Subject(document=SubjectDocument(number="ZZ999999", issuer="MLI", type="P"))
BY_NAME = Subject(names=(SubjectName(surname="TRAORE", given_names="AMINATA"),), birth=PartialDate(1987, 5, 14))


def alert(**changed: Any) -> AheadAlert:
    plain: dict[str, Any] = {
        "alert_id": new_id(), "kind": AheadKind.LATE_HIT, "post": "NIA-1", "post_name": "Niangoloko", "lane": "1",
        "left_at": NOW - timedelta(minutes=5), "person": AWA, "document": PASSPORT, "hits": (SLTD,),
    }  # fmt: skip
    return AheadAlert(**(plain | changed))


class Passed:
    """Those who left this post, by when; whom it was asked about again."""

    def __init__(self) -> None:
        self.left: list[Place] = []
        self.asked: list[UUID] = []

    def here(self, _session: Session) -> Sequence[UUID]:
        return ()

    def left_before(self, _session: Session, _place: Place, *, since: datetime, limit: int) -> Sequence[Place]:
        return ()

    def left_after(self, _session: Session, place: Place, *, limit: int) -> Sequence[Place]:
        return [one for one in sorted(self.left) if one > place][:limit]

    def answers(self, _session: Session, _traveller: UUID) -> Sequence[CheckResult]:
        return ()

    def screen(self, traveller: UUID, kinds: frozenset[CheckKind]) -> bool:
        assert kinds == {CheckKind.NAME_LIST, CheckKind.DOCUMENT_LIST}
        self.asked.append(traveller)
        return False


class Post:
    """A post with its lists, whom it looks for, and what asks."""

    def __init__(self, database: Database, clock: StandingClock) -> None:
        self.database, self.clock = database, clock
        self.lists = list_service(database, clock)
        self.passed = Passed()
        self.book = AheadBook(ZoneInfo("Africa/Niamey"))
        self.keeper = AheadKeeper(
            self.book,
            database=database,
            lists=self.lists,
            travellers=self.passed,
            clock=clock,
            audit=Audit(clock),
            legal_basis="border_control",
            interval_s=0.05,
        )
        self.screener = Screener(lists=self.lists, clock=clock, beside=self.book.told)
        self.appliers = FeedAppliers()
        applying.register(self.appliers, clock=clock, changed=self.keeper.wake)
        self.pulled(clock.now())

    def apply(self, kind: str, payload: AheadAlert | AheadWithdrawn, *, hours: int = 72) -> None:
        applier = self.appliers.find(kind, 1)
        assert applier is not None
        item = FeedItem(
            uuid4(), 1, kind, 1, payload.model_dump(mode="json"), NOW, self.clock.now() + timedelta(hours=hours)
        )
        with self.database.unit_of_work() as session:
            applier(session, item)

    def told(self, one: AheadAlert, *, hours: int = 72) -> AheadAlert:
        self.apply(TOLD, one, hours=hours)
        assert self.keeper.keep()
        return one

    def withdrawn(self, one: AheadAlert) -> None:
        self.apply(WITHDRAWN, AheadWithdrawn(alert_id=one.alert_id, ended_by=EndedBy.FOUND))
        assert self.keeper.keep()

    def check(self, kind: CheckKind, subject: Subject, left_at: datetime | None = None) -> CheckResult:
        [result] = [one for one in self.screener.local(subject, left_at=left_at) if one.kind is kind]
        return result

    def pulled(self, at: datetime | None) -> None:
        """Everything that the capital told was here at this time; None: it never was."""
        with self.database.unit_of_work() as session:
            row = session.get(FeedCursor, THE_ONLY) or FeedCursor(id=THE_ONLY, feed_id=uuid4(), sequence=1, mark=b"")
            row.pulled_at = at
            session.add(row)

    def put_aside(self, kind: str, *, hours: int) -> None:
        """The capital told something in a form that only a newer release knows."""
        now = self.clock.now()
        row = AsideItem(
            item_id=uuid4(), sequence=1, type=kind, version=2, payload="{}", published_at=now, since=now,
            expires_at=now + timedelta(hours=hours), reason="unknown_type", attempts=1,
        )  # fmt: skip
        with self.database.unit_of_work() as session:
            session.add(row)

    def looked_for(self) -> list[UUID]:
        with reading(self.database) as session:
            return [one.alert.alert_id for one in AheadService(self.clock).looked_for(session).travellers]

    def rows(self) -> list[AheadTraveller]:
        with reading(self.database) as session:
            return list(session.scalars(sa.select(AheadTraveller)))


@pytest.fixture
def post(post_database: Database, clock: StandingClock) -> Iterator[Post]:
    post = Post(post_database, clock)
    yield post
    post.screener.close()


class TestAtTheLane:
    def test_the_very_document_is_a_hit_that_says_where_when_why_and_whom_to_call(self, post: Post) -> None:
        post.told(alert())
        found = post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT)
        assert (found.outcome, found.source, found.source_name) == (CheckOutcome.HIT, CODE, LIST_NAME)
        [hit] = found.hits
        assert (hit.action, hit.caution, hit.notice_colour) == ("Seize the document", "May be armed", "blue")
        assert hit.reasons()[-3:] == [
            "Let through at Niangoloko (NIA-1), lane 1, on 2031-03-01 08:55; what is said here was found after that.",
            "Found there: INTERPOL SLTD-1",
            "Before you decide, call Niangoloko (NIA-1) or the capital.",
        ]

    def test_without_the_document_the_name_and_the_date_of_birth_are_enough(self, post: Post) -> None:
        post.told(alert(kind=AheadKind.LEFT_UNDECIDED, document=None))
        found = post.check(CheckKind.NAME_LIST, BY_NAME)
        assert found.outcome is CheckOutcome.HIT
        assert any("before anybody had decided" in said for said in found.hits[0].reasons())

    def test_a_document_of_somebody_unknown_is_found_by_its_number(self, post: Post) -> None:
        post.told(alert(person=None))
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).outcome is CheckOutcome.HIT

    def test_an_approximate_birth_stays_one(self, post: Post) -> None:
        born = AWA.model_copy(update={"birth_date": PartialDate(1987), "birth_approximate": True})
        post.told(alert(person=born, document=None))
        subject = BY_NAME.model_copy(update={"birth": PartialDate(1989), "nationality": "MLI"})
        assert post.check(CheckKind.NAME_LIST, subject).alerts

    def test_another_traveller_is_clear(self, post: Post) -> None:
        post.told(alert())
        assert post.check(CheckKind.DOCUMENT_LIST, ANOTHER).outcome is CheckOutcome.CLEAR

    def test_after_a_restart_the_reasons_are_known_before_the_first_traveller(self, post: Post) -> None:
        post.told(alert())
        post.book.fill((), None)
        assert len(post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).hits[0].reasons()) == 1
        post.keeper.load()
        assert len(post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).hits[0].reasons()) == 4

    def test_of_whoever_had_left_before_nothing_is_said(self, post: Post) -> None:
        one = post.told(alert())
        before, after = one.left_at - timedelta(minutes=1), one.left_at + timedelta(minutes=1)
        cleared = post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT, left_at=before)
        assert (cleared.outcome, cleared.hits) == (CheckOutcome.CLEAR, ())
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT, left_at=after).alerts


class TestHowOldItIs:
    def test_nobody_is_cleared_once_nothing_was_pulled_for_a_day_and_who_is_found_is_found(
        self, post: Post, clock: StandingClock
    ) -> None:
        post.told(alert(), hours=72)
        clock.advance(hours=24)
        assert post.keeper.keep()
        assert post.check(CheckKind.DOCUMENT_LIST, ANOTHER).outcome is CheckOutcome.CLEAR
        clock.advance(hours=1)
        old = post.check(CheckKind.DOCUMENT_LIST, ANOTHER)
        assert (old.outcome, old.reason, old.source) == (CheckOutcome.NOT_CHECKED, Reason.LIST_EXPIRED, CODE)
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).outcome is CheckOutcome.HIT

    def test_nobody_is_cleared_before_everything_was_pulled_for_the_first_time(self, post: Post) -> None:
        """The first pull of a new machine may break off after the first page."""
        post.pulled(None)
        post.told(alert())
        assert post.check(CheckKind.DOCUMENT_LIST, ANOTHER).reason is Reason.LIST_NOT_LOADED
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).outcome is CheckOutcome.HIT
        post.pulled(post.clock.now())
        assert post.keeper.keep()
        assert post.check(CheckKind.DOCUMENT_LIST, ANOTHER).outcome is CheckOutcome.CLEAR

    def test_an_empty_list_that_is_old_clears_nobody_either_after_a_restart_too(
        self, post: Post, clock: StandingClock
    ) -> None:
        post.told(alert(), hours=2)
        clock.advance(days=7)
        assert post.keeper.keep()
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).reason is Reason.LIST_EXPIRED
        post.book.fill((), None)
        post.keeper.load()
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).reason is Reason.LIST_EXPIRED

    def test_who_is_cleared_is_cleared_as_of_the_last_pull_not_of_the_last_change(
        self, post: Post, clock: StandingClock
    ) -> None:
        post.told(alert())
        changed_at = clock.now()
        clock.advance(hours=5)
        post.pulled(clock.now())
        assert post.keeper.keep()
        assert post.check(CheckKind.DOCUMENT_LIST, ANOTHER).source_as_of == clock.now()
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).source_as_of == changed_at

    def test_nobody_is_cleared_while_somebody_is_looked_for_whom_this_release_can_not_read(
        self, post: Post, clock: StandingClock
    ) -> None:
        """Until an upgrade, or until the capital's item is over."""
        post.told(alert())
        post.put_aside(WITHDRAWN, hours=2)
        assert post.keeper.keep()
        assert post.check(CheckKind.DOCUMENT_LIST, ANOTHER).outcome is CheckOutcome.CLEAR
        post.put_aside(TOLD, hours=2)
        assert post.keeper.keep()
        unknown = post.check(CheckKind.DOCUMENT_LIST, ANOTHER)
        assert (unknown.outcome, unknown.reason) == (CheckOutcome.NOT_CHECKED, Reason.LIST_FORMAT_UNKNOWN)
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).outcome is CheckOutcome.HIT
        post.book.fill((), clock.now())
        post.keeper.load()
        assert post.check(CheckKind.DOCUMENT_LIST, ANOTHER).reason is Reason.LIST_FORMAT_UNKNOWN
        clock.advance(hours=2)
        assert post.keeper.keep()
        assert post.check(CheckKind.DOCUMENT_LIST, ANOTHER).outcome is CheckOutcome.CLEAR

    def test_a_clock_that_was_set_back_by_days_clears_nobody_until_the_next_pull(
        self, post: Post, clock: StandingClock
    ) -> None:
        post.told(alert())
        post.pulled(clock.now() + timedelta(days=2))
        assert post.keeper.keep()
        assert post.check(CheckKind.DOCUMENT_LIST, ANOTHER).reason is Reason.LIST_EXPIRED

    def test_as_soon_as_everything_was_pulled_again_it_clears(self, post: Post, clock: StandingClock) -> None:
        post.told(alert())
        clock.advance(days=2)
        post.pulled(clock.now())
        assert post.keeper.keep()
        assert post.check(CheckKind.DOCUMENT_LIST, ANOTHER).outcome is CheckOutcome.CLEAR


class TestUntilWhen:
    def test_before_anybody_is_looked_for_there_is_no_such_list_and_no_false_clear(self, post: Post) -> None:
        assert post.keeper.keep()
        assert post.lists.status() == []
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).reason is Reason.NO_LIST

    def test_who_is_withdrawn_is_gone_at_once_and_an_empty_list_is_a_good_answer(self, post: Post) -> None:
        post.withdrawn(post.told(alert()))
        found = post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT)
        assert (found.outcome, found.source, found.source_version) == (CheckOutcome.CLEAR, CODE, "2")
        assert (post.looked_for(), [one.content for one in post.rows()]) == ([], [None])
        [status] = post.lists.status()
        assert (status.persons, status.seal, status.expired) == (0, "whole", False)

    def test_the_looking_ends_by_itself_and_who_it_was_is_forgotten(self, post: Post, clock: StandingClock) -> None:
        post.told(alert(), hours=2)
        clock.advance(hours=3)
        assert post.looked_for() == []
        assert post.keeper.keep()
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).outcome is CheckOutcome.CLEAR
        [row] = post.rows()
        assert (row.content, row.left_at) == (None, None)
        clock.advance(days=TOMBSTONE_KEPT.days)
        assert post.keeper.keep()
        assert post.rows() == []

    def test_one_who_stays_looked_for_keeps_the_entry_while_others_come_and_go(self, post: Post) -> None:
        first = post.told(alert())
        second = post.told(alert(person=AWA.model_copy(update={"surname": "Koné"}), document=None))
        entry = post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).hits[0].entry_id
        post.withdrawn(second)
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).hits[0].entry_id == entry
        assert post.looked_for() == [first.alert_id]

    def test_where_nothing_changes_no_version_is_made(self, post: Post) -> None:
        one = post.told(alert())
        post.told(one)
        assert post.keeper.keep()
        assert [one.version for one in post.lists.status()] == [1]

    def test_a_clock_that_is_set_back_keeps_nobody_from_being_looked_for(
        self, post: Post, clock: StandingClock
    ) -> None:
        post.told(alert(document=None))
        clock.advance(hours=-20)
        post.told(alert())
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).alerts

    def test_it_is_in_the_audit_trail_and_names_nobody(self, post: Post) -> None:
        post.withdrawn(post.told(alert()))
        post.told(alert(), hours=1)
        post.clock.advance(hours=2)
        assert post.keeper.keep()
        with reading(post.database) as session:
            entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.action.like("ahead.%"))).all()
        assert [one.action for one in entries] == ["ahead.listed", "ahead.listed", "ahead.ended"]
        assert not any("Traor" in str(one.detail) for one in entries)

    def test_the_thread_does_it_by_itself(self, post: Post) -> None:
        post.apply(TOLD, alert())
        post.keeper.start()
        post.keeper.stop()
        assert post.check(CheckKind.DOCUMENT_LIST, WITH_PASSPORT).alerts


class TestWhoWasOnEarlierVersions:
    """On both databases."""

    @pytest.fixture
    def post(self, any_database: Database, clock: StandingClock) -> Iterator[Post]:
        post = Post(any_database, clock)
        yield post
        post.screener.close()

    def names(self, post: Post) -> set[str]:
        with reading(post.database) as session:
            return set(session.scalars(sa.select(ListName.surname)))

    def test_some_days_after_it_was_replaced_nobody_can_tell_whom_a_version_had(self, post: Post) -> None:
        one = post.told(alert())
        post.withdrawn(one)
        post.clock.advance(days=6)
        assert post.keeper.keep()
        assert self.names(post) == {"Traoré"}
        assert post.lists.diff(CODE, 1, 2).removed == 1
        post.clock.advance(days=1)
        assert post.keeper.keep()
        with reading(post.database) as session:
            for table in (ListEntry, ListName, DocumentEntry):
                assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
        with pytest.raises(ListVersionForgotten):
            post.lists.diff(CODE, 1, 2)
        assert [one.number for one in post.lists.versions(CODE)] == [2, 1]
        assert post.lists.show(CODE).seal is SealState.WHOLE

    def test_no_other_list_forgets_anybody(self, post: Post) -> None:
        for number, surname in enumerate(("Diallo", "Keita")):
            post.lists.import_list(order(csv_of(person(surname=surname)), as_of=NOW + timedelta(hours=number - 2)))
        post.withdrawn(post.told(alert()))
        post.clock.advance(days=30)
        assert post.keeper.keep()
        assert self.names(post) == {"Diallo", "Keita"}

    def test_it_is_in_the_audit_trail(self, post: Post) -> None:
        post.withdrawn(post.told(alert(document=None)))
        post.clock.advance(days=8)
        assert post.keeper.keep()
        with reading(post.database) as session:
            forgotten = sa.select(AuditEntry.detail).where(AuditEntry.action == "ahead.forgotten")
            assert session.scalars(forgotten).all() == ['{"travellers":1}']

    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(("tell", "tell_name", "withdraw")), st.sampled_from((0, 1, 30, 80, 200))),
            max_size=7,
        )
    )
    @settings(max_examples=8)
    def test_whoever_comes_and_goes_the_version_in_use_is_whole_and_says_who_is_looked_for(
        self, steps: list[tuple[str, int]]
    ) -> None:
        """Each step is something that happens, and for how many hours nothing does afterwards."""
        with TemporaryDirectory() as folder:
            database, clock = sqlcipher_database(Path(folder)), StandingClock()
            post = Post(database, clock)
            waiting: list[AheadAlert] = []
            ended: dict[UUID, datetime] = {}
            for what, hours in steps:
                if what == "withdraw" and waiting:
                    post.withdrawn(waiting.pop())
                else:
                    waiting.append(post.told(alert(**({"document": None} if what == "tell_name" else {}))))
                clock.advance(hours=hours)
                assert post.keeper.keep()
                looked_for = set(post.looked_for())
                with reading(database) as session:
                    there = {UUID(one) for one in session.scalars(sa.select(ListEntry.reference))}
                    listed = {UUID(one) for one in repository_of_lists.served_persons(session, CODE)}
                for gone in there - looked_for:
                    ended.setdefault(gone, clock.now())
                    assert clock.now() - ended[gone] <= KEPT
                assert listed == looked_for
                shown = post.lists.show(CODE)
                assert (shown.seal, shown.chain_broken_at) == (SealState.WHOLE, None)
            restarted = list_service(database, clock)
            restarted.load()
            assert [one.seal for one in restarted.current()] == [SealState.WHOLE] * bool(steps)
            post.screener.close()
            database.close()


class TestWhoPassedMeanwhile:
    def test_who_left_after_the_one_who_is_looked_for_is_asked_about_once_the_last_first_day_alone(
        self, post: Post, clock: StandingClock
    ) -> None:
        one = post.told(alert(left_at=clock.now() - timedelta(days=3)))
        ages = (timedelta(days=4), timedelta(days=2), timedelta(hours=2), timedelta(minutes=1))
        places = [Place(clock.now() - age, uuid4()) for age in ages]
        post.passed.left = places
        assert not post.keeper.look_back()
        assert post.passed.asked == [place.id for place in places[2:]]
        assert not post.keeper.look_back()
        assert len(post.passed.asked) == 2, "nobody is asked about twice"
        post.withdrawn(one)

    def test_many_are_asked_about_some_at_a_time(self, post: Post, clock: StandingClock) -> None:
        post.told(alert(left_at=clock.now() - timedelta(hours=20)))
        post.passed.left = [Place(clock.now() - timedelta(minutes=minute), uuid4()) for minute in range(70)]
        assert post.keeper.look_back()
        assert len(post.passed.asked) == 50
        assert not post.keeper.look_back()
        assert len(set(post.passed.asked)) == 70

    def test_who_is_looked_for_meanwhile_waits_for_the_next_round(self, post: Post, clock: StandingClock) -> None:
        post.told(alert(left_at=clock.now() - timedelta(hours=1)))
        post.passed.left = [Place(clock.now() - timedelta(seconds=30 * number), uuid4()) for number in range(130)]
        assert post.keeper.look_back()
        post.told(alert(left_at=clock.now() - timedelta(minutes=10), document=None))
        while post.keeper.look_back():
            pass
        assert len(post.passed.asked) == 120 + 20
        assert all(row.looked_back_at for row in post.rows())

    def test_however_many_come_and_go_those_who_left_last_are_reached(self, post: Post, clock: StandingClock) -> None:
        first = post.told(alert(left_at=clock.now() - timedelta(hours=20)))
        post.passed.left = [Place(clock.now() - timedelta(minutes=number), uuid4()) for number in range(180)]
        others: list[AheadAlert] = []
        for _ in range(4):
            post.keeper.look_back()
            others.append(post.told(alert(left_at=clock.now() - timedelta(hours=20), document=None)))
        assert {one.id for one in post.passed.left} == set(post.passed.asked)
        looked_back = {row.alert_id for row in post.rows() if row.looked_back_at}
        assert first.alert_id in looked_back
        assert not looked_back & {one.alert_id for one in others}

    def test_where_nobody_of_a_round_is_looked_for_any_more_the_next_begins(
        self, post: Post, clock: StandingClock
    ) -> None:
        first = post.told(alert(left_at=clock.now() - timedelta(hours=20)))
        post.passed.left = [Place(clock.now() - timedelta(minutes=number), uuid4()) for number in range(70)]
        assert post.keeper.look_back()
        post.told(alert(left_at=clock.now() - timedelta(minutes=3), document=None))
        post.withdrawn(first)
        assert not post.keeper.look_back()
        assert len(post.passed.asked) == 50 + 3


class TestNobodyChangesItByHand:
    def test_a_file_is_refused(self, post: Post) -> None:
        with pytest.raises(ListToldByTheCapital):
            post.lists.import_list(order(write([]), code=CODE, format=NAME))
        with pytest.raises(ListToldByTheCapital):
            post.lists.import_list(order(csv_of(person()), code=CODE, format="national_persons"))
        with pytest.raises(ListToldByTheCapital):
            post.lists.preview(order(write([]), code="mine", format=NAME))

    def test_no_entry_is_ended(self, post: Post) -> None:
        one = post.told(alert())
        with pytest.raises(ListToldByTheCapital):
            post.lists.expire(ExpiryOrder(CODE, str(one.alert_id), SYSTEM, reason="Mistaken"))
        with pytest.raises(ListToldByTheCapital):
            post.lists.endings.propose(
                CODE, EndingIn(reference=str(one.alert_id), reason="Mistaken"), actor=somebody("awa")
            )


class TestApplying:
    """On both databases."""

    @pytest.fixture
    def post(self, any_database: Database, clock: StandingClock) -> Iterator[Post]:
        post = Post(any_database, clock)
        yield post
        post.screener.close()

    def test_what_is_told_twice_is_kept_once(self, post: Post) -> None:
        one = alert()
        post.apply(TOLD, one)
        post.apply(TOLD, one, hours=1)
        [row] = post.rows()
        assert row.expires_at == post.clock.now() + timedelta(hours=72)

    def test_what_was_withdrawn_first_is_never_looked_for(self, post: Post) -> None:
        one = alert()
        post.withdrawn(one)
        post.apply(TOLD, one)
        post.withdrawn(one)
        assert (post.looked_for(), [row.content for row in post.rows()]) == ([], [None])

    def test_the_list_is_made_and_ended(self, post: Post) -> None:
        one = post.told(alert())
        assert post.looked_for() == [one.alert_id]
        [row] = post.rows()
        assert (row.listed_in, row.looked_back_at) == (1, None)
        assert not post.keeper.look_back()
        [row] = post.rows()
        assert row.looked_back_at == post.clock.now()
        with reading(post.database) as session:
            assert repository.count(session, post.clock.now()) == 1
        post.withdrawn(one)
        with reading(post.database) as session:
            assert repository.count(session, post.clock.now()) == 0

    def test_many_who_are_looked_for_are_told_a_page_at_a_time(self, post: Post) -> None:
        for _ in range(ON_A_PAGE + 2):
            post.clock.advance(seconds=1)
            post.apply(TOLD, alert())
        with reading(post.database) as session:
            service = AheadService(post.clock)
            first, second, beyond = (service.looked_for(session, page) for page in (1, 2, 9))
        assert [len(first.travellers), len(second.travellers), first.pages, first.total] == [50, 2, 2, 52]
        assert second == beyond, "the last page, where some ended meanwhile"
        told = [row.alert_id for row in sorted(post.rows(), key=lambda row: row.received_at, reverse=True)]
        assert [one.alert.alert_id for one in (*first.travellers, *second.travellers)] == told

    def test_what_names_nobody_is_not_taken_in(self, post: Post) -> None:
        said = alert().model_dump(mode="json") | {"person": None, "document": None}
        applier = post.appliers.find(TOLD, 1)
        assert applier is not None
        item = FeedItem(uuid4(), 1, TOLD, 1, said, NOW, NOW + timedelta(hours=1))
        with post.database.unit_of_work() as session, pytest.raises(ValueError, match="by a name or by a document"):
            applier(session, item)
        assert post.rows() == []
