"""Two captures of one traveller at once, as a second tab or a second camera gives them: what the slower one finds
stands, whatever the faster one says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from crossing.decisions import repository as referrals
from crossing.decisions.errors import FacesUncompared, SecondLineNeeded
from crossing.faces.schemas import Judgement
from crossing.lanes.examination import Pictures
from crossing.lanes.schemas import FaceQuestion, SessionState
from crossing.platform.db.reading import reading
from crossing.screening.cli import folder_loader
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult
from crossing.screening.service import Screener
from tests.factories.screening.lists import csv_of, document, order, person
from tests.integration.lanes.drawn import AMINATA, MOUSSA, Traveller
from tests.integration.lanes.world import OFFICER, World

LISTED = Traveller("SOUMARE", "KADI", "", face=3)


@pytest.fixture
def post(world: World, tmp_path: Path) -> World:
    """A face on one list, the number of Moussa's passport on another."""
    folder = tmp_path / "portraits"
    folder.mkdir()
    (folder / "listed.png").write_bytes(LISTED.live().content)
    row = person("M-7", "Soumare", given_names="Kadi", portrait="listed.png")
    world.app.state.lists.import_list(order(csv_of(row), code="missing", portraits=folder_loader(folder)))
    stolen = csv_of(document(MOUSSA.number, issuing_state=MOUSSA.nationality))
    world.app.state.lists.import_list(order(stolen, code="stolen", format="national_documents"))
    return world


def overtaken(post: World, monkeypatch: pytest.MonkeyPatch, pictures: Pictures, by: Callable[[UUID], None]) -> UUID:
    """A session whose capture of ``pictures`` is answered only when ``by`` has been done."""
    session_id = post.step_up()
    ask = Screener.local

    def slow(*asked: Any, **more: Any) -> list[CheckResult]:
        monkeypatch.setattr(Screener, "local", ask)
        answers = ask(*asked, **more)
        by(session_id)
        return answers

    monkeypatch.setattr(Screener, "local", slow)
    post.pipeline.take(session_id, pictures, officer=OFFICER)
    post.settle(session_id)
    return session_id


def questions(post: World, session_id: UUID) -> list[FaceQuestion]:
    return [one for one in post.view(session_id).faces_to_compare if one.kind is CheckKind.FACE_LIST]


def test_a_face_that_the_earlier_picture_showed_is_a_question(post: World, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = overtaken(
        post, monkeypatch, Pictures(live=LISTED.live()), lambda session_id: _take(post, session_id, AMINATA)
    )
    [asked] = questions(post, session_id)
    assert asked.reference == "M-7"
    with pytest.raises(FacesUncompared):
        post.decide(session_id)
    clear = [one for one in post.view(session_id).checks if one.kind is CheckKind.FACE_LIST]
    assert CheckOutcome.CLEAR in {one.outcome for one in clear}


def test_a_document_that_was_scanned_first_is_for_the_second_line(
    post: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = overtaken(
        post, monkeypatch, Pictures(page=MOUSSA.page()), lambda session_id: _take(post, session_id, AMINATA)
    )
    hits = [one for one in post.view(session_id).checks if one.kind is CheckKind.DOCUMENT_LIST and one.alerts]
    assert [one.source for one in hits] == ["stolen"]
    with pytest.raises(SecondLineNeeded):
        post.decide(session_id)


def test_who_was_decided_on_meanwhile_is_told_of(post: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def decided(session_id: UUID) -> None:
        _take(post, session_id, AMINATA)
        post.settle(session_id)
        post.decide(session_id)

    session_id = overtaken(post, monkeypatch, Pictures(page=MOUSSA.page()), decided)
    assert post.view(session_id).state is SessionState.DECIDED
    with reading(post.database) as session:
        [call] = referrals.waiting(session)
    assert (call.late, [one.kind for one in call.reasons]) == (True, [CheckKind.DOCUMENT_LIST])


def test_what_both_find_is_a_question_about_each_picture(post: World, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = overtaken(
        post, monkeypatch, Pictures(live=LISTED.live()), lambda session_id: _take(post, session_id, LISTED)
    )
    assert len({one.live_sha256 for one in questions(post, session_id)}) == 2
    assert len([one for one in post.answers(session_id, CheckKind.FACE_LIST) if one.alerts]) == 2


def test_two_faces_that_differed_then_say_nothing_of_those_that_are_there(
    post: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlike = Pictures(page=AMINATA.page(), live=MOUSSA.live())
    session_id = overtaken(post, monkeypatch, unlike, lambda session_id: _take(post, session_id, AMINATA))
    assert post.view(session_id).faces_to_compare == ()
    post.decide(session_id)


def test_ruling_a_face_out_says_nothing_of_the_picture_that_was_overtaken(
    post: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ruled_out(session_id: UUID) -> None:
        _take(post, session_id, LISTED)
        post.judge(session_id, Judgement.OTHER)

    session_id = overtaken(post, monkeypatch, Pictures(live=LISTED.live()), ruled_out)
    [asked] = questions(post, session_id)
    assert asked.live_sha256 not in {word.live_sha256 for word in post.view(session_id).judgements}


def _take(post: World, session_id: UUID, traveller: Traveller) -> None:
    live = Pictures(live=traveller.live())
    pictures = live if traveller is LISTED else Pictures(page=traveller.page(), live=live.live)
    post.pipeline.take(session_id, pictures, officer=OFFICER)
