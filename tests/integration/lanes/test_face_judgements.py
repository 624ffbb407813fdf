"""Faces found alike at the lane: an officer compares the two pictures, and only that word alerts anybody."""

import hashlib
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from crossing.decisions import repository as referrals
from crossing.decisions.errors import FacesUncompared, ReferralResolved, SecondLineNeeded
from crossing.decisions.schemas import Finding, ReferralState, ReferralView, Resolution, Verdict
from crossing.faces.schemas import Judgement
from crossing.identity.roles import Role
from crossing.lanes.errors import FaceAnswerOutdated, FaceNoteNeeded, FaceQuestionUnknown, StepNotAllowed
from crossing.lanes.events import LATE_ANSWER, LateAnswer
from crossing.lanes.examination import Pictures
from crossing.lanes.live_pictures import MOST
from crossing.lanes.schemas import FaceQuestion, FieldSource, Identity, ImageKind, SessionState
from crossing.movements import repository as movements
from crossing.movements.errors import ImageUnknown
from crossing.movements.schemas import CrossingCase, Person
from crossing.platform.db.reading import reading
from crossing.replication.models import OutboxEvent
from crossing.screening.cli import folder_loader
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, FaceJudgement
from tests.factories.officers import signed_in_client
from tests.factories.screening.lists import csv_of, order, person
from tests.integration.lanes.drawn import AMINATA, MOUSSA, NOBODY, Traveller, page
from tests.integration.lanes.world import OFFICER, World

LISTED = Traveller("SOUMARE", "KADI", "", face=3)
"""Somebody whose face a list of missing persons shows, under another name than that of their passport."""

BEARER = Traveller("CAMARA", "FANTA", "C6J9M41D3", face=3)


@pytest.fixture
def post(world: World, tmp_path: Path) -> World:
    """The post with a list of missing persons."""
    folder = tmp_path / "portraits"
    folder.mkdir()
    (folder / "listed.png").write_bytes(LISTED.live().content)
    row = person("M-7", "Soumare", given_names="Kadi", portrait="listed.png", notice_colour="yellow")
    world.app.state.lists.import_list(order(csv_of(row), code="missing", portraits=folder_loader(folder)))
    return world


NOBODY_KNOWN = Traveller("KONE", "AWA", "D7K1N52E4", face=4)


def arrive(world: World, traveller: Traveller = BEARER) -> UUID:
    session_id = world.step_up()
    world.take(session_id, traveller)
    return session_id


def photograph(world: World, session_id: UUID, traveller: Traveller) -> None:
    world.pipeline.take(session_id, Pictures(live=traveller.live()), officer=OFFICER)
    world.settle(session_id)


def refer(world: World, session_id: UUID) -> ReferralView:
    with world.database.unit_of_work() as session:
        referral = world.desk.refer(session, session_id, officer=OFFICER, note="")
        return referrals.view(referral)


def resolve(world: World, called: ReferralView) -> ReferralView:
    found = Resolution(verdict=Verdict.ADMIT, finding=Finding.NOT_THE_PERSON)
    with world.database.unit_of_work() as session:
        return world.desk.resolve(session, called.referral_id, found, officer="s.kone")


def walk_away(world: World, session_id: UUID) -> None:
    with world.database.unit_of_work() as session:
        world.desk.abandon(session, session_id)


def called(world: World) -> list[ReferralView]:
    with reading(world.database) as session:
        return referrals.waiting(session)


def told_to_the_capital(world: World) -> list[CheckResult]:
    with reading(world.database) as session:
        rows = session.scalars(sa.select(OutboxEvent).where(OutboxEvent.type == LATE_ANSWER))
        return [check for row in rows for check in LateAnswer.model_validate_json(row.payload).checks]


class TestTheQuestion:
    def test_a_face_on_a_list_asks_the_officer_and_alerts_nobody(self, post: World) -> None:
        session_id = arrive(post)
        view = post.view(session_id)
        [asked] = view.faces_to_compare
        assert (asked.kind, asked.source, asked.reference) == (CheckKind.FACE_LIST, "missing", "M-7")
        assert (asked.shown_as, asked.rank, asked.label) == ("list", 1, "Soumare Kadi")
        assert asked.support.endswith("_same")
        assert asked.live_sha256 == view.images[ImageKind.LIVE]
        assert asked.other_sha256 == _portrait(post, session_id)
        assert not view.needs_second_line
        with pytest.raises(FacesUncompared):
            post.decide(session_id)
        assert post.view(session_id).state is SessionState.CHECKED

    def test_the_document_s_own_portrait_is_named_by_nobody(self, post: World) -> None:
        session_id = post.step_up()
        post.pipeline.take(session_id, Pictures(page=AMINATA.page(), live=MOUSSA.live()), officer=OFFICER)
        post.settle(session_id)
        view = post.view(session_id)
        [asked] = view.faces_to_compare
        assert (asked.kind, asked.shown_as, asked.label) == (CheckKind.FACE_MATCH, "page", "")
        assert asked.other_sha256 == view.images[ImageKind.PORTRAIT]
        assert asked.support.endswith("_different")

    def test_its_two_pictures_and_no_other_image_of_the_store_is_shown(self, post: World) -> None:
        session_id, other = arrive(post), arrive_at_the_second_lane(post)
        [asked] = post.view(session_id).faces_to_compare
        desk = post.app.state.face_desk
        with reading(post.database) as session:
            kind, content = desk.picture(session, session_id, asked.other_sha256)
            assert kind is CheckKind.FACE_LIST
            assert content == post.blobs.get(asked.other_sha256)
            assert desk.picture(session, session_id, asked.live_sha256)[1] == post.blobs.get(asked.live_sha256)
            for sha256 in (post.view(session_id).images[ImageKind.PAGE], "0" * 64):
                with pytest.raises(ImageUnknown):
                    desk.picture(session, session_id, sha256)
            with pytest.raises(ImageUnknown):
                desk.picture(session, other, asked.other_sha256)


def arrive_at_the_second_lane(world: World) -> UUID:
    session_id = world.step_up(1)
    world.take(session_id, AMINATA)
    return session_id


def listed_questions(world: World, session_id: UUID) -> list[FaceQuestion]:
    return [one for one in world.view(session_id).faces_to_compare if one.kind is CheckKind.FACE_LIST]


def _portrait(world: World, session_id: UUID) -> str:
    [hit] = world.check(session_id, CheckKind.FACE_LIST).hits
    assert hit.portrait_sha256 is not None
    return hit.portrait_sha256


class TestTheWord:
    def test_somebody_else_goes_on_and_the_record_says_who_saw_it_and_what_the_engine_had_said(
        self, post: World
    ) -> None:
        session_id = arrive(post)
        asked = post.judge(session_id, Judgement.OTHER)
        view = post.view(session_id)
        assert (view.faces_to_compare, view.needs_second_line) == ((), False)
        movement = post.decide(session_id)
        with reading(post.database) as session:
            kept = movements.get(session, movement.movement_id)
        assert kept is not None
        [word] = kept.known_at_decision.judgements
        assert (word.judged, word.by, word.at) == (Judgement.OTHER, OFFICER, post.clock.now())
        assert (word.live_sha256, word.other_sha256) == (kept.images.live, asked.other_sha256)
        assert (word.support, word.score) == (asked.support, 1.0)
        assert CheckOutcome.POSSIBLE in [
            check.outcome for check in kept.known_at_decision.checks if check.kind is CheckKind.FACE_LIST
        ]

    @pytest.mark.parametrize("judged", [Judgement.SAME, Judgement.UNSURE])
    def test_whom_the_officer_recognises_or_may_is_for_the_second_line(self, post: World, judged: Judgement) -> None:
        session_id = arrive(post)
        post.judge(session_id, judged)
        assert post.view(session_id).needs_second_line
        with pytest.raises(SecondLineNeeded):
            post.decide(session_id)
        [reason] = refer(post, session_id).reasons
        [hit] = reason.hits
        assert hit.support.endswith("_same")
        assert hit.explanations[-1].code == f"faces_{judged.value}"

    def test_it_can_be_changed_until_the_decision_and_every_word_is_kept(self, post: World) -> None:
        session_id = arrive(post)
        asked = post.judge(session_id, Judgement.SAME)
        for _double_click in range(2):
            post.say(session_id, asked, Judgement.OTHER, officer="s.kone", words_seen=1, note="The ears differ.")
        movement = post.decide(session_id)
        words = [(word.judged, word.by) for word in movement.known_at_decision.judgements]
        assert words == [(Judgement.SAME, OFFICER), (Judgement.OTHER, "s.kone")]
        with pytest.raises(StepNotAllowed):
            post.say(session_id, asked, Judgement.SAME, words_seen=2)

    @pytest.mark.parametrize("recognised", [Judgement.SAME, Judgement.UNSURE])
    def test_who_did_not_see_a_colleague_s_word_takes_nothing_back(self, post: World, recognised: Judgement) -> None:
        session_id = arrive(post)
        asked = post.judge(session_id, Judgement.OTHER)
        post.say(session_id, asked, recognised, officer="s.kone", words_seen=1)
        for outdated in (0, 1, 3):
            with pytest.raises(FaceAnswerOutdated):
                post.say(session_id, asked, Judgement.OTHER, words_seen=outdated, note="The same answer, sent again.")
        assert post.view(session_id).needs_second_line
        assert [word.by for word in post.view(session_id).judgements] == [OFFICER, "s.kone"]

    @pytest.mark.parametrize("recognised", [Judgement.SAME, Judgement.UNSURE])
    def test_who_takes_a_recognition_back_says_why(self, post: World, recognised: Judgement) -> None:
        session_id = arrive(post)
        asked = post.judge(session_id, recognised)
        with pytest.raises(FaceNoteNeeded):
            post.say(session_id, asked, Judgement.OTHER, words_seen=1)
        assert post.view(session_id).needs_second_line
        post.say(session_id, asked, Judgement.OTHER, words_seen=1, note="A scar on the listed cheek.")
        assert not post.view(session_id).needs_second_line
        assert post.view(session_id).judgements[-1].note == "A scar on the listed cheek."

    def test_who_takes_a_doubt_about_the_document_back_says_why(self, post: World) -> None:
        session_id = doubted(post)
        [word] = post.view(session_id).judgements
        asked = question_of(word)
        with pytest.raises(FaceNoteNeeded):
            post.say(session_id, asked, Judgement.SAME, words_seen=1)
        post.say(session_id, asked, Judgement.SAME, words_seen=1, note="Older, the ears are the same.")
        assert not post.view(session_id).needs_second_line

    def test_it_is_about_its_two_pictures(self, post: World) -> None:
        session_id = arrive(post)
        asked = post.judge(session_id, Judgement.OTHER)
        photograph(post, session_id, BEARER)
        [again] = post.view(session_id).faces_to_compare
        assert (again.reference, again.live_sha256 == asked.live_sha256) == (asked.reference, False)

    def test_another_hit_than_those_of_the_session_is_none(self, post: World) -> None:
        session_id = arrive(post)
        [asked] = post.view(session_id).faces_to_compare
        wrong: list[FaceQuestion] = [
            asked.model_copy(update={"reference": "M-8"}),
            asked.model_copy(update={"source": "red"}),
            asked.model_copy(update={"kind": CheckKind.FACE_RECENT}),
            asked.model_copy(update={"other_sha256": "0" * 64}),
        ]
        for one in wrong:
            with pytest.raises(FaceQuestionUnknown):
                post.say(session_id, one, Judgement.OTHER)


class TestAnotherPhotograph:
    @pytest.mark.parametrize("next_face", [AMINATA.face, NOBODY], ids=["another face", "no face"])
    def test_a_question_stands_with_its_own_two_pictures(self, post: World, next_face: int) -> None:
        session_id = arrive(post)
        first = post.view(session_id).images[ImageKind.LIVE]
        found = post.check(session_id, CheckKind.FACE_LIST).hits[0]
        assert found.live_sha256 == first
        post.pipeline.take(session_id, Pictures(live=page((), next_face)), officer=OFFICER)
        post.settle(session_id)
        [asked] = listed_questions(post, session_id)
        assert asked.live_sha256 == first != post.view(session_id).images[ImageKind.LIVE]
        with pytest.raises(FacesUncompared):
            post.decide(session_id)
        with reading(post.database) as session:
            kind, content = post.app.state.face_desk.picture(session, session_id, first)
        assert (kind, content) == (CheckKind.FACE_LIST, post.blobs.get(first))
        post.say(session_id, asked, Judgement.OTHER)
        word = post.view(session_id).judgements[-1]
        assert (word.live_sha256, word.score) == (first, found.score)
        assert listed_questions(post, session_id) == []

    def test_whom_a_second_photograph_is_like_too_is_asked_about_in_each(self, post: World) -> None:
        session_id = arrive(post)
        first = post.view(session_id).images[ImageKind.LIVE]
        photograph(post, session_id, BEARER)
        second = post.view(session_id).images[ImageKind.LIVE]
        assert {one.live_sha256 for one in listed_questions(post, session_id)} == {first, second}

    def test_the_picture_of_a_question_goes_with_the_movement(self, post: World) -> None:
        session_id = arrive(post)
        first = post.view(session_id).images[ImageKind.LIVE]
        photograph(post, session_id, BEARER)
        photograph(post, session_id, NOBODY_KNOWN)
        for asked in listed_questions(post, session_id):
            post.say(session_id, asked, Judgement.OTHER)
        post.take(session_id, NOBODY_KNOWN)
        movement = post.decide(session_id)
        assert first == movement.images.earlier[0]
        assert len(movement.images.earlier) == 2
        assert movement.images.live not in movement.images.earlier
        with reading(post.database) as session:
            sent = session.scalars(sa.select(OutboxEvent).where(OutboxEvent.type == "movement.recorded")).all()
        assert first in sent[-1].payload
        images = f"/movements/{movement.movement_id}/images"
        reader = signed_in_client(post.app, Role.OFFICER, post=movement.post, login="reader")
        for place, sha256 in enumerate(movement.images.earlier, start=1):
            answer = reader.get(f"/api{images}/earlier-{place}", params={"purpose": "test"})
            assert (answer.status_code, hashlib.sha256(answer.content).hexdigest()) == (200, sha256)
            assert f"{images}/earlier-{place}" in reader.get(f"/movements/{movement.movement_id}").text
        assert reader.get(f"/api{images}/earlier-3", params={"purpose": "test"}).status_code == 404

    def test_no_more_than_five_pictures_are_kept_for_that(self, post: World) -> None:
        session_id = arrive(post)
        first = post.view(session_id).images[ImageKind.LIVE]
        for _ in range(6):
            post.pipeline.take(session_id, Pictures(live=BEARER.live()), officer=OFFICER)
        kept = [one["sha256"] for one in post.row(session_id).live_pictures or ()]
        assert len(kept) == MOST
        assert first not in kept
        assert len(listed_questions(post, session_id)) == 7
        post.settle(session_id)

    def test_whom_the_officer_recognised_is_not_cleared_by_another_picture_or_name(self, post: World) -> None:
        session_id = arrive(post)
        post.judge(session_id, Judgement.SAME)
        post.take(session_id, AMINATA)
        identity = Identity(case=CrossingCase.NO_DOCUMENT, person=Person(surname="Koné", given_names="Awa"))
        post.pipeline.declare(session_id, identity, source=FieldSource.DECLARED, officer=OFFICER)
        post.settle(session_id)
        assert post.view(session_id).needs_second_line
        assert CheckKind.FACE_LIST in [reason.kind for reason in refer(post, session_id).reasons]

    def test_whom_the_officer_ruled_out_does_not_come_back_by_the_old_picture(self, post: World) -> None:
        session_id = arrive(post)
        post.judge(session_id, Judgement.OTHER)
        post.take(session_id, AMINATA)
        view = post.view(session_id)
        assert (view.faces_to_compare, view.needs_second_line) == ((), False)
        movement = post.decide(session_id)
        assert [word.reference for word in movement.known_at_decision.judgements] == ["M-7"]


class TestADoubtAboutTheDocument:
    """What a person doubted no engine takes back."""

    def test_is_looked_at_again_in_the_next_photograph_though_that_matches(self, post: World) -> None:
        session_id = doubted(post)
        photograph(post, session_id, AMINATA)
        [asked] = post.view(session_id).faces_to_compare
        assert (asked.kind, asked.support.endswith("_same")) == (CheckKind.FACE_MATCH, True)
        assert asked.live_sha256 == post.view(session_id).images[ImageKind.LIVE]
        with pytest.raises(FacesUncompared):
            post.decide(session_id)
        post.say(session_id, asked, Judgement.SAME)
        photograph(post, session_id, AMINATA)
        assert post.view(session_id).faces_to_compare == ()
        movement = post.decide(session_id)
        assert len(movement.images.earlier) == 2
        assert [word.judged for word in movement.known_at_decision.judgements] == [Judgement.OTHER, Judgement.SAME]

    def test_stands_while_the_next_photograph_shows_no_face(self, post: World) -> None:
        session_id = doubted(post)
        post.pipeline.take(session_id, Pictures(live=page((), NOBODY)), officer=OFFICER)
        post.settle(session_id)
        assert post.view(session_id).needs_second_line
        with pytest.raises(SecondLineNeeded):
            post.decide(session_id)


def doubted(world: World) -> UUID:
    """Aminata's page, Moussa's face, and an officer who says so."""
    session_id = world.step_up()
    world.pipeline.take(session_id, Pictures(page=AMINATA.page(), live=MOUSSA.live()), officer=OFFICER)
    world.judge(session_id, Judgement.OTHER)
    world.settle(session_id)
    return session_id


def question_of(word: FaceJudgement) -> FaceQuestion:
    pair = word.model_dump(include={"kind", "source", "reference", "live_sha256", "other_sha256", "support"})
    return FaceQuestion(**pair, rank=1, shown_as="page")


class TestTheSecondLine:
    def test_may_be_called_before_anybody_has_compared_and_then_compares(self, post: World) -> None:
        session_id = arrive(post)
        view = refer(post, session_id)
        [reason] = view.reasons
        assert reason.hits[0].explanations[-1].code == "faces_not_compared"
        [asked] = post.view(session_id).faces_to_compare
        with pytest.raises(FacesUncompared):
            resolve(post, view)
        with pytest.raises(StepNotAllowed):
            post.say(session_id, asked, Judgement.OTHER)
        post.say(session_id, asked, Judgement.OTHER, officer="s.kone", line="second")
        assert post.view(session_id).faces_to_compare == ()
        said = resolve(post, view).reasons[0].hits[0].explanations
        assert [one.code for one in said if one.code.startswith("faces_")] == ["faces_other"]
        assert post.view(session_id).state is SessionState.DECIDED
        [word] = post.view(session_id).judgements
        assert (word.line, word.by) == ("second", "s.kone")

    def test_need_not_repeat_what_the_first_line_said(self, post: World) -> None:
        session_id = arrive(post)
        post.judge(session_id, Judgement.SAME)
        resolve(post, refer(post, session_id))
        assert [word.line for word in post.view(session_id).judgements] == ["first"]

    def test_compares_every_pair_of_an_earlier_photograph_too(self, post: World) -> None:
        session_id = arrive(post)
        photograph(post, session_id, BEARER)
        view = refer(post, session_id)
        for asked in post.view(session_id).faces_to_compare:
            with pytest.raises(FacesUncompared):
                resolve(post, view)
            post.say(session_id, asked, Judgement.UNSURE, line="second")
        assert resolve(post, view).state is ReferralState.RESOLVED

    def test_compares_after_the_traveller_has_gone_until_it_has_resolved(self, post: World) -> None:
        session_id = arrive(post)
        walk_away(post, session_id)
        [call] = called(post)
        [asked] = post.view(session_id).faces_to_compare
        with reading(post.database) as session:
            desk = post.app.state.face_desk
            assert desk.picture(session, session_id, asked.live_sha256, line="second")[0] is CheckKind.FACE_LIST
            with pytest.raises(ImageUnknown):
                desk.picture(session, session_id, asked.live_sha256)
        with pytest.raises(FacesUncompared):
            resolve(post, call)
        post.say(session_id, asked, Judgement.SAME, line="second")
        assert resolve(post, call).reasons[0].hits[0].explanations[-1].code == "faces_same"
        assert post.view(session_id).faces_to_compare == ()
        with pytest.raises(ReferralResolved):
            post.say(session_id, asked, Judgement.OTHER, line="second", words_seen=1, note="Seen again.")

    def test_sees_what_was_ruled_out_in_the_ledger_and_not_among_the_reasons(self, post: World) -> None:
        session_id = arrive(post)
        post.judge(session_id, Judgement.OTHER)
        assert refer(post, session_id).reasons == ()
        assert post.check(session_id, CheckKind.FACE_LIST).outcome is CheckOutcome.POSSIBLE


class TestWhoWalksAway:
    def test_from_a_face_that_was_recognised_is_told_of_here_and_at_the_capital(self, post: World) -> None:
        session_id = arrive(post)
        post.judge(session_id, Judgement.SAME)
        walk_away(post, session_id)
        [call] = called(post)
        assert (call.late, [reason.kind for reason in call.reasons]) == (True, [CheckKind.FACE_LIST])
        assert [check.kind for check in told_to_the_capital(post)] == [CheckKind.FACE_LIST]

    def test_from_a_question_is_told_of_here_alone(self, post: World) -> None:
        session_id = arrive(post)
        walk_away(post, session_id)
        [call] = called(post)
        assert (call.late, call.reasons[0].hits[0].explanations[-1].code) == (True, "faces_not_compared")
        assert told_to_the_capital(post) == []

    def test_from_a_face_that_was_ruled_out_is_nobody_s_business(self, post: World) -> None:
        session_id = arrive(post)
        post.judge(session_id, Judgement.OTHER)
        walk_away(post, session_id)
        assert (called(post), told_to_the_capital(post)) == ([], [])
