"""The vehicle that a traveller crosses in: noted at the lane, looked up at once, and recorded with the crossing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from crossing.identity.roles import Role
from tests.factories.desk import admit, declare, good, refer, step_up
from tests.factories.screening.lists import csv_of, order
from tests.factories.services import PostService, post_settings, running_post

PICKUP = {"type": "car", "plate": "BO 1234 MD", "country": "MLI", "vin": "1M8GDM9AXKP042788"}
OTHER = {"type": "lorry", "plate": "AB 77 MD", "country": "MLI"}
LISTED = {
    "reference": "V-1", "plate": "BO1234MD", "country": "MLI", "make": "Toyota", "reason": "stolen at Kayes",
}  # fmt: skip


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostService]:
    folder: Path = tmp_path_factory.mktemp("post")
    with running_post(post_settings(folder), lanes=4) as post:
        post.app.state.lists.import_list(
            order(csv_of(LISTED), code="vehicles", format="national_vehicles", as_of=datetime.now(UTC))
        )
        yield post


@pytest.fixture(scope="module")
def officer(post: PostService) -> httpx.Client:
    return post.officer(Role.SECOND_LINE)


def noted(officer: httpx.Client, session_id: str, vehicle: dict[str, Any]) -> dict[str, Any]:
    view: dict[str, Any] = good(officer.put(f"/api/sessions/{session_id}/vehicle", json=vehicle))
    return view


def vehicle_checks(view: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in view["checks"] if one["kind"] == "vehicle_list"]


def test_a_listed_vehicle_calls_the_second_line_and_its_hit_stands(post: PostService, officer: httpx.Client) -> None:
    session_id = step_up(officer, post.lanes[0])
    declare(officer, session_id)
    view = noted(officer, session_id, PICKUP)
    [check] = vehicle_checks(view)
    assert (check["outcome"], check["hits"][0]["entry_reference"]) == ("hit", "V-1")
    assert view["needs_second_line"]
    assert view["verdict"]["outcome"] == "hit"

    view = noted(officer, session_id, OTHER)
    assert view["vehicle"]["plate"] == "AB 77 MD"
    assert {one["outcome"] for one in vehicle_checks(view)} == {"clear", "hit"}
    assert view["needs_second_line"]
    assert refer(officer, session_id)


def test_another_vehicle_is_clear_and_goes_into_the_record(post: PostService, officer: httpx.Client) -> None:
    session_id = step_up(officer, post.lanes[1])
    view = noted(officer, session_id, OTHER)
    assert [one["outcome"] for one in vehicle_checks(view)] == ["clear"]
    view = declare(officer, session_id)
    assert [one["outcome"] for one in vehicle_checks(view)] == ["clear"]
    movement = admit(officer, session_id)
    assert movement["vehicle"] == OTHER | {"vin": ""}
    assert "vehicle_list" in {one["kind"] for one in movement["known_at_decision"]["checks"]}


def test_a_vehicle_that_was_a_mistake_is_taken_back(post: PostService, officer: httpx.Client) -> None:
    session_id = step_up(officer, post.lanes[2])
    noted(officer, session_id, OTHER)
    view = good(officer.delete(f"/api/sessions/{session_id}/vehicle"))
    assert view["vehicle"] is None
    [check] = vehicle_checks(view)
    assert (check["outcome"], check["reason"]) == ("not_checked", "no_vehicle")
    [light] = [one for one in view["verdict"]["lights"] if one["kind"] == "vehicle_list"]
    assert light["needed"] is False
    declare(officer, session_id)
    assert admit(officer, session_id)["vehicle"] is None


REFUSED: list[dict[str, str]] = [
    {"type": "car"},
    {"type": "car", "plate": "  "},
    {"type": "camel", "plate": "A1"},
    {"type": "car", "plate": "A" * 17},
    {"type": "car", "plate": "A\n1"},
    {"type": "car", "plate": "A1", "country": "mali"},
]


def test_what_is_no_vehicle_is_refused(post: PostService, officer: httpx.Client) -> None:
    session_id = step_up(officer, post.lanes[3])
    answers = [officer.put(f"/api/sessions/{session_id}/vehicle", json=vehicle) for vehicle in REFUSED]
    assert {answer.status_code for answer in answers} == {422}
    assert good(officer.get(f"/api/sessions/{session_id}"))["vehicle"] is None
