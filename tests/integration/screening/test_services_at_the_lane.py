"""Watchlist services from the settings to the lane: beside INTERPOL, whose bridge is not even set up here."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from fastapi import Response

from crossing.decisions import repository as referrals
from crossing.identity.roles import Role
from crossing.lanes.events import LATE_ANSWER, LateAnswer
from crossing.movements.repository import in_force
from crossing.platform.db.reading import reading
from crossing.replication.models import OutboxEvent
from crossing.screening.errors import ServicesFileUnusable
from tests.factories.desk import admit, declare, good, step_up
from tests.factories.services import PostService, post_settings, running_post
from tests.factories.waiting import wait_until
from tests.factories.watchlist_services import Ministry, examples, ministry, written

PERSON, VEHICLE = "watchlist_service", "watchlist_vehicle"


def identity(surname: str, given_names: str) -> dict[str, Any]:
    person = {"surname": surname, "given_names": given_names, "birth_date": "1975-05-20", "nationality": "MLI"}
    return {"case": "no_document", "person": person, "evidence_level": "declaration"}


@pytest.fixture(scope="module")
def running() -> Iterator[Ministry]:
    with ministry() as ministry_:
        # The post of these tests has this machine's clock.
        ministry_.list_date = datetime.now(UTC).date().isoformat()
        yield ministry_


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory, running: Ministry) -> Iterator[PostService]:
    folder = tmp_path_factory.mktemp("post")
    file = written(folder / "services", *examples(), url=running.url)
    with running_post(post_settings(folder / "data", services_file=file, recheck_interval_s=0.2), lanes=4) as post:
        yield post


@pytest.fixture
def asked(running: Ministry) -> Iterator[Ministry]:
    yield running
    running.behaviour = None


def answers(officer: Any, session_id: str, kind: str = PERSON) -> dict[str, dict[str, Any]]:
    """What each service said last, once all have."""

    def settled() -> dict[str, dict[str, Any]]:
        view = good(officer.get(f"/api/sessions/{session_id}"))
        said = [one for one in view["checks"] if one["kind"] == kind and not view["checks_pending"]]
        return {one["source"]: one for one in sorted(said, key=lambda one: one["performed_at"])}

    wait_until(lambda: len(settled()) == (2 if kind == PERSON else 1), what="the services' answers")
    return settled()


def test_whom_a_service_knows_is_a_hit_that_calls_the_second_line(post: PostService, asked: Ministry) -> None:
    officer = post.officer(Role.OFFICER)
    session_id = step_up(officer, post.lanes[0])
    declare(officer, session_id, identity("KEITA", "MODIBO"))
    found = answers(officer, session_id)
    assert {source: one["outcome"] for source, one in found.items()} == {"wapis": "hit", "sanctions": "possible"}
    assert found["wapis"]["hits"][0]["caution"] == "Armé"
    view = good(officer.get(f"/api/sessions/{session_id}"))
    assert view["needs_second_line"]
    assert {"kind": PERSON, "outcome": "hit"}.items() <= next(
        one for one in view["verdict"]["lights"] if one["kind"] == PERSON
    ).items()

    declare(officer, session_id, identity("ZONGO", "PAUL"))
    assert {one["outcome"] for one in answers(officer, session_id).values()} == {"clear"}
    assert good(officer.get(f"/api/sessions/{session_id}"))["needs_second_line"], "a hit does not go by typing anew"


def test_a_vehicle_is_asked_about_when_it_is_noted_and_no_more_when_it_is_taken_back(
    post: PostService, asked: Ministry
) -> None:
    officer = post.officer(Role.OFFICER, login="vehicles")
    session_id = step_up(officer, post.lanes[1])
    declare(officer, session_id, identity("ZONGO", "PAUL"))
    good(officer.put(f"/api/sessions/{session_id}/vehicle", json={"type": "car", "plate": "55 ZZ 7777"}))
    assert answers(officer, session_id, VEHICLE)["wapis"]["outcome"] == "clear"
    assert answers(officer, session_id)["wapis"]["outcome"] == "clear", "the person's answer is another"
    good(officer.delete(f"/api/sessions/{session_id}/vehicle"))
    assert answers(officer, session_id, VEHICLE)["wapis"]["reason"] == "no_vehicle"


def test_a_decision_before_the_answer_says_not_checked_and_a_late_hit_is_told(
    post: PostService, asked: Ministry
) -> None:
    asked.behaviour = lambda: Response(status_code=503)
    officer = post.officer(Role.OFFICER, login="late")
    session_id = step_up(officer, post.lanes[2])
    declare(officer, session_id, identity("SANGARE", "AWA"))
    assert {one["reason"] for one in answers(officer, session_id).values()} == {"backend_error"}
    movement_id = UUID(admit(officer, session_id)["movement_id"])
    with reading(post.database) as session:
        recorded = in_force(session, movement_id)
    assert recorded is not None
    kept = {one.source: one.outcome.value for one in recorded.known_at_decision.checks if one.kind == PERSON}
    assert kept == {"wapis": "not_checked", "sanctions": "not_checked"}

    asked.behaviour = None
    wait_until(lambda: len(late_hits(post, session_id)) == 2, what="both late hits")
    with reading(post.database) as session:
        assert any(str(call.session_id) == session_id and call.late for call in referrals.waiting(session))


def late_hits(post: PostService, session_id: str) -> set[str]:
    """Which services' late hits on this traveller are on their way to the capital."""
    with reading(post.database) as session:
        events = session.scalars(sa.select(OutboxEvent).where(OutboxEvent.type == LATE_ANSWER))
        told = [LateAnswer.model_validate_json(one.payload) for one in events]
    return {check.source for late in told for check in late.checks if check.kind == PERSON and check.alerts}


def test_a_post_does_not_start_with_a_file_that_it_can_not_use(tmp_path: Path) -> None:
    file = written(tmp_path / "services", *examples())
    file.write_text(file.read_text(encoding="utf-8").replace("reponse.fiches", "reponse.["), encoding="utf-8")
    with (
        pytest.raises(ServicesFileUnusable, match=r"wapis\.answer\.hits"),
        running_post(post_settings(tmp_path / "data", services_file=file)),
    ):
        pass
