"""The capital tells the posts ahead: of whom, of whom never, and when nobody is to look any more."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from crossing.bootstrap import capital_appliers
from crossing.capital import service
from crossing.capital.ahead import AheadTeller, Known
from crossing.capital.models import Alert, AlertAhead, AlertUntold
from crossing.capital.schemas import AlertedTraveller, AlertKind, EndedAhead
from crossing.capital.telling import AheadRetrier, AheadTelling, count_untold
from crossing.decisions.schemas import (
    Finding,
    HitWord,
    LookedForWord,
    ReferralState,
    ReferralView,
    RefusalReason,
    Resolution,
    Verdict,
)
from crossing.decisions.service import REFERRAL_RESOLVED, REFERRAL_VERSION
from crossing.lanes.events import LATE_ANSWER, LATE_ANSWER_VERSION, LateAnswer
from crossing.movements.schemas import CrossingCase, MovementRecord
from crossing.movements.service import RECORDED, RECORDED_VERSION
from crossing.platform.crypto import SigningKey
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.posts.models import Post
from crossing.replication.events import Lane, ReceivedEvent
from crossing.replication.feed.models import PublishedItem
from crossing.replication.feed.publishing import feed_held
from crossing.screening.ahead.schemas import TOLD, WITHDRAWN, AheadAlert, AheadKind, AheadWithdrawn, EndedBy
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, HitDetail
from tests.factories.clock import StandingClock
from tests.factories.databases import postgres_database
from tests.factories.movements import AMINATA, NOW, PASSPORT, check, movement
from tests.factories.waiting import wait_until

STOLEN = HitDetail(
    list_name="INTERPOL SLTD",
    entry_reference="SLTD-1",
    label="A4G7K29B1",
    score=1.0,
    action="Seize the document",
    caution="May be armed",
    notice_colour="red",
)


def hit(kind: CheckKind = CheckKind.INTERPOL_SLTD, source: str = "interpol", **changed: Any) -> CheckResult:
    detail = STOLEN.model_copy(update={"hit_id": new_id(), **changed})
    return check(kind, CheckOutcome.HIT, source=source).model_copy(
        update={"hits": (detail,), "source_name": "INTERPOL"}
    )


SLTD = hit()
CLEAR = check(CheckKind.INTERPOL_SLTD, source="interpol")
ANOTHER = PASSPORT.model_copy(update={"number": "ZZ999999"})


class Capital:
    """The appliers of a capital over its database, and what it has published."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = StandingClock()
        teller = AheadTeller(SigningKey(Ed25519PrivateKey.generate()), self.clock, hours=72)
        self.telling = AheadTelling(teller, self.clock, hours=72)
        self.appliers = capital_appliers(self.clock, self.telling)
        with database.unit_of_work() as session:
            session.add(Post(code="NIA-1", name="Niangoloko", country="BFA"))

    def take(self, *events: ReceivedEvent, waits: str = "10s") -> None:
        """Each in a transaction of its own. ``waits``: how long for another one."""
        for event in events:
            with self.database.unit_of_work() as session:
                session.execute(sa.select(sa.func.set_config("lock_timeout", waits, True)))
                self.apply(session, event)
                self.appliers.end(session)

    def apply(self, session: Session, event: ReceivedEvent) -> None:
        applier = self.appliers.find(event.type, event.version)
        assert applier is not None
        applier(session, event)

    @property
    def items(self) -> list[PublishedItem]:
        with reading(self.database) as session:
            return list(session.scalars(sa.select(PublishedItem).order_by(PublishedItem.sequence)))

    @property
    def told(self) -> list[AheadAlert]:
        return [AheadAlert.model_validate_json(one.payload or "") for one in self.items if one.type == TOLD]

    @property
    def withdrawn(self) -> list[tuple[UUID, EndedBy]]:
        over = [AheadWithdrawn.model_validate_json(one.payload or "") for one in self.items if one.type == WITHDRAWN]
        return [(one.alert_id, one.ended_by) for one in over]

    @property
    def looked_for(self) -> set[UUID]:
        return {one.alert_id for one in self.told} - {alert for alert, _ in self.withdrawn}

    def count(self, table: type[Any]) -> int:
        with reading(self.database) as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.fixture
def capital(capital_database: Database) -> Capital:
    return Capital(capital_database)


def received(kind: str, version: int, payload: Any, post: str = "NIA-1") -> ReceivedEvent:
    said = payload if isinstance(payload, dict) else payload.model_dump(mode="json")
    return ReceivedEvent(
        event_id=new_id(), post=post, machine="desk-1", epoch=1, sequence=1, lane=Lane.ALERT, type=kind,
        version=version, payload=said, occurred_at=NOW, blobs=(),
    )  # fmt: skip


def recorded(record: MovementRecord) -> ReceivedEvent:
    return received(RECORDED, RECORDED_VERSION, record, record.post)


def late(session_id: UUID, *checks: CheckResult, **changed: Any) -> ReceivedEvent:
    plain: dict[str, Any] = {
        "session_id": session_id, "movement_id": new_id(), "post": "NIA-1", "lane": "1", "closed_at": NOW,
        "checks": checks, "person": AMINATA, "document": PASSPORT, "case": "document", "round": 2,
    }  # fmt: skip
    answer = LateAnswer(**(plain | changed))
    return received(LATE_ANSWER, LATE_ANSWER_VERSION, answer, answer.post)


def resolved(
    session_id: UUID,
    finding: Finding,
    *reasons: CheckResult,
    is_late: bool = True,
    verdict: Verdict = Verdict.ADMIT,
    post: str = "NIA-1",
    words: tuple[HitWord, ...] = (),
    looked_for: tuple[LookedForWord, ...] = (),
) -> ReceivedEvent:
    view = ReferralView(
        referral_id=new_id(), session_id=session_id, post=post, lane="1", state=ReferralState.RESOLVED,
        late=is_late, opened_at=NOW, opened_by="a.traore", note="", reasons=reasons or (SLTD,),
        resolution=Resolution(
            verdict=verdict, reason_code=RefusalReason.LISTED if verdict is Verdict.REFUSE else None,
            finding=finding, bureau_reference="UTO-77", hits=words, looked_for=looked_for,
        ),
        resolved_by="s.kone", resolved_at=NOW, approved_by="d.sy",
    )  # fmt: skip
    return received(REFERRAL_RESOLVED, REFERRAL_VERSION, view, post)


class TestOfWhom:
    def test_a_late_hit_is_told_with_who_where_when_and_why_but_to_the_machine_that_raised_it(
        self, capital: Capital
    ) -> None:
        event = late(new_id(), SLTD)
        capital.take(event)
        [item], [told] = capital.items, capital.told
        assert (item.item_id, item.not_to_post, item.not_to_machine) == (event.event_id, "NIA-1", "desk-1")
        assert (item.expires_at - item.published_at).total_seconds() == 72 * 3600
        assert (told.kind, told.where, told.lane, told.left_at) == (
            AheadKind.LATE_HIT, "Niangoloko (NIA-1)", "1", NOW,
        )  # fmt: skip
        assert told.person is not None
        assert told.document is not None
        assert (told.person.name, str(told.person.birth_date)) == ("Traoré Aminata", "1987-05-14")
        assert (told.document.issuer, told.document.number) == ("MLI", PASSPORT.number)
        [why] = told.hits
        assert (why.check, why.source, why.reference, why.action, why.caution, why.notice_colour) == (
            CheckKind.INTERPOL_SLTD, "INTERPOL", "SLTD-1", "Seize the document", "May be armed", "red",
        )  # fmt: skip

    def test_who_left_undecided_is_told_of_too(self, capital: Capital) -> None:
        capital.take(late(new_id(), SLTD, movement_id=None))
        assert [one.kind for one in capital.told] == [AheadKind.LEFT_UNDECIDED]

    def test_an_answer_without_a_hit_is_told_to_nobody(self, capital: Capital) -> None:
        capital.take(late(new_id(), CLEAR))
        assert capital.items == []

    def test_who_is_not_known_is_told_of_once_the_movement_says_who(self, capital: Capital) -> None:
        record = movement()
        capital.take(late(record.session_id, SLTD, person=None, document=None))
        assert capital.told == []
        capital.take(recorded(record))
        [told] = capital.told
        assert told.person is not None
        assert told.person.surname == AMINATA.surname

    def test_a_machine_that_knows_no_case_is_believed_to_know_of_none_that_is_restricted(
        self, capital: Capital
    ) -> None:
        capital.take(late(new_id(), SLTD, case=""))
        assert len(capital.told) == 1

    @pytest.mark.parametrize("case", ["asylum", "a_case_of_tomorrow"])
    def test_nothing_of_a_traveller_under_restricted_visibility_ever_leaves_the_capital(
        self, capital: Capital, case: str
    ) -> None:
        session = new_id()
        capital.take(late(session, SLTD, movement_id=None, case=case))
        capital.take(resolved(session, Finding.CONFIRMED))
        assert capital.count(Alert) == 2, "the capital itself knows"
        assert capital.items == []

    def test_who_turns_out_to_be_restricted_is_withdrawn_and_the_capital_alone_knows_why(
        self, capital: Capital
    ) -> None:
        session = new_id()
        event = late(session, SLTD, movement_id=None)
        capital.take(event, late(session, SLTD, round=3, movement_id=None, case="asylum"))
        assert capital.withdrawn == [(event.event_id, EndedBy.NO_LONGER_A_HIT)]
        with reading(capital.database) as reader:
            ended = [one.ahead.ended_by for one in service.alerts(reader) if one.ahead]
        assert ended == [EndedAhead.RESTRICTED]
        assert not any("restricted" in (one.payload or "") for one in capital.items)

    def test_a_restricted_movement_keeps_a_hit_of_its_session_from_being_told(self) -> None:
        record = movement().model_copy(update={"case": CrossingCase.DOCUMENT})
        assert not Known((), (), frozenset(), record).is_restricted
        restricted = AlertedTraveller(person=AMINATA, case="asylum").model_dump(mode="json")
        assert Known((Alert(traveller=restricted),), (), frozenset(), record).is_restricted


@contextmanager
def feed_that_takes_nothing(capital: Capital) -> Iterator[None]:
    """The database refuses each new item, as where its disk is full."""
    with capital.database.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE feed_items ADD CONSTRAINT full_disk CHECK (sequence < 0) NOT VALID"))
    yield
    with capital.database.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE feed_items DROP CONSTRAINT full_disk"))


class TestHowLongTheFeedIsHeld:
    """Whoever publishes keeps all others from publishing until their commit."""

    def test_not_while_a_batch_is_applied(self, capital: Capital) -> None:
        with capital.database.unit_of_work() as session:
            capital.apply(session, late(new_id(), SLTD))
            with capital.database.unit_of_work() as other:
                other.execute(sa.select(sa.func.set_config("lock_timeout", "50ms", True)))
                feed_held(other)
            capital.appliers.end(session)
            assert capital.items == [], "in the same transaction, or not at all"
        assert len(capital.told) == 1

    def test_of_one_session_the_posts_are_told_what_a_whole_batch_says(self, capital: Capital) -> None:
        session_id, other = new_id(), late(new_id(), SLTD)
        with capital.database.unit_of_work() as session:
            for event in (late(session_id, SLTD), other, late(session_id, CLEAR, round=3)):
                capital.apply(session, event)
            capital.appliers.end(session)
        assert [one.alert_id for one in capital.told] == [other.event_id]

    def test_an_event_that_was_undone_is_told_to_nobody(self, capital: Capital) -> None:
        good, bad = late(new_id(), SLTD), late(new_id(), SLTD)
        with capital.database.unit_of_work() as session:
            capital.apply(session, good)
            savepoint = session.begin_nested()
            capital.apply(session, bad)
            savepoint.rollback()
            capital.appliers.end(session)
        assert [one.alert_id for one in capital.told] == [good.event_id]
        assert capital.count(AlertUntold) == 0


class TestWhateverTellingRaises:
    LONG = "\N{DESERET CAPITAL LETTER LONG I}" * 300

    def too_much_to_tell(self) -> CheckResult:
        """More than an item of the feed may hold."""
        much = {"action": self.LONG, "caution": self.LONG}
        hits = tuple(
            STOLEN.model_copy(update={"entry_reference": f"{n:02}{self.LONG[:98]}", **much}) for n in range(20)
        )
        return SLTD.model_copy(update={"hits": hits, "source_name": self.LONG[:200]})

    def test_the_alert_is_kept_and_shown_and_the_log_has_a_code(self, capital: Capital) -> None:
        with structlog.testing.capture_logs() as logged:
            capital.take(late(new_id(), self.too_much_to_tell()))
        with reading(capital.database) as reader:
            [alert] = service.alerts(reader)
        assert (alert.kind, alert.ahead) == (AlertKind.LATE_HIT, None)
        assert (capital.items, capital.count(AlertAhead)) == ([], 0)
        assert [(one["event"], one["error"]) for one in logged] == [("capital.ahead_not_told", "event_invalid")]

    def test_the_next_event_of_the_session_tells_what_can_be_told(self, capital: Capital) -> None:
        session = new_id()
        capital.take(late(session, self.too_much_to_tell()), late(session, SLTD, round=3))
        assert len(capital.told) == 1

    def test_it_is_tried_again_with_longer_and_longer_waits_until_it_goes(self, capital: Capital) -> None:
        event, clock = late(new_id(), SLTD), capital.clock
        retrier = AheadRetrier(database=capital.database, telling=capital.telling)
        with feed_that_takes_nothing(capital):
            capital.take(event)
            waits = []
            for _ in range(9):
                began = clock.now()
                assert retrier.run_once() == 0
                while not self.due(capital):
                    clock.advance(minutes=1)
                waits.append((clock.now() - began).total_seconds() / 60)
            assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
        assert (capital.items, self.untold(capital)) == ([], 1)
        assert retrier.run_once() == 1
        [item] = capital.items
        assert (item.item_id, item.not_to_post, item.not_to_machine) == (event.event_id, "NIA-1", "desk-1")
        assert (self.untold(capital), retrier.run_once(), len(capital.items)) == (0, 0, 1)

    def test_a_withdrawal_that_failed_is_tried_again_too(self, capital: Capital) -> None:
        event = late(new_id(), SLTD)
        capital.take(event)
        with feed_that_takes_nothing(capital):
            capital.take(resolved(UUID(event.payload["session_id"]), Finding.NOT_THE_PERSON))
        assert capital.looked_for == {event.event_id}
        capital.clock.advance(minutes=2)
        assert AheadRetrier(database=capital.database, telling=capital.telling).run_once() == 1
        assert capital.withdrawn == [(event.event_id, EndedBy.NOT_THE_PERSON)]

    def test_once_nobody_would_be_looked_for_any_more_it_is_given_up(self, capital: Capital) -> None:
        with feed_that_takes_nothing(capital):
            capital.take(late(new_id(), SLTD))
        capital.clock.advance(hours=72)
        with structlog.testing.capture_logs() as logged:
            AheadRetrier(database=capital.database, telling=capital.telling).run_once()
        assert [one["event"] for one in logged] == ["capital.ahead_given_up"]
        assert (capital.items, self.untold(capital)) == ([], 0)

    def test_what_fails_anew_is_tried_for_as_long_as_what_failed_first(self, capital: Capital) -> None:
        session = new_id()
        with feed_that_takes_nothing(capital):
            capital.take(late(session, SLTD))
            capital.clock.advance(hours=71)
            capital.take(late(session, hit(CheckKind.INTERPOL_NOMINALS)))
        capital.clock.advance(hours=2)
        assert AheadRetrier(database=capital.database, telling=capital.telling).run_once() == 1
        assert len(capital.told) == 2

    def test_a_clock_that_is_set_back_keeps_nobody_waiting(self, capital: Capital) -> None:
        with feed_that_takes_nothing(capital):
            capital.take(late(new_id(), SLTD))
        capital.clock.advance(days=-30)
        assert AheadRetrier(database=capital.database, telling=capital.telling).run_once() == 1
        assert len(capital.told) == 1

    def test_the_thread_does_it_by_itself(self, capital: Capital) -> None:
        with feed_that_takes_nothing(capital):
            capital.take(late(new_id(), SLTD))
        capital.clock.advance(minutes=2)
        retrier = AheadRetrier(database=capital.database, telling=capital.telling, interval_s=0.05)
        retrier.start()
        wait_until(lambda: len(capital.told) == 1, what="telling")
        retrier.stop()

    def due(self, capital: Capital) -> list[UUID]:
        with reading(capital.database) as session:
            return capital.telling.due(session)

    def untold(self, capital: Capital) -> int:
        with reading(capital.database) as session:
            return count_untold(session)

    def test_where_another_transaction_is_in_the_way_the_event_is_taken_again(self, capital: Capital) -> None:
        with capital.database.unit_of_work() as other:
            feed_held(other)
            with pytest.raises(OperationalError):
                capital.take(late(new_id(), SLTD), waits="50ms")
        assert capital.count(Alert) == 0


class TestConfirmedHits:
    def test_who_was_let_on_is_told_of_as_soon_as_it_is_known_who_it_is(self, capital: Capital) -> None:
        record = movement()
        capital.take(resolved(record.session_id, Finding.CONFIRMED, is_late=False))
        assert capital.told == []
        capital.take(recorded(record))
        assert [one.kind for one in capital.told] == [AheadKind.CONFIRMED_HIT]

    def test_who_was_refused_need_not_be_looked_for(self, capital: Capital) -> None:
        record = movement()
        capital.take(
            resolved(record.session_id, Finding.CONFIRMED, is_late=False, verdict=Verdict.REFUSE), recorded(record)
        )
        assert capital.items == []

    def test_in_whatever_order_they_come_the_posts_look_for_the_confirmed_one_alone(
        self, postgres_server: str
    ) -> None:
        for order in permutations(range(3)):
            record = movement()
            events = (
                recorded(record), late(record.session_id, SLTD), resolved(record.session_id, Finding.CONFIRMED),
            )  # fmt: skip
            with postgres_database(postgres_server) as database:
                capital = Capital(database)
                capital.take(*(events[index] for index in order))
                assert capital.looked_for == {events[2].event_id}, order
                assert {why for _, why in capital.withdrawn} <= {EndedBy.TOLD_ANEW}


class TestWithdrawal:
    def test_who_turns_out_not_to_be_the_person_is_no_longer_looked_for(self, capital: Capital) -> None:
        event = late(new_id(), SLTD)
        capital.take(event, resolved(UUID(event.payload["session_id"]), Finding.NOT_THE_PERSON))
        assert capital.withdrawn == [(event.event_id, EndedBy.NOT_THE_PERSON)]
        told, over = capital.items
        assert (over.expires_at, over.not_to_post) == (told.expires_at, None)

    def test_a_finding_on_something_else_withdraws_nothing(self, capital: Capital) -> None:
        session = new_id()
        capital.take(late(session, SLTD), resolved(session, Finding.NOT_THE_PERSON, hit(entry_reference="SLTD-9")))
        assert capital.withdrawn == []

    def test_of_several_records_the_one_that_still_stands_keeps_them_looked_for(self, capital: Capital) -> None:
        session, other = new_id(), hit(CheckKind.INTERPOL_NOMINALS, entry_reference="N-2")
        event = late(session, SLTD, other)
        words = tuple(
            HitWord(hit_id=one.hits[0].hit_id, finding=finding, bureau_reference="UTO-77")
            for one, finding in ((SLTD, Finding.NOT_THE_PERSON), (other, Finding.UNCONFIRMED))
        )
        capital.take(event, resolved(session, Finding.UNCONFIRMED, SLTD, other, words=words))
        assert capital.looked_for == {event.event_id}
        capital.take(resolved(session, Finding.RECORD_WITHDRAWN, other))
        assert capital.looked_for == set()

    def test_a_later_answer_of_the_source_itself_that_finds_nothing_ends_it(self, capital: Capital) -> None:
        session = new_id()
        event = late(session, SLTD)
        capital.take(event, late(session, CLEAR, round=3, person=None, document=None))
        assert capital.withdrawn == [(event.event_id, EndedBy.NO_LONGER_A_HIT)]

    def test_an_answer_that_comes_after_the_newer_one_is_not_told_at_all(self, capital: Capital) -> None:
        session = new_id()
        capital.take(late(session, CLEAR, round=3), late(session, SLTD, round=2))
        assert capital.count(Alert) == 1
        assert capital.items == []

    def test_a_hit_that_is_said_again_is_told_anew_only_where_it_is_what_counts(self, capital: Capital) -> None:
        session = new_id()
        again = {"told_before": True, "person": None, "document": None}
        capital.take(late(session, SLTD), late(session, CLEAR, round=5))
        capital.take(late(session, SLTD, round=4, **again))
        assert (len(capital.told), capital.count(Alert)) == (1, 1)
        capital.take(late(session, SLTD, round=6, **again), late(session, SLTD, round=7, **again))
        assert (len(capital.told), len(capital.looked_for), capital.count(Alert)) == (2, 1, 2)
        capital.take(late(session, CLEAR, round=8))
        assert capital.looked_for == set()

    def test_a_hit_that_the_second_line_ended_is_not_told_anew(self, capital: Capital) -> None:
        session = new_id()
        capital.take(late(session, SLTD), resolved(session, Finding.NOT_THE_PERSON))
        capital.take(late(session, SLTD, round=6, told_before=True, person=None, document=None))
        assert (capital.looked_for, capital.count(Alert)) == (set(), 1)

    def test_what_is_over_is_not_withdrawn(self, capital: Capital) -> None:
        session = new_id()
        capital.take(late(session, SLTD))
        capital.clock.advance(hours=73)
        capital.take(resolved(session, Finding.NOT_THE_PERSON))
        assert capital.withdrawn == []


class TestNoTellingWithoutEnd:
    def looked_for_at_the_next_post(self, capital: Capital) -> tuple[ReceivedEvent, CheckResult]:
        first = late(new_id(), SLTD)
        capital.take(first)
        seen = hit(CheckKind.DOCUMENT_LIST, "ahead", entry_reference=f"{first.event_id}#1")
        return first, seen

    def test_a_hit_on_who_is_looked_for_alerts_the_capital_and_is_told_no_further(self, capital: Capital) -> None:
        first, seen = self.looked_for_at_the_next_post(capital)
        capital.take(late(new_id(), seen, post="KOB-2", movement_id=None))
        assert capital.count(Alert) == 2
        assert capital.looked_for == {first.event_id}
        assert len(capital.items) == 1

    def test_what_else_was_found_there_is_told_without_it(self, capital: Capital) -> None:
        _, seen = self.looked_for_at_the_next_post(capital)
        other = hit(CheckKind.INTERPOL_NOMINALS, entry_reference="N-2")
        capital.take(late(new_id(), seen, other, post="KOB-2"))
        assert [[why.reference for why in one.hits] for one in capital.told] == [["SLTD-1"], ["N-2"]]


class TestFound:
    """The traveller of ``first`` is looked for; a second line of Kobeni meets somebody whom its list finds."""

    @pytest.fixture
    def first(self, capital: Capital) -> ReceivedEvent:
        event = late(new_id(), SLTD)
        capital.take(event)
        return event

    def seen(self, first: ReceivedEvent, kind: CheckKind = CheckKind.DOCUMENT_LIST) -> CheckResult:
        return hit(kind, "ahead", entry_reference=f"{first.event_id}#1")

    def meet(
        self, capital: Capital, *reasons: CheckResult, finding: Finding = Finding.CONFIRMED, **changed: Any
    ) -> None:
        """``changed``: of the movement; ``looked_for`` and ``verdict`` of the referral."""
        of_referral = {name: changed.pop(name) for name in ("looked_for", "verdict") if name in changed}
        record = movement().model_copy(update={"session_id": new_id(), "post": "KOB-2"} | changed)
        capital.take(resolved(record.session_id, finding, *reasons, is_late=False, post="KOB-2", **of_referral))
        assert capital.withdrawn == [], "who it was is not known yet"
        capital.take(recorded(record))

    @pytest.mark.parametrize("verdict", list(Verdict))
    def test_once_a_second_line_met_them_nobody_looks_any_more(
        self, capital: Capital, first: ReceivedEvent, verdict: Verdict
    ) -> None:
        self.meet(capital, self.seen(first), verdict=verdict)
        assert capital.withdrawn == [(first.event_id, EndedBy.FOUND)]

    def test_with_another_document_they_are_met_by_name_and_birth_where_nothing_else_was_to_confirm(
        self, capital: Capital, first: ReceivedEvent
    ) -> None:
        self.meet(capital, self.seen(first, CheckKind.NAME_LIST), document=ANOTHER)
        assert capital.withdrawn == [(first.event_id, EndedBy.FOUND)]

    def test_a_namesake_on_whom_something_else_was_confirmed_ends_nothing(
        self, capital: Capital, first: ReceivedEvent
    ) -> None:
        self.meet(capital, hit(entry_reference="SLTD-9"), self.seen(first, CheckKind.NAME_LIST), document=ANOTHER)
        assert capital.withdrawn == []

    def test_the_very_document_is_found_whatever_else_was_confirmed(
        self, capital: Capital, first: ReceivedEvent
    ) -> None:
        self.meet(capital, hit(entry_reference="SLTD-1"), self.seen(first))
        assert capital.withdrawn == [(first.event_id, EndedBy.FOUND)]

    @pytest.mark.parametrize(
        ("word", "over"),
        [(Finding.CONFIRMED, True), (Finding.NOT_THE_PERSON, False), (Finding.UNCONFIRMED, False)],
    )
    def test_a_word_on_the_hit_itself_decides(
        self, capital: Capital, first: ReceivedEvent, word: Finding, over: bool
    ) -> None:
        other, seen = hit(entry_reference="SLTD-9"), self.seen(first, CheckKind.NAME_LIST)
        words = (LookedForWord(hit_id=seen.hits[0].hit_id, finding=word),)
        self.meet(capital, other, seen, looked_for=words, document=ANOTHER)
        assert bool(capital.withdrawn) is over

    @pytest.mark.parametrize("on", [0, 1])
    def test_a_word_on_one_hit_holds_for_all_hits_on_the_same_traveller(
        self, capital: Capital, first: ReceivedEvent, on: int
    ) -> None:
        seen = self.seen(first, CheckKind.NAME_LIST), self.seen(first)
        words = (LookedForWord(hit_id=seen[on].hits[0].hit_id, finding=Finding.NOT_THE_PERSON),)
        self.meet(capital, hit(entry_reference="SLTD-9"), *seen, looked_for=words)
        assert capital.withdrawn == []

    def test_of_two_who_are_looked_for_by_name_none_is_taken_for_found(
        self, capital: Capital, first: ReceivedEvent
    ) -> None:
        twin = late(new_id(), SLTD, document=None)
        capital.take(twin)
        seen = [self.seen(one, CheckKind.NAME_LIST) for one in (first, twin)]
        self.meet(capital, *seen, document=ANOTHER)
        assert capital.withdrawn == []

    def test_who_is_not_known_to_be_like_them_ends_nothing_whatever_id_a_machine_names(
        self, capital: Capital, first: ReceivedEvent
    ) -> None:
        other = AMINATA.model_copy(update={"surname": "Koné", "given_names": "Drissa", "birth_date": "1961-02-03"})
        self.meet(capital, self.seen(first), person=other, document=ANOTHER)
        assert capital.withdrawn == []

    def test_nobody_ends_what_they_were_never_told_of(self, capital: Capital, first: ReceivedEvent) -> None:
        """The machine that raised the alert has nobody of it on its list."""
        record = movement().model_copy(update={"session_id": new_id()})
        capital.take(resolved(record.session_id, Finding.CONFIRMED, self.seen(first)), recorded(record))
        assert capital.withdrawn == []

    @pytest.mark.parametrize("reference", ["", "N-1", "019a205c-0000-7000-8000-000000000001"])
    def test_what_names_no_alert_ends_nothing(self, capital: Capital, first: ReceivedEvent, reference: str) -> None:
        self.meet(capital, hit(CheckKind.NAME_LIST, "ahead", entry_reference=reference))
        assert capital.looked_for >= {first.event_id}

    def test_a_namesake_at_another_post_ends_nothing(self, capital: Capital, first: ReceivedEvent) -> None:
        self.meet(capital, self.seen(first), finding=Finding.NOT_THE_PERSON)
        assert capital.withdrawn == []

    def test_who_was_found_is_not_told_of_again_by_a_movement_that_comes_late(self, capital: Capital) -> None:
        record = movement()
        first = late(record.session_id, SLTD)
        capital.take(first)
        self.meet(capital, self.seen(first))
        capital.take(recorded(record))
        assert (len(capital.told), len(capital.withdrawn)) == (1, 1)


def test_the_analyst_is_told_until_when_the_posts_look(capital: Capital) -> None:
    session = new_id()
    capital.take(late(session, SLTD), late(new_id(), SLTD, case="asylum"))
    capital.take(resolved(session, Finding.NOT_THE_PERSON))
    with reading(capital.database) as reader:
        ended = [one.ahead and one.ahead.ended_by for one in service.alerts(reader)]
    assert sorted(ended, key=str) == sorted([None, EndedAhead.NOT_THE_PERSON], key=str)
    assert capital.count(AlertAhead) == 1
