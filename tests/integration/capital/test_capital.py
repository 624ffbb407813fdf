"""What the nation sees: events of all posts in any order, search, timelines, alerts; every look with its purpose."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from crossing.audit.models import AuditEntry
from crossing.bootstrap import capital_appliers
from crossing.capital import service
from crossing.capital.endpoints import router
from crossing.capital.models import Alert
from crossing.capital.schemas import AlertedTraveller, AlertKind, Search, SearchAnswer, SearchPurpose, Timeline
from crossing.decisions.schemas import Finding, ReferralState, ReferralView, RefusalReason, Resolution, Verdict
from crossing.decisions.service import REFERRAL_RESOLVED
from crossing.faces.schemas import Judgement
from crossing.identity.roles import Role
from crossing.lanes.events import LATE_ANSWER, LateAnswer
from crossing.movements.errors import MovementUnknown
from crossing.movements.schemas import Direction, MovementOutcome, MovementRecord, Person, TravelDocument
from crossing.movements.service import RECORDED
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.replication.events import Lane, ReceivedEvent
from crossing.screening.schemas import CheckKind, CheckOutcome, Explanation, HitDetail
from crossing.web.pages.alerts import judged
from tests.factories.clock import StandingClock
from tests.factories.databases import postgres_database
from tests.factories.movements import AMINATA, NOW, PASSPORT, check, movement, nobody
from tests.factories.officers import app_with_identity, signed_in_client

NEW = ("person", "document")
"""What version 2 of a late answer adds."""

HIT = check(CheckKind.INTERPOL_SLTD, CheckOutcome.HIT, source="interpol")


@pytest.fixture
def database(capital_database: Database) -> Database:
    return capital_database


def received(kind: str, payload: Any, *, post: str = "NIA-1", sequence: int = 1) -> ReceivedEvent:
    return ReceivedEvent(
        event_id=new_id(),
        post=post,
        machine="desk-1",
        epoch=1,
        sequence=sequence,
        lane=Lane.BIOGRAPHIC,
        type=kind,
        version=1,
        payload=payload.model_dump(mode="json"),
        occurred_at=NOW,
        blobs=(),
    )


def apply(database: Database, *events: ReceivedEvent) -> None:
    appliers = capital_appliers(StandingClock())
    for event in events:
        with database.unit_of_work() as session:
            applier = appliers.find(event.type, event.version)
            assert applier is not None
            applier(session, event)


def moved(**changed: Any) -> tuple[MovementRecord, ReceivedEvent]:
    record = movement(**changed)
    return record, received(RECORDED, record, post=record.post)


def late_answer(record: MovementRecord, *checks: Any) -> ReceivedEvent:
    answer = LateAnswer(
        session_id=record.session_id,
        movement_id=record.movement_id,
        post=record.post,
        lane=record.lane,
        closed_at=record.occurred_at,
        checks=checks,
    )
    return received(LATE_ANSWER, answer, post=record.post)


def resolved(record: MovementRecord, finding: Finding) -> ReceivedEvent:
    view = ReferralView(
        referral_id=new_id(),
        session_id=record.session_id,
        post=record.post,
        lane=record.lane,
        state=ReferralState.RESOLVED,
        late=False,
        opened_at=NOW,
        opened_by="a.traore",
        note="",
        reasons=(HIT,),
        resolution=Resolution(
            verdict=Verdict.REFUSE, reason_code=RefusalReason.LISTED, finding=finding, bureau_reference="UTO-77"
        ),
        resolved_by="s.kone",
        resolved_at=NOW,
        approved_by="d.sy",
    )
    return received(REFERRAL_RESOLVED, view, post=record.post)


def found(database: Database, **asked: Any) -> SearchAnswer:
    with reading(database) as session:
        return service.search(session, Search(purpose=SearchPurpose.INVESTIGATION, **asked))


def names(answer: SearchAnswer) -> list[str]:
    return [one.movement.surname for one in answer.found]


def timeline(database: Database, movement_id: UUID) -> Timeline:
    with reading(database) as session:
        return service.timeline(session, movement_id)


class TestEvents:
    def test_in_whatever_order_they_come_the_story_is_the_same(self, postgres_server: str) -> None:
        record, recorded = moved()
        corrected = record.model_copy(
            update={
                "movement_id": new_id(),
                "person": AMINATA.model_copy(update={"surname": "Diarra"}),
                "corrects": record.movement_id,
                "correction_reason": "Married name",
            }
        )
        events = (
            recorded,
            received(RECORDED, corrected),
            late_answer(record, HIT),
            resolved(record, Finding.CONFIRMED),
        )
        for order in list(permutations(events))[::7]:
            with postgres_database(postgres_server) as database:
                apply(database, *order)
                story = timeline(database, corrected.movement_id)
                assert {one.movement_id for one in story.movements} == {record.movement_id, corrected.movement_id}
                assert story.open_entry is not None
                assert story.open_entry.movement_id == corrected.movement_id
                assert [one.session_id for one in story.referrals] == [record.session_id]
                assert [one.outcome for one in story.late_checks[record.session_id]] == [CheckOutcome.HIT]
                assert names(found(database, name="Aminata")) == ["Diarra"]
                assert _count(database, Alert) == 2

    def test_a_movement_is_the_same_row_as_at_its_post(self, database: Database) -> None:
        record, event = moved()
        apply(database, event)
        assert timeline(database, record.movement_id).movements == (record,)

    def test_a_late_hit_is_an_alert_and_stands_in_the_timeline(self, database: Database) -> None:
        record, event = moved()
        clear = check(CheckKind.INTERPOL_TDAWN, source="interpol")
        apply(database, late_answer(record, HIT), event, late_answer(record, clear))
        with reading(database) as session:
            (alert,) = service.alerts(session)
        assert (alert.kind, alert.session_id, alert.post) == (AlertKind.LATE_HIT, record.session_id, "NIA-1")
        assert [one.kind for one in alert.checks] == [CheckKind.INTERPOL_SLTD]
        late = timeline(database, record.movement_id).late_checks[record.session_id]
        assert {one.kind for one in late} == {CheckKind.INTERPOL_SLTD, CheckKind.INTERPOL_TDAWN}

    def test_of_two_late_answers_the_later_one_counts_in_whatever_order_they_come(self, database: Database) -> None:
        """Alerts overtake what alerts nobody."""
        record, event = moved()
        clear = check(CheckKind.INTERPOL_SLTD, source="interpol")
        of_round = [
            replace(one, payload=one.payload | {"round": number}, version=5)
            for number, one in ((3, late_answer(record, clear)), (4, late_answer(record, HIT)))
        ]
        apply(database, event, *reversed(of_round))
        [counts] = timeline(database, record.movement_id).late_checks[record.session_id]
        assert counts.outcome is CheckOutcome.HIT

    def test_a_hit_that_was_told_before_takes_its_place_and_alerts_nobody_again(self, database: Database) -> None:
        record, event = moved()
        by_copy = HIT.model_copy(update={"source_version": "offline_copy", "recheck": True})
        own = late_answer(record, HIT.model_copy(update={"source_version": "online"}))
        again = replace(own, payload=own.payload | {"round": 9, "told_before": True}, version=5)
        apply(database, event, late_answer(record, by_copy), again)
        [counts] = timeline(database, record.movement_id).late_checks[record.session_id]
        assert (counts.source_version, counts.recheck) == ("online", False)
        assert _count(database, Alert) == 1

    def test_an_alert_says_who_left_without_a_decision_and_what_the_officer_said(self, database: Database) -> None:
        said = Explanation(code="faces_same", params={"by": "a.traore"})
        hit = HitDetail(list_name="Missing", entry_reference="M-7", label="Kadi", score=0.6, explanations=(said,))
        face = check(CheckKind.FACE_LIST, CheckOutcome.POSSIBLE, source="missing").model_copy(update={"hits": (hit,)})
        record, _ = moved()
        answer = LateAnswer.model_validate(late_answer(record, face).payload)
        gone = answer.model_copy(update={"movement_id": None, "person": AMINATA, "document": PASSPORT})
        apply(database, replace(received(LATE_ANSWER, gone), version=2))
        with reading(database) as session:
            (alert,) = service.alerts(session)
        assert alert.kind is AlertKind.LEFT_UNDECIDED
        assert alert.traveller == AlertedTraveller(person=AMINATA, document=PASSPORT, left_at=NOW)
        [[shown]] = [one.hits for one in alert.checks]
        assert judged(shown) is Judgement.SAME
        assert judged(shown.model_copy(update={"explanations": ()})) is None

    def test_an_alert_of_an_older_post_says_nobody(self, database: Database) -> None:
        _, event = moved()
        old = late_answer(MovementRecord.model_validate(event.payload), HIT)
        apply(database, replace(old, payload={k: v for k, v in old.payload.items() if k not in NEW}))
        with reading(database) as session:
            (alert,) = service.alerts(session)
        assert (alert.kind, alert.traveller) == (AlertKind.LATE_HIT, AlertedTraveller(left_at=NOW))

    @pytest.mark.parametrize(("finding", "alerts"), [(Finding.CONFIRMED, 1), (Finding.NOT_THE_PERSON, 0)])
    def test_only_a_confirmed_hit_of_the_second_line_s_is_an_alert(
        self, database: Database, finding: Finding, alerts: int
    ) -> None:
        record, event = moved(outcome=MovementOutcome.REFUSED)
        apply(database, event, resolved(record, finding))
        with reading(database) as session:
            assert [one.kind for one in service.alerts(session)] == [AlertKind.CONFIRMED_HIT] * alerts
        (referral,) = timeline(database, record.movement_id).referrals
        assert referral.resolution is not None
        assert referral.resolution.finding is finding

    @pytest.mark.parametrize("kind", ["movement", "late", "referral"])
    def test_a_post_tells_of_itself_alone(self, database: Database, kind: str) -> None:
        record, _ = moved(post="BEN-2")
        foreign = {
            "movement": received(RECORDED, record, post="NIA-1"),
            "late": received(LATE_ANSWER, _payload(late_answer(record, HIT), LateAnswer), post="NIA-1"),
            "referral": received(REFERRAL_RESOLVED, _payload(resolved(record, Finding.CONFIRMED), ReferralView)),
        }[kind]
        with pytest.raises(Exception, match="BEN-2"):
            apply(database, foreign)
        assert _count(database, Alert) == 0

    def test_a_payload_that_is_none_of_ours_is_refused_whole(self, database: Database) -> None:
        _, event = moved()
        for payload in ({}, {**event.payload, "colour": "blue"}, {**event.payload, "person": None}):
            event.payload.clear()
            event.payload.update(payload)
            with pytest.raises(ValueError, match="validation error"):
                apply(database, event)


def _payload(event: ReceivedEvent, kind: Any) -> Any:
    return kind.model_validate(event.payload)


@pytest.fixture(scope="module")
def people(postgres_server: str) -> Iterator[Database]:
    """Six travellers at two posts; nothing here changes them."""
    with postgres_database(postgres_server) as database:
        for number, (surname, given_names, birth, post) in enumerate(
            [
                ("Traoré", "Aminata Kadiatou", "1987-05-14", "NIA-1"),
                ("Traoré", "Moussa", "1979-03-21", "NIA-1"),
                ("Coulibaly", "Aminata", "1991-12-02", "BEN-2"),
                ("Ouédraogo", "Idrissa", "1965", "BEN-2"),
                ("محمد", "علي", "1980-06-01", "NIA-1"),
                ("Ba", "N'Deye", None, "NIA-1"),
            ]
        ):
            person = Person(surname=surname, given_names=given_names, birth_date=birth)
            document = TravelDocument(type="P", number=f"AB-{number} 77", issuing_state="MLI")
            apply(database, moved(person=person, document=document, post=post)[1])
        yield database


class TestSearch:
    @pytest.mark.parametrize(
        ("name", "first"),
        [
            ("Traoré Moussa", "Traoré"),
            ("MOUSSA TRAORE", "Traoré"),
            ("ouedraogo idrissa", "Ouédraogo"),
            ("Idrissa OUÉDRAOGO", "Ouédraogo"),
            ("محمد علي", "محمد"),
            ("علي محمد", "محمد"),
            ("ndeye ba", "Ba"),
        ],
    )
    def test_by_name_whatever_its_accents_order_and_script(self, people: Database, name: str, first: str) -> None:
        answer = found(people, name=name)
        assert names(answer)[0] == first
        assert answer.found[0].score == 1.0

    def test_who_shares_more_of_the_name_comes_first(self, people: Database) -> None:
        answer = found(people, name="Aminata Traore")
        assert (answer.found[0].movement.surname, answer.found[0].movement.given_names) == (
            "Traoré",
            "Aminata Kadiatou",
        )
        scores = [one.score for one in answer.found]
        assert scores == sorted(scores, reverse=True)

    def test_the_birth_date_tells_namesakes_apart_even_when_it_is_partial(self, people: Database) -> None:
        for birth in ("1979-03-21", "1979-03", "1979"):
            answer = found(people, name="Traoré", birth_date=birth)
            assert answer.found[0].movement.given_names == "Moussa"

    @pytest.mark.parametrize("number", ["AB-1 77", "ab177", "AB 1-77"])
    def test_by_document_number_alone_however_it_is_written(self, people: Database, number: str) -> None:
        (one,) = found(people, document_number=number).found
        assert (one.movement.given_names, one.score) == ("Moussa", 1.0)

    @pytest.mark.parametrize("nothing", [{"name": "Zongo"}, {"document_number": "ZZ"}, {"name": "—"}])
    def test_who_is_not_there_is_not_found(self, people: Database, nothing: dict[str, str]) -> None:
        assert found(people, **nothing).found == ()

    def test_a_number_without_a_letter_or_digit_finds_nobody_by_itself(self, database: Database) -> None:
        apply(database, moved(document=None)[1])
        answer = found(database, document_number="-", name="Aminata Keita")
        assert all(one.score < 1.0 for one in answer.found)

    def test_a_traveller_is_one_line_with_the_newest_movement(self, database: Database) -> None:
        first, event = moved()
        newer, later = moved(
            traveller_id=first.traveller_id, direction=Direction.EXIT, occurred_at=NOW + timedelta(days=2)
        )
        apply(database, later, event)
        (one,) = found(database, name="Traore Aminata").found
        assert (one.movement.movement_id, one.movements) == (newer.movement_id, 2)


class TestTimeline:
    def test_a_traveller_s_way_over_two_posts(self, database: Database) -> None:
        entry, arrived = moved()
        leaving, left = moved(
            post="BEN-2", direction=Direction.EXIT, occurred_at=NOW + timedelta(days=3), traveller_id=new_id()
        )
        stranger, passed = moved(
            person=Person(surname="Diallo", given_names="Moussa", birth_date="1979-03-21"), document=None
        )
        apply(database, left, passed, arrived)
        for one in (entry, leaving):
            story = timeline(database, one.movement_id)
            assert [each.movement_id for each in story.movements] == [leaving.movement_id, entry.movement_id]
            assert story.open_entry is None
        assert [one.movement_id for one in timeline(database, stranger.movement_id).movements] == [
            stranger.movement_id
        ]

    def test_namesakes_of_a_placeholder_birth_are_not_made_one(self, database: Database) -> None:
        unsure = AMINATA.model_copy(update={"birth_date": "1987-01-01"})
        one, first = moved(person=unsure, document=None)
        _, second = moved(person=unsure, document=None)
        apply(database, first, second)
        assert len(timeline(database, one.movement_id).movements) == 1

    def test_a_movement_that_is_not_there(self, database: Database) -> None:
        with pytest.raises(MovementUnknown):
            timeline(database, nobody())


class TestEveryLookIsKept:
    @pytest.fixture
    def analyst(self, database: Database) -> TestClient:
        app = app_with_identity(database)
        app.include_router(router)
        return signed_in_client(app, Role.ANALYST, login="an.alyst")

    def entries(self, database: Database) -> list[tuple[str, str, str, str]]:
        with reading(database) as session:
            query = sa.select(AuditEntry).where(AuditEntry.actor_login == "an.alyst").order_by(AuditEntry.sequence)
            return [
                (one.action, one.subject_id, one.purpose, one.detail)
                for one in session.scalars(query)
                if one.subject_kind in ("search", "movement", "alert")
            ]

    def test_search_timeline_and_alerts(self, database: Database, analyst: TestClient) -> None:
        record, event = moved()
        apply(database, event)
        search = {"purpose": "missing_person", "name": "Traore Aminata"}
        assert len(analyst.post("/api/search", json=search).json()["found"]) == 1
        path = f"/api/timelines/{record.movement_id}"
        assert len(analyst.get(path, params={"purpose": "investigation"}).json()["movements"]) == 1
        assert analyst.get("/api/alerts").json() == []
        seen = self.entries(database)
        assert [(action, subject, purpose) for action, subject, purpose, _ in seen] == [
            ("nation.searched", "travellers", "missing_person"),
            ("timeline.read", str(record.movement_id), "investigation"),
            ("alert.listed", "newest", "alert_duty"),
        ]
        assert not any("Traore" in detail or PASSPORT.number in detail for *_, detail in seen)

    @pytest.mark.parametrize("purpose", [None, "", "curiosity"])
    def test_without_a_purpose_there_is_nothing_to_see(
        self, database: Database, analyst: TestClient, purpose: str | None
    ) -> None:
        record, event = moved()
        apply(database, event)
        asked = {"name": "Traore"} | ({"purpose": purpose} if purpose is not None else {})
        assert analyst.post("/api/search", json=asked).status_code == 422
        params = {"purpose": purpose} if purpose is not None else {}
        assert analyst.get(f"/api/timelines/{record.movement_id}", params=params).status_code == 422
        assert self.entries(database) == []

    @pytest.mark.parametrize(
        "asked",
        [{}, {"birth_date": "1987"}, {"name": "  "}, {"name": "x", "birth_date": "87"}, {"name": "x", "sql": "1"}],
    )
    def test_a_search_that_asks_nothing_or_too_much_is_refused(
        self, analyst: TestClient, asked: dict[str, str]
    ) -> None:
        assert analyst.post("/api/search", json={"purpose": "investigation", **asked}).status_code == 422


def _count(database: Database, table: type[Any]) -> int:
    with reading(database) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
