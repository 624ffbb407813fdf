"""The traveller's face among those who were at this post lately: a known traveller, or the same person again under
another name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest

from crossing.decisions.errors import FacesUncompared, SecondLineNeeded
from crossing.decisions.schemas import Decision, RefusalReason, Verdict
from crossing.documents.dates import PartialDate
from crossing.faces.models import FaceTemplate
from crossing.faces.schemas import Judgement
from crossing.lanes.examination import Pictures
from crossing.lanes.schemas import FieldSource, Identity
from crossing.movements.recent_faces import RecentFaces
from crossing.movements.schemas import Correction, CrossingCase, Direction, MovementRecord, Person
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason
from tests.factories.clock import StandingClock
from tests.factories.waiting import wait_until
from tests.integration.lanes.drawn import AMINATA, MOUSSA, Traveller
from tests.integration.lanes.world import OFFICER, Prepared, World, copied, post_in

FATOU = Traveller("CAMARA", "FATOU", "D7K0N52E4", face=AMINATA.face, birth=PartialDate(1990, 2, 3))
"""Aminata's face on another passport."""

REFUSE = Decision(verdict=Verdict.REFUSE, reason_code=RefusalReason.DOCUMENT_FALSE)


def recent(world: World) -> RecentFaces:
    faces: RecentFaces = world.app.state.recent_faces
    return faces


def cross(world: World, traveller: Traveller, decision: Decision | None = None) -> MovementRecord:
    """One whole crossing, until its face can be found."""
    session_id = world.step_up()
    world.take(session_id, traveller)
    before = len(recent(world))
    movement = world.decide(session_id, decision)
    wait_until(lambda: len(recent(world)) == before + 1, what="the face of the crossing")
    return movement


def face_check(world: World, session_id: UUID) -> CheckResult:
    return world.check(session_id, CheckKind.FACE_RECENT)


def arrive(world: World, traveller: Traveller, **where: Any) -> UUID:
    session_id = world.step_up(**where)
    world.take(session_id, traveller)
    return session_id


@contextmanager
def post(prepared: Prepared, folder: Path, clock: StandingClock, **settings: Any) -> Iterator[World]:
    """The post in ``folder``, prepared where it is new."""
    if not folder.exists():
        copied(prepared, folder)
    with post_in(folder, prepared.lanes, clock=clock, **settings) as running:
        yield running


class TestKnownTravellers:
    def test_the_same_person_under_the_same_name_asks_nothing(self, world: World) -> None:
        entry = cross(world, AMINATA)
        session_id = arrive(world, AMINATA, direction=Direction.EXIT)
        check = face_check(world, session_id)
        assert (check.outcome, check.source, check.source_version) == (CheckOutcome.CLEAR, "movements", "1")
        [seen] = check.hits
        assert seen.entry_id == entry.movement_id
        assert [one.code for one in seen.explanations] == ["seen_before"]
        assert world.view(session_id).faces_to_compare == ()
        world.decide(session_id)

    def test_nobody_was_here_yet(self, world: World) -> None:
        check = face_check(world, arrive(world, AMINATA))
        assert (check.outcome, check.hits, check.source_version) == (CheckOutcome.CLEAR, (), "0")

    def test_without_a_name_there_is_no_other_name(self, world: World) -> None:
        cross(world, AMINATA)
        session_id = world.step_up()
        world.pipeline.take(session_id, Pictures(live=AMINATA.live()), officer=OFFICER)
        check = face_check(world, session_id)
        assert check.outcome is CheckOutcome.CLEAR
        assert [hit.label for hit in check.hits] == ["TRAORE AMINATA, 1987-05-14"]
        assert world.view(session_id).faces_to_compare == ()

    def test_a_face_unlike_the_same_traveller_s_before_is_a_remark(self, world: World) -> None:
        cross(world, AMINATA)
        session_id = world.step_up()
        world.pipeline.take(session_id, Pictures(page=AMINATA.page(), live=MOUSSA.live()), officer=OFFICER)
        world.settle(session_id)
        check = face_check(world, session_id)
        [remark] = check.hits
        assert (check.outcome, remark.explanations[0].code) == (CheckOutcome.CLEAR, "seen_before_unlike")
        assert remark.support.endswith("_different")
        assert {one.kind for one in world.view(session_id).faces_to_compare} == {CheckKind.FACE_MATCH}

    def test_a_corrected_name_is_the_one_that_counts(self, world: World) -> None:
        wrong = cross(world, AMINATA)
        right = Correction(
            reason="Read wrongly",
            person=Person(surname="CAMARA", given_names="FATOU", birth_date="1990-02-03"),
            document=wrong.document.model_copy(update={"number": FATOU.number}) if wrong.document else None,
        )
        with world.database.unit_of_work() as session:
            corrected = world.app.state.movements.correct(session, wrong.movement_id, right, officer="s.kone")
        check = face_check(world, arrive(world, FATOU))
        assert check.outcome is CheckOutcome.CLEAR
        assert [hit.entry_id for hit in check.hits] == [corrected.movement_id]
        assert len(recent(world)) == 1


class TestAnotherName:
    def test_the_same_face_under_another_name_is_a_question_with_both_names(self, world: World) -> None:
        before = cross(world, AMINATA, REFUSE)
        session_id = arrive(world, FATOU)
        check = face_check(world, session_id)
        assert check.outcome is CheckOutcome.POSSIBLE
        [hit] = check.hits
        assert (hit.entry_reference, hit.entry_id) == (str(before.movement_id), before.movement_id)
        assert hit.portrait_sha256 == before.images.live
        assert hit.reasons()[1:] == [
            "Another name was given on 2031-03-01: TRAORE AMINATA",
            "Another date of birth was given on 2031-03-01: 1987-05-14",
            "Another document was shown on 2031-03-01: MLI A4G7K29B1",
        ]
        [asked] = world.view(session_id).faces_to_compare
        assert (asked.shown_as, asked.movement_id, asked.label) == ("earlier", before.movement_id, hit.label)
        with pytest.raises(FacesUncompared):
            world.decide(session_id)

    def test_one_of_two_who_look_alike_goes_on_once_the_officer_has_looked(self, world: World) -> None:
        cross(world, AMINATA)
        session_id = arrive(world, FATOU)
        world.judge(session_id, Judgement.OTHER)
        [word] = world.decide(session_id).known_at_decision.judgements
        assert (word.kind, word.judged, word.by) == (CheckKind.FACE_RECENT, Judgement.OTHER, OFFICER)

    def test_whom_the_officer_recognises_is_for_the_second_line_in_any_photograph(self, world: World) -> None:
        cross(world, AMINATA)
        session_id = arrive(world, FATOU)
        world.judge(session_id, Judgement.SAME)
        for picture in (FATOU, MOUSSA):
            with pytest.raises(SecondLineNeeded):
                world.decide(session_id)
            world.pipeline.take(session_id, Pictures(live=picture.live()), officer=OFFICER)
            world.settle(session_id)
        with pytest.raises(SecondLineNeeded):
            world.decide(session_id)

    def test_a_name_that_is_put_right_asks_no_more(self, world: World) -> None:
        cross(world, AMINATA)
        session_id = arrive(world, FATOU)
        identity = Identity(
            case=CrossingCase.NO_DOCUMENT,
            person=Person(surname="TRAORÉ", given_names="AMINATA", birth_date="1987", birth_approximate=True),
        )
        world.pipeline.declare(session_id, identity, source=FieldSource.DECLARED, officer=OFFICER)
        world.settle(session_id)
        view = world.view(session_id)
        assert (face_check(world, session_id).outcome, view.faces_to_compare) == (CheckOutcome.CLEAR, ())
        world.decide(session_id)

    def test_each_other_identity_is_asked_about_once(self, world: World) -> None:
        for _ in range(3):
            cross(world, AMINATA)
        assert len(face_check(world, arrive(world, FATOU)).hits) == 1


class TestTwoLanes:
    def test_at_once_each_gets_its_own_answer(self, world: World) -> None:
        cross(world, AMINATA)
        sessions = [world.step_up(0), world.step_up(1)]
        together = Barrier(2)

        def take(session_id: UUID, traveller: Traveller) -> None:
            together.wait(60)
            world.take(session_id, traveller)

        threads = [Thread(target=take, args=pair) for pair in zip(sessions, (FATOU, MOUSSA), strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        outcomes = [face_check(world, session_id).outcome for session_id in sessions]
        assert outcomes == [CheckOutcome.POSSIBLE, CheckOutcome.CLEAR]

    def test_who_was_decided_at_one_lane_is_found_at_the_other(self, world: World) -> None:
        waiting = arrive(world, FATOU, lane=1)
        cross(world, AMINATA)
        world.pipeline.take(waiting, Pictures(live=FATOU.live()), officer=OFFICER)
        assert face_check(world, waiting).outcome is CheckOutcome.POSSIBLE


class TestHowLong:
    def test_a_face_is_found_after_a_restart_and_forgotten_with_its_days(
        self, prepared: Prepared, tmp_path: Path
    ) -> None:
        clock, folder = StandingClock(), tmp_path / "post"
        with post(prepared, folder, clock) as world:
            cross(world, AMINATA)
        clock.advance(days=80)
        with post(prepared, folder, clock) as world:
            assert face_check(world, arrive(world, FATOU)).outcome is CheckOutcome.POSSIBLE
        clock.advance(days=11)
        with post(prepared, folder, clock) as world:
            assert len(recent(world)) == 0
            assert face_check(world, arrive(world, FATOU, lane=1)).outcome is CheckOutcome.CLEAR

    def test_a_post_that_searches_none_keeps_none_and_says_so(self, prepared: Prepared, tmp_path: Path) -> None:
        clock, folder = StandingClock(), tmp_path / "post"
        with post(prepared, folder, clock) as world:
            cross(world, AMINATA)
        with post(prepared, folder, clock, faces_recent_days=0) as world:
            check = face_check(world, arrive(world, FATOU))
            assert (check.outcome, check.reason) == (CheckOutcome.NOT_CHECKED, Reason.SWITCHED_OFF)
            assert world.count(FaceTemplate) == 0

    def test_a_face_that_was_not_kept_at_once_is_made_later(self, prepared: Prepared, tmp_path: Path) -> None:
        clock, folder = StandingClock(), tmp_path / "post"
        with post(prepared, folder, clock, faces_recent_days=0) as world:
            session_id = arrive(world, AMINATA)
            world.decide(session_id)
        with post(prepared, folder, clock) as world:
            wait_until(lambda: len(recent(world)) == 1, what="the template of an earlier crossing")
            assert face_check(world, arrive(world, FATOU)).outcome is CheckOutcome.POSSIBLE

    def test_without_a_face_nothing_is_searched(self, world: World) -> None:
        session_id = world.step_up()
        world.pipeline.take(session_id, Pictures(page=AMINATA.page()), officer=OFFICER)
        assert face_check(world, session_id).reason is Reason.NO_FACE
